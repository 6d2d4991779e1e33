/**
 * What the HTTP interface asks of the chat: plain data in, plain data out. The folder `src/api` implements it, so that
 * nothing here depends on the hub.
 */
import type { ConnectionSlot, Framing, Transport, TransportHandler } from '../../../core/ports.js';
import type { PostRefusal } from '../../../core/post.js';
import type { ApiRefusal } from './errors.js';

export interface ApiPort {
  about(): About;
  /** Whether a part of a path can be the name of a room. */
  isRoomName(text: string): boolean;
  /** A caller without credentials, for routes that need none. */
  guest(origin: RequestOrigin): ApiCaller;
  /** Finds out on whose behalf a request is made. Without credentials, it is a guest where that is allowed. */
  identify(credentials: Credentials, origin: RequestOrigin): Promise<ApiCaller | ApiRefusal>;
}

/** What a client may know of the server before it logs in. */
export interface About {
  readonly name: string;
  readonly version: string;
  /** Unregistered names need the password of the server. */
  readonly needsPassword: boolean;
  readonly maxLineBytes: number;
  readonly pasteLines: number;
  readonly pasteBytes: number;
  /** Of the password of a registered name. */
  readonly minPasswordLength: number;
  /** 0 = messages are not deleted because of their age. */
  readonly historyDays: number;
  /** The text of MOTD_FILE; '' without one. */
  readonly motd: string;
}

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'name'; readonly name: string; readonly secret: string };

/** Where a request comes from. */
export interface RequestOrigin {
  readonly address: string;
  /** Address and port, for the log. */
  readonly peer: string;
  /** The connection, as an identity. */
  readonly connection: object;
  /** Whether the client still waits for the response. */
  isStillWanted(): boolean;
}

/** The one on whose behalf a request is made, and what it may do. */
export interface ApiCaller {
  /** Its registered name; null for a guest. */
  readonly account: string | null;
  /** The client whose rate is limited; null for none. */
  readonly rateKey: string | null;
  /** Posts in a room. Settles once all lines are stored, or none of them. */
  post(room: string, post: NewPost): Promise<Posted | ApiRefusal>;
  /** Sends direct messages, likewise. Needs an account. */
  tell(user: string, post: NewPost): Promise<Posted | ApiRefusal>;
  /** Messages of a room, oldest first; none of a room that does not exist. */
  messages(room: string, query: MessageQuery): Promise<ApiMessages | ApiRefusal>;
  /** The same, but waits for messages: until there are some, the time is over, or the server stops. */
  awaitMessages(room: string, query: MessageQuery, wait: Wait): Promise<ApiMessages | ApiRefusal>;
  /** Lets the caller receive rooms, or tells why not. */
  stream(rooms: readonly string[], roomKey: string | null): Promise<ApiStream | ApiRefusal>;
  /** Lets the owner receive the direct messages that are stored for it. Needs an account. */
  inboxStream(): ApiStream | ApiRefusal;
  /** The webhook with this secret; null if there is none. */
  hook(secret: string): ApiHook | null;
  /** The rooms that have members or messages. */
  rooms(): Promise<readonly ApiRoom[] | ApiRefusal>;
  /** The users of a room; of the server without one. */
  users(room: string | null, roomKey: string | null): Promise<readonly ApiUser[] | ApiRefusal>;
  /** The direct messages that wait for the owner. Needs an account. */
  inbox(): Promise<readonly ApiDirectMessage[] | ApiRefusal>;
  /** Removes those with ids up to this one. */
  clearInbox(upTo: number): Promise<ApiRefusal | null>;
}

export interface NewPost {
  /** The text as it was sent. Each line that is not empty is a message. */
  readonly text: string;
  /** The name that a guest asks for; null for none. */
  readonly name: string | null;
  /** The value of the User-Agent header. */
  readonly userAgent: string;
  readonly roomKey: string | null;
  /** Posts once, however often it is tried; null for none. */
  readonly once: {
    readonly key: string;
    /** The whole body: the same key with another one is refused. */
    readonly body: Uint8Array;
  } | null;
}

export interface Posted {
  /** The ids of the first and the last message. */
  readonly id: number;
  readonly lastId: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The name of the author, and of the room or the user, as they are spelled. */
  readonly name: string;
  readonly target: string;
  /** It waits for an offline user. */
  readonly isKept: boolean;
  /** An earlier request with the same key had this result. */
  readonly isReplay: boolean;
}

export interface MessageQuery {
  /** The messages between these two ids, which are left out. */
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Which are returned if more than `limit` match. */
  readonly keep: 'newest' | 'oldest';
  /** The words that they must have; null for all messages. */
  readonly words: string | null;
  readonly roomKey: string | null;
}

export interface Wait {
  readonly maxMs: number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** What a client may receive. */
export interface ApiStream {
  /** Sends stored messages after the cursor, then what is said, until the transport closes. */
  open(request: StreamRequest): TransportHandler;
}

export interface StreamRequest {
  readonly format: 'sse' | 'ndjson' | 'text';
  /** Whether joins, leaves and topics are shown. */
  readonly hasPresence: boolean;
  /** Whether text has HISTORY's lines. */
  readonly isHist: boolean;
  /** The cursor; null for what is said from now on. */
  readonly after: number | null;
  readonly transport: Transport;
  readonly framing: Framing;
  readonly slot: ConnectionSlot;
}

/** A webhook, which posts in its room under its name. */
export interface ApiHook {
  /** Null once all lines are stored; otherwise none of them is. */
  post(lines: readonly string[]): Promise<HookRefusal | null>;
}

export type HookRefusal = 'usage' | PostRefusal;

export interface ApiMessage {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly room: string;
  readonly name: string;
  readonly text: string;
}

export interface ApiMessages {
  readonly messages: readonly ApiMessage[];
  /** The ids of the first and the last message that was found, also of one that is not shown to the caller. */
  readonly firstId: number | undefined;
  readonly lastId: number | undefined;
  /** There may be more. */
  readonly isFull: boolean;
}

export interface ApiRoom {
  readonly name: string;
  readonly members: number;
  /** 0 if it has no messages. */
  readonly lastId: number;
  /** '' if it has none. */
  readonly topic: string;
}

export interface ApiUser {
  readonly name: string;
  readonly rooms: readonly string[];
}

export type ApiDirectMessage = Omit<ApiMessage, 'room'>;
