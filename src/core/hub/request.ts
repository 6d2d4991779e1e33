/** A command of a user, with what every handler needs to know of that user. */
import type { CommandKind, CommandOf } from '../command.js';
import type { UserName } from '../text/text.js';
import type { Client } from './client.js';
import type { Room } from './room.js';

export interface Request<Kind extends CommandKind> {
  readonly client: Client;
  readonly name: UserName;
  /** The user's current room. */
  readonly room: Room;
  readonly command: CommandOf<Kind>;
  /** Milliseconds since 1970. */
  readonly at: number;
}
