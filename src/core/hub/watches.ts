/**
 * Watches: clients that want to know when certain users come and go, whatever rooms they share. A watch is a client's of
 * this node; users come and go on all nodes alike.
 */
import type { HubEvent } from '../event.js';
import { MAX_WATCHES } from '../limits.js';
import type { TypedName, UserName } from '../text/text.js';
import type { OutgoingEvent } from '../delivery/batch.js';
import type { Client } from './client.js';
import type { HubContext, Watchers } from './hub-context.js';
import type { ClientRequest } from './request.js';
import type { Session } from './session.js';

/** What a client watches: the names as they were given, by UserName.fold. */
interface Watched {
  readonly names: Map<string, string>;
  /** It is told of changes of these users, too. */
  isExtended: boolean;
}

export class Watches implements Watchers {
  readonly #context: HubContext;
  readonly #byClient = new Map<Client, Watched>();
  /** By UserName.fold. */
  readonly #watchers = new Map<string, Set<Client>>();

  constructor(context: HubContext) {
    this.#context = context;
  }

  watch({ session: client, command, at }: ClientRequest<'watch'>): void {
    const { action, who, isExtended } = command;
    const watched = this.#byClient.get(client) ?? { names: new Map<string, string>(), isExtended };
    watched.isExtended = isExtended;
    switch (action) {
      case 'add':
        this.#add(client, watched, who, at);
        return;
      case 'remove':
        for (const { fold } of who) this.#remove(client, watched, fold);
        return;
      case 'clear':
        this.drop(client);
        return;
      case 'list':
        this.#context.turn.reply(client, {
          kind: 'report',
          at,
          report: { kind: 'watches', names: [...watched.names.values()] },
          isReply: true,
        });
        return;
      case 'status':
        this.#showStatus(client, watched.names, at);
        return;
    }
  }

  /** A user has come, or has taken this name. */
  onOnline(session: Session, at: number): void {
    const watchers = session.name === null ? undefined : this.#watchers.get(session.name.fold);
    if (watchers === undefined) return;
    this.#tell(watchers, { kind: 'watched', at, online: [session.who], offline: [], isReply: false });
  }

  /** A user has left, or has given up this name. */
  onOffline({ fold, shown }: UserName, at: number): void {
    const watchers = this.#watchers.get(fold);
    if (watchers === undefined) return;
    this.#tell(watchers, { kind: 'watched', at, online: [], offline: [shown], isReply: false });
  }

  /** A user has changed, of which all who share a room are told already. Returns what the others are told. */
  onChange(
    session: Session,
    changed: Extract<HubEvent, { kind: 'changed' }>,
  ): readonly OutgoingEvent<Client>[] {
    const told: OutgoingEvent<Client>[] = [];
    const watchers = session.name === null ? undefined : this.#watchers.get(session.name.fold);
    for (const client of watchers ?? []) {
      const isTold = client === session || session.rooms.some((room) => room.entryOf(client) > 0);
      if (!isTold && this.#byClient.get(client)?.isExtended === true)
        told.push(this.#context.turn.send(client, changed));
    }
    return told;
  }

  /** The client has ended, or watches no user any more. */
  drop(client: Client): void {
    const watched = this.#byClient.get(client);
    if (watched === undefined) return;
    for (const fold of [...watched.names.keys()]) this.#remove(client, watched, fold);
  }

  /** Watches as many of the users as the list has room for, and tells which of them are online. */
  #add(client: Client, watched: Watched, who: readonly TypedName[], at: number): void {
    const added = new Map<string, string>();
    const refused: string[] = [];
    for (const { fold, typed, shown } of who) {
      if (shown === null) continue;
      if (!watched.names.has(fold) && watched.names.size >= MAX_WATCHES) {
        refused.push(typed);
        continue;
      }
      watched.names.set(fold, typed);
      added.set(fold, typed);
      const watchers = this.#watchers.get(fold) ?? new Set();
      this.#watchers.set(fold, watchers.add(client));
    }
    if (watched.names.size > 0) this.#byClient.set(client, watched);
    this.#showStatus(client, added, at);
    if (refused.length > 0) this.#context.refuse(client, 'watch-list-full', { about: refused.join(',') }, at);
  }

  #remove(client: Client, watched: Watched, fold: string): void {
    watched.names.delete(fold);
    const watchers = this.#watchers.get(fold);
    watchers?.delete(client);
    if (watchers?.size === 0) this.#watchers.delete(fold);
    if (watched.names.size === 0) this.#byClient.delete(client);
  }

  #showStatus(client: Client, names: ReadonlyMap<string, string>, at: number): void {
    const { directory, turn } = this.#context;
    const users = Array.from(names, ([fold, typed]) => ({ typed, user: directory.userNamed(fold) }));
    const online = users.flatMap(({ user }) => (user === undefined ? [] : [user.who]));
    const offline = users.flatMap(({ user, typed }) => (user === undefined ? [typed] : []));
    turn.reply(client, { kind: 'watched', at, online, offline, isReply: true });
  }

  #tell(watchers: Iterable<Client>, event: HubEvent): void {
    for (const client of watchers) this.#context.turn.send(client, event);
  }
}
