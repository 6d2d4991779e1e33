/** Membership in rooms: entering one or several, leaving them, and what others are told of it. */
import { answersWithChange } from '../dialect.js';
import type { HubEvent } from '../event.js';
import { MAX_ROOMS } from '../limits.js';
import type { ProposalOf } from '../ports.js';
import type { RoomName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext, SessionEnd } from './hub-context.js';
import type { OfflineDelivery } from './offline.js';
import type { Lookups } from './lookups.js';
import type { Queries } from './queries.js';
import type { ReadMarkers } from './read-markers.js';
import type { Rosters } from './rosters.js';
import type { ClientRequest, Request } from './request.js';
import type { RoomSettings } from './room-settings.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

export interface MembershipOptions {
  readonly rooms: RoomSettings;
  readonly offline: OfflineDelivery;
  readonly queries: Queries;
  readonly lookups: Lookups;
  readonly readMarkers: ReadMarkers;
  readonly rosters: Rosters;
}

/** In place of the text of AWAY. */
const WORDLESS_AWAY = 'away';

/** How a session leaves a room. */
type Exit = Pick<Extract<HubEvent, { kind: 'left' }>, 'how' | 'reason' | 'forced'> &
  Pick<SessionEnd, 'readId'>;

export class Membership {
  readonly #context: HubContext;
  readonly #options: MembershipOptions;

