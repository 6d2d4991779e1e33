/** Sorts the live lines of the server into the rooms. A room whose history is read holds its lines until then. */
import type { LiveLine } from './request-channel.js';
import type { Room, Rooms } from './rooms.js';
import type { SessionEvent } from './session-event.js';

/** Live lines that are held in all rooms together. */
const MAX_HELD_LINES = 20_000;

export class LiveLines {
  readonly #rooms: Rooms;
  readonly #onEvent: (event: SessionEvent) => void;
  #held = 0;

  constructor(rooms: Rooms, onEvent: (event: SessionEvent) => void) {
    this.#rooms = rooms;
    this.#onEvent = onEvent;
  }

  /** Shows a line, or holds it; false if too many are held. */
  receive(line: LiveLine): boolean {
    if (line.kind === 'told') this.#showOrHold(line, null);
    else if (line.kind === 'info') this.#receiveNotice(line);
    else this.#receiveMessage(line);
    return this.#held <= MAX_HELD_LINES;
  }

  /** The history of the room is read: shows its lines from now on, and those that it held. */
  open(room: Room): void {
    room.state = 'open';
    for (const line of this.#take(room)) this.#show(line, room);
  }

  /** The connection is lost. Messages will be in the history again; notices are sent only once. */
  reset(): void {
    for (const room of this.#rooms.all) {
      for (const line of this.#take(room)) if (line.kind !== 'said') this.#show(line, room);
      room.state = 'entering';
    }
    this.#held = 0;
  }

  #receiveNotice(line: Extract<LiveLine, { kind: 'info' }>): void {
    const room = line.room === null ? null : this.#rooms.find(line.room);
    if (room?.isLeaving === true) return;
    this.#showOrHold(line, room);
  }

  /** What belongs to no room keeps its place among the lines of the home room while that is read. */
  #showOrHold(line: LiveLine, room: Room | null): void {
    const { home } = this.#rooms;
    if (room !== null && room.state !== 'open') this.#hold(line, room);
    else if (room === null && home.state === 'reading') this.#hold(line, home);
    else this.#show(line, room);
  }

  #receiveMessage(line: Extract<LiveLine, { kind: 'said' }>): void {
    const room = line.room === null ? this.#rooms.home : this.#rooms.find(line.room);
    if (room === null || room.isLeaving) return;
    if (room.state === 'open') this.#show(line, room);
    // Without an id it could be shown twice; before the room is entered, the history has it.
    else if (room.state === 'reading' || line.id !== null) this.#hold(line, room);
  }

  #hold(line: LiveLine, room: Room): void {
    room.heldLines.push(line);
    this.#held += 1;
  }

  #take(room: Room): readonly LiveLine[] {
    const lines = room.heldLines;
    room.heldLines = [];
    this.#held -= lines.length;
    return lines;
  }

  #show(line: LiveLine, room: Room | null): void {
    if (line.kind === 'info')
      this.#onEvent({
        kind: 'info',
        room: line.room === null ? null : (room?.name ?? null),
        text: line.text,
        at: line.at,
      });
    else if (line.kind === 'told') this.#onEvent(line);
    else if (room?.shown.addLive(line) === true)
      this.#onEvent({ kind: 'said', room: room.name, message: line, past: false });
  }
}
