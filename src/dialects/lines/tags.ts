/** The tags in front of a command: `@label=7;room=dev MSG hi`. */
import { parseRoomName, type RoomName } from '../../core/text/text.js';
import type { ParsedCommand } from '../shared/command-row.js';

/** With `@` and without the space behind them. */
const MAX_TAGS_BYTES = 512;
const LABEL = /^[A-Za-z0-9_-]{1,32}$/;

export interface CommandTags {
  /** Repeated in every line of the answer; null if there is none, or it is invalid. */
  readonly label: string | null;
  /** The room of the command; null = the one that MSG goes to. */
  readonly room: RoomName | null;
  /** What an earlier LOGIN was answered; null if there is none. */
  readonly resume: string | null;
}

export const NO_TAGS: CommandTags = { label: null, room: null, resume: null };

export const TAGS_USAGE = '@label=<word>;room=<room> <command>';

/** Parses what precedes the first space. Unknown keys are skipped; of a key that is repeated the last value counts. */
export function parseTags(block: string): CommandTags & { readonly isValid: boolean } {
  let { label, room, resume } = NO_TAGS;
  let isValid = Buffer.byteLength(block) <= MAX_TAGS_BYTES;
  for (const tag of block.slice(1).split(';')) {
    const [key, value] = keyAndValue(tag);
    if (key === 'label') {
      label = LABEL.test(value) ? value : null;
      isValid &&= label !== null;
    } else if (key === 'room') {
      room = parseRoomName(value);
      isValid &&= room !== null;
    } else if (key === 'resume') resume = value;
  }
  return { label, room, resume, isValid };
}

/** The same command for a room, if it is one about a room. */
export function inRoom(command: ParsedCommand, room: RoomName | null): ParsedCommand {
  if (room === null) return command;
  switch (command.kind) {
    case 'say':
    case 'me':
    case 'history':
    case 'delete':
    case 'search':
    case 'lock':
    case 'unlock':
    case 'topic':
    case 'show-topic':
    case 'found':
    case 'read':
      return { ...command, room };
    case 'who':
      return command.of === 'server' ? { ...command, of: 'own', room } : command;
    default:
      return command;
  }
}

function keyAndValue(tag: string): readonly [key: string, value: string] {
  const end = tag.indexOf('=');
  return end === -1 ? [tag, ''] : [tag.slice(0, end), tag.slice(end + 1)];
}
