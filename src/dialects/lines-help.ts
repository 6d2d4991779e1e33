/** What HELP says: a verb a line, each with an example that can be typed as it stands. */

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
  ['PASTE', 'several lines as they are; a line with only . ends it'],
  ['HELP MORE', 'the rest of the commands'],
  ['QUIT', 'leave'],
];

const REST: readonly (readonly [string, string])[] = [
  ['PING [<token>]', 'answered PONG once everything you sent is stored: PING 42'],
  ['HISTORY AFTER <id> [<n>]', 'the messages after one: HISTORY AFTER 1017'],
  ['HISTORY BEFORE <id> [<n>]', 'the messages before one: HISTORY BEFORE 1017 50'],
  ['TAGS ON | TAGS OFF', 'id, time and room in front of each line, for scripts: TAGS ON'],
];

export const HELP = page(EVERYDAY);
export const HELP_MORE = page(REST);

function page(rows: readonly (readonly [string, string])[]): string {
  return `${rows.map(([usage, what]) => `INFO ${usage.padEnd(26)} ${what}\n`).join('')}OK\n`;
}
