/** The rows of the command table on rooms: listing members, moving between rooms, the settings of the founder. */
import { parseRoomName, type Text } from '../../../core/text/text.js';
import { isOneWord, split } from '../arguments.js';
import type { CommandRow, ParsedCommand } from '../command-row.js';

export const roomCommands: readonly CommandRow[] = [
  {
    verb: 'WHO',
    usage: '[<room>]',
    help: 'list the users on the server, or in a room',
    example: 'dev',
    section: 'everyday',
    parse: parseWho,
  },
  {
    verb: 'JOIN',
    usage: '<room> [<key>]',
    help: 'enter a room, created if missing',
    example: 'dev',
    section: 'everyday',
    parse: (rest) => parseEntering('join', rest),
  },
  {
    verb: 'LEAVE',
    usage: '',
    help: 'go back to the lobby',
    section: 'everyday',
    dialects: ['lines'],
    parse: () => ({ kind: 'leave' }),
  },
  {
    verb: 'FOLLOW',
    usage: '<room> [<key>]',
    help: 'be in a further room',
    example: 'dev',
    section: 'more',
    dialects: ['lines'],
    needsTags: true,
    parse: (rest) => parseEntering('follow', rest),
  },
  {
    verb: 'UNFOLLOW',
    usage: '<room>',
    help: 'leave a followed room',
    example: 'dev',
    section: 'more',
    dialects: ['lines'],
    needsTags: true,
    parse: (rest) => (isOneWord(rest) ? { kind: 'unfollow', room: parseRoomName(rest) } : null),
  },
  {
    verb: 'ROOMS',
    usage: '',
    help: 'list the rooms with their number of members',
    section: 'everyday',
    otherForms: [{ usage: 'ALL', help: 'list rooms without members too', example: 'ALL', needsTags: true }],
    dialects: ['lines'],
    parse: (rest) => ({ kind: 'rooms', all: rest.toUpperCase() === 'ALL' }),
  },
  {
    verb: 'ROOMS',
    usage: '',
    help: 'list the rooms with their number of members',
    section: 'everyday',
    dialects: ['gotalk'],
    parse: () => ({ kind: 'rooms', all: false }),
  },
  {
    verb: 'LOCK',
    usage: '<key>',
    help: 'require a key to enter your room',
    example: 'our-key',
    section: 'more',
    parse: (rest) => (isOneWord(rest) ? { kind: 'lock', room: null, key: rest } : null),
    confirms: { action: 'lock', text: ({ about }) => `${about} is locked; entering it needs the key` },
  },
  {
    verb: 'UNLOCK',
    usage: '',
    help: 'let all users enter your room again',
    section: 'more',
    parse: () => ({ kind: 'unlock', room: null }),
    confirms: { action: 'unlock', text: ({ about }) => `${about} is unlocked` },
  },
  {
    verb: 'TOPIC',
    usage: '[<text>]',
    help: 'show or set the topic',
    example: 'release day',
    section: 'more',
    parse: (rest) =>
      rest === '' ? { kind: 'show-topic', room: null } : { kind: 'topic', room: null, text: rest },
    confirms: { action: 'topic', text: ({ about }) => `the topic of ${about} is set` },
  },
];

function parseWho(rest: Text): ParsedCommand | null {
  const [room, ...extra] = split(rest);
  if (extra.length > 0) return null;
  return { kind: 'who', room: null, of: room === undefined ? 'server' : parseRoomName(room) };
}

function parseEntering(kind: 'join' | 'follow', rest: Text): ParsedCommand | null {
  const [room, key = null, ...extra] = split(rest);
  if (room === undefined || extra.length > 0) return null;
  return { kind, room: parseRoomName(room), key };
}
