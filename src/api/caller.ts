/** What a request may do, for the one on whose behalf it is made. */
import { createHash } from 'node:crypto';
import type { Accounts } from '../core/accounts.js';
import type { Access, Hub, Reader, ReadMessages, Subscription } from '../core/hub/hub.js';
import { MAX_SEARCH_WORDS } from '../core/limits.js';
import type { ClientInfo, Clock } from '../core/ports.js';
import type { Poster, PostKey, PostRefusal } from '../core/post.js';
import { type LineLimits, messageLines } from '../core/text/message-lines.js';
import { wordsOf } from '../core/text/search-words.js';
import {
  cleanText,
  foldName,
  isObsolete,
  parseRoomName,
  parseUserName,
  type RoomName,
  type UserName,
} from '../core/text/text.js';
import type {
  ApiCaller,
  ApiDirectMessage,
  ApiHook,
  ApiMessages,
  ApiRoom,
  ApiStream,
  ApiUser,
  MessageQuery,
  NewPost,
  Posted,
  RequestOrigin,
  Wait,
} from '../net/http/api/api-port.js';
import { type ApiRefusal, isRefusal, refuse } from '../net/http/api/errors.js';
import { networkOf } from '../util/address.js';
import { HookPoster } from './hook-poster.js';
import type { Identity } from './identity.js';
import { type OpenStream, RoomStream } from './room-stream.js';
import type { SecretCheck } from './secret-check.js';
import { waitForMessages } from './wait-for-messages.js';

/** The name of a guest that gives none. Users cannot have it. */
const HTTP = parseUserName('http');

/** Rooms that are looked at before other events have their turn. */
const ROOMS_AT_ONCE = 100;

export interface CallerDeps {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly secrets: SecretCheck;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly clock: Pick<Clock, 'after'>;
  /** Takes over what other programs changed in the accounts. */
  readonly refresh: () => void;
  readonly openStream: OpenStream;
  readonly lineLimits: LineLimits;
  /** Whether the rate limit does not apply to this address. */
  readonly isExempt: (address: string) => boolean;
  /** Called when something could not be read, for the log. */
  readonly onError: (error: unknown) => void;
}

export class Caller implements ApiCaller {
  readonly #deps: CallerDeps;
  readonly #identity: Identity;
  readonly #origin: RequestOrigin;

  constructor(deps: CallerDeps, identity: Identity, origin: RequestOrigin) {
    this.#deps = deps;
    this.#identity = identity;
    this.#origin = origin;
  }

  get account(): string | null {
    return this.#identity.kind === 'owner' ? this.#identity.name.shown : null;
  }

