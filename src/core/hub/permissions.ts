/**
 * The permissions of commands and rooms. The hub checks them before it handles a command, and the authenticator before
 * it spends time on a password.
 */
import type { Account, RegisteredRooms } from '../accounts.js';
import type { RefusalDetail } from '../event.js';
import type { Session } from './session.js';
import type { Refusal } from '../reasons.js';
import type { Room } from './room.js';
import { isObsolete, type RoomName } from '../text/text.js';
import { DEFAULT_MODES, hasFlag, type MaskEntry, type Modes, type RoomFlag } from '../modes.js';
import type { MaskedUser } from '../text/mask.js';
import { isListed, maskedUser } from './mask-lists.js';

export type Permission =
  /** Every connection. */
  | 'anyone'
  | 'user'
  /** A user that is not muted. */
  | 'speaker'
  /** A user whose name is registered. */
  | 'owner'
  /** A user whose name is not registered. */
  | 'guest'
  /** The founder of the room that the command is about, or an operator. */
  | 'founder'
  /** The same, unless muted; where the topic is not protected, every member. */
  | 'topic'
  | 'operator';

/** The author of a post, without a session. */
export interface OutsideAuthor {
  /** The account that it proved to own; null for none. */
  readonly account: Account | null;
  /** The room's key hash if the right key was given. */
  readonly knownKeyHash: string | null;
  readonly user: MaskedUser;
}

export class Permissions {
  readonly #rooms: RegisteredRooms;
  readonly #lobby: Room;

  constructor(rooms: RegisteredRooms, lobby: Room) {
    this.#rooms = rooms;
    this.#lobby = lobby;
  }

  /** Why the session does not have the permission; null if it has. `room`: the one that the command is about. */
  refusalFor(session: Session, permission: Permission, room: Room | null, at: number): Refusal | null {
    if (permission === 'anyone') return null;
    if (session.name === null) return 'not-logged-in';
    switch (permission) {
      case 'user':
        return null;
      case 'speaker':
        if (at < session.mutedUntil) return 'muted';
        return room === null || this.maySpeak(session, room) ? null : 'cannot-speak';
      case 'owner':
        return session.account === null ? 'not-registered' : null;
      case 'guest':
        return session.account === null ? null : 'already-registered';
      case 'topic':
        if (at < session.mutedUntil) return 'muted';
        return this.#maySetTopic(session, room) ? null : 'not-permitted';
      case 'founder':
        return this.#owns(session, room) ? null : 'not-permitted';
      case 'operator':
        return session.isOperator ? null : 'not-permitted';
    }
  }

