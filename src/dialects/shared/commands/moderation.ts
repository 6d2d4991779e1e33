/** The rows of the command table for operators. */
import { type Text, typedName } from '../../../core/text/text.js';
import { cut, isOneWord, wholeNumber } from '../arguments.js';
import { untilText } from '../ban-text.js';
import type { CommandRow, ParsedCommand } from '../command-row.js';

/** A hundred years; more makes no difference to a permanent ban. */
const MAX_MINUTES = 52_560_000;

const BAN_USAGE = '<user or address[/bits]> [<minutes>] [<reason>]';

export const moderationCommands: readonly CommandRow[] = [
  {
    verb: 'KICK',
    usage: '<user> [<reason>]',
    help: 'disconnect a user',
    example: 'bob calm down',
    section: 'operator',
    parse: parseKick,
    confirms: { action: 'kick', text: ({ about }) => `${about} is disconnected` },
  },
  {
    verb: 'BAN',
    usage: '<user> [<minutes>] [<reason>]',
    help: 'ban a user',
    example: 'bob 60 spam',
    section: 'operator',
    otherForms: [{ usage: '<address[/bits]> ...', help: 'ban a network', example: '203.0.113.0/24 60 spam' }],
    usageError: { lines: BAN_USAGE, gotalk: BAN_USAGE },
    parse: parseBan,
    confirms: { action: 'ban', text: ({ about, until }) => `${about} is banned ${untilText(until)}` },
  },
  {
    verb: 'UNBAN',
    usage: '<user or address[/bits]>',
    help: 'lift a ban',
    example: 'bob',
    section: 'operator',
    parse: (rest) => (isOneWord(rest) ? { kind: 'unban', who: typedName(rest) } : null),
    confirms: { action: 'unban', text: ({ about }) => `${about} is no longer banned` },
  },
  {
    verb: 'BANS',
    usage: '',
    help: 'list the bans',
    section: 'operator',
    parse: () => ({ kind: 'bans' }),
  },
  {
    verb: 'MUTE',
    usage: '<user> [<minutes>]',
    help: 'stop the messages of a user',
    example: 'bob 10',
    section: 'operator',
    parse: parseMute,
    confirms: { action: 'mute', text: ({ about, until }) => `${about} is muted ${untilText(until)}` },
  },
  {
    verb: 'UNMUTE',
    usage: '<user>',
    help: 'lift a mute',
    example: 'bob',
    section: 'operator',
    parse: (rest) => (isOneWord(rest) ? { kind: 'unmute', who: typedName(rest) } : null),
    confirms: { action: 'unmute', text: ({ about }) => `${about} is no longer muted` },
  },
  {
    verb: 'FOUND',
    usage: '<user>',
    help: 'give the room a founder',
    example: 'ann',
    section: 'operator',
    parse: (rest) => (isOneWord(rest) ? { kind: 'found', room: null, who: typedName(rest) } : null),
    confirms: { action: 'found', text: ({ about, text = '' }) => `${text} is the founder of ${about}` },
  },
  {
    verb: 'SAY',
    usage: '<text>',
    help: 'send a notice to all users',
    example: 'restart at noon',
    section: 'operator',
    parse: (rest) => (rest === '' ? null : { kind: 'announce', text: rest }),
    confirms: { action: 'announce', text: () => 'sent to all users' },
  },
];

function parseKick(rest: Text): ParsedCommand | null {
  const [who, reason] = cut(rest);
  return who === '' ? null : { kind: 'kick', who: typedName(who), reason };
}

/** The word after the target is minutes if it is a number; otherwise the reason begins with it. */
function parseBan(rest: Text): ParsedCommand | null {
  const [who, behind] = cut(rest);
  const [word, reason] = cut(behind);
  const minutes = parseMinutes(word);
  if (who === '' || minutes === 0) return null;
  return minutes === null
    ? { kind: 'ban', who: typedName(who), minutes: null, reason: behind }
    : { kind: 'ban', who: typedName(who), minutes, reason };
}

function parseMute(rest: Text): ParsedCommand | null {
  const [who, word] = cut(rest);
  const minutes = parseMinutes(word);
  if (who === '' || minutes === 0 || (minutes === null && word !== '')) return null;
  return { kind: 'mute', who: typedName(who), minutes };
}

function parseMinutes(word: string): number | null {
  const minutes = wholeNumber(word);
  return minutes === null ? null : Math.min(minutes, MAX_MINUTES);
}
