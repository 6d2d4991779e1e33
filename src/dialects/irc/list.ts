/** LIST: the rooms with somebody in them, chosen by the conditions of 005's ELIST=CMNTU. */
import type { HubEvent } from '../../core/event.js';
import { Matcher } from '../../core/text/mask.js';
import { foldName } from '../../core/text/text.js';
import type { IrcRequest } from './request.js';

const MINUTE_MS = 60_000;

type ListedRoom = Extract<HubEvent, { kind: 'rooms' }>['rooms'][number];
type Condition = (room: ListedRoom, at: number) => boolean;

/** The conditions are the target of the request: `>3,*dev*,!x,C<60`. */
export function listLines(
  { at, rooms, last }: Extract<HubEvent, { kind: 'rooms' }>,
  request: IrcRequest,
): string {
  const conditions = request.target.split(',').filter((one) => one !== '');
  const names = conditions
    .filter((one) => isName(one))
    .map((one) => new Matcher(foldName(one.replace(/^#/, ''))));
  const others = conditions.filter((one) => !isName(one)).map(conditionOf);
  const isListed = (room: ListedRoom) =>
    room.members > 0 &&
    (names.length === 0 || names.some((name) => name.matches(foldName(room.name)))) &&
    others.every((condition) => condition(room, at));
  const lines = rooms
    .filter(isListed)
    .map(({ name, members, topic }) => request.reply('322', `#${name} ${members} :${topic}`))
    .join('');
  return last ? lines + request.reply('323', ':End of LIST') : lines;
}

function isName(condition: string): boolean {
  return !/^[<>!]|^[CT][<>]\d+$/i.test(condition);
}

function conditionOf(condition: string): Condition {
  const [, kind = '', sign = '', digits = ''] = /^([CT]?)([<>])(\d+)$/i.exec(condition) ?? [];
  if (condition.startsWith('!')) {
    const matcher = new Matcher(foldName(condition.slice(1).replace(/^#/, '')));
    return ({ name }) => !matcher.matches(foldName(name));
  }
  if (digits === '') return () => true;
  const limit = Number(digits);
  const compare = (value: number) => (sign === '<' ? value < limit : value > limit);
  switch (kind.toUpperCase()) {
    case 'C':
      return ({ madeAt }, at) => madeAt !== null && compare((at - madeAt) / MINUTE_MS);
    case 'T':
      return ({ topicAt }, at) => topicAt !== null && compare((at - topicAt) / MINUTE_MS);
    default:
      return ({ members }) => compare(members);
  }
}
