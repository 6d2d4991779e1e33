/** The modes of rooms, the status of their members, invitations, and members that are put out of a room. */
import { DEFAULT_MODES, type ModeChange, withChange } from '../modes.js';
import { cleanText, type RoomName } from '../text/text.js';
import type { HubContext } from './hub-context.js';
import type { Membership } from './membership.js';
import type { ClientRequest, Request } from './request.js';
import type { RoomSettings } from './room-settings.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/** Invitations of one user that wait; the oldest one goes. */
const MAX_INVITATIONS = 64;

export interface RoomModesOptions {
  readonly rooms: RoomSettings;
  readonly membership: Membership;
}

export class RoomModes {
  readonly #context: HubContext;
  readonly #options: RoomModesOptions;

  constructor(context: HubContext, options: RoomModesOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Makes those of the changes that make a difference. The room is shown these as one event. */
  change({ session, command: { room: name, changes }, at }: Request<'mode'>): void {
    const room = this.#keptRoom(session, name, at);
    if (room === null) return;
    const made: ModeChange[] = [];
    const action = { kind: 'mode', about: room.name.shown } as const;
    const members = changes.map((change) => this.#memberFor(session, room, change, at));
    this.#context.perform(session, action, at, (onUndo) => {
      for (const [index, change] of changes.entries()) {
        const member = members[index] ?? null;
        const effect =
          change.kind === 'status'
            ? this.#setStatus(room, member, change, onUndo)
            : this.#setMode(session, room, change, at, onUndo);
        if (effect !== null) made.push(effect);
      }
    });
    if (made.length > 0) this.#options.rooms.showChanges(session, room, made, at);
  }

  /** INVITE: lets a user enter once, whatever the modes of the room except for its key. */
  invite({ session, command: { who, room: name }, at }: Request<'invite'>): void {
    const { directory, permissions, turn } = this.#context;
    const room = name === null ? null : session.roomNamed(name.fold);
    const user = directory.user(who.fold);
    if (name === null || room === null) {
      const isThere = name !== null && directory.room(name.fold) !== undefined;
      const isSeen = name !== null && isThere && permissions.maySee(session, name.fold);
      const about = name?.shown ?? '';
      this.#context.refuse(session, isSeen ? 'not-in-room' : 'room-not-found', { about }, at);
      return;
    }
    if (user?.name == null) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    if (permissions.hasFlag(room, 'invite-only') && !permissions.keeps(session, room)) {
      this.#context.refuse(session, 'not-permitted', { about: room.name.shown, denial: 'founder-only' }, at);
      return;
    }
    if (room.entryOf(user) > 0) {
      this.#context.refuse(session, 'already-in-room', { about: user.name.shown }, at);
      return;
    }
    this.#addInvitation(user, room);
    const invited = {
      kind: 'invited',
      at,
      by: session.who,
      to: user.name.shown,
      room: room.name.shown,
    } as const;
    this.#context.perform(session, { kind: 'invite', about: room.name.shown, text: user.name.shown }, at);
    if (user.local !== null) turn.send(user.local, { ...invited, isForReader: true });
    turn.sendToAudience(room, { ...invited, isForReader: false }, session.local);
  }

  /** The rooms that a user is invited to. */
  invitations({ session: client, at }: ClientRequest<'invitations'>): void {
    const { directory, turn } = this.#context;
    const rooms = Array.from(client.invitations).flatMap(([fold, number]) => {
      const room = directory.room(fold);
      return room?.number === number ? [room.name.shown] : [];
    });
    turn.reply(client, { kind: 'report', at, report: { kind: 'invitations', rooms }, isReply: true });
  }

  /**
   * Puts a member out of a room. One without a further room goes to the lobby, or its session ends. The reason of a muted
   * user is not shown.
   */
  putOut({ session, name, command, at }: Request<'put-out'>): void {
    const { room: roomName, who } = command;
    const { directory, turn, permissions } = this.#context;
    const { membership } = this.#options;
    const room = this.#keptRoom(session, roomName, at);
    if (room === null) return;
    const user = directory.user(who.fold);
    if (user?.name == null) {
      this.#context.refuseMissing(session, 'user-not-found', who.typed, at);
      return;
    }
    if (room.entryOf(user) === 0) {
      const detail = { about: user.name.shown, room: room.name.shown };
      this.#context.refuse(session, 'user-not-in-room', detail, at);
      return;
    }
    const about = user.name.shown;
    const reason = permissions.isHeard(session, room, at) ? command.reason : cleanText('');
    this.#context.perform(session, { kind: 'put-out', about, text: reason, room: room.name.shown }, at);
    const target = user.who;
    const by = session.who;
    membership.putOut(user, room, { by: session, reason }, at);
    if (user.home === 'room') {
      this.#context.endNow(user, 'put-out', at, name.shown, reason);
      return;
    }
    const event = { kind: 'put-out', at, room: room.name.shown, by, target, reason } as const;
    if (user === session) this.#context.reply(session, event);
    else if (user.local !== null) turn.send(user.local, event);
    membership.goHome(user, room, at);
  }

