/** The port for sessions that outlive a restart of this node: those of other nodes go on meanwhile. */
import type { Who } from './event.js';
import type { Home, SessionKey } from './ports.js';
import type { Status } from './modes.js';
import type { RoomName, Text, UserName } from './text/text.js';

/** A session as plain data that can be written as JSON. The numbers give the order of lists. */
export interface SessionRow extends SessionKey {
  readonly name: UserName;
  readonly address: string;
  /** The name of its dialect: on its own node the present one, on others that of its login. */
  readonly dialect: string;
  /** Account.fold; null if it has no account. */
  readonly account: string | null;
  readonly tokenId: string | null;
  readonly resumeHash: string | null;
  /** Milliseconds since 1970. */
  readonly loggedInAt: number;
  readonly awayText: Text | null;
  /** Milliseconds since 1970, or 'forever'; null if it is not muted. */
  readonly mutedUntil: number | 'forever' | null;
  /** Folded names of the users that it ignores, if it has no account. */
  readonly ignores: readonly string[];
  /** The number of its login among those of all sessions. */
  readonly entry: number;
  /** In the order in which it entered them. */
  readonly rooms: readonly RoomRow[];
  /** RoomName.fold of the room that its messages go to; null if it is in no room. */
  readonly currentRoom: string | null;
  /** What it does without a room, and how it is seen. Missing in rows of earlier versions, for the lobby. */
  readonly home?: Home;
  /** RoomName.fold of the rooms that it may enter once, each with the number of the room. */
  readonly invitations?: readonly (readonly [room: string, number: number])[];
  readonly user?: string;
  readonly realname?: string;
  readonly isBot?: boolean;
  readonly isInvisible?: boolean;
  readonly hasResigned?: boolean;
  /** RoomName.fold of the room that is not told of its login yet; null if there is none. */
  readonly unannouncedRoom: string | null;
}

/** A room, and the number of the session's entry among those of its members. */
export interface RoomRow extends RoomName {
  /** Rooms that were created later have greater numbers. */
  readonly number: number;
  readonly entry: number;
  /** The status of the session in it. Missing for none. */
  readonly status?: Status;
  /** When the first member entered it. */
  readonly madeAt?: number;
}

/** A user who left, or gave up a name. */
export interface Departure {
  readonly name: string;
  readonly dialect: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly leftAt: number;
  readonly by: Who;
}

/** A departure as plain data that can be written as JSON. */
export interface DepartureRow {
  /** Later ones have greater numbers. */
  readonly no: number;
  /** UserName.fold of the name. */
  readonly fold: string;
  /** The user took another name. */
  readonly isRenamed: boolean;
  readonly departure: Departure;
}

/** Keeps the rows of all sessions, of this node and of others, and those of the users who have left. */
export interface SessionTable {
  /** A session has begun or changed. Called once for each entry that changes it, at the end of that entry. */
  put(row: SessionRow): void;
  /** A session has ended. */
  remove(key: SessionKey): void;
  putDeparture(row: DepartureRow): void;
  removeDeparture(no: number): void;
}

/** What a hub needs to go on where another one stopped, apart from the history and the accounts. */
export interface HubState {
  /** The id of the last message of any kind. */
  readonly lastId: number;
  /** In any order. */
  readonly sessions: readonly SessionRow[];
  /** In any order. */
  readonly departures: readonly DepartureRow[];
}
