/** What a client is told when it has logged in to an account, or is no longer (IRCv3 sasl-3.1, account-notify). */
import type { Who } from '../../core/event.js';
import { ACCOUNT_NOTIFY, has } from './caps.js';
import type { IrcRequest } from './request.js';
import { type LineFormat, sourceOf } from './source.js';

/** `at`: in milliseconds since 1970. `by`: the user. */
interface Change {
  readonly at: number;
  readonly by: Who;
}

export function loggedInLines(
  account: string,
  { at, by }: Change,
  request: IrcRequest,
  dialect: LineFormat,
): string {
  const isBeforeLogin = request.nick === '*';
  const source = isBeforeLogin ? '*!*@*' : sourceOf(by);
  const line = request.reply('900', `${source} ${account} :You are now logged in as ${account}`);
  return isBeforeLogin ? line : line + notice(account, { at, by }, request, dialect);
}

export function loggedOutLines({ at, by }: Change, request: IrcRequest, dialect: LineFormat): string {
  const line = request.reply('901', `${sourceOf(by)} :You are now logged out`);
  return line + notice('*', { at, by }, request, dialect);
}

/** Others are told the same. */
function notice(account: string, { at, by }: Change, { caps }: IrcRequest, dialect: LineFormat): string {
  return has(caps, ACCOUNT_NOTIFY) ? dialect.line(at, by, `ACCOUNT ${account}`) : '';
}
