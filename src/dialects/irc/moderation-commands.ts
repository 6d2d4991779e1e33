/** The commands that change a room and its members: MODE, KICK, INVITE. */
import type { ParsedLine } from '../../core/dialect.js';
import type { MaskList } from '../../core/modes.js';
import { unstyledText } from '../../core/text/styles.js';
import { cleanText, typedName } from '../../core/text/text.js';
import { type Asker, type Handler, listOf, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import { parseModes } from './modes.js';
import { isTooLong, roomOf, tooLong, tooManyTargets } from './room-commands.js';
import { userMode } from './user-modes.js';

/** Users of one KICK (005's TARGMAX). */
const MAX_KICKED = 10;
/** In characters. */
const MAX_KICK_REASON = 300;

function* mode(message: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const [target = '', ...args] = message.params;
  if (target === '') yield needMoreParameters(asker);
  else if (target.startsWith('#')) yield* roomMode(target, args, asker);
  else yield* userMode(target, args, asker);
}

function* roomMode(target: string, args: readonly string[], asker: Asker): Iterable<ParsedLine> {
  const { room, channel } = roomOf(target);
  const request = asker.request.about(channel);
  if (room === null) {
    yield numeric(asker, '403', `${channel} :No such channel`);
    return;
  }
  const show = (list: MaskList | null) => withRequest(request, { kind: 'modes', room, list });
  if (args.length === 0) {
    yield show(null);
    return;
  }
  const { changes, lists, unknown, invalid } = parseModes(args);
  for (const letter of unknown) yield numeric(asker, '472', `${letter} :is unknown mode char to me`);
  for (const { letter, parameter, problem } of invalid)
    yield numeric(asker, '696', `${channel} ${letter} ${parameter.replace(/ .*/, '') || '*'} :${problem}`);
  for (const list of lists) yield show(list);
  if (changes.length > 0) yield withRequest(request, { kind: 'mode', room, changes });
}

function* kick({ params }: IrcMessage, asker: Asker): Iterable<ParsedLine> {
  const [channels = '', nicks = '', comment = ''] = params;
  const rooms = listOf(channels);
  const users = listOf(nicks);
  if (rooms.length === 0 || users.length === 0) {
    yield needMoreParameters(asker);
    return;
  }
  const reason = unstyledText(comment);
  for (const [index, nick] of users.slice(0, MAX_KICKED).entries()) {
    const { room, channel } = roomOf(rooms[rooms.length === 1 ? 0 : index] ?? '');
    const who = typedName(cleanText(nick));
    if (room === null) yield numeric(asker, '403', `${channel} :No such channel`);
    else if ([...reason].length > MAX_KICK_REASON || isTooLong(asker, `KICK ${channel} ${nick} :${reason}`))
      yield tooLong(asker);
    else yield withRequest(asker.request.about(channel), { kind: 'put-out', room, who, reason });
  }
  const extra = users[MAX_KICKED];
  if (extra !== undefined) yield tooManyTargets(asker, extra);
}

function invite({ params }: IrcMessage, asker: Asker): ParsedLine {
  const [nick = '', target = ''] = params;
  if (nick === '') return { kind: 'invitations' };
  if (target === '') return needMoreParameters(asker);
  const { room, channel } = roomOf(target);
  const who = typedName(cleanText(nick));
  if (room === null) return numeric(asker, '403', `${channel} :No such channel`);
  return withRequest(asker.request.about(channel), { kind: 'invite', room, who });
}

export const MODERATION_COMMANDS: Readonly<Record<string, Handler>> = {
  MODE: mode,
  KICK: kick,
  INVITE: invite,
};
