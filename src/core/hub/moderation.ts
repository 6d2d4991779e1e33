/** Keeping order: who is sent away, silenced or shut out, whom one does not hear, and how a room is kept. */
import type { Ban } from '../accounts.js';
import type { Client } from './client.js';
import type { Command } from '../command.js';
import type { ModerationKind } from '../action.js';
import type { HubContext } from './hub-context.js';
import { foldName, type Text } from '../text/text.js';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** The commands of this file. */
export type ModerationCommand = CommandOf<ModerationKind>;

/** Somebody, here or away. */
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

  apply(client: Client, by: string, command: ModerationCommand, at: number): void {
    switch (command.kind) {
      case 'kick':
        return this.#kick(client, by, command, at);
      case 'ban':
        return this.#ban(client, by, command, at);
      case 'unban':
        return this.#unban(client, command.who, at);
      case 'mute':
        return this.#mute(client, by, command, at);
      case 'unmute':
        return this.#unmute(client, command.who, at);
      case 'announce':
        return this.#announce(client, by, command.text, at);
      case 'ignore':
      case 'unignore':
        return this.#ignore(client, command, at);
      case 'lock':
        return this.#lock(client, command.keyHash, at);
      case 'unlock':
        return this.#lock(client, null, at);
      case 'topic':
        return this.#setTopic(client, command.text, at);
    }
  }

  #kick(client: Client, by: string, { who, reason }: CommandOf<'kick'>, at: number): void {
    const target = this.#context.directory.user(who);
    if (target?.name == null) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: 'kick', about: target.name.shown, text: reason }, at);
    this.#context.endSession(target, 'kicked', at, by, reason);
  }

  #ban(client: Client, by: string, { who, minutes, reason }: CommandOf<'ban'>, at: number): void {
    const until = untilAfter(minutes, at);
    const block = this.#bans.blockOf(who);
    if (block !== null) {
      const ban = { kind: 'banned-address', target: block, shown: block, until, by, reason } as const;
      this.#applyBan(client, ban, this.#clientsIn(block), at);
      return;
    }
    const someone = this.#findUser(who);
    if (someone === null) this.#context.refuseMissing(client, 'user-not-found', who, at);
    else if (someone.client === client) this.#context.refuse(client, 'not-permitted', {}, at);
    else {
      const { fold, shown } = someone;
      const ban = { kind: 'banned-name', target: fold, shown, until, by, reason } as const;
      this.#applyBan(client, ban, someone.client === null ? [] : [someone.client], at);
    }
  }

  #applyBan(client: Client, ban: Ban, present: readonly Client[], at: number): void {
    const { shown, until, by, reason } = ban;
    const isDone = this.#context.perform(client, { kind: 'ban', about: shown, until, text: reason }, at, () =>
      this.#bans.add(ban),
    );
    if (!isDone) return;
    // Whoever bans stays, from a banned address too: somebody must be able to take it back.
    for (const one of present) if (one !== client) this.#context.endSession(one, 'banned', at, by, reason);
  }

  #unban(client: Client, who: Text, at: number): void {
    const block = this.#bans.blockOf(who);
    const [kind, target] =
      block === null ? (['banned-name', foldName(who)] as const) : (['banned-address', block] as const);
    const isKnown = this.#bans.has(kind, target) || (block === null && this.#findUser(who) !== null);
    if (!isKnown) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: 'unban', about: who }, at, () => this.#bans.remove(kind, target));
  }

  #mute(client: Client, by: string, { who, minutes }: CommandOf<'mute'>, at: number): void {
    const someone = this.#findUser(who);
    if (someone === null) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    const { fold, shown } = someone;
    const until = untilAfter(minutes, at);
    this.#context.perform(client, { kind: 'mute', about: shown, until }, at, () => {
      this.#bans.add({ kind: 'muted', target: fold, shown, until, by, reason: '' });
      if (someone.client !== null) someone.client.mutedUntil = until;
    });
  }

  #unmute(client: Client, who: Text, at: number): void {
    const fold = foldName(who);
    const someone = this.#findUser(who);
    if (someone === null && !this.#bans.has('muted', fold)) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: 'unmute', about: someone?.shown ?? who }, at, () => {
      this.#bans.remove('muted', fold);
      if (someone?.client != null) someone.client.mutedUntil = 0;
    });
  }

  #announce(client: Client, by: string, text: Text, at: number): void {
    const { turn, directory } = this.#context;
    this.#context.perform(client, { kind: 'announce', about: '', text }, at);
    turn.sendToAudience(directory.everyone, { kind: 'announced', at, name: by, text }, client);
  }

  #ignore(client: Client, { kind, who }: CommandOf<'ignore' | 'unignore'>, at: number): void {
    const fold = foldName(who);
    const someone = this.#findUser(who);
    if (someone?.client === client) {
      this.#context.refuse(client, 'not-permitted', {}, at);
      return;
    }
    if (someone === null && client.ignores?.has(fold) !== true) {
      this.#context.refuseMissing(client, 'user-not-found', who, at);
      return;
    }
    this.#context.perform(client, { kind: kind, about: someone?.shown ?? who }, at, () => {
      if (client.account !== null) this.#context.accounts.users[kind](client.account.fold, fold);
      const ignores = new Set(client.ignores);
      if (kind === 'ignore') ignores.add(fold);
      else ignores.delete(fold);
      client.ignores = ignores.size === 0 ? null : ignores;
    });
  }

  #lock(client: Client, keyHash: string | null, at: number): void {
    const { currentRoom } = client;
    if (currentRoom === null) return;
    const action = { kind: keyHash === null ? 'unlock' : 'lock', about: currentRoom.name.shown } as const;
    this.#context.perform(client, action, at, () =>
      this.#context.accounts.rooms.lock(currentRoom.name, keyHash),
    );
  }

  #setTopic(client: Client, text: Text, at: number): void {
    const { currentRoom } = client;
    if (currentRoom === null) return;
    this.#context.perform(client, { kind: 'topic', about: currentRoom.name.shown, text }, at, () =>
      this.#context.accounts.rooms.setTopic(currentRoom.name, text),
    );
  }

  get #bans() {
    return this.#context.accounts.bans;
  }

  /** Who is here by that name, or has it registered. */
  #findUser(typed: string): KnownUser | null {
    const client = this.#context.directory.user(typed);
    if (client?.name != null) return { fold: client.name.fold, shown: client.name.shown, client };
    const account = this.#context.accounts.users.find(typed);
    return account === undefined ? null : { fold: account.fold, shown: account.shown, client: null };
  }

  #clientsIn(block: string): readonly Client[] {
    const users = [...this.#context.directory.everyone.members];
    return users.filter(({ connection }) => this.#bans.covers(block, connection.address));
  }
}

function untilAfter(minutes: number | null, at: number): number {
  return minutes === null ? Number.POSITIVE_INFINITY : at + minutes * MINUTE_MS;
}