  constructor(context: HubContext, options: MembershipOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Checks that a user may join a room, and proposes it. */
  join({ session: client, command: { room, knownKeyHash }, at }: ClientRequest<'join'>): void {
    if (this.#admits(client, room, knownKeyHash, at))
      this.#context.propose(client, { kind: 'join', session: client.key, room, knownKeyHash }, at);
  }

  /** Proposes to return to the lobby. */
  leave({ session: client, at }: ClientRequest<'leave'>): void {
    const room = this.#context.directory.lobby.name;
    this.#context.propose(client, { kind: 'join', session: client.key, room, knownKeyHash: null }, at);
  }

  /** FOLLOW: enters a room without leaving another. */
  follow({ session, command: { room: name, knownKeyHash }, at }: Omit<Request<'follow'>, 'name'>): void {
    if (!this.#admits(session, name, knownKeyHash, at)) return;
    const isMember = session.roomNamed(name.fold) !== null;
    if (!isMember && session.rooms.length >= MAX_ROOMS) {
      this.#context.refuse(session, 'too-many-rooms', {}, at);
      return;
    }
    const room = this.#context.directory.roomFor(name);
    this.#replyEntered(session, room, !isMember, at);
    if (isMember) return;
    this.enter(session, room, 'moved', at);
    if (session.currentRoom === null) this.makeCurrent(session, room, at);
    if (session.home === 'none') this.#show(session, room, at);
  }

  /** The rooms that a roamer enters at its login. It is in the first one already; of closed ones it is told. */
  enterFirst(session: Session, first: Room | null, rooms: readonly RoomName[], at: number): void {
    if (first !== null) {
      this.#replyEntered(session, first, true, at);
      this.#show(session, first, at);
    }
    for (const room of rooms)
      if (session.roomNamed(room.fold) === null)
        this.follow({ session, command: { kind: 'follow', room, knownKeyHash: null }, at });
  }

  /** Shows a roamer that has entered a room its topic, its members and its last messages. */
  #show({ local: client, rosterStyle: style }: Session, room: Room, at: number): void {
    if (client === null || style === null) return;
    const { lookups, readMarkers, rosters, queries } = this.#options;
    const { shown: of, fold } = room.name;
    lookups.tellTopic(client, room, at);
    readMarkers.tell(client, room, at);
    this.#context.turn.sendPages(client, rosters.membersOf(client, fold, { of, style }, at));
    queries.replay(client, room, at);
  }

  /** UNFOLLOW: leaves a room that is not the current one. A roamer may leave any. */
  unfollow({ session, command, at }: Request<'unfollow'>): void {
    const { room: name } = command;
    const room = name === null ? null : session.roomNamed(name.fold);
    if (name === null) this.#context.refuse(session, 'invalid-room', {}, at);
    else if (room === null)
      this.#context.refuse(session, 'not-in-room', this.#context.absence(session, name), at);
    else if (room === session.currentRoom && session.home !== 'none')
      this.#context.refuse(session, 'not-permitted', { about: room.name.shown, denial: 'current-room' }, at);
    else {
      const by = session.who;
      const isHeard = this.#context.permissions.isHeard(session, room, at);
      const reason = isHeard ? (command.reason ?? '') : '';
      this.exit(session, room, at, reason);
      if (room === session.currentRoom) this.#leaveCurrent(session, room, at);
      this.#context.reply(session, { kind: 'exited', at, room: room.name.shown, by, reason });
    }
  }

  /** A roamer has left its current room: the one that it entered last takes its place. */
  #leaveCurrent(session: Session, room: Room, at: number): void {
    const next = session.rooms.at(-1);
    if (next !== undefined) this.makeCurrent(session, next, at);
    else {
      session.currentRoom = null;
      this.#options.offline.onLeave(session, room, null, at);
    }
  }

  /**
   * Moves a session from its current room to another, which it may follow already: then that room is not told. The room
   * may have been locked since the join was proposed.
   */
  settleJoin(session: Session, { room: name, knownKeyHash }: ProposalOf<'join'>, at: number): void {
    if (!this.#admits(session, name, knownKeyHash, at)) return;
    const { directory } = this.#context;
    const from = session.currentRoom;
    const followed = session.roomNamed(name.fold);
    const isSame = followed !== null && followed === from;
    if (from !== null && !isSame) this.exit(session, from, at);
    const room = followed ?? directory.roomFor(name);
    this.#replyEntered(session, room, followed === null, at);
    if (isSame) return;
    if (followed === null) this.enter(session, room, 'moved', at);
    this.makeCurrent(session, room, at);
    if (followed === null) this.#options.queries.recap(session, room, at);
  }

  /** Adds a session to a room and tells the room. */
  enter(session: Session, room: Room, how: 'moved' | 'login', at: number): void {
    if (session.name === null) return;
    const { directory, turn } = this.#context;
    const joined: HubEvent = {
      kind: 'joined',
      at,
      name: session.name.shown,
      room: room.name.shown,
      lobby: room === directory.lobby,
      how,
      by: session.who,
      awayText: this.awayTextIn([room], session, at),
    };
    const isFirst = room.size === 0;
    if (isFirst) this.#options.rooms.onFirstEntry(room, at);
    turn.sendToAudience(room, joined, null);
    room.enter(session);
    session.rooms = session.rooms.concat(room);
    if (session.invitations.has(room.name.fold)) this.#useInvitation(session, room);
    this.#context.changed(session);
    if (how === 'login') session.unannouncedRoom = room;
    this.#options.rooms.onEntry(session, room, isFirst, at);
    if (how === 'moved') this.#context.observe(joined, session);
  }

  /** What these rooms are told of an away user: not its own words where it may not speak. Null if it is not away. */
  awayTextIn(rooms: readonly Room[], session: Session, at: number): string | null {
    const { awayText } = session;
    const { permissions } = this.#context;
    const isHeard = awayText === null || rooms.every((room) => permissions.isHeard(session, room, at));
    return isHeard ? awayText : WORDLESS_AWAY;
  }

  /** From here on, this is the room that the session talks to, and where its user comes back to. */
  makeCurrent(session: Session, room: Room, at: number): void {
    session.currentRoom = room;
    this.#context.changed(session);
    this.#options.offline.onEnter(session, room, this.#context.lastId, at);
  }

  /** Proposes to tell the room of a login. */
  proposeArrival(client: Client, at: number): void {
    if (client.unannouncedRoom !== null) this.#context.submit({ kind: 'arrive', session: client.key }, at);
  }

  /** Tells the room of a login. A session that left the room in the meantime is not announced. */
  settleArrival(session: Session, at: number): void {
    const { name, unannouncedRoom: room } = session;
    if (name === null || room === null) return;
    session.unannouncedRoom = null;
    this.#context.changed(session);
    const arrived = { kind: 'arrived', at, name: name.shown, room: room.name.shown } as const;
    this.#context.turn.sendToAudience(room, arrived, session.local);
  }

  /** Removes a session from a room and tells the room, which is forgotten when it is empty. */
  exit(session: Session, room: Room, at: number, reason = ''): void {
    this.#exit(session, room, { how: 'moved', reason, forced: null, readId: null }, at);
  }

  /** Removes a session that was put out. Where it is then is up to `goHome`. */
  putOut(
    session: Session,
    room: Room,
    { by, reason }: { readonly by: Session; readonly reason: string },
    at: number,
  ): void {
    const left = this.#remove(session, room, { how: 'moved', reason, forced: by.who, readId: null }, at);
    if (left === null || !isSeen(room)) return;
    const { turn } = this.#context;
    const client = by.local;
    const isAnswer = client !== null && answersWithChange(client.label) && room.entryOf(by) > 0;
    turn.sendToAudience(room, left, isAnswer ? client : null);
    if (isAnswer) turn.reply(client, left);
  }

  /** Gives a session that was put out of a room another current room, if it was in its current one. */
  goHome(session: Session, left: Room, at: number): void {
    if (session.currentRoom !== left) return;
    if (session.home === 'none') {
      this.#leaveCurrent(session, left, at);
      return;
    }
    const { lobby } = this.#context.directory;
    // Its current room may be the lobby, which it was put out of.
    if (lobby.entryOf(session) === 0) this.enter(session, lobby, 'moved', at);
    this.makeCurrent(session, lobby, at);
  }

  #exit(session: Session, room: Room, exit: Exit, at: number): void {
    const left = this.#remove(session, room, exit, at);
    if (left !== null && isSeen(room)) this.#context.turn.sendToAudience(room, left, null);
  }

  #useInvitation(session: Session, room: Room): void {
    const invitations = new Map(session.invitations);
    invitations.delete(room.name.fold);
    session.invitations = invitations;
  }

