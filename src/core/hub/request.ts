/** A command of a user, with what every handler needs to know of that user and of the room that the command is about. */
import type { CommandKind, CommandOf } from '../command.js';
import type { UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { Room } from './room.js';

export interface Request<Kind extends CommandKind> {
  readonly client: Client;
  readonly name: UserName;
  readonly command: CommandOf<Kind>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RoomRequest<Kind extends CommandKind> extends Request<Kind> {
  /** The room that the command names, which the user is in; without a name, the user's current room. */
  readonly room: Room;
}