  get rateKey(): string | null {
    const { address } = this.#origin;
    if (this.#deps.isExempt(address)) return null;
    if (this.#identity.kind === 'guest') return networkOf(address);
    const { name, proof } = this.#identity;
    return proof.kind === 'token' ? `token ${proof.id}` : `name ${name.fold}`;
  }

  async post(typedRoom: string, post: NewPost): Promise<Posted | ApiRefusal> {
    const { hub, now, lineLimits } = this.#deps;
    const room = parseRoomName(cleanText(typedRoom));
    if (room === null) return refuse('invalid-room');
    const author = this.#authorOf(post);
    if (isRefusal(author)) return author;
    const texts = messageLines(post.text, lineLimits);
    if (typeof texts === 'string') return refuse(texts, TEXT_ADVICE[texts]);
    const knownKeyHash = await this.#knownKeyHash(room, post.roomKey);
    if (isRefusal(knownKeyHash)) return knownKeyHash;
    const { from, poster } = author;
    const by = { ...poster, knownKeyHash: knownKeyHash.hash };
    const once = keyOf(post, `#${room.fold}`);
    return new Promise((resolve) => {
      const onResult = (result: Posted | PostRefusal) => resolve(resultOf(result));
      hub.post({ room, from, texts, by, once, seenAs: this.#seenAs, onResult }, now());
    });
  }

  tell(typedUser: string, post: NewPost): Promise<Posted | ApiRefusal> {
    const { hub, now, lineLimits } = this.#deps;
    if (this.#identity.kind === 'guest') return Promise.resolve(refuse('password-required'));
    const { name: from, proof } = this.#identity;
    const { address } = this.#origin;
    const texts = messageLines(post.text, lineLimits);
    if (typeof texts === 'string') return Promise.resolve(refuse(texts, TEXT_ADVICE[texts]));
    const fold = foldName(cleanText(typedUser));
    const by: Poster = { kind: 'owner', address, knownKeyHash: null, proof };
    const once = keyOf(post, `@${fold}`);
    return new Promise((resolve) => {
      const onResult = (result: Posted | PostRefusal) => resolve(resultOf(result));
      hub.tell({ fold, from, texts, by, once, seenAs: this.#seenAs, onResult }, now());
    });
  }

  async messages(
    typedRoom: string,
    { words, roomKey, ...range }: MessageQuery,
  ): Promise<ApiMessages | ApiRefusal> {
    const { readings } = this.#deps.hub;
    const wanted = words === null ? null : searchWords(words);
    if (wanted !== null && 'refusal' in wanted) return wanted;
    const found = await this.#readableRoom(typedRoom, roomKey);
    if (isRefusal(found)) return found;
    const { room, access } = found;
    return this.#read(async () => {
      if (wanted === null) return messagesOf(readings.messages(access, room, range));
      const { before, limit, after } = range;
      const query = { room: room.fold, words: wanted, before, limit };
      const steps = readings.search(access, query);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return messagesOf(step.value, after);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  async awaitMessages(typedRoom: string, query: MessageQuery, wait: Wait): Promise<ApiMessages | ApiRefusal> {
    const { hub, clock } = this.#deps;
    const room = parseRoomName(cleanText(typedRoom));
    if (room === null) return refuse('invalid-room');
    const read = () => this.messages(typedRoom, query);
    return waitForMessages({ hub, clock, room, ...wait, read });
  }

  async stream(typedRooms: readonly string[], roomKey: string | null): Promise<ApiStream | ApiRefusal> {
    const rooms = new Map<string, Subscription['rooms'][number]>();
    for (const typed of typedRooms) {
      const found = await this.#readableRoom(typed, roomKey);
      if (isRefusal(found)) return found;
      const { room, access } = found;
      rooms.set(room.fold, { name: room, knownKeyHash: access.knownKeyHash });
    }
    return new RoomStream(this.#deps.openStream, { rooms: [...rooms.values()], reader: this.#reader });
  }

  inboxStream(): ApiStream | ApiRefusal {
    const reader = this.#reader;
    if (reader === null) return refuse('password-required');
    return new RoomStream(this.#deps.openStream, { rooms: [], reader, isOfMail: true });
  }

  hook(secret: string): ApiHook | null {
    const { accounts, refresh } = this.#deps;
    // It may have been made or revoked a moment ago, by the command line.
    refresh();
    const hook = accounts.hooks.hookFor(secret);
    return hook === undefined ? null : new HookPoster(this.#deps, hook, this.#origin.address, this.#seenAs);
  }

  rooms(): Promise<readonly ApiRoom[] | ApiRefusal> {
    const access = this.#access(null);
    return this.#read(async () => {
      const rooms: ApiRoom[] = [];
      let looked = 0;
      for (const room of this.#deps.hub.readings.rooms(access)) {
        if (room !== null) rooms.push(room);
        // There may be very many.
        if (++looked % ROOMS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return rooms;
    });
  }

  async users(typedRoom: string | null, roomKey: string | null): Promise<readonly ApiUser[] | ApiRefusal> {
    const { readings } = this.#deps.hub;
    if (typedRoom === null) return readings.users(this.#access(null), null) ?? [];
    const found = await this.#readableRoom(typedRoom, roomKey);
    if (isRefusal(found)) return found;
    const { room, access } = found;
    return this.#read(async () => readings.users(access, room) ?? refuse('room-not-found'));
  }

  inbox(): Promise<readonly ApiDirectMessage[] | ApiRefusal> {
    const owner = this.#identity;
    if (owner.kind === 'guest') return Promise.resolve(refuse('password-required'));
    return new Promise((resolve) => {
      this.#deps.hub.readMail(owner.name.fold, (mail) =>
        resolve(mail.map(({ id, at, from, text }) => ({ id, at, name: from, text }))),
      );
    });
  }

  clearInbox(upTo: number): Promise<ApiRefusal | null> {
    const { hub, now } = this.#deps;
    const owner = this.#identity;
    if (owner.kind === 'guest') return Promise.resolve(refuse('password-required'));
    return new Promise((resolve) => {
      hub.clearMail(owner.name.fold, upTo, now(), (isStored) =>
        resolve(isStored ? null : refuse('not-stored')),
      );
    });
  }

  /** The name that the post is made under, unless it is taken, and the one who makes it. */
  #authorOf({
    name,
    userAgent,
  }: NewPost): { readonly from: UserName; readonly poster: GuestOrOwner } | ApiRefusal {
    const { address } = this.#origin;
    const identity = this.#identity;
    if (identity.kind === 'owner') {
      const { name: from, proof } = identity;
      return { from, poster: { kind: 'owner', address, proof } };
    }
    if (identity.name !== null || name !== null) {
      const from = identity.name ?? parseUserName(cleanText(name ?? ''));
      if (from === null || isObsolete(from)) return refuse('invalid-username');
      return { from, poster: { kind: 'guest', address, orElse: null } };
    }
    const product = parseUserName(productOf(userAgent));
    const from = product === null || isObsolete(product) ? HTTP : product;
    if (from === null) throw new Error('the name of guests must be valid');
    return { from, poster: { kind: 'guest', address, orElse: HTTP } };
  }

  async #readableRoom(
    typed: string,
    roomKey: string | null,
  ): Promise<{ readonly room: RoomName; readonly access: Access } | ApiRefusal> {
    const room = parseRoomName(cleanText(typed));
    if (room === null) return refuse('invalid-room');
    const known = await this.#knownKeyHash(room, roomKey);
    if (isRefusal(known)) return known.refusal === 'room-locked' ? refuse('room-not-found') : known;
    const access = this.#access(known.hash);
    return this.#deps.hub.readings.maySee(access, room.fold) ? { room, access } : refuse('room-not-found');
  }

  /** The hash of the room's key, if this is the key; null if there is none, or none is needed. */
  async #knownKeyHash(
    room: RoomName,
    key: string | null,
  ): Promise<{ readonly hash: string | null } | ApiRefusal> {
    const { accounts, secrets, hub } = this.#deps;
    const hash = accounts.rooms.room(room.fold)?.keyHash ?? null;
    if (hash === null || key === null || hub.readings.maySee(this.#access(null), room.fold))
      return { hash: null };
    const subject = { subject: `#${room.fold}`, isRegisteredLogin: false, wrong: 'room-locked' } as const;
    return (await secrets.refusalFor(key, hash, subject, this.#origin)) ?? { hash };
  }

  #access(knownKeyHash: string | null): Access {
    const account = this.#identity.kind === 'owner' ? this.#identity.name.fold : null;
    return { account, knownKeyHash };
  }

  async #read<Value>(read: () => Promise<Value>): Promise<Value | ApiRefusal> {
    try {
      return await read();
    } catch (error) {
      this.#deps.onError(error);
      return refuse('busy');
    }
  }

  /** The owner of a name, as a reader of streams; null for a guest. */
  get #reader(): Reader | null {
    const identity = this.#identity;
    const account =
      identity.kind === 'owner' ? this.#deps.accounts.users.account(identity.name.fold) : undefined;
    if (identity.kind === 'guest' || account === undefined) return null;
    return { account, tokenId: identity.proof.kind === 'token' ? identity.proof.id : null };
  }

  get #seenAs(): ClientInfo {
    return { id: 0, name: null, peer: this.#origin.peer, dialect: 'http', room: '' };
  }
}

type GuestOrOwner = { [Kind in 'guest' | 'owner']: Omit<Extract<Poster, { kind: Kind }>, 'knownKeyHash'> }[
  'guest' | 'owner'];

const TEXT_ADVICE = {
  usage: { detail: 'the text is empty; send it as the body: curl -d "hi"' },
  'line-too-long': {},
  'paste-too-long': {},
} as const;

function keyOf({ once, name }: NewPost, target: string): PostKey | null {
  if (once === null) return null;
  const hash = createHash('sha256')
    .update(JSON.stringify([target, name]))
    .update(once.body);
  return { key: once.key, hash: hash.digest('base64url') };
}

/** The words of `q`, as SEARCH takes them. */
function searchWords(text: string): readonly string[] | ApiRefusal {
  const words = wordsOf(cleanText(text));
  if (cleanText(text).trim() === '')
    return refuse('usage', { detail: 'q has no words; give some, or leave q out' });
  return words.size > MAX_SEARCH_WORDS
    ? refuse('usage', { detail: `q has more than ${MAX_SEARCH_WORDS} words; search for fewer` })
    : [...words];
}

function resultOf(result: Posted | PostRefusal): Posted | ApiRefusal {
  if (typeof result !== 'string') return result;
  switch (result) {
    case 'muted':
      return refuse('not-permitted', { detail: 'you are muted; contact an operator' });
    case 'invite-only':
      return refuse('room-locked', { detail: 'the room is by invitation only; contact its founder' });
    case 'moderated':
      return refuse('not-permitted', {
        detail: 'only some users may speak in this room; contact its founder',
      });
    default:
      return refuse(result);
  }
}

/** Without messages up to the id `after`. */
function messagesOf({ messages, ...rest }: ReadMessages, after = 0): ApiMessages {
  const shown = messages.filter(({ id }) => id > after);
  return {
    ...rest,
    messages: shown.map(({ id, at, room, from, text }) => ({ id, at, room: room.shown, name: from, text })),
  };
}

/** The product of a User-Agent header: `curl` of `curl/8.5.0`. */
function productOf(userAgent: string): string {
  return /^[^\s/()]+/.exec(userAgent)?.[0] ?? '';
}