  /** Explains a refusal: which users have the permission. */
  detailFor(permission: Permission, room: Room | null): RefusalDetail {
    switch (permission) {
      case 'founder':
      case 'topic':
        return { denial: room === this.#lobby ? 'lobby' : 'founder-only' };
      case 'operator':
        return { denial: 'operators-only' };
      default:
        return {};
    }
  }

  /**
   * Why a session may not enter a room; null if it may. `room`: null if it has no members. `knownKeyHash` is the room's key
   * hash if its client gave the right key. `user`: for a session that has no name yet.
   */
  whyNotEnter(
    session: Session,
    fold: string,
    room: Room | null,
    knownKeyHash: string | null,
    user: MaskedUser = maskedUser(session),
  ): Refusal | null {
    const registered = this.#rooms.room(fold);
    if (registered === undefined || session.isOperator || session.roomNamed(fold) !== null) return null;
    const { keyHash, modes, founder } = registered;
    if (keyHash !== null && keyHash !== knownKeyHash) return 'room-locked';
    if (modes === null || (founder !== null && founder === session.account?.fold)) return null;
    if (room !== null && session.invitations.get(fold) === room.number) return null;
    if (isBannedBy(user, modes, false)) return 'room-banned';
    if (hasFlag(modes, 'invite-only') && !isListed(user, modes['invite-exceptions']))
      return 'room-invite-only';
    return modes.limit !== null && (room?.size ?? 0) >= modes.limit ? 'room-full' : null;
  }

  /** Whether a room may be read from outside. `knownKeyHash` is its key hash if the right key was given. */
  isOpenToRead(fold: string, knownKeyHash: string | null, reader: Account | null): boolean {
    const { keyHash = null, modes = null, founder = null } = this.#rooms.room(fold) ?? {};
    if (keyHash !== null && keyHash !== knownKeyHash) return false;
    if (modes === null || (founder !== null && founder === reader?.fold)) return true;
    return !hasFlag(modes, 'secret') && !hasFlag(modes, 'invite-only');
  }

  /** Why an author without a session may not post in a room; null if it may. */
  whyNotPost(
    fold: string,
    { account, knownKeyHash, user }: OutsideAuthor,
  ): 'room-locked' | 'banned' | 'invite-only' | 'moderated' | null {
    const { keyHash = null, modes = null, founder = null } = this.#rooms.room(fold) ?? {};
    if (account?.isOperator === true) return null;
    if (keyHash !== null && keyHash !== knownKeyHash) return 'room-locked';
    if (modes === null || (founder !== null && founder === account?.fold)) return null;
    if (isBannedBy(user, modes, true)) return 'banned';
    if (hasFlag(modes, 'invite-only') && !isListed(user, modes['invite-exceptions'])) return 'invite-only';
    return hasFlag(modes, 'moderated') ? 'moderated' : null;
  }

  /** Whether the modes of a room let a member speak. */
  maySpeak(session: Session, room: Room): boolean {
    const registered = this.#rooms.room(room.name.fold);
    const modes = registered?.modes ?? null;
    if (modes === null) return true;
    const { op, voice } = room.statusOf(session);
    if (op || voice || this.keeps(session, room)) return true;
    return !hasFlag(modes, 'moderated') && !isBannedBy(maskedUser(session), modes, true);
  }

  /** Whether what a member says is heard in a room: it is not muted, and the modes let it speak. */
  isHeard(session: Session, room: Room, at: number): boolean {
    return at >= session.mutedUntil && this.maySpeak(session, room);
  }

  /** Whether a session may speak in a room that it is not in. Sessions that are in the lobby by force never do. */
  mayReach(session: Session, room: Room): boolean {
    return (
      session.home === 'none' &&
      !this.hasFlag(room, 'no-outside') &&
      this.maySee(session, room.name.fold) &&
      this.maySpeak(session, room)
    );
  }

  /** Whether a session may change a room: its founder, an operator of the room or of the server. */
  keeps(session: Session, room: Room): boolean {
    if (session.isOperator) return true;
    return room !== this.#lobby && this.#owns(session, room);
  }

  hasFlag(room: Room, flag: RoomFlag): boolean {
    return hasFlag(this.#rooms.room(room.name.fold)?.modes ?? DEFAULT_MODES, flag);
  }

  /** Whether the rules no longer allow the name of a room, and no registered room keeps it. */
  isInvalid(room: RoomName): boolean {
    return isObsolete(room) && this.#rooms.room(room.fold) === undefined;
  }

  /** Whether a session may know of a room: a locked or secret room does not exist for sessions outside it. */
  maySee(session: Session, fold: string): boolean {
    const registered = this.#rooms.room(fold);
    if (registered === undefined) return true;
    const { keyHash, modes } = registered;
    const isHidden = keyHash !== null || (modes !== null && hasFlag(modes, 'secret'));
    return !isHidden || session.isOperator || session.roomNamed(fold) !== null;
  }

  /** The lobby has no founder. */
  #owns(session: Session, room: Room | null): boolean {
    if (room === null || room === this.#lobby) return false;
    if (session.isOperator || room.statusOf(session).op) return true;
    const { account } = session;
    return account !== null && this.#rooms.room(room.name.fold)?.founder === account.fold;
  }

  #maySetTopic(session: Session, room: Room | null): boolean {
    if (room === null || room === this.#lobby) return false;
    return !this.hasFlag(room, 'protected-topic') || this.#owns(session, room);
  }
}

/** `isSpeech`: also a ban that only silences, except users who are excepted from those. */
function isBannedBy(user: MaskedUser, { bans, exceptions }: Modes, isSpeech: boolean): boolean {
  const isIn = (entries: readonly MaskEntry[], silences: boolean) =>
    isListed(user, entries, (entry) => entry.silences === silences);
  if (bans.length === 0) return false;
  if (isIn(exceptions, false)) return false;
  return isIn(bans, false) || (isSpeech && isIn(bans, true) && !isIn(exceptions, true));
}