  /** Shows the modes of a room, or one of its lists. */
  show({ session: client, command: { room: name, list }, at }: ClientRequest<'modes'>): void {
    const { accounts, directory, permissions, turn } = this.#context;
    const room = name === null ? undefined : directory.room(name.fold);
    if (name === null || room === undefined || !permissions.maySee(client, name.fold)) {
      this.#context.refuse(client, 'room-not-found', { about: name?.shown ?? '' }, at);
      return;
    }
    const registered = accounts.rooms.room(name.fold);
    const modes = registered?.modes ?? DEFAULT_MODES;
    const shown = room.name.shown;
    if (list !== null) {
      if (list !== 'bans' && !permissions.keeps(client, room)) {
        this.#context.refuse(client, 'not-permitted', { about: shown, denial: 'founder-only' }, at);
        return;
      }
      const report = { kind: 'masks', room: shown, list, entries: modes[list] } as const;
      turn.reply(client, { kind: 'report', at, report, isReply: true });
      return;
    }
    const hasKey = registered?.keyHash != null;
    const key = hasKey && room.entryOf(client) > 0 ? room.key : null;
    const report = { kind: 'modes', room: shown, modes, hasKey, key, madeAt: room.madeAt } as const;
    turn.reply(client, { kind: 'report', at, report, isReply: true });
  }

  /** The room, if the session may change it; if not, it is refused. */
  #keptRoom(session: Session, name: RoomName | null, at: number): Room | null {
    const { directory, permissions } = this.#context;
    const room = name === null ? undefined : directory.room(name.fold);
    const about = name?.shown ?? '';
    if (room === undefined || !permissions.maySee(session, room.name.fold)) {
      this.#context.refuse(session, 'room-not-found', { about }, at);
      return null;
    }
    if (room.entryOf(session) === 0 && !session.isOperator) {
      this.#context.refuse(session, 'not-in-room', { about }, at);
      return null;
    }
    if (permissions.keeps(session, room)) return room;
    this.#context.refuse(session, 'not-permitted', { about, denial: 'founder-only' }, at);
    return null;
  }

  /** The member whose status a change is about; if there is none, the change is refused. */
  #memberFor(session: Session, room: Room, change: ModeChange, at: number): Session | null {
    if (change.kind !== 'status') return null;
    const { who } = change;
    const { directory } = this.#context;
    if (change.status === 'op' && room === directory.lobby) {
      this.#context.refuse(session, 'not-permitted', { about: room.name.shown, denial: 'lobby' }, at);
      return null;
    }
    const user = directory.user(who.fold);
    if (user?.name == null) {
      this.#context.refuse(session, 'user-not-found', { about: who.typed }, at);
      return null;
    }
    if (room.entryOf(user) > 0) return user;
    const detail = { about: user.name.shown, room: room.name.shown };
    this.#context.refuse(session, 'user-not-in-room', detail, at);
    return null;
  }

  #setStatus(
    room: Room,
    member: Session | null,
    change: Extract<ModeChange, { kind: 'status' }>,
    onUndo: (undo: () => void) => void,
  ): ModeChange | null {
    if (member?.name == null) return null;
    const before = room.statusOf(member);
    if (before[change.status] === change.on) return null;
    room.setStatus(member, { ...before, [change.status]: change.on });
    this.#context.changed(member);
    onUndo(() => room.setStatus(member, before));
    return { ...change, who: { ...change.who, shown: member.name.shown } };
  }

  #setMode(
    session: Session,
    room: Room,
    change: Exclude<ModeChange, { kind: 'status' }>,
    at: number,
    onUndo: (undo: () => void) => void,
  ): ModeChange | null {
    const { accounts } = this.#context;
    const registered = accounts.rooms.room(room.name.fold);
    const isTemporary = this.#options.rooms.isTemporaryFor(session, room);
    if (change.kind === 'key') {
      if (change.keyHash === null && registered?.keyHash == null) return null;
      accounts.rooms.lock(room.name, change.keyHash, isTemporary);
      const before = room.key;
      room.key = change.key;
      onUndo(() => (room.key = before));
      return change;
    }
    const modes = registered?.modes ?? DEFAULT_MODES;
    const changed = withChange(modes, change, session.name?.shown ?? '', at);
    if (changed === null && change.kind === 'mask')
      this.#context.refuse(
        session,
        'mask-list-full',
        { about: change.mask.shown, room: room.name.shown, list: change.list },
        at,
      );
    if (changed === null || changed === modes) return null;
    accounts.rooms.setModes(room.name, changed, isTemporary);
    return change;
  }

  #addInvitation(user: Session, room: Room): void {
    const invitations = new Map(user.invitations);
    invitations.delete(room.name.fold);
    invitations.set(room.name.fold, room.number);
    for (const fold of invitations.keys()) {
      if (invitations.size <= MAX_INVITATIONS) break;
      invitations.delete(fold);
    }
    user.invitations = invitations;
    this.#context.changed(user);
  }
}
