/**
 * Packs: some messages of one room in one text. A turn stores packs, since one row costs far less than a row for each
 * message; `message-writer` unpacks them later.
 */
import type { Message } from '../core/message.js';
import type { RoomName } from '../core/text/text.js';
import { storedForm } from './form.js';

/** Messages that are unpacked together, of all rooms. */
const MESSAGES_PER_SEGMENT = 128;
/** The lines of a message: how far id and time are behind the first ones, form, author, text. */
const LINES = 5;

export interface Pack {
  /** The id of the last message of its segment, whose packs are unpacked together. */
  readonly segment: number;
  readonly firstId: number;
  readonly lastId: number;
  /** The time of the first message. */
  readonly firstAt: number;
  readonly count: number;
  readonly body: string;
}

/** What is needed to read the messages of a pack. */
type PackText = Omit<Pack, 'segment'>;

/** A pack of a turn. */
export interface RoomPack extends Pack {
  readonly room: RoomName;
}

/** A message of a pack. */
export interface PackedMessage {
  readonly id: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
  readonly form: number;
}

/** Packs the messages of a turn, which are in the order of their ids. */
export function packed(messages: readonly Message[]): RoomPack[] {
  const packs: RoomPack[] = [];
  for (let start = 0; start < messages.length; start += MESSAGES_PER_SEGMENT)
    packSegment(messages, start, Math.min(start + MESSAGES_PER_SEGMENT, messages.length), packs);
  return packs;
}

function packSegment(messages: readonly Message[], start: number, end: number, packs: RoomPack[]): void {
  const segment = messages[end - 1]?.id ?? 0;
  const drafts = new Map<string, Draft>();
  let draft: Draft | undefined;
  for (let index = start; index < end; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    if (draft?.room !== message.room) {
      draft = drafts.get(message.room.fold) ?? new Draft(message);
      drafts.set(message.room.fold, draft);
    }
    draft.add(message);
  }
  for (const { room, firstId, lastId, firstAt, count, body } of drafts.values())
    packs.push({ segment, room, firstId, lastId, firstAt, count, body });
}

class Draft {
  readonly firstId: number;
  readonly firstAt: number;
  /** Of the last message: a room that is created again may be spelled otherwise. */
  room: RoomName;
  lastId = 0;
  count = 0;
  body = '';

  constructor({ id, at, room }: Message) {
    this.firstId = id;
    this.firstAt = at;
    this.room = room;
  }

  /** Texts and names have no line ends. */
  add(message: Message): void {
    const { id, at, room, from, text } = message;
    this.room = room;
    this.lastId = id;
    this.count++;
    this.body += `${id - this.firstId}\n${at - this.firstAt}\n${storedForm(message)}\n${from}\n${text}\n`;
  }
}

/** The body of a pack without one of its messages; null if it does not have that message, or is damaged. */
export function bodyWithout(pack: PackText, id: number): string | null {
  const index = unpacked(pack)?.findIndex((message) => message.id === id) ?? -1;
  if (index < 0) return null;
  const lines = pack.body.split('\n');
  lines.splice(index * LINES, LINES);
  return lines.join('\n');
}

/** The messages of a pack, oldest first; null if the pack is damaged. */
export function unpacked({ firstId, lastId, firstAt, count, body }: PackText): PackedMessage[] | null {
  // A damaged body may have become bytes.
  if (typeof body !== 'string') return null;
  const lines = body.split('\n');
  if (lines.length !== count * LINES + 1) return null;
  const messages: PackedMessage[] = [];
  let before = firstId - 1;
  for (let start = 0; start + LINES < lines.length; start += LINES) {
    const [idLine, atLine, formLine, name = '', text = ''] = lines.slice(start, start + LINES);
    const id = firstId + Number(idLine);
    const at = firstAt + Number(atLine);
    const form = Number(formLine);
    // Also false for NaN, where a line is not a number.
    if (!(id > before && id <= lastId && Number.isInteger(at) && Number.isInteger(form))) return null;
    messages.push({ id, at, name, text, form });
    before = id;
  }
  return messages;
}