  /**
   * Removes a session that ends from all of its rooms, and tells their members. With `untoldOfEnds` its client is not
   * told of the sessions that ended just before: where thousands end in one turn, each would be told of thousands.
   */
  exitAll(
    session: Session,
    { why, by: operator = '', readId, reason: given, isUntold = false }: SessionEnd,
    at: number,
    untoldOfEnds: boolean,
  ): void {
    const { name, rooms, unannouncedRoom, who: by } = session;
    if (name === null) return;
    const { permissions } = this.#context;
    // One text for all rooms.
    const isHeard =
      why !== 'quit' || given === '' || rooms.every((room) => permissions.isHeard(session, room, at));
    const reason = isHeard ? given : '';
    const exit: Exit = { how: 'ended', reason, forced: null, readId };
    for (const room of rooms) this.#remove(session, room, exit, at, untoldOfEnds);
    session.currentRoom = null;
    if (this.#context.isClosing || isUntold) return;
    const { turn } = this.#context;
    turn.sendToRooms(rooms, { kind: 'gone', at, name: name.shown, by, why, operator, reason }, null);
    const announced = unannouncedRoom === null ? rooms : rooms.filter((room) => room !== unannouncedRoom);
    turn.sendToRooms(announced, { kind: 'departed', at, name: name.shown }, null);
  }

  /**
   * Whether the session may enter the room; if not, it is refused. The lobby's modes do not apply to users whose home it
   * is: logins put them there, too.
   */
  #admits(
    session: Session,
    room: RoomName | null,
    knownKeyHash: string | null,
    at: number,
  ): room is RoomName {
    const { directory, permissions } = this.#context;
    if (room === null || permissions.isInvalid(room)) {
      this.#context.refuse(session, 'invalid-room', {}, at);
      return false;
    }
    const place = directory.room(room.fold) ?? null;
    if (place === directory.lobby && session.home === 'lobby') return true;
    const denied = permissions.whyNotEnter(session, room.fold, place, knownKeyHash);
    if (denied !== null) this.#context.refuse(session, denied, { about: room.shown }, at);
    return denied === null;
  }

  #replyEntered(session: Session, room: Room, isNew: boolean, at: number): void {
    this.#context.reply(session, { kind: 'entered', at, room: room.name.shown, by: session.who, isNew });
  }

  #remove(
    session: Session,
    room: Room,
    { how, reason, forced, readId }: Exit,
    at: number,
    untoldOfEnds = false,
  ): HubEvent | null {
    if (session.name === null) return null;
    const isAnnounced = session.unannouncedRoom !== room;
    this.#options.offline.onExit(session, room, readId, at);
    room.exit(session, untoldOfEnds);
    session.rooms = session.rooms.filter((other) => other !== room);
    if (!isAnnounced) session.unannouncedRoom = null;
    this.#context.changed(session);
    const left = {
      kind: 'left',
      at,
      name: session.name.shown,
      room: room.name.shown,
      how,
      isAnnounced,
      by: session.who,
      forced,
      reason,
    } as const;
    this.#context.observe(left, session);
    // Members are told by `gone`, which names no room.
    if (how === 'ended' && !this.#context.isClosing) this.#context.turn.sendToSubscribers(room, left);
    this.#context.removeIfEmpty(room);
    return left;
  }
}

/** Whether anyone is told what happens in a room. */
function isSeen({ members, subscribers }: Room): boolean {
  return members.size > 0 || subscribers !== null;
}
