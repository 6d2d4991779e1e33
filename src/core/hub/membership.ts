/** Membership in rooms: entering one or several, leaving them, and what others are told of it. */
import type { HubEvent } from '../event.js';
import { MAX_ROOMS } from '../limits.js';
import type { RoomName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { OfflineDelivery } from './offline.js';
import type { Queries } from './queries.js';
import type { Request } from './request.js';
import type { RoomSettings } from './room-settings.js';
import type { Room } from './room.js';

export interface MembershipOptions {
  readonly rooms: RoomSettings;
  readonly offline: OfflineDelivery;
  readonly queries: Queries;
}

export class Membership {
  readonly #context: HubContext;
  readonly #options: MembershipOptions;

  constructor(context: HubContext, options: MembershipOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Checks that a user may join a room, and proposes it. */
  join({ client, command: { room, knownKeyHash }, at }: Request<'join'>): void {
    if (this.#admits(client, room, knownKeyHash, at))
      this.#context.submit({ kind: 'join', client, room }, at);
  }

  /** Proposes to return to the lobby. */
  leave({ client, at }: Request<'leave'>): void {
    this.#context.submit({ kind: 'join', client, room: this.#context.directory.lobby.name }, at);
  }

  /** FOLLOW: enters a room without leaving another. */
  follow({ client, command: { room: name, knownKeyHash }, at }: Request<'follow'>): void {
    if (!this.#admits(client, name, knownKeyHash, at)) return;
    const isMember = client.roomNamed(name.fold) !== null;
    if (!isMember && client.rooms.length >= MAX_ROOMS) {
      this.#context.refuse(client, 'too-many-rooms', {}, at);
      return;
    }
    const room = this.#context.directory.roomFor(name);
    this.#context.turn.reply(client, { kind: 'entered', at, room: room.name.shown });
    if (!isMember) this.enter(client, room, 'moved', at);
  }

  /** UNFOLLOW: leaves a room that is not the current one. */
  unfollow({ client, command: { room: name }, at }: Request<'unfollow'>): void {
    const room = name === null ? null : client.roomNamed(name.fold);
    if (name === null) this.#context.refuse(client, 'invalid-room', {}, at);
    else if (room === null) this.#context.refuse(client, 'not-in-room', { about: name.shown }, at);
    else if (room === client.currentRoom)
      this.#context.refuse(client, 'not-permitted', { about: room.name.shown, denial: 'current-room' }, at);
    else {
      this.exit(client, room, at);
      this.#context.turn.reply(client, { kind: 'exited', at, room: room.name.shown });
    }
  }

  /** Moves a client from its current room to another, which it may follow already: then that room is not told. */
  settleJoin(client: Client, name: RoomName, at: number): void {
    const { directory, turn } = this.#context;
    const from = client.currentRoom;
    const followed = client.roomNamed(name.fold);
    const isSame = followed !== null && followed === from;
    if (from !== null && !isSame) this.exit(client, from, at);
    const room = followed ?? directory.roomFor(name);
    turn.reply(client, { kind: 'entered', at, room: room.name.shown });
    if (isSame) return;
    if (followed === null) this.enter(client, room, 'moved', at);
    this.makeCurrent(client, room, at);
    if (followed === null) this.#options.queries.recap(client, room, at);
  }

  /** Adds a client to a room and tells the room. */
  enter(client: Client, room: Room, how: 'moved' | 'login', at: number): void {
    if (client.name === null) return;
    const { directory, turn } = this.#context;
    const joined: HubEvent = {
      kind: 'joined',
      at,
      name: client.name.shown,
      room: room.name.shown,
      lobby: room === directory.lobby,
      how,
    };
    turn.sendToAudience(room, joined, null);
    room.enter(client);
    client.rooms = client.rooms.concat(room);
    if (how === 'login') client.unannouncedRoom = room;
    this.#options.rooms.foundIfNew(client, room);
    if (how === 'moved') turn.observeEvent(joined, client);
  }

  /** From here on, this is the room that the client talks to, and where its user comes back to. */
  makeCurrent(client: Client, room: Room, at: number): void {
    client.currentRoom = room;
    this.#options.offline.onEnter(client, room, this.#context.lastId, at);
  }

  /** Tells the room of a login. A client that left the room in the meantime is not announced. */
  announceArrival(client: Client, at: number): void {
    const { name, unannouncedRoom: room } = client;
    if (name === null || room === null) return;
    client.unannouncedRoom = null;
    const arrived = { kind: 'arrived', at, name: name.shown, room: room.name.shown } as const;
    this.#context.turn.sendToAudience(room, arrived, client);
  }

  /** Removes a client from a room and tells the room, which is forgotten when it is empty. */
  exit(client: Client, room: Room, at: number): void {
    const left = this.#remove(client, room, 'moved', at);
    if (left !== null && room.members.size > 0) this.#context.turn.sendToAudience(room, left, null);
  }

  /**
   * Removes a client whose session ends from all of its rooms, and tells their members. With `untoldOfEnds` it is not
   * told of the sessions that ended just before: where thousands end in one turn, each would be told of thousands.
   */
  exitAll(client: Client, at: number, untoldOfEnds: boolean): void {
    const { name, rooms, unannouncedRoom } = client;
    if (name === null) return;
    for (const room of rooms) this.#remove(client, room, 'ended', at, untoldOfEnds);
    client.currentRoom = null;
    if (this.#context.isClosing) return;
    const gone = { kind: 'gone', at, name: name.shown } as const;
    const { turn } = this.#context;
    const announced = unannouncedRoom === null ? rooms : rooms.filter((room) => room !== unannouncedRoom);
    turn.sendToRooms(announced, { ...gone, isAnnounced: true }, null);
    if (unannouncedRoom !== null) turn.sendToRooms([unannouncedRoom], { ...gone, isAnnounced: false }, null);
  }

  /** Whether the client may enter the room; if not, it is refused. */
  #admits(client: Client, room: RoomName | null, knownKeyHash: string | null, at: number): room is RoomName {
    const { permissions } = this.#context;
    if (room === null || permissions.isInvalid(room)) this.#context.refuse(client, 'invalid-room', {}, at);
    else if (permissions.mayEnter(client, room.fold, knownKeyHash)) return true;
    else this.#context.refuse(client, 'room-locked', { about: room.shown }, at);
    return false;
  }

  #remove(
    client: Client,
    room: Room,
    how: 'moved' | 'ended',
    at: number,
    untoldOfEnds = false,
  ): HubEvent | null {
    if (client.name === null) return null;
    const { directory, turn } = this.#context;
    const isAnnounced = client.unannouncedRoom !== room;
    room.exit(client, untoldOfEnds);
    client.rooms = client.rooms.filter((other) => other !== room);
    if (!isAnnounced) client.unannouncedRoom = null;
    const left = {
      kind: 'left',
      at,
      name: client.name.shown,
      room: room.name.shown,
      how,
      isAnnounced,
    } as const;
    turn.observeEvent(left, client);
    directory.removeIfEmpty(room);
    return left;
  }
}
