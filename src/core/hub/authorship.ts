/**
 * Whose a message is. Of the last messages the hub knows the session and its account; a stored one has the name of its
 * author alone. A guest may have used a name before it was registered, so such a message is the account's only if it was
 * sent after that.
 */
import type { Account } from '../accounts.js';
import type { Message } from '../message.js';
import type { SessionKey } from '../ports.js';
import { foldName } from '../text/text.js';
import { isSameSession, type Session } from './session.js';

/** Whether a message is of this session, or of another one of its account. `by`: null for an author without a session. */
export function isSentBy(
  session: Session,
  { by, account }: { readonly by: SessionKey | null; readonly account: Account | null },
): boolean {
  if (by !== null && isSameSession(by, session.key)) return true;
  return account !== null && account === session.account;
}

/** Whether a stored message has the name of an account, and was sent after that was registered. */
export function isOfAccount(account: Account | null, message: Message): boolean {
  return account !== null && foldName(message.from) === account.fold && isSentSince(account, message);
}

/** Whether a message was sent after an account was registered. Of old accounts only the time of that is known. */
export function isSentSince(
  { lastIdBefore, registeredAt }: Account,
  { id, at }: Pick<Message, 'id' | 'at'>,
): boolean {
  return lastIdBefore === null ? at >= registeredAt : id > lastIdBefore;
}
