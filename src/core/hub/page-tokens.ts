/**
 * SESSION: a user takes a token for its own registered name, so that the page need not keep the password. Such a token
 * expires some time after its last use.
 */
import type { CommandOf } from '../command.js';
import type { ProposalOf } from '../ports.js';
import type { Client } from './client.js';
import { type HubContext, notStoredAt } from './hub-context.js';
import type { Session } from './session.js';

const LIFETIME_MS = 30 * 24 * 3_600_000;
/** Beyond it, the token that was used longest ago is revoked. */
const MAX_TOKENS_PER_USER = 10;

export class PageTokens {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** SESSION: proposes a token that was made for the client. */
  open(client: Client, { secret, id, hash }: CommandOf<'open-session'>, at: number): void {
    client.newSecret = secret;
    this.#context.propose(client, { kind: 'page-token', session: client.key, id, hash }, at);
  }

  settleOpen(session: Session, { id, hash }: ProposalOf<'page-token'>, at: number): void {
    const { account, local: client } = session;
    const { accounts, turn } = this.#context;
    if (account === null || accounts.users.hasToken(id)) {
      this.#context.refuse(session, account === null ? 'not-registered' : 'busy', {}, at);
      return;
    }
    const { fold } = account;
    const expiresAt = this.#newExpiry(fold, at);
    accounts.users.addToken({ id, fold, hash, createdAt: at, expiresAt, isPage: 1 });
    turn.scheduleCommit();
    for (const { id: oldId } of accounts.users.pageTokens(fold).slice(0, -MAX_TOKENS_PER_USER))
      this.#revoke(session, oldId, at);
    if (client === null) return;
    const value = client.newSecret ?? '';
    client.newSecret = null;
    const before = client.givenTokenId;
    client.givenTokenId = id;
    turn.onUndo(() => {
      client.givenTokenId = before;
    });
    turn.sendOnlyIfStored(
      turn.reply(client, { kind: 'page-token', at, token: value, expiresAt }),
      notStoredAt(at, 'open-session'),
    );
    const done = {
      kind: 'done',
      at,
      action: { kind: 'open-session', about: account.shown },
      by: session.who,
    } as const;
    turn.sendOnlyIfStored(turn.observeEvent(done, client), null);
  }

  /** SESSION END: proposes to revoke the token that the client was given last, or else logged in with. */
  close(client: Client, at: number): void {
    const id = client.givenTokenId ?? client.tokenId;
    const action = { kind: 'close-session', about: client.account?.shown ?? '' } as const;
    if (id === null) this.#context.reply(client, { kind: 'done', at, action, by: client.who });
    else this.#context.propose(client, { kind: 'page-token-end', session: client.key, id }, at);
  }

  settleClose(session: Session, { id }: ProposalOf<'page-token-end'>, at: number): void {
    const { account, local: client } = session;
    if (account === null) {
      this.#context.refuse(session, 'not-registered', {}, at);
      return;
    }
    const action = { kind: 'close-session', about: account.shown } as const;
    this.#context.perform(session, action, at, (onUndo) => {
      const before = client?.givenTokenId ?? null;
      if (client !== null && before === id) client.givenTokenId = null;
      onUndo(() => {
        if (client !== null) client.givenTokenId = before;
      });
      if (this.#context.accounts.users.token(id)?.fold === account.fold) this.#revoke(session, id, at);
    });
  }

  /** A login has used a token: if it is one of these, it expires later. */
  onUsed(id: string, at: number): void {
    const { users } = this.#context.accounts;
    const token = users.token(id);
    if (token?.isPage !== 1) return;
    users.renewToken(id, this.#newExpiry(token.fold, at));
    this.#context.turn.scheduleCommit();
  }

  /** Different for each token of a user, so that the order of their last uses is the same on all nodes. */
  #newExpiry(fold: string, at: number): number {
    const known = new Set(this.#context.accounts.users.pageTokens(fold).map(({ expiresAt }) => expiresAt));
    let expiresAt = at + LIFETIME_MS;
    while (known.has(expiresAt)) expiresAt++;
    return expiresAt;
  }

  /** Other sessions that logged in with the token end; this one goes on. */
  #revoke(session: Session, id: string, at: number): void {
    const { accounts, turn, directory } = this.#context;
    const { account } = session;
    accounts.users.revokeToken(id);
    if (session.tokenId === id) {
      session.tokenId = null;
      this.#context.changed(session);
      turn.onUndo(() => {
        session.tokenId = id;
      });
    }
    if (account === null) return;
    for (const other of directory.sessionsWith(account))
      if (other !== session && other.tokenId === id) this.#context.endNow(other, 'token-revoked', at);
  }
}
