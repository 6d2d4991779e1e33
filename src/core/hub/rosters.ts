/** Lists of users with what dialects show of them: the members of a room, or the users that a mask matches. */
import { pageWeightWithin, slicesOf } from '../delivery/pages.js';
import type { HubEvent, ListedUser } from '../event.js';
import { maskedText, Matcher } from '../text/mask.js';
import { foldName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { ClientRequest } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/** What a list of members is asked for as, and how. */
interface MemberList {
  readonly of: string;
  readonly style: string;
  readonly operatorsOnly?: boolean | undefined;
}

export class Rosters {
  readonly #context: HubContext;
  readonly #pageWeight: number;

  constructor(context: HubContext, writeQueueBytes: number) {
    this.#context = context;
    this.#pageWeight = pageWeightWithin(writeQueueBytes);
  }

  /** A room that the asker may not see is listed as one without members, as an unknown room is. */
  members({ session: client, command, at }: ClientRequest<'members'>): void {
    const { room: name, style, operatorsOnly } = command;
    const list = { of: name?.shown ?? '', style, operatorsOnly };
    const pages = this.membersOf(client, name?.fold ?? '', list, at);
    this.#context.turn.sendPages(client, pages, { mayWait: true });
  }

  /** The users that a mask matches in name, user, host or real name. */
  users({ session: client, command: { mask, style, operatorsOnly }, at }: ClientRequest<'users'>): void {
    const matcher = new Matcher(mask.fold);
    const { directory } = this.#context;
    const toUser = (user: Session): ListedUser | null => {
      if (operatorsOnly && !user.isOperator) return null;
      if (!matchesUser(matcher, user)) return null;
      const shared = user.rooms.find((room) => room.entryOf(client) > 0);
      if (user.isInvisible && shared === undefined && user !== client && user.name?.fold !== mask.fold)
        return null;
      const shown =
        shared ?? user.rooms.find(({ name }) => this.#context.permissions.maySee(client, name.fold));
      return this.#listed(user, shown ?? null, client, at);
    };
    const pages = this.#pages(
      directory.everyone.listWithRenamed(),
      toUser,
      { room: null, of: mask.shown, style },
      at,
    );
    this.#context.turn.sendPages(client, pages, { mayWait: true });
  }

  /** The pages of a list of members, which are looked at as the client takes them. */
  membersOf(
    client: Client,
    fold: string,
    { of, style, operatorsOnly = false }: MemberList,
    at: number,
  ): () => Generator<HubEvent> {
    const { directory, permissions } = this.#context;
    const room = directory.room(fold);
    const isSeen = room !== undefined && permissions.maySee(client, fold);
    const isMember = room !== undefined && room.entryOf(client) > 0;
    const toMember = (user: Session): ListedUser | null => {
      if (room === undefined || (operatorsOnly && !user.isOperator)) return null;
      if (user.isInvisible && !isMember && user !== client) return null;
      return this.#listed(user, room, client, at);
    };
    const isSecret = room !== undefined && permissions.hasFlag(room, 'secret');
    const shown = isSeen ? { name: room.name.shown, isSecret } : null;
    return this.#pages(isSeen ? room.listWithRenamed() : [], toMember, { room: shown, of, style }, at);
  }

  #listed(user: Session, room: Room | null, client: Client, at: number): ListedUser {
    return {
      who: user.who,
      room: room?.name.shown ?? null,
      status: room?.statusOf(user) ?? { op: false, voice: false },
      isAway: user.awayText !== null,
      isOperator: user.isOperator,
      idleMs: Math.max(0, at - user.lastCommandAt),
      address: client.isOperator || user === client ? user.address : null,
    };
  }

  #pages(
    users: Iterable<Session | null>,
    toUser: (user: Session) => ListedUser | null,
    of: Pick<Extract<HubEvent, { kind: 'members' }>, 'room' | 'of' | 'style'>,
    at: number,
  ): () => Generator<HubEvent> {
    const pageWeight = this.#pageWeight;
    const weigh = ({ who }: ListedUser) => who.name.length + who.realname.length;
    function* listed(): Generator<ListedUser | null> {
      for (const user of users) yield user === null ? null : toUser(user);
    }
    return function* pages() {
      let first = true;
      for (const { items, last } of slicesOf(listed(), weigh, pageWeight)) {
        yield { kind: 'members', at, ...of, users: items, first, last };
        first = false;
      }
    };
  }
}

function matchesUser(matcher: Matcher, user: Session): boolean {
  if (user.name === null) return false;
  const { user: word, host, realname } = user.who;
  const { fold } = user.name;
  const texts = [fold, word.toLowerCase(), host, foldName(realname)];
  return (
    texts.some((text) => matcher.matches(text)) || matcher.matches(maskedText({ fold, user: word, host }))
  );
}
