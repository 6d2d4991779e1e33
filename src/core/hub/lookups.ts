/** Answers about single users and the current room: WHOIS, SEEN, the topic, the user's own ignores. */
import { isAwaited } from '../dialect.js';
import type { Census, PresentUser, Report, UserReport } from '../event.js';
import { type Peaks, takeCensus } from './census.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { ClientRequest, ClientRoomRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Departure } from '../session-table.js';
import type { RoomName } from '../text/text.js';

export class Lookups {
  readonly #context: HubContext;

  readonly #peaks: Peaks = { users: 0, local: 0 };

  constructor(context: HubContext) {
    this.#context = context;
  }

  census({ session: client, at }: ClientRequest<'census'>): void {
    this.#reply(client, { kind: 'census', census: this.countAll() }, at);
  }

  present({ session: client, command: { who }, at }: ClientRequest<'present'>): void {
    const users: PresentUser[] = [];
    for (const { fold } of who) {
      const user = this.#context.directory.user(fold);
      if (user?.name == null) continue;
      users.push({ who: user.who, isAway: user.awayText !== null, isOperator: user.isOperator });
    }
    this.#reply(client, { kind: 'present', users }, at);
  }

  countAll(entering = 0): Census {
    return takeCensus(this.#context.directory, this.#peaks, entering);
  }

  whois({ session: client, command: { who }, at }: ClientRequest<'whois'>): void {
    const { directory, departures } = this.#context;
    const user = directory.user(who.fold);
    const departure = departures.last(who.fold, at);
    if (user?.name != null) this.#reply(client, { kind: 'whois', user: this.#online(user, client, at) }, at);
    else if (departure !== null)
      this.#reply(client, { kind: 'whois', user: this.#departed(departure, client) }, at);
    else this.#context.refuseMissing(client, 'user-not-found', who.typed, at);
  }

  departures({ session: client, command: { who, limit }, at }: ClientRequest<'departures'>): void {
    const departures = this.#context.departures.recent(who.fold).slice(0, limit);
    const users = departures.map((departure) => this.#departed(departure, client));
    this.#reply(client, { kind: 'departures', name: who.typed, users }, at);
  }

  seen({ session: client, command: { who }, at }: ClientRequest<'seen'>): void {
    const { directory, departures, accounts } = this.#context;
    const user = directory.user(who.fold);
    if (user?.name != null) {
      this.#reply(client, { kind: 'seen', name: user.name.shown, lastHereAt: null }, at);
      return;
    }
    const account = accounts.users.findFolded(who.fold);
    const departure = departures.lastUse(who.fold, at);
    const marker = account === undefined ? undefined : accounts.offline.readMarker(account.fold);
    const lastHereAt = Math.max(departure?.leftAt ?? 0, marker?.at ?? 0);
    if (lastHereAt === 0) this.#context.refuseMissing(client, 'user-not-found', who.typed, at);
    else
      this.#reply(
        client,
        { kind: 'seen', name: departure?.name ?? account?.shown ?? who.typed, lastHereAt },
        at,
      );
  }

  topic({ session: client, room: { name }, at }: ClientRoomRequest<'show-topic'>): void {
    this.#reply(client, this.#topicOf(name), at);
  }

  /** Shows a client that enters a room its topic, if it has one. */
  tellTopic(client: Client, { name }: Room, at: number): void {
    const report = this.#topicOf(name);
    if (report.topic !== null && report.topic !== '')
      this.#context.turn.reply(client, { kind: 'report', at, report, isReply: false });
  }

  #topicOf({ fold, shown }: RoomName): Extract<Report, { kind: 'topic' }> {
    const registered = this.#context.accounts.rooms.room(fold);
    const { topic = null, topicBy = null, topicAt = null } = registered ?? {};
    return { kind: 'topic', room: shown, topic, by: topicBy, setAt: topicAt };
  }

  ignores({ session: client, at }: ClientRequest<'ignores'>): void {
    this.#reply(client, { kind: 'ignores', names: this.#ignoredBy(client) }, at);
  }

  /** Reminds an interactive session at its login of the users that it ignores. */
  remindOfIgnores(session: Session, at: number): void {
    const client = session.local;
    if (
      client === null ||
      client.ignores === null ||
      !client.encoder.dialect.interactive ||
      isAwaited(client.label)
    )
      return;
    const report: Report = { kind: 'ignores', names: this.#ignoredBy(client) };
    this.#context.turn.send(client, { kind: 'report', at, report, isReply: false });
  }

  #reply(client: Client, report: Report, at: number): void {
    this.#context.turn.reply(client, { kind: 'report', at, report, isReply: true });
  }

  /** As the names are shown, where they are known. */
  #ignoredBy({ ignores }: Client): readonly string[] {
    const { directory, accounts } = this.#context;
    return Array.from(
      ignores ?? [],
      (fold) => directory.userNamed(fold)?.name?.shown ?? accounts.users.account(fold)?.shown ?? fold,
    );
  }

  #online(user: Session, asker: Client, at: number): UserReport {
    const { permissions } = this.#context;
    return {
      name: user.name?.shown ?? '',
      rooms: user.rooms
        .filter(({ name }) => permissions.maySee(asker, name.fold))
        .map(({ name }) => name.shown),
      dialect: user.dialect,
      since: user.loggedInAt,
      idleMs: Math.max(0, at - user.lastCommandAt),
      leftAt: null,
      address: asker.isOperator ? user.address : null,
      awayText: user.awayText,
      by: user.who,
      isOperator: user.isOperator,
      statuses: user.rooms
        .filter(({ name }) => permissions.maySee(asker, name.fold))
        .map((room) => room.statusOf(user)),
    };
  }

  #departed(departure: Departure, asker: Client): UserReport {
    const { name, dialect, since, leftAt, address, by } = departure;
    return {
      name,
      rooms: [],
      dialect,
      since,
      idleMs: null,
      leftAt,
      address: asker.isOperator ? address : null,
      awayText: null,
      by,
      isOperator: false,
      statuses: [],
    };
  }
}
