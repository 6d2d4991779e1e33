/** Posts without a session: those of bots and of HTTP requests, in rooms and to users. */
import type { Account } from '../accounts.js';
import type { HubEvent, Who } from '../event.js';
import type { ClientInfo, ProposalOf, SessionKey } from '../ports.js';
import type { Posted, Poster, PostKey, PostRefusal } from '../post.js';
import { foldName, type UserName } from '../text/text.js';
import { Awaited } from './awaited.js';
import type { Deletions } from './deletions.js';
import type { DirectDeletions, SentDirect } from './direct-deletions.js';
import type { HubContext } from './hub-context.js';
import type { Messages } from './messages.js';
import type { OfflineDelivery } from './offline.js';
import type { Registration } from './registration.js';

export type RoomPost = Omit<ProposalOf<'post'>, 'kind' | 'token'> & Waiting;
export type DirectPost = Omit<ProposalOf<'post-direct'>, 'kind' | 'token'> & Waiting;

interface Waiting {
  /** How the observers see the author. */
  readonly seenAs: ClientInfo;
  /** Called once, when all texts are stored or none of them is. */
  readonly onResult: (result: Posted | PostRefusal) => void;
}

export interface PostsOptions {
  readonly registration: Registration;
  readonly offline: OfflineDelivery;
  readonly messages: Messages;
  readonly deletions: Deletions;
  readonly directDeletions: DirectDeletions;
}

export class Posts {
  readonly #context: HubContext;
  readonly #options: PostsOptions;
  /** The posts of this process that have not settled. */
  readonly #awaited = new Awaited<Waiting>();

  constructor(context: HubContext, options: PostsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Proposes a post in a room. `token` belongs to no other post and no session. */
  post({ seenAs, onResult, ...post }: RoomPost, token: SessionKey, at: number): void {
    this.#propose({ kind: 'post', ...post, token }, { seenAs, onResult }, at);
  }

  /** Proposes direct messages to a user. */
  tell({ seenAs, onResult, ...post }: DirectPost, token: SessionKey, at: number): void {
    this.#propose({ kind: 'post-direct', ...post, token }, { seenAs, onResult }, at);
  }

  settle(proposal: ProposalOf<'post' | 'post-direct'>, firstId: number, at: number): void {
    const waiting = this.#awaited.take(proposal.token);
    const { once, from, by } = proposal;
    const who = `${by.kind} ${from.fold}`;
    const earlier = once === null ? undefined : this.#context.accounts.postKeys.find(who, once.key, at);
    if (once !== null && earlier !== undefined) {
      const { hash, isKept, ...rest } = earlier;
      if (hash === once.hash) this.#answer(waiting, { ...rest, isKept: isKept === 1, isReplay: true });
      else waiting?.onResult('key-reused');
      return;
    }
    const posted =
      proposal.kind === 'post'
        ? this.#settlePost(proposal, waiting, firstId, at)
        : this.#settleDirect(proposal, waiting, firstId, at);
    if (typeof posted === 'string') {
      waiting?.onResult(posted);
      return;
    }
    if (once !== null) this.#keep(who, once, posted);
    this.#answer(waiting, posted);
  }

  /** All entries of a run of this node have settled: posts that still wait were lost. */
  endRun(run: Pick<SessionKey, 'node' | 'epoch'>): void {
    for (const { onResult } of this.#awaited.takeRun(run)) onResult('not-stored');
  }

  #propose(proposal: ProposalOf<'post' | 'post-direct'>, waiting: Waiting, at: number): void {
    if (this.#context.isCut()) {
      waiting.onResult('not-stored');
      return;
    }
    this.#awaited.add(proposal.token, waiting);
    this.#context.submit(proposal, at);
  }

  #settlePost(
    proposal: ProposalOf<'post'>,
    waiting: Waiting | null,
    firstId: number,
    at: number,
  ): Posted | PostRefusal {
    const { room: roomName, texts } = proposal;
    const { directory, permissions } = this.#context;
    const from = this.#authorOf(proposal, at);
    if (typeof from === 'string') return from;
    if (this.#isMuted(proposal, from, at)) return 'muted';
    if (permissions.isInvalid(roomName)) return 'invalid-room';
    const by = this.#whoOf(from, proposal.by);
    const refusal = this.#refusalIn(proposal, from, by);
    if (refusal !== null) return refusal;
    const room = directory.roomFor(roomName);
    const pasted = texts.length > 1;
    if (pasted) {
      const account = proposal.by.kind === 'owner' ? this.#context.accounts.users.account(from.fold) : null;
      this.#options.deletions.onPosted(account ?? null, room.name.fold, firstId, texts.length);
    }
    this.#options.messages.sayAll(
      { room, from, by, texts, firstId, at, pasted },
      null,
      waiting?.seenAs ?? null,
      null,
    );
    this.#context.removeIfEmpty(room);
    return postedAs(from.shown, room.name.shown, { firstId, count: texts.length, at, isKept: false });
  }

