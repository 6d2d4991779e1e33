/** A command of a user, with what every handler needs to know of that user and of the room that the command is about. */
import type { CommandKind, CommandOf } from '../command.js';
import type { UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/** A command in its place in the order. Its client may be one of another node. */
export interface Request<Kind extends CommandKind, By extends Session = Session> {
  readonly session: By;
  readonly name: UserName;
  readonly command: CommandOf<Kind>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RoomRequest<Kind extends CommandKind, By extends Session = Session> extends Request<
  Kind,
  By
> {
  /** The room that the command names, which the user is in; without a name, the user's current room. */
  readonly room: Room;
}

/** A command that is handled as soon as a client of this node sends it. */
export type ClientRequest<Kind extends CommandKind> = Request<Kind, Client>;
export type ClientRoomRequest<Kind extends CommandKind> = RoomRequest<Kind, Client>;
