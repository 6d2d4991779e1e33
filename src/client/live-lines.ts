/** Sorts the live lines of the server into the rooms. A room whose history is read holds its lines until then. */
import { cleanText } from '../core/text/text.js';
import { presenceChangeIn } from './presence.js';
import type { LiveLine } from './request-channel.js';
import type { HeldLine, Room, Rooms } from './rooms.js';
import type { Notice } from './server-line.js';
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
    if (line.kind === 'told') this.#showOrHold({ line, isRepeated: false }, null);
    else if (line.kind === 'info') this.#receiveNotice(line);
    else this.#receiveMessage(line);
    return this.#held <= MAX_HELD_LINES;
  }

  /** Shows a notice that names no room in these rooms, or holds it; false if too many are held. */
  receiveIn(rooms: readonly Room[], line: Notice): boolean {
    for (const [index, room] of rooms.entries()) {
      const isRepeated = index > 0;
      this.#showOrHold({ line: { ...line, room: cleanText(room.name) }, isRepeated }, room);
    }
    return this.#held <= MAX_HELD_LINES;
  }

  /** The history of the room is read: shows its lines from now on, and those that it held. */
  open(room: Room): void {
    room.state = 'open';
    for (const held of this.#take(room)) this.#show(held, room);
  }

  /** The connection is lost. Messages will be in the history again; notices are sent only once. */
  reset(): void {
    for (const room of this.#rooms.all) {
      for (const held of this.#take(room)) if (held.line.kind !== 'said') this.#show(held, room);
      room.state = 'entering';
    }
    this.#held = 0;
  }

  #receiveNotice(line: Notice): void {
    const room = line.room === null ? null : this.#rooms.find(line.room);
    if (room?.isLeaving === true) return;
    this.#showOrHold({ line, isRepeated: false }, room);
  }

  /** What belongs to no room keeps its place among the lines of the home room while that is read. */
  #showOrHold(held: HeldLine, room: Room | null): void {
    const { home } = this.#rooms;
    if (room !== null && room.state !== 'open') this.#hold(held, room);
    else if (room === null && home.state === 'reading') this.#hold(held, home);
    else this.#show(held, room);
  }

  #receiveMessage(line: Extract<LiveLine, { kind: 'said' }>): void {
    const room = line.room === null ? this.#rooms.home : this.#rooms.find(line.room);
    if (room === null || room.isLeaving) return;
    const held = { line, isRepeated: false };
    if (room.state === 'open') this.#show(held, room);
    // Without an id it could be shown twice; before the room is entered, the history has it.
    else if (room.state === 'reading' || line.id !== null) this.#hold(held, room);
  }

  #hold(held: HeldLine, room: Room): void {
    room.heldLines.push(held);
    this.#held += 1;
  }

  #take(room: Room): readonly HeldLine[] {
    const lines = room.heldLines;
    room.heldLines = [];
    this.#held -= lines.length;
    return lines;
  }

  #show({ line, isRepeated }: HeldLine, room: Room | null): void {
    if (line.kind === 'info')
      this.#onEvent({
        kind: 'info',
        room: line.room === null ? null : (room?.name ?? null),
        text: line.text,
        at: line.at,
        change: presenceChangeIn(line),
        isRepeated,
      });
    else if (line.kind === 'told') this.#onEvent(line);
    else if (room?.shown.addLive(line) === true)
      this.#onEvent({ kind: 'said', room: room.name, message: line, past: false });
  }
}
