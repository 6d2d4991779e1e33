/** Membership in rooms: joining one, leaving one, and what others are told of it. */
import type { HubEvent } from '../event.js';
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
    if (room === null || this.#context.permissions.isInvalid(room))
      this.#context.refuse(client, 'invalid-room', {}, at);
    else if (!this.#context.permissions.mayEnter(client, room.fold, knownKeyHash))
      this.#context.refuse(client, 'room-locked', { about: room.shown }, at);
    else this.#context.submit({ kind: 'join', client, room }, at);
  }

  /** Proposes to return to the lobby. */
  leave({ client, at }: Request<'leave'>): void {
    this.#context.submit({ kind: 'join', client, room: this.#context.directory.lobby.name }, at);
  }

  settleJoin(client: Client, name: RoomName, at: number): void {
    const { directory, turn } = this.#context;
    const from = client.currentRoom;
    if (from === null) return;
    const isSame = from.name.fold === name.fold;
    if (!isSame) this.exit(client, from, 'moved', at);
    const room = isSame ? from : directory.roomFor(name);
    turn.send(client, { kind: 'entered', at, room: room.name.shown });
    if (isSame) return;
    this.enter(client, room, 'moved', at);
    this.#options.queries.recap(client, room, at);
  }

  /** Adds a client to a room and tells the room. */
  enter(client: Client, room: Room, how: 'moved' | 'login', at: number): void {
    if (client.name === null) return;
    const { directory, turn, lastId } = this.#context;
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
    client.currentRoom = room;
    client.isAnnounced = how === 'moved';
    this.#options.rooms.foundIfNew(client, room);
    this.#options.offline.onEnter(client, room, lastId, at);
    if (how === 'moved') turn.observeEvent(joined, client);
  }

  /** Tells the room of a login. A client that moved on in the meantime was announced by that. */
  announceArrival(client: Client, at: number): void {
    const { name, currentRoom, isAnnounced } = client;
    if (name === null || currentRoom === null || isAnnounced) return;
    client.isAnnounced = true;
    const arrived = { kind: 'arrived', at, name: name.shown, room: currentRoom.name.shown } as const;
    this.#context.turn.sendToAudience(currentRoom, arrived, client);
  }

  /** Removes a client from a room and tells the room, which is forgotten when it is empty. */
  exit(client: Client, room: Room, how: 'moved' | 'ended', at: number): void {
    if (client.name === null) return;
    const { directory, turn, isClosing } = this.#context;
    room.exit(client);
    client.rooms = client.rooms.filter((other) => other !== room);
    const { name, isAnnounced } = client;
    const left: HubEvent = { kind: 'left', at, name: name.shown, room: room.name.shown, how, isAnnounced };
    turn.observeEvent(left, client);
    if (directory.removeIfEmpty(room) || isClosing) return;
    turn.sendToAudience(room, left, null);
  }
}
