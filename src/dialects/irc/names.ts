/** The members of a room, as NAMES lists them and JOIN shows them. */
import type { HubEvent, ListedUser } from '../../core/event.js';
import type { Status } from '../../core/modes.js';
import { has, MULTI_PREFIX, USERHOST_IN_NAMES } from './caps.js';
import type { IrcRequest } from './request.js';
import { sourceOf } from './source.js';

/** The style of a list of members. */
export const NAMES_STYLE = 'names';

export function nameLines(
  { users, room, of, last }: Extract<HubEvent, { kind: 'members' }>,
  request: IrcRequest,
): string {
  const channel = `#${room?.name ?? of}`;
  const head = `${room?.isSecret === true ? '@' : '='} ${channel} :`;
  let lines = '';
  const names = users.map((user) => nameIn(user, request));
  for (const line of inLines(names, request.bytesLeft('353', head)))
    lines += request.reply('353', head + line);
  return last ? lines + request.reply('366', `${channel} :End of NAMES list`) : lines;
}

function nameIn({ who, status }: ListedUser, { caps }: IrcRequest): string {
  const prefix = prefixOf(status, has(caps, MULTI_PREFIX));
  return prefix + (has(caps, USERHOST_IN_NAMES) ? sourceOf(who) : who.name);
}

/** The status of a member as its prefix: the highest one, or all of them. */
export function prefixOf({ op, voice }: Status, isWhole: boolean): string {
  if (op) return voice && isWhole ? '@+' : '@';
  return voice ? '+' : '';
}

/** Words in as few lines of at most this many bytes as possible. */
export function inLines(words: readonly string[], bytes: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  for (const word of words) {
    const size = Buffer.byteLength(word);
    if (line !== '' && length + 1 + size > bytes) {
      lines.push(line);
      line = '';
      length = 0;
    }
    length += (line === '' ? 0 : 1) + size;
    line += (line === '' ? '' : ' ') + word;
  }
  if (line !== '') lines.push(line);
  return lines;
}
