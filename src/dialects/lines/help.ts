/** What HELP says: a verb a line, each with an example that can be typed as it stands. */

import type { ClientState } from '../../core/dialect.js';

const EVERYDAY: readonly (readonly [string, string])[] = [
  ['LOGIN <name>', 'come in: LOGIN bob'],
  ['MSG <text>', 'say it to the room: MSG hi everyone!'],
  ['DM <user> <text>', 'say it to one user alone: DM ann hey there'],
  ['CHAT', 'from now on just type to talk, and /WHO, /DM ... for commands; /lines goes back'],
  ['WHO [<room>]', 'who is on the server, or in a room: WHO dev'],
  ['JOIN <room>', 'go to a room, made if there is none: JOIN dev'],
  ['LEAVE', 'go back to the lobby'],
  ['ROOMS', 'the rooms and how many are in each'],
  ['HISTORY [<n>]', 'the last messages of the room: HISTORY 50'],
  ['SEARCH <words>', 'messages of the room with all of these words: SEARCH build failed'],
  ['REGISTER <password>', 'make your name your own: REGISTER correct-horse'],
  ['PASTE', 'several lines as they are; a line with only . ends it'],
  ['HELP MORE', 'the rest of the commands'],
  ['QUIT', 'leave'],
];

const REST: readonly (readonly [string, string])[] = [
  ['PING [<token>]', 'answered PONG once everything you sent is stored: PING 42'],
  ['HISTORY AFTER <id> [<n>]', 'the messages after one: HISTORY AFTER 1017'],
  ['HISTORY BEFORE <id> [<n>]', 'the messages before one: HISTORY BEFORE 1017 50'],
  ['LOGIN <name> <password>', 'come in by a name that is registered: LOGIN ann correct-horse'],
  ['PASSWORD <old> <new>', 'another password: PASSWORD correct-horse better-horse'],
  ['UNREGISTER <password>', 'give your name up: UNREGISTER correct-horse'],
  ['IGNORE <user>', 'hear no more of someone: IGNORE bob; and again: UNIGNORE bob'],
  ['LOCK <key>', 'whoever comes to your room needs the key: LOCK our-key; for all again: UNLOCK'],
  ['JOIN <room> <key>', 'go to a room that is locked: JOIN dev our-key'],
  ['TOPIC <text>', 'what your room is about, for those who come: TOPIC release on friday'],
  ['TAGS ON | TAGS OFF', 'id, time and room in front of each line, for scripts: TAGS ON'],
];

/** For those alone who may. */
const OPERATORS: readonly (readonly [string, string])[] = [
  ['KICK <user> [<reason>]', 'end a session: KICK bob calm down'],
  ['BAN <user> [<minutes>] ...', 'shut a name out, and why: BAN bob 60 spam'],
  ['BAN <address[/bits]> ...', 'shut an address or a network out: BAN 203.0.113.0/24 spam'],
  ['UNBAN <user or address>', 'let it in again: UNBAN bob'],
  ['BANS', 'who is shut out'],
  ['MUTE <user> [<minutes>]', 'let someone listen only: MUTE bob 10; and speak again: UNMUTE bob'],
  ['SAY <text>', 'tell everyone on the server: SAY restart at noon'],
];

/** HELP, or HELP MORE. */
export function helpFor({ isOperator }: ClientState, isMore: boolean): string {
  const rows = isMore ? REST : EVERYDAY;
  return page(isOperator ? [...rows, ...OPERATORS] : rows);
}

function page(rows: readonly (readonly [string, string])[]): string {
  return `${rows.map(([usage, what]) => `INFO ${usage.padEnd(26)} ${what}\n`).join('')}OK\n`;
}
