/** Reads the missed messages of rooms at the same time, and opens each room once its own are shown. */
import { catchUp } from './catch-up.js';
import type { LiveLines } from './live-lines.js';
import type { RequestChannel } from './request-channel.js';
import type { Room } from './rooms.js';
import type { SessionEvent } from './session-event.js';

export class HistoryReader {
  readonly #liveLines: LiveLines;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #reading = new Set<Room>();

  constructor(liveLines: LiveLines, onEvent: (event: SessionEvent) => void) {
    this.#liveLines = liveLines;
    this.#onEvent = onEvent;
  }

  get isReading(): boolean {
    return this.#reading.size > 0;
  }

  /** `onRead` is called once all rooms are open, with those in which messages may have been missed. */
  read(
    channel: RequestChannel,
    rooms: readonly Room[],
    onRead: (incomplete: ReadonlySet<Room>) => void,
  ): void {
    const incomplete = new Set<Room>();
    let unread = rooms.length;
    for (const room of rooms) {
      room.state = 'reading';
      this.#reading.add(room);
    }
    for (const room of rooms)
      catchUp(channel, room, this.#onEvent, (isComplete) => {
        if (!isComplete) incomplete.add(room);
        this.#liveLines.open(room);
        this.#reading.delete(room);
        if (--unread === 0) onRead(incomplete);
      });
  }

  /** The connection is lost: nothing is being read. */
  reset(): void {
    this.#reading.clear();
  }
}
