/** Enters the rooms of a session after its login: all of them, or one if the server allows no more. */
import { type Answer, refusalIn, type RequestChannel } from './request-channel.js';
import type { Room, Rooms } from './rooms.js';

export interface EnteredRooms {
  /** Whether the session can be in several rooms. */
  readonly followsRooms: boolean;
  readonly entered: readonly Room[];
  readonly refused: readonly RefusedRoom[];
}

interface RefusedRoom {
  readonly room: Room;
  readonly code: string;
}

/** The code for a room that an older server does not allow beside another one. */
const ONE_ROOM = 'one-room';

export function enterRooms(
  channel: RequestChannel,
  rooms: Rooms,
  onDone: (entered: EnteredRooms) => void,
): void {
  if (channel.usesLabels) enterAll(channel, rooms, onDone);
  else enterHome(channel, rooms, onDone);
}

/** A login begins in the lobby: if it is among the rooms, it stays the home room, and no user sees it left. */
function enterAll(channel: RequestChannel, rooms: Rooms, onDone: (entered: EnteredRooms) => void): void {
  const home = rooms.chooseHome(true);
  const { all } = rooms;
  const toEnter = all.filter((room) => !(room === home && room.isLobby));
  const lines = toEnter.map((room) => `${room === home ? 'JOIN' : 'FOLLOW'} ${room.arguments}`);
  // FOLLOW without a room is refused in any case: with unknown-cmd by a server that does not have it.
  const commands = ['FOLLOW', ...lines].map((line) => ({ lines: [line] }));
  channel.requestAll(commands, ([probe = [], ...answers]) => {
    const followsRooms = refusalIn(probe) !== 'unknown-cmd';
    const refused = toEnter.flatMap((room, index) => {
      const code = refusalIn(answers[index] ?? []);
      if (code === null) return [];
      return [{ room, code: !followsRooms && room !== home ? ONE_ROOM : code }];
    });
    onDone({ followsRooms, refused, entered: without(all, refused) });
  });
}

/** The tags that could not be turned on before the login are turned on now: then every later message has its id. */
function enterHome(channel: RequestChannel, rooms: Rooms, onDone: (entered: EnteredRooms) => void): void {
  const home = rooms.chooseHome(false);
  const { all } = rooms;
  const lines = home.isLobby ? ['TAGS ON'] : ['TAGS ON', `JOIN ${home.arguments}`];
  const others = all.filter((room) => room !== home).map((room) => ({ room, code: ONE_ROOM }));
  channel.requestAll(
    lines.map((line) => ({ lines: [line] })),
    ([, join = []]: readonly Answer[]) => {
      const code = refusalIn(join);
      const refused = code === null ? others : [{ room: home, code }, ...others];
      onDone({ followsRooms: false, refused, entered: without(all, refused) });
    },
  );
}

function without(rooms: readonly Room[], refused: readonly RefusedRoom[]): readonly Room[] {
  return rooms.filter((room) => refused.every((other) => other.room !== room));
}