  #settleDirect(
    proposal: ProposalOf<'post-direct'>,
    waiting: Waiting | null,
    firstId: number,
    at: number,
  ): Posted | PostRefusal {
    const { texts, fold } = proposal;
    const { directory, accounts } = this.#context;
    const from = this.#authorOf(proposal, at);
    if (typeof from === 'string') return from;
    const user = directory.user(fold);
    const isToOperator = user?.isOperator ?? accounts.users.findFolded(fold)?.isOperator ?? false;
    if (!isToOperator && this.#isMuted(proposal, from, at)) return 'muted';
    const by = this.#whoOf(from, proposal.by);
    const sent = { from, by, texts, firstId, at, seenAs: waiting?.seenAs ?? null };
    const target =
      user?.name == null ? this.#storeFor(fold, sent) : this.#deliverTo(user, user.name.shown, sent);
    if (typeof target === 'string') return target;
    const { to, isKept } = target;
    return postedAs(from.shown, to, { firstId, count: texts.length, at, isKept });
  }

  /** The name under which it is posted, or why that is refused. */
  #authorOf({ from, by }: ProposalOf<'post' | 'post-direct'>, at: number): UserName | PostRefusal {
    const { registration } = this.#options;
    if (by.kind === 'bot')
      return !this.#context.directory.isReserved(from) && registration.isTaken(from, null)
        ? 'username-taken'
        : from;
    if (registration.isBanned(by.address, from, at)) return 'banned';
    // Its name and its room are those that were looked up under this id, and never change.
    if (by.kind === 'hook')
      return this.#context.accounts.hooks.hook(by.id) === undefined ? 'wrong-password' : from;
    if (by.kind === 'owner')
      return registration.accountOf(from, by.proof) === null ||
        registration.refusalFor(from, by.proof) !== null
        ? 'wrong-password'
        : from;
    return registration.isTaken(from, null) ? (by.orElse ?? 'username-taken') : from;
  }

  #isMuted({ by }: ProposalOf<'post' | 'post-direct'>, from: UserName, at: number): boolean {
    return by.kind !== 'bot' && at < this.#context.accounts.bans.mutedUntil(from.fold);
  }

  /** Why the author may not post in this room. Bots and hooks may: an administrator has set them up. */
  #refusalIn({ room, by }: ProposalOf<'post'>, { fold }: UserName, who: Who): PostRefusal | null {
    if (by.kind === 'bot' || by.kind === 'hook') return null;
    const { accounts, permissions } = this.#context;
    const account = by.kind === 'owner' ? (accounts.users.account(fold) ?? null) : null;
    const user = { fold, user: who.user, host: who.host };
    return permissions.whyNotPost(room.fold, { account, knownKeyHash: by.knownKeyHash, user });
  }

  /** How others see the author, which has no session. */
  #whoOf({ shown, fold }: UserName, by: Poster): Who {
    const { accounts } = this.#context;
    const isBot = by.kind === 'bot';
    return {
      name: shown,
      user: isBot ? 'library' : 'http',
      host: isBot ? 'server.partyline' : accounts.cloak.hostOf(by.address),
      account: by.kind === 'owner' ? (accounts.users.account(fold)?.shown ?? null) : null,
      isBot: by.kind !== 'owner',
      realname: shown,
    };
  }

  /** Sends direct messages to an online user. An ignored sender does not learn of it. */
  #deliverTo(
    user: NonNullable<ReturnType<HubContext['directory']['user']>>,
    to: string,
    { from, by, texts, firstId, at, seenAs }: Sent,
  ): { readonly to: string; readonly isKept: boolean } {
    const { turn } = this.#context;
    const isIgnored = user.ignores?.has(from.fold) === true;
    const receiver = isIgnored ? null : user.local;
    for (const [index, text] of texts.entries()) {
      const id = firstId + index;
      this.#context.lastId = id;
      this.#onSent(id, from, { to, receiver: user.key, isIgnored });
      const isReserved = turn.consumeId(id);
      const told: HubEvent = { kind: 'told', id, at, from: from.shown, to, text, by };
      const sent = receiver === null ? null : turn.sendDirect(receiver, told);
      const observed = seenAs === null ? null : turn.observeEvent(told, seenAs);
      if (isReserved) continue;
      for (const outgoing of [sent, observed]) if (outgoing !== null) turn.sendOnlyIfStored(outgoing, null);
    }
    return { to, isKept: false };
  }

  /** Stores direct messages for an offline registered user: all of them, or none. */
  #storeFor(
    fold: string,
    { from, by, texts, firstId, at, seenAs }: Sent,
  ): { readonly to: string; readonly isKept: boolean } | PostRefusal {
    const { turn, accounts } = this.#context;
    const account: Account | null = accounts.users.account(from.fold) ?? null;
    const mail = texts.map((text, index) => ({ id: firstId + index, at, from: from.shown, text }));
    const stored = this.#options.offline.storeAll({ name: from, account }, fold, mail);
    if (stored === null) return 'user-not-found';
    if (stored.isFull) return 'mailbox-full';
    for (const { id, text } of mail) {
      turn.consumeId(id);
      this.#context.lastId = id;
      this.#onSent(id, from, { to: stored.to, receiver: null, isIgnored: false });
      if (seenAs === null) continue;
      const told: HubEvent = { kind: 'told', id, at, from: from.shown, to: stored.to, text, by };
      turn.sendOnlyIfStored(turn.observeEvent(told, seenAs), null);
    }
    turn.scheduleCommit();
    return { to: stored.to, isKept: true };
  }

  /** Its author may delete it from a session. */
  #onSent(id: number, from: UserName, to: Pick<SentDirect, 'to' | 'receiver' | 'isIgnored'>): void {
    const account = this.#context.accounts.users.account(from.fold) ?? null;
    const sent = { id, count: 1, by: null, account, ...to, to: foldName(to.to) };
    this.#options.directDeletions.onSent(sent);
  }

  #keep(who: string, { key, hash }: PostKey, posted: Posted): void {
    const { id, lastId, at, name, target, isKept } = posted;
    const row = { who, key, hash, at, id, lastId, name, target, isKept: isKept ? 1 : 0 };
    this.#context.accounts.postKeys.add(row);
    this.#context.turn.scheduleCommit();
  }

  #answer(waiting: Waiting | null, posted: Posted): void {
    if (waiting === null) return;
    const { turn } = this.#context;
    turn.afterCommit((isStored) => waiting.onResult(isStored ? posted : 'not-stored'));
  }
}

interface Sent extends Pick<ProposalOf<'post-direct'>, 'from' | 'texts'> {
  readonly by: Who;
  readonly firstId: number;
  readonly at: number;
  readonly seenAs: ClientInfo | null;
}

function postedAs(
  name: string,
  target: string,
  {
    firstId,
    count,
    at,
    isKept,
  }: {
    readonly firstId: number;
    readonly count: number;
    readonly at: number;
    readonly isKept: boolean;
  },
): Posted {
  return { id: firstId, lastId: firstId + count - 1, at, name, target, isKept, isReplay: false };
}
