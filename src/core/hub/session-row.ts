/** Sessions as rows of a table, and a hub's sessions and rooms made from such rows again. */
import type { Accounts } from '../accounts.js';
import type { RoomRow, SessionRow } from '../session-table.js';
import type { Directory } from './directory.js';
import type { Status } from '../modes.js';
import type { Room } from './room.js';
import { RemoteSession, type Session } from './session.js';

/** The row of a session; null if it is not logged in. */
export function rowOf(session: Session, { everyone }: Directory): SessionRow | null {
  const { name, key, account, currentRoom, mutedUntil } = session;
  if (name === null) return null;
  return {
    node: key.node,
    epoch: key.epoch,
    no: key.no,
    name,
    address: session.address,
    dialect: session.dialect,
    account: account?.fold ?? null,
    tokenId: session.tokenId,
    resumeHash: session.resumeHash,
    loggedInAt: session.loggedInAt,
    awayText: session.awayText,
    mutedUntil:
      mutedUntil === Number.POSITIVE_INFINITY ? 'forever' : Number.isFinite(mutedUntil) ? mutedUntil : null,
    ignores: account === null ? [...(session.ignores ?? [])] : [],
    entry: everyone.entryOf(session),
    rooms: session.rooms.map((room) => ({
      shown: room.name.shown,
      fold: room.name.fold,
      number: room.number,
      entry: room.entryOf(session),
      ...(room.madeAt === null ? {} : { madeAt: room.madeAt }),
      ...statusIn(room, session),
    })),
    currentRoom: currentRoom?.name.fold ?? null,
    unannouncedRoom: session.unannouncedRoom?.name.fold ?? null,
    home: session.home,
    invitations: [...session.invitations],
    user: session.user,
    realname: session.realname,
    isBot: session.isBot,
    isInvisible: session.isInvisible,
    hasResigned: session.hasResigned,
  };
}

/** Adds the sessions of these rows, and their rooms, to a directory without users. None of them is connected here. */
export function restoreSessions(rows: readonly SessionRow[], directory: Directory, accounts: Accounts): void {
  const entries: { readonly session: RemoteSession; readonly room: RoomRow }[] = [];
  for (const row of rows.toSorted((a, b) => a.entry - b.entry)) {
    const session = sessionFrom(row, accounts);
    directory.addRemote(session);
    directory.addUser(row.name, session);
    directory.everyone.restore(session, row.entry);
    for (const room of row.rooms) entries.push({ session, room });
  }
  const byRoom = entries.toSorted((a, b) => a.room.number - b.room.number || a.room.entry - b.room.entry);
  for (const { session, room: row } of byRoom) {
    const room = directory.restoreRoom(row, row.number);
    room.restore(session, row.entry);
    room.madeAt = row.madeAt ?? accounts.rooms.room(row.fold)?.madeAt ?? null;
    if (row.status !== undefined) room.setStatus(session, row.status);
  }
  for (const row of rows) {
    for (const [, number] of row.invitations ?? []) directory.skipRoomNumbers(number);
    const session = directory.sessionOf(row);
    if (session === null) continue;
    session.rooms = row.rooms.map(({ shown, fold }) => directory.roomFor({ shown, fold }));
    session.currentRoom = row.currentRoom === null ? null : session.roomNamed(row.currentRoom);
    session.unannouncedRoom = row.unannouncedRoom === null ? null : session.roomNamed(row.unannouncedRoom);
  }
}

function statusIn(room: Room, session: Session): { readonly status?: Status } {
  const status = room.statuses.get(session);
  return status === undefined ? {} : { status };
}

function sessionFrom(row: SessionRow, { users, cloak }: Accounts): RemoteSession {
  const { node, epoch, no, name, loggedInAt, mutedUntil } = row;
  const session = new RemoteSession({ node, epoch, no }, row.dialect, row.address);
  const account = row.account === null ? null : (users.account(row.account) ?? null);
  const ignores = account === null ? new Set(row.ignores) : account.ignores;
  const { user = '', realname = '', isBot = false } = row;
  session.name = name;
  session.account = account;
  session.home = row.home ?? 'lobby';
  session.isInvisible = row.isInvisible ?? false;
  session.hasResigned = row.hasResigned ?? false;
  session.invitations = new Map(row.invitations ?? []);
  session.describe({ user, realname, isBot, host: cloak.hostOf(row.address) });
  session.tokenId = row.tokenId;
  session.resumeHash = row.resumeHash;
  session.loggedInAt = loggedInAt;
  session.lastCommandAt = loggedInAt;
  session.awayText = row.awayText;
  if (mutedUntil !== null)
    session.mutedUntil = mutedUntil === 'forever' ? Number.POSITIVE_INFINITY : mutedUntil;
  session.ignores = ignores.size === 0 ? null : ignores;
  return session;
}
