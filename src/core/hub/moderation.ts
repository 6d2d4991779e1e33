/** Moderation: kicks, bans, mutes and announcements of operators; and which users a user ignores. */
import type { Ban } from '../accounts.js';
import { foldName, parseUserName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { Request } from './request.js';

/** A user who is online, or has the name registered. */
interface KnownUser {
  readonly fold: string;
  readonly shown: string;
  readonly client: Client | null;
}

const MINUTE_MS = 60_000;

export class Moderation {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  kick({ client, name, command: { who, reason }, at }: Request<'kick'>): void {
    const target = this.#context.directory.user(who);
    if (target?.name == null) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    if (target === client) {
      this.#context.refuse(client, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    this.#context.perform(client, { kind: 'kick', about: target.name.shown, text: reason }, at);
    this.#context.endNow(target, 'kicked', at, name.shown, reason);
  }

  ban({ client, name, command: { who, minutes, reason }, at }: Request<'ban'>): void {
    const { directory } = this.#context;
    const common = { until: endAfter(minutes, at), by: name.shown, reason };
    const block = this.#bans.blockOf(who);
    if (block !== null) {
      if (this.#wouldLockOut(client, block) && !isForced(reason)) {
        this.#context.refuse(client, 'not-permitted', { about: block, denial: 'own-address' }, at);
        return;
      }
      const ban: Ban = { kind: 'banned-address', target: block, shown: block, ...common };
      this.#applyBan(client, ban, this.#clientsIn(block), at);
      return;
    }
    const user = this.#findUser(who) ?? this.#unknownUser(who);
    if (user === null) this.#context.refuseMissing(client, 'user-not-found', who, at);
    else if (user.client === client)
      this.#context.refuse(client, 'not-permitted', { denial: 'yourself' }, at);
    else {
      const address = user.client?.connection.address ?? directory.departure(user.fold, at)?.address;
      const ban: Ban = { kind: 'banned-name', target: user.fold, shown: user.shown, ...common };
      this.#applyBan(client, ban, user.client === null ? [] : [user.client], at);
      this.#tellAddress(client, user.shown, address, at);
    }
  }

  unban({ client, command: { who }, at }: Request<'unban'>): void {
    const block = this.#bans.blockOf(who);
    const user = block === null ? this.#findUser(who) : null;
    const [kind, target] =
      block === null
        ? (['banned-name', user?.fold ?? foldName(who)] as const)
        : (['banned-address', block] as const);
    const isKnown = this.#bans.has(kind, target) || user !== null;
    if (!isKnown) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: 'unban', about: who }, at, () => this.#bans.remove(kind, target));
  }

  mute({ client, name, command: { who, minutes }, at }: Request<'mute'>): void {
    const user = this.#findUser(who);
    if (user === null) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    if (user.client === client) {
      this.#context.refuse(client, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    const { fold, shown } = user;
    const until = endAfter(minutes, at);
    this.#context.perform(client, { kind: 'mute', about: shown, until }, at, (onUndo) => {
      this.#bans.add({ kind: 'muted', target: fold, shown, until, by: name.shown, reason: '' });
      if (user.client !== null) onUndo(setMutedUntil(user.client, until));
    });
  }

  unmute({ client, command: { who }, at }: Request<'unmute'>): void {
    const user = this.#findUser(who);
    const fold = user?.fold ?? foldName(who);
    if (user === null && !this.#bans.has('muted', fold)) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: 'unmute', about: user?.shown ?? who }, at, (onUndo) => {
      this.#bans.remove('muted', fold);
      if (user?.client != null) onUndo(setMutedUntil(user.client, Number.NEGATIVE_INFINITY));
    });
  }

  announce({ client, name, command: { text }, at }: Request<'announce'>): void {
    const { turn, directory } = this.#context;
    this.#context.perform(client, { kind: 'announce', about: '', text }, at);
    turn.sendToAudience(directory.everyone, { kind: 'announced', at, name: name.shown, text }, client);
  }

  ignore({ client, command: { who }, at }: Request<'ignore'>): void {
    this.#setIgnored(client, who, 'ignore', at);
  }

  unignore({ client, command: { who }, at }: Request<'unignore'>): void {
    this.#setIgnored(client, who, 'unignore', at);
  }

  /** Ends the sessions that another program has banned. */
  settleBanChange(target: string, at: number): void {
    for (const ban of this.#bans.bans(at).filter((one) => one.target === target)) {
      const present =
        ban.kind === 'banned-address'
          ? this.#clientsIn(target)
          : [...this.#context.directory.everyone.members.keys()].filter(({ name }) => name?.fold === target);
      for (const client of present) this.#context.endNow(client, 'banned', at, ban.by, ban.reason);
    }
  }

  #applyBan(client: Client, ban: Ban, present: readonly Client[], at: number): void {
    const { shown, until, by, reason } = ban;
    const action = { kind: 'ban', about: shown, until, text: reason } as const;
    this.#context.perform(client, action, at, () => this.#bans.add(ban));
    // Their sessions end even if the ban cannot be stored, since other changes of the turn build on that. The operator stays, even when its own address is banned: somebody must be able to remove the ban.
    for (const one of present) if (one !== client) this.#context.endNow(one, 'banned', at, by, reason);
  }

  #setIgnored(client: Client, who: string, kind: 'ignore' | 'unignore', at: number): void {
    const user = this.#findUser(who);
    const fold = user?.fold ?? foldName(who);
    if (user?.client === client) {
      this.#context.refuse(client, 'not-permitted', { denial: 'yourself' }, at);
      return;
    }
    if (user === null && client.ignores?.has(fold) !== true) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind, about: user?.shown ?? who }, at, (onUndo) => {
      if (client.account !== null) this.#context.accounts.users[kind](client.account.fold, fold);
      const before = client.ignores;
      const ignores = new Set(before);
      if (kind === 'ignore') ignores.add(fold);
      else ignores.delete(fold);
      client.ignores = ignores.size === 0 ? null : ignores;
      onUndo(() => {
        client.ignores = before;
      });
    });
  }

  get #bans() {
    return this.#context.accounts.bans;
  }

  /** The user of that name who is online or has it registered. */
  #findUser(typed: string): KnownUser | null {
    const client = this.#context.directory.user(typed);
    if (client?.name != null) return { fold: client.name.fold, shown: client.name.shown, client };
    const account = this.#context.accounts.users.find(typed);
    return account === undefined ? null : { fold: account.fold, shown: account.shown, client: null };
  }

  /** A name that is neither online nor registered may be banned, too: its user may have left. */
  #unknownUser(typed: string): KnownUser | null {
    const name = parseUserName(typed);
    return name === null ? null : { fold: name.fold, shown: name.shown, client: null };
  }

  /** Whether a ban of the block would keep out the operator itself, or the clients of this machine. */
  #wouldLockOut({ connection }: Client, block: string): boolean {
    return this.#bans.holdsLoopback(block) || this.#bans.addressTest(block)(connection.address);
  }

  /** Tells an interactive operator the address that a banned name was last seen with. */
  #tellAddress(client: Client, name: string, address: string | undefined, at: number): void {
    if (address === undefined || !client.encoder.dialect.interactive || client.label !== null) return;
    const report = { kind: 'last-address', name, address } as const;
    this.#context.turn.send(client, { kind: 'report', at, report, isReply: false });
  }

  #clientsIn(block: string): readonly Client[] {
    const isCovered = this.#bans.addressTest(block);
    const users = [...this.#context.directory.everyone.members.keys()];
    return users.filter(({ connection }) => isCovered(connection.address));
  }
}

/** Infinity without minutes: permanent. */
function endAfter(minutes: number | null, at: number): number {
  return minutes === null ? Number.POSITIVE_INFINITY : at + minutes * MINUTE_MS;
}

/** Returns how to undo it. */
function setMutedUntil(client: Client, until: number): () => void {
  const before = client.mutedUntil;
  client.mutedUntil = until;
  return () => {
    client.mutedUntil = before;
  };
}

/** A reason that begins with FORCE confirms a ban that would lock the operator out. */
function isForced(reason: string): boolean {
  return /^FORCE(?:\s|$)/i.test(reason);
}
