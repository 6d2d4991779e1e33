/** Lines that clients of property tests send, with names and rooms to be filled in. */

/** `%` becomes one of these names, `#` one of the rooms, `^` the id of one of the first messages. */
const NAMES = ['ann', 'bob', 'ANN', 'İbo', 'ibo', 'reg', 'REG', 'opal', 'fay', 'nobody'];
const MAX_ID = 20;
const IRC_NAMES = [...NAMES, 'ivy', 'ike', 'ivy', 'ike'];
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
  'DELETE ^',
  '@room=# DELETE ^ wrong',
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

/** Fills in the names, rooms and ids that a number picks. */
export function filledIn(line: string, pick: number): string {
  const name = NAMES[pick % NAMES.length] ?? '';
  const room = RANDOM_ROOMS[pick % RANDOM_ROOMS.length] ?? '';
  return line.replaceAll('%', name).replaceAll('#', room).replaceAll('^', idOf(pick));
}

/** The same for clients of IRC. */
export const RANDOM_IRC_COMMANDS = [
  'JOIN #',
  'JOIN #',
  'JOIN #',
  'JOIN # our-key',
  'JOIN 0',
  'PART # :bye',
  'MODE # +o %',
  'MODE # -o %',
  'MODE # +v %',
  'MODE # +i',
  'MODE # -i',
  'MODE # +m',
  'MODE # -m',
  'MODE # +s-s',
  'MODE # +l 2',
  'MODE # -l',
  'MODE # +k our-key',
  'MODE # -k *',
  'MODE # +b %',
  'MODE # -b %',
  'MODE # +e %',
  'MODE # +I *!*@*.partyline',
  'TOPIC # :ours of IRC',
  'KICK # % :out',
  'INVITE % #',
  'INVITE % #',
  'NICK %',
  'NICK ivy',
  'NICK ivy_away',
  'AWAY :tea',
  'AWAY',
  'PRIVMSG # :hi of IRC',
  'PRIVMSG % :psst of IRC',
  'NOTICE # :notice',
  'REDACT # ^ :wrong',
  'REDACT # ^',
  'MARKREAD # timestamp=2026-11-30T10:00:00.000Z',
  'MONITOR + %',
  'SETNAME :another name',
  'MODE ivy +B-i',
  'WHO #',
  'WHOIS %',
  'WHOWAS %',
  'LIST',
  'LUSERS',
  'CHATHISTORY LATEST # * 5',
  'OPER opal opal-password',
  'PRIVMSG NickServ :REGISTER ivy-password',
  'PRIVMSG NickServ :IDENTIFY fay fay-password',
  'PRIVMSG NickServ :UNREGISTER ivy-password',
  'KILL % :enough',
  'QUIT :tea',
];

/** Fills in the names, rooms and ids that a number picks. */
export function filledInIrc(line: string, pick: number): string {
  const name = IRC_NAMES[pick % IRC_NAMES.length] ?? '';
  const room = RANDOM_ROOMS[pick % RANDOM_ROOMS.length] ?? '';
  return line.replaceAll('%', name).replaceAll('#', `#${room}`).replaceAll('^', idOf(pick));
}

function idOf(pick: number): string {
  return String(1 + (pick % MAX_ID));
}
