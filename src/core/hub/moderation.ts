/** Moderation: kicks, bans, mutes and announcements of operators; and which users a user ignores. */
import type { Account, Ban } from '../accounts.js';
import { isAwaited } from '../dialect.js';
import type { TypedName } from '../text/text.js';
import type { HubContext } from './hub-context.js';
import type { Request } from './request.js';
import type { Session } from './session.js';
import type { Subscribers } from './subscribers.js';

/** A user that is online, or has the name registered. */
interface KnownUser {
  readonly fold: string;
  readonly shown: string;
  readonly session: Session | null;
}

const MINUTE_MS = 60_000;

export class Moderation {
  readonly #context: HubContext;
  readonly #subscribers: Subscribers;

  constructor(context: HubContext, subscribers: Subscribers) {
    this.#context = context;
    this.#subscribers = subscribers;
  }

  kick({ session, name, command: { who, reason }, at }: Request<'kick'>): void {
    const { directory } = this.#context;
    const target = directory.user(who.fold) ?? directory.sessionsOfAccount(who.fold)[0];
    if (target?.name == null) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    if (target === session) {
      this.#context.refuse(session, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    this.#context.perform(session, { kind: 'kick', about: target.name.shown, text: reason }, at);
    for (const one of this.#allOf(target))
      if (one !== session) this.#context.endNow(one, 'kicked', at, name.shown, reason);
  }

  ban({ session, name, command: { who, minutes, reason }, at }: Request<'ban'>): void {
    const { departures } = this.#context;
    const common = { until: endAfter(minutes, at), by: name.shown, reason };
    const block = this.#bans.blockOf(who.typed);
    if (block !== null) {
      if (this.#wouldLockOut(session, block) && !isForced(reason)) {
        this.#context.refuse(session, 'not-permitted', { about: block, denial: 'own-address' }, at);
        return;
      }
      const ban: Ban = { kind: 'banned-address', target: block, shown: block, ...common };
      this.#applyBan(session, ban, this.#sessionsIn(block), at);
      return;
    }
    const user = this.#findUser(who) ?? this.#unknownUser(who);
    if (user === null) this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
    else if (this.#isSelf(session, user))
      this.#context.refuse(session, 'not-permitted', { denial: 'yourself' }, at);
    else {
      const address = user.session?.address ?? departures.last(user.fold, at)?.address;
      // Of a user with an account: the account, which every name of it is banned with.
      const { fold: banned, shown } = owned(user);
      const ban: Ban = { kind: 'banned-name', target: banned, shown, ...common };
      this.#applyBan(session, ban, this.#sessionsOf(user), at);
      this.#tellAddress(session, user.shown, address, at);
    }
  }

  unban({ session, command: { who }, at }: Request<'unban'>): void {
    const block = this.#bans.blockOf(who.typed);
    const user = block === null ? this.#findUser(who) : null;
    const [kind, target] =
      block === null
        ? (['banned-name', user?.fold ?? who.fold] as const)
        : (['banned-address', block] as const);
    const isKnown = this.#bans.has(kind, target) || user !== null;
    if (!isKnown) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    this.#context.perform(session, { kind: 'unban', about: who.typed }, at, () =>
      this.#bans.remove(kind, target),
    );
  }

  mute({ session, name, command: { who, minutes }, at }: Request<'mute'>): void {
    const user = this.#findUser(who);
    if (user === null) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    if (this.#isSelf(session, user)) {
      this.#context.refuse(session, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    const { fold, shown } = owned(user);
    const until = endAfter(minutes, at);
    this.#context.perform(session, { kind: 'mute', about: shown, until }, at, (onUndo) => {
      this.#bans.add({ kind: 'muted', target: fold, shown, until, by: name.shown, reason: '' });
      for (const one of this.#sessionsOf(user)) onUndo(this.#setMute(one, until));
    });
  }

  unmute({ session, command: { who }, at }: Request<'unmute'>): void {
    const user = this.#findUser(who);
    const fold = user === null ? who.fold : owned(user).fold;
    if (user === null && !this.#bans.has('muted', fold)) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    this.#context.perform(session, { kind: 'unmute', about: user?.shown ?? who.typed }, at, (onUndo) => {
      this.#bans.remove('muted', fold);
      for (const one of user === null ? [] : this.#sessionsOf(user))
        onUndo(this.#setMute(one, Number.NEGATIVE_INFINITY));
    });
  }

  announce({ session, name, command: { text }, at }: Request<'announce'>): void {
    const { turn, directory } = this.#context;
    this.#context.perform(session, { kind: 'announce', about: '', text }, at);
    turn.sendToAudience(directory.everyone, { kind: 'announced', at, name: name.shown, text }, session.local);
  }

  /** WALLOPS: a text for clients that want to know what operators tell each other. */
  wallops({ session, command: { text }, at }: Request<'wallops'>): void {
    const { turn, directory } = this.#context;
    this.#context.perform(session, { kind: 'wallops', about: '', text }, at);
    turn.sendToAudience(directory.everyone, { kind: 'wallops', at, by: session.who, text }, null);
  }

  ignore({ session, command: { who }, at }: Request<'ignore'>): void {
    this.#setIgnored(session, who, 'ignore', at);
  }

  unignore({ session, command: { who }, at }: Request<'unignore'>): void {
    this.#setIgnored(session, who, 'unignore', at);
  }

  /** Ends the sessions that another program has banned. */
  settleBanChange(target: string, at: number): void {
    for (const ban of this.#bans.bans(at).filter((one) => one.target === target)) {
      const present =
        ban.kind === 'banned-address'
          ? this.#sessionsIn(target)
          : [this.#context.directory.userNamed(target)].filter((user) => user !== undefined);
      for (const session of present) this.#context.endNow(session, 'banned', at, ban.by, ban.reason);
      this.#subscribers.endBanned(ban, at);
    }
  }

  #applyBan(session: Session, ban: Ban, present: readonly Session[], at: number): void {
    const { shown, until, by, reason } = ban;
    const action = { kind: 'ban', about: shown, until, text: reason } as const;
    this.#context.perform(session, action, at, () => this.#bans.add(ban));
    // Their sessions end even if the ban cannot be stored, since other changes of the turn build on that. The operator
    // stays, even when its own address is banned: somebody must be able to remove the ban.
    for (const one of present) if (one !== session) this.#context.endNow(one, 'banned', at, by, reason);
    this.#subscribers.endBanned(ban, at);
  }

  /** Returns how to undo it. */
  #setMute(session: Session, until: number): () => void {
    const before = session.mutedUntil;
    session.mutedUntil = until;
    this.#context.changed(session);
    return () => {
      session.mutedUntil = before;
    };
  }

  #setIgnored(session: Session, who: TypedName, kind: 'ignore' | 'unignore', at: number): void {
    const user = this.#findUser(who);
    const fold = user?.fold ?? who.fold;
    if (user !== null && this.#isSelf(session, user)) {
      this.#context.refuse(session, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    // Another session of the account may have changed what it ignores.
    const ignored = session.account?.ignores ?? session.ignores;
    if (user === null && ignored?.has(fold) !== true) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    this.#context.perform(session, { kind, about: user?.shown ?? who.typed }, at, (onUndo) => {
      if (session.account !== null) {
        this.#setIgnoredByAccount(session.account, kind, fold, onUndo);
        return;
      }
      const before = session.ignores;
      const ignores = new Set(ignored);
      if (kind === 'ignore') ignores.add(fold);
      else ignores.delete(fold);
      session.ignores = ignores.size === 0 ? null : ignores;
      this.#context.changed(session);
      onUndo(() => {
        session.ignores = before;
      });
    });
  }

