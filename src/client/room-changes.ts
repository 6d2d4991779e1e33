/** Enters and leaves rooms at the user's wish, and follows the server where it puts the user out of a room. */
import { refusalIn, type RequestChannel } from './request-channel.js';
import type { RequestQueue, RoomChange } from './request-queue.js';
import { LOBBY, type Room, type Rooms } from './rooms.js';
import type { Notice } from './server-line.js';
import type { SessionEvent } from './session-event.js';

export class RoomChanges {
  readonly #rooms: Rooms;
  readonly #queue: RequestQueue;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #onEntered: (room: Room) => void;

  /** `onEntered` is called once the session is in a room, to read its history. */
  constructor(
    rooms: Rooms,
    queue: RequestQueue,
    onEvent: (event: SessionEvent) => void,
    onEntered: (room: Room) => void,
  ) {
    this.#rooms = rooms;
    this.#queue = queue;
    this.#onEvent = onEvent;
    this.#onEntered = onEntered;
  }

  /** Sends the change that is in flight in the queue. */
  send(channel: RequestChannel, { kind, room }: RoomChange, followsRooms: boolean): void {
    if (kind === 'enter') this.#enter(channel, room, followsRooms);
    else this.#leave(channel, room);
  }

  /** A room of the session was refused. If it was the home room, the session is in the lobby. */
  bar(room: Room, code: string, followsRooms: boolean): void {
    this.#rooms.remove(room);
    this.#onEvent({ kind: 'barred', room: room.name, code });
    this.#queue.dropMessagesTo(room);
    if (room === this.#rooms.home) this.#returnToLobby(followsRooms);
  }

  /** The user was put out of a room. Its messages were stored before, or are refused. */
  putOut({ room: name, text, at }: Notice, followsRooms: boolean): void {
    const room = name === null ? null : this.#rooms.find(name);
    if (room === null) return;
    this.#rooms.remove(room);
    this.#onEvent({ kind: 'put-out', room: room.name, text, at });
    this.#queue.dropMessagesTo(room);
    if (room !== this.#rooms.home) return;
    const lobby = this.#returnToLobby(followsRooms);
    if (lobby.state === 'entering') this.#onEntered(lobby);
  }

  #enter(channel: RequestChannel, room: Room, followsRooms: boolean): void {
    const move = room.isLobby ? 'LEAVE' : `JOIN ${room.arguments}`;
    channel.request([followsRooms ? `FOLLOW ${room.arguments}` : move], (replies) => {
      const code = refusalIn(replies);
      this.#queue.confirm();
      if (code !== null) this.bar(room, code, followsRooms);
      else if (room.isLeaving)
        room.state = 'open'; // only to send what was typed there
      else {
        if (followsRooms) this.#onEvent({ kind: 'entered', room: room.name });
        else this.#moveTo(room);
        this.#onEntered(room);
      }
      this.#onEvent({ kind: 'progress' });
    });
  }

  /** The home room is left by making another one the home room. */
  #leave(channel: RequestChannel, room: Room): void {
    if (room !== this.#rooms.home) return channel.request([`UNFOLLOW ${room.name}`], () => this.#left(room));
    const other = this.#rooms.openRoomBesides(room);
    if (other === null) return this.#leaveForLobby(channel, room);
    channel.request([`JOIN ${other.arguments}`], (replies) => {
      if (refusalIn(replies) !== null) return this.#leaveForLobby(channel, room);
      this.#rooms.home = other;
      this.#left(room);
    });
  }

  #leaveForLobby(channel: RequestChannel, room: Room): void {
    channel.request(['LEAVE'], () => {
      this.#left(room);
      const lobby = this.#returnToLobby(true);
      if (lobby.state === 'entering') this.#onEntered(lobby);
    });
  }

  #left(room: Room): void {
    this.#rooms.forget(room);
    this.#queue.confirm();
    this.#onEvent({ kind: 'progress' });
  }

  #returnToLobby(followsRooms: boolean): Room {
    const known = this.#rooms.find(LOBBY);
    if (known !== null) return (this.#rooms.home = known);
    const lobby = this.#rooms.add(LOBBY, null);
    if (!followsRooms) this.#moveTo(lobby);
    else {
      this.#rooms.home = lobby;
      this.#onEvent({ kind: 'entered', room: lobby.name });
    }
    return lobby;
  }

  #moveTo(room: Room): void {
    const { home } = this.#rooms;
    this.#rooms.home = room;
    if (home !== room) this.#rooms.remove(home);
    this.#onEvent({ kind: 'moved', room: room.name, from: home.name });
  }
}
