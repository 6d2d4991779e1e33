/** What the server sends without having been asked: messages, and events of rooms and people. */
import type { Received } from '../../client/server-line.js';
import { foldName } from '../../core/text/fold-name.js';
import type { Context } from './context.js';
import { itemOf, MAX_MESSAGES } from './history.js';
import type { Change } from './log.js';
import type { PlaceData, Renamed, RoomFacts } from './place.js';
import type { Message } from './state.js';

/** Of a room that is not open. */
const MAX_OTHER = 200;
const MAX_CONVERSATION = 1000;
/** Further joins and leaves begin a new row. */
const MAX_CHANGES = 100;

export interface LiveListener {
  /** A new message of another user, or a direct one. */
  onMessage(place: PlaceData, message: Message): void;
  /** A line for the user that belongs to no row: an operator's announcement, or an invitation to a room. */
  onNotice(text: string, room: string | null): void;
  /** Whether the newest message of the open place is in view. */
  isAtBottom(): boolean;
  /** The user's own name has changed. */
  onRenamed(name: string): void;
  /** A conversation has the new name of its user, and the messages of one that had this name before. */
  onMoved(renamed: Renamed): void;
  /** The server closes the connection: why, in its words. */
  onParting(text: string): void;
}

export class Live {
  readonly #context: Context;
  readonly #listener: LiveListener;
  #keys = 0;

  constructor(context: Context, listener: LiveListener) {
    this.#context = context;
    this.#listener = listener;
  }

  take({ line, tags }: Received): void {
    switch (line.kind) {
      case 'said':
        if (line.room !== null)
          this.#say(this.#context.places.ensureRoom(line.room), this.#context.message(line));
        break;
      case 'told': {
        const place = this.#context.places.ensureConversation(line.from);
        this.#context.roster.arrive(line.from);
        const id = Number(tags.get('id') ?? Number.NaN);
        this.#say(place, this.#context.message({ ...line, id: Number.isSafeInteger(id) ? id : null }));
        break;
      }
      case 'info':
        this.#happen(line, tags);
        break;
      case 'err':
        this.#listener.onParting(line.code);
        break;
      default:
        return;
    }
    this.#context.touch();
  }

  /** A row for what happened in a place, or for the answer to a command. */
  notice(place: PlaceData, at: number, text: string): void {
    if (place.isDetached) return;
    place.log.append({ kind: 'notice', key: `notice-${++this.#keys}`, at, text });
    this.#context.touch();
  }