  /** All sessions and streams of an account share what it ignores. */
  #setIgnoredByAccount(
    account: Account,
    kind: 'ignore' | 'unignore',
    fold: string,
    onUndo: (undo: () => void) => void,
  ): void {
    this.#context.accounts.users[kind](account.fold, fold);
    const ignores = account.ignores.size === 0 ? null : account.ignores;
    const sharing = [
      ...this.#context.directory.sessionsWith(account),
      ...this.#subscribers.clientsOf(account.fold),
    ].map((one) => ({ one, before: one.ignores }));
    for (const { one } of sharing) one.ignores = ignores;
    onUndo(() => {
      for (const { one, before } of sharing) one.ignores = before;
    });
  }

  get #bans() {
    return this.#context.accounts.bans;
  }

  /** The user of that name that is online or has it registered. */
  #findUser({ fold }: TypedName): KnownUser | null {
    const session = this.#context.directory.user(fold);
    if (session?.name != null) return { fold: session.name.fold, shown: session.name.shown, session };
    const account = this.#context.accounts.users.findFolded(fold);
    return account === undefined ? null : { fold: account.fold, shown: account.shown, session: null };
  }

  /** The sessions of a user: that of the name, and those of its account under other names. */
  #sessionsOf({ fold, session }: KnownUser): readonly Session[] {
    const ofAccount = this.#context.directory.sessionsOfAccount(session?.account?.fold ?? fold);
    return session === null || ofAccount.includes(session) ? ofAccount : [session, ...ofAccount];
  }

  /** Whether a user gives a command about itself, or about its account. */
  #isSelf(session: Session, { fold, session: other }: KnownUser): boolean {
    return other === session || session.account?.fold === fold;
  }

  #allOf(session: Session): readonly Session[] {
    const { name } = session;
    return name === null ? [session] : this.#sessionsOf({ fold: name.fold, shown: name.shown, session });
  }

  /** A name that is neither online nor registered may be banned, too: its user may have left. */
  #unknownUser({ fold, shown }: TypedName): KnownUser | null {
    return shown === null ? null : { fold, shown, session: null };
  }

  /** Whether a ban of the block would keep out the operator itself, or the clients of this machine. */
  #wouldLockOut({ address }: Session, block: string): boolean {
    return this.#bans.holdsLoopback(block) || this.#bans.addressTest(block)(address);
  }

  /** Tells an interactive operator the address that a banned name was last seen with. */
  #tellAddress(session: Session, name: string, address: string | undefined, at: number): void {
    const client = session.local;
    if (address === undefined || client === null) return;
    if (!client.encoder.dialect.interactive || isAwaited(client.label)) return;
    const report = { kind: 'last-address', name, address } as const;
    this.#context.turn.send(client, { kind: 'report', at, report, isReply: false });
  }

  #sessionsIn(block: string): readonly Session[] {
    const isCovered = this.#bans.addressTest(block);
    const users = [...this.#context.directory.everyone.sessions()];
    return users.filter(({ address }) => isCovered(address));
  }
}

/** The account of a user, if it has one, whatever its name; else the user. */
function owned({ fold, shown, session }: KnownUser): Pick<KnownUser, 'fold' | 'shown'> {
  return session?.account ?? { fold, shown };
}

/** Infinity without minutes: permanent. */
function endAfter(minutes: number | null, at: number): number {
  return minutes === null ? Number.POSITIVE_INFINITY : at + minutes * MINUTE_MS;
}

/** A reason that begins with FORCE confirms a ban that would lock the operator out. */
function isForced(reason: string): boolean {
  return /^FORCE(?:\s|$)/i.test(reason);
}
