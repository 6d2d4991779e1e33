/** The rooms that ROOMS lists: those with members, and on request those that wait for their next member. */
import type { RoomDetails } from '../event.js';
import type { HistoryStore } from '../ports.js';
import type { RoomName } from '../text/text.js';
import type { HubContext } from './hub-context.js';
import type { Session } from './session.js';

export interface ListedRoom {
  readonly name: RoomName;
  readonly members: number;
}

/** The rooms with members, and the lobby, in the order of their creation. They are looked at one by one. */
export function* liveRooms({ directory }: HubContext): Generator<ListedRoom> {
  for (const { name, size } of directory.listRooms()) yield { name, members: size };
}

/**
 * The same rooms, then the others that hold messages, then the others with a founder. Null in place of a room that was
 * listed before.
 */
export function* allRooms(context: HubContext, history: HistoryStore): Generator<ListedRoom | null> {
  const { accounts, directory } = context;
  const listed = new Set<string>();
  for (const room of liveRooms(context)) {
    listed.add(room.name.fold);
    yield room;
  }
  for (const name of withoutMembers()) {
    if (listed.has(name.fold)) yield null;
    else {
      listed.add(name.fold);
      // It may have members since the list began.
      yield { name, members: directory.room(name.fold)?.size ?? 0 };
    }
  }

  function* withoutMembers(): Generator<RoomName> {
    yield* history.rooms();
    for (const { name, founder } of accounts.rooms.all()) if (founder !== null) yield name;
  }
}

/** What a user may know of a room before it enters it; null if the room neither has members, messages nor a founder. */
export function detailsOf(
  { accounts, directory, readableBefore }: HubContext,
  history: HistoryStore,
  { name: { fold }, members }: ListedRoom,
  { account }: Session,
): RoomDetails | null {
  const [last] = history.read(fold, { after: 0, before: readableBefore, limit: 1, keep: 'newest' });
  const { founder = null, keyHash = null, topic = null } = accounts.rooms.room(fold) ?? {};
  if (members === 0 && last === undefined && founder === null && fold !== directory.lobby.name.fold)
    return null;
  return {
    lastId: last?.id ?? null,
    topic,
    isLocked: keyHash !== null,
    isMine: account !== null && founder === account.fold,
    readId: account === null ? null : (accounts.readPositions.of(account.fold, fold)?.id ?? null),
  };
}