  #say(place: PlaceData, message: Message): void {
    if (place.isDetached) place.newBelow++;
    else if (!place.log.add(itemOf(message))) return;
    this.#trim(place);
    this.#listener.onMessage(place, message);
  }

  /** What one reads is not taken away: with the end out of view, the newest messages go. */
  #trim(place: PlaceData): void {
    const isOpen = place.place === this.#context.signals.place.value;
    const max = place.room === null ? MAX_CONVERSATION : isOpen ? MAX_MESSAGES : MAX_OTHER;
    if (isOpen && place.room !== null && !this.#listener.isAtBottom()) {
      if (place.log.trim(2 * max, 'newest')) place.isDetached = true;
    } else if (place.log.trim(max, 'oldest')) place.isAtBeginning = false;
  }

  #happen(line: Extract<Received['line'], { kind: 'info' }>, tags: Received['tags']): void {
    const { places, roster, signals } = this.#context;
    const at = line.at ?? this.#context.platform.clock.now();
    const user = line.user ?? '';
    const isSelf = user !== '' && foldName(user) === foldName(signals.self.value.name);
    const place = line.room === null ? null : places.room(line.room);
    const facts = place?.room ?? null;
    switch (line.event) {
      case 'join':
        roster.arrive(user);
        if (facts !== null && !isSelf) enter(facts, user);
        if (place !== null && !isSelf) this.#change(place, at, user, 'joined');
        break;
      case 'leave':
        if (facts !== null && !isSelf) exit(facts, user, true);
        if (place !== null && !isSelf) this.#change(place, at, user, 'left');
        break;
      case 'login':
        roster.arrive(user);
        break;
      case 'quit':
        roster.depart(user);
        for (const room of places.joined)
          if (room.room !== null && exit(room.room, user, false)) this.#change(room, at, user, 'left');
        break;
      case 'rename':
        this.#rename(user, tags.get('to') ?? '', isSelf, at, line.text);
        break;
      case 'away': {
        const [, text] = /^\S+ is away(?:: (.*))?$/.exec(line.text) ?? [];
        const isAway = / is away(?:: |$)/.test(line.text);
        roster.setAway(user, isAway ? (text ?? '') : null);
        break;
      }
      case 'topic':
        if (facts !== null) facts.topic = topicIn(line.text);
        if (place !== null) this.notice(place, at, line.text);
        break;
      case 'lock':
      case 'unlock':
        if (facts !== null) facts.isLocked = line.event === 'lock';
        if (place !== null) this.notice(place, at, line.text);
        break;
      case 'read': {
        const id = Number(tags.get('id') ?? 0);
        if (place !== null && id > place.lastRead) place.lastRead = id;
        break;
      }
      case 'delete': {
        const id = Number(tags.get('id') ?? 0);
        (place ?? places.conversation(user))?.log.removeId(id, Number(tags.get('last') ?? id));
        break;
      }
      case 'put-out':
        if (place !== null && isSelf) this.#putOut(place, line.text);
        else if (place !== null && facts !== null && exit(facts, user, true))
          this.#change(place, at, user, 'was put out');
        break;
      case 'invite':
        this.#listener.onNotice(`${tags.get('by')} invites you to #${line.room}.`, line.room);
        break;
      case 'say':
        this.#listener.onNotice(line.text, null);
        break;
      case 'kick':
      case 'ban':
      case 'idle':
      case 'logged-in-elsewhere':
      case 'too-slow':
      case 'revoked':
      case 'cut-off':
      case 'shutdown':
        this.#listener.onParting(line.text);
        break;
      default:
        this.#plain(line.text, place, at);
    }
  }

  /** A line without an event, or with one of a later version. */
  #plain(text: string, place: PlaceData | null, at: number): void {
    if (/^(?:disconnected: |disconnected due to |server shutting down$)/.test(text))
      this.#listener.onParting(text);
    else if (place !== null) this.notice(place, at, text);
  }

  #putOut(place: PlaceData, text: string): void {
    if (place.room === null) return;
    place.room.isJoined = false;
    place.room.problem = text;
    place.room.names = null;
  }

  #rename(from: string, to: string, isSelf: boolean, at: number, text: string): void {
    if (to === '') return;
    const { places, roster } = this.#context;
    roster.rename(from, to);
    const renamed = places.rename(from, to);
    if (renamed !== null) {
      this.#listener.onMoved(renamed);
      this.notice(renamed.place, at, text);
    }
    for (const place of places.joined) {
      const { names } = place.room ?? { names: null };
      if (names?.delete(foldName(from)) !== true && !isSelf) continue;
      names?.set(foldName(to), to);
      this.notice(place, at, text);
    }
    if (isSelf) this.#listener.onRenamed(to);
  }

  /** Joins and leaves in a row are one item. */
  #change(place: PlaceData, at: number, name: string, verb: string): void {
    if (place.isDetached) return;
    const last = place.log.lastItem;
    const change: Change = { name, verb };
    if (last?.kind === 'presence' && last.changes.length < MAX_CHANGES)
      place.log.replaceLast({ ...last, changes: [...last.changes, change] });
    else place.log.append({ kind: 'presence', key: `presence-${++this.#keys}`, at, changes: [change] });
  }
}

function enter(facts: RoomFacts, name: string): void {
  const fold = foldName(name);
  if (facts.names?.has(fold) === true) return;
  facts.names?.set(fold, name);
  facts.members++;
}

/**
 * False if the user was not in the room, as far as is known. `isCertain`: the server says that the user was; without it,
 * the members of a room that was not asked for stay unknown.
 */
function exit(facts: RoomFacts, name: string, isCertain: boolean): boolean {
  const wasThere = facts.names === null ? isCertain : facts.names.delete(foldName(name));
  if (wasThere) facts.members = Math.max(0, facts.members - 1);
  return wasThere;
}

/** `ann set the topic of dev: words`. Names hold no colon. */
function topicIn(text: string): string {
  const at = text.indexOf(': ');
  return at === -1 ? '' : text.slice(at + 2);
}
