/** Lines that clients of property tests send, with names and rooms to be filled in. */

/** `%` becomes one of these names, `#` one of the rooms. */
const NAMES = ['ann', 'bob', 'ANN', 'İbo', 'ibo', 'reg', 'REG', 'opal', 'fay', 'nobody'];
const RANDOM_ROOMS = ['dev', 'Dev', 'ops', 'den', 'lobby'];

export const RANDOM_COMMANDS = [
  'LOGIN %',
  'LOGIN reg reg-password',
  'LOGIN opal opal-password',
  'LOGIN fay fay-password',
  'LOGIN % %-password',
  'MSG hi',
  'MSG there',
  'ME waves',
  'PASTE\none\ntwo\n.',
  'DM % psst',
  'JOIN #',
  'JOIN #',
  'JOIN # our-key',
  'LEAVE',
  'FOLLOW #',
  'UNFOLLOW #',
  'NICK %',
  'NICK % %-password',
  'NICK İda',
  'AWAY lunch',
  'AWAY',
  'IGNORE %',
  'UNIGNORE %',
  'REGISTER ann-password',
  'UNREGISTER ann-password',
  'UNREGISTER reg-password',
  'PASSWORD reg-password reg-password',
  'TOPIC ours',
  'LOCK our-key',
  'UNLOCK',
  'FOUND %',
  'KICK %',
  'BAN % 1',
  'BAN 10.0.0.1 1 FORCE',
  'UNBAN %',
  'UNBAN 10.0.0.1',
  'MUTE % 1',
  'MUTE %',
  'UNMUTE %',
  'SAY all',
  'WHO',
  'ROOMS',
  'WHOIS %',
  'HISTORY',
  'TAGS ON',
  'TAGS ON',
  'READ 3',
  '@room=# READ 9',
  'SESSION',
  'SESSION END',
  'ROOMS ALL',
  'PING',
  'QUIT',
];

/** Fills in the names and rooms that a number picks. */
export function filledIn(line: string, pick: number): string {
  const name = NAMES[pick % NAMES.length] ?? '';
  const room = RANDOM_ROOMS[pick % RANDOM_ROOMS.length] ?? '';
  return line.replaceAll('%', name).replaceAll('#', room);
}
