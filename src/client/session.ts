/**
 * A user's session on a server. It logs in, enters the rooms, reads their histories, and sends what the user typed.
 * After a lost connection it reconnects, fetches the missed messages of each room, and sends what was not confirmed.
 */
import { foldName, type Text } from '../core/text/text.js';
import { Backoff } from './backoff.js';
import type { Connect } from './connect.js';
import { type EnteredRooms, enterRooms } from './enter-rooms.js';
import { HistoryReader } from './history-reader.js';
import { LiveLines } from './live-lines.js';
import { isAboutPassword, type LoginRefusal, logIn, negotiateTags, resumeName } from './login.js';
import { Members } from './members.js';
import { pasteBlocks } from './paste.js';
import { presenceChangeIn } from './presence.js';
import { isTransient, partingIn, type PartingKind } from './reconnect-rules.js';
import {
  type Answer,
  type Clock,
  KEEPALIVE_MS,
  type LiveLine,
  refusalIn,
  RequestChannel,
} from './request-channel.js';
import { RequestQueue } from './request-queue.js';
import { type LoginChange, RequestSender } from './request-sender.js';
import { RoomChanges } from './room-changes.js';
import { type Room, Rooms } from './rooms.js';
import type { Notice } from './server-line.js';
import { withoutSecrets } from './secrets.js';
import type { Ended, SessionEvent } from './session-event.js';

export interface SessionOptions {
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  /** Rooms to be in beside that one. */
  readonly furtherRooms?: readonly string[];
  /** If all rooms of the start are refused and the first is locked, `locked` asks for its key; `tryKey` has the answer. */
  readonly asksForKeys?: boolean;
  readonly connect: Connect;
  readonly clock: Clock;
  /** A number from 0 to 1, for the jitter of the reconnect delays. */
  readonly random: () => number;
  readonly onEvent: (event: SessionEvent) => void;
}

const MIN_KEEPALIVE_MS = 100;
/** Events of users that name no room, and are shown in the rooms of the user. */
const USER_EVENTS = new Set(['quit', 'rename', 'away']);

export class Session {
  readonly #options: SessionOptions;
  /** `offline` between connections; `entering` until the session is in its rooms; then `ready`. */
  #phase: 'offline' | 'entering' | 'ready' | 'ended' = 'offline';
  #channel: RequestChannel | null = null;
  readonly #rooms: Rooms;
  readonly #liveLines: LiveLines;
  readonly #historyReader: HistoryReader;
  readonly #queue: RequestQueue;
  readonly #changes: RoomChanges;
  readonly #sender: RequestSender;
  /** Whether the server allows several rooms. Otherwise every message goes to the one that was entered last. */
  #followsRooms = true;
  readonly #backoff: Backoff;
  /** `locked` is not answered: the login is in the lobby, of which the user has not asked to see anything. */
  #awaitsKey = false;
  #wasOnline = false;
  #onlineSince = 0;
  #name: string;
  /** The name that the password belongs to: NICK keeps the account. */
  #loginName: string;
  #password: string | null;
  /** The password of a command in flight: it may be that of the name by now. */
  #unconfirmedPassword: string | null = null;
  /** What takes an unregistered name back at the next login; null if there is nothing. */
  #resume: string | null = null;
  readonly #members = new Members();
  /** The code of a login that was refused, while the details are asked for. */
  #loginRefusal: string | null = null;
  /** The last words of the server before it closes the connection, and what they mean. */
  #parting: { readonly text: string; readonly kind: PartingKind } | null = null;
  #keepaliveMs = KEEPALIVE_MS;
  #reconnectTimer: { cancel(): void } | null = null;
  #quitTimer: { cancel(): void } | null = null;

  constructor(options: SessionOptions) {
    const { onEvent, room, furtherRooms, name } = options;
    this.#options = options;
    this.#name = this.#loginName = name;
    this.#password = options.password;
    this.#rooms = new Rooms(room, name, furtherRooms);
    this.#liveLines = new LiveLines(this.#rooms, onEvent);
    this.#historyReader = new HistoryReader(this.#liveLines, onEvent);
    this.#queue = new RequestQueue(this.#rooms, onEvent);
    this.#changes = new RoomChanges(this.#rooms, this.#queue, onEvent, (entered) => {
      this.#members.forget(entered.name);
      this.#read([entered], () => this.#lookAround([entered]));
    });
    this.#sender = new RequestSender(this.#queue, this.#changes, onEvent, {
      onPasswordSent: (password) => (this.#unconfirmedPassword = password),
      onLoginChange: (change) => this.#changeLogin(change),
    });
    this.#backoff = new Backoff(options.random);
  }

  /** Whether the server allows several rooms; true before the first login. */
  get followsRooms(): boolean {
    return this.#followsRooms;
  }

  /** How many requests the server has not confirmed. */
  get pendingCount(): number {
    return this.#queue.length;
  }

  start(): void {
    this.#connect();
  }

  say(room: string, text: Text): void {
    const target = this.#targetOf(room, text);
    if (target === null) return;
    this.#queue.say(target, text, this.#showOwn(target, null, text));
    this.#sendNext();
  }

  /** Sends several lines together, blanks included. Nothing of another user comes between them. */
  paste(room: string, lines: readonly Text[]): void {
    for (const block of pasteBlocks(lines)) {
      const target = this.#targetOf(room, block.join('\n'));
      if (target === null) return;
      this.#queue.paste(target, block, this.#showOwn(target, null, ...block));
    }
    this.#sendNext();
  }

  dm(to: Text, text: Text): void {
    if (this.#phase === 'ended' || !this.#queue.accepts(text, null)) return;
    this.#queue.dm(to, text, this.#showOwn(null, to, text));
    this.#sendNext();
  }

  /**
   * Sends a line of the protocol that has replies: WHO, TOPIC, … It is not queued while offline. `room` is the one that
   * the user sees, and which the command is for; null if the user sees none.
   */
  command(line: Text, room: string | null): void {
    if (this.#isCutOff)
      return this.#emit({ kind: 'unsent', room, what: withoutSecrets(line), why: 'offline' });
    const target = room === null ? null : this.#find(room);
    if (this.#phase === 'ended' || !this.#queue.accepts(line, target)) return;
    this.#queue.command(line, target);
    this.#sendNext();
  }

  /**
   * Enters one more room, or moves there if the server allows one only. False if that is not possible while offline.
   * Messages for the room can be sent at once: they wait until it is entered.
   */
  enter(name: string, key: string | null): boolean {
    if (this.#phase === 'ended' || this.#isCutOff) return false;
    this.#queue.change({ kind: 'enter', room: this.#rooms.add(name, key) });
    this.#sendNext();
    return true;
  }

  /** The answer to `locked`: enters the rooms with this key, or ends the session if there is none. */
  tryKey(name: string, key: string | null): void {
    const room = this.#rooms.find(name);
    if (this.#phase !== 'entering' || this.#channel === null || room === null) return;
    if (key === null) return this.#end(refusedRoom(room, 'room-locked'));
    room.key = key;
    enterRooms(this.#channel, this.#rooms, (entered) => this.#onEntered(entered));
  }

  /** Leaves a room. While offline the session just does not return to it. */
  leave(name: string): void {
    const room = this.#rooms.find(name);
    if (this.#phase === 'ended' || room === null) return;
    if (this.#isCutOff) return this.#rooms.forget(room);
    room.isLeaving = true;
    this.#queue.change({ kind: 'leave', room });
    this.#sendNext();
  }

  /** Ends the session once everything queued is confirmed, or after this time. */
  quit(timeoutMs: number): void {
    if (this.#phase === 'ended' || this.#quitTimer !== null) return;
    const isOffline = this.#phase === 'offline' || !this.#wasOnline;
    if (isOffline && this.pendingCount === 0) return this.#endByUser();
    this.#quitTimer = this.#options.clock.after(timeoutMs, () => this.#endByUser());
    this.#queue.quit();
    this.#sendNext();
  }

  /** Between two connections. */
  get #isCutOff(): boolean {
    return this.#wasOnline && this.#phase === 'offline';
  }

  /** With one room at a time, it is the one that the user is in when the queue is sent. */
  #find(room: string): Room | null {
    return this.#followsRooms ? this.#rooms.find(room) : (this.#queue.lastEntered ?? this.#rooms.home);
  }

  /** The room of a message that may be queued; if it may not, an event says why. */
  #targetOf(name: string, text: string): Room | null {
    if (this.#phase === 'ended') return null;
    const target = this.#find(name);
    if (target !== null) return this.#queue.accepts(text, target) ? target : null;
    this.#emit({ kind: 'unsent', room: name, what: text, why: 'elsewhere' });
    return null;
  }

  /** Shows a typed message immediately, except where it would stand in the middle of the history. */
  #showOwn(room: Room | null, to: Text | null, ...lines: readonly Text[]): boolean {
    const isOnline = this.#phase === 'ready';
    const isRead = room === null ? !this.#historyReader.isReading : room.state === 'open';
    if (isOnline ? !isRead : !this.#wasOnline) return false;
    for (const text of lines)
      this.#emit({ kind: 'own', room: room?.name ?? null, to, text, waiting: !isOnline });
    return true;
  }

  #connect(): void {
    const { connect, clock } = this.#options;
    this.#parting = null;
    this.#loginRefusal = null;
    this.#phase = 'entering';
    this.#channel = new RequestChannel(
      connect,
      clock,
      {
        onOpen: () => this.#login(),
        onLive: (line) => this.#onLive(line),
        onStray: (reply) => {
          if (reply.kind === 'err')
            this.#emit({ kind: 'refused', room: null, code: reply.code, about: null, to: null });
        },
        onIdle: () => this.#sendNext(),
        onClose: (problem, replies) => this.#onDisconnect(problem, replies),
      },
      this.#keepaliveMs,
    );
  }

  #login(): void {
    const channel = this.#channel;
    if (channel !== null) negotiateTags(channel, () => this.#logInWith(channel, this.#password));
  }

  /** A password whose confirmation was lost with the connection is tried if the one before is not the right one. */
  #logInWith(channel: RequestChannel, password: string | null): void {
    const login = {
      name: this.#loginName,
      password,
      resume: this.#resume,
      onResume: (value: string) => (this.#resume = value),
      onRefused: (code: string) => (this.#loginRefusal = code),
    };
    this.#loginRefusal = null;
    logIn(channel, login, (refusal) => {
      const other = this.#unconfirmedPassword;
      this.#unconfirmedPassword = null;
      if (refusal === null) {
        this.#loginRefusal = null;
        this.#password = password;
        this.#resumeName(channel);
      } else if (other !== null && other !== password && isAboutPassword(refusal.code))
        this.#logInWith(channel, other);
      else this.#onLoginRefused(refusal);
    });
  }

  #resumeName(channel: RequestChannel): void {
    resumeName(channel, this.#loginName, this.#name, (name) => {
      if (name !== this.#name) this.#rename(name);
      enterRooms(channel, this.#rooms, (entered) => this.#onEntered(entered));
    });
  }

  #onEntered({ followsRooms, entered, refused }: EnteredRooms): void {
    const [first] = refused;
    this.#awaitsKey = false;
    if (first !== undefined && entered.length === 0 && !this.#wasOnline) {
      const { room, code } = first;
      if (code !== 'room-locked' || this.#options.asksForKeys !== true)
        return this.#end(refusedRoom(room, code));
      this.#awaitsKey = true;
      return this.#emit({ kind: 'locked', room: room.name, isKeyWrong: room.key !== null });
    }
    this.#followsRooms = followsRooms;
    for (const { room, code } of refused) this.#changes.bar(room, code, followsRooms);
    // The home room is the lobby if the one before was refused.
    const rooms = [...new Set([...entered, this.#rooms.home])];
    this.#emit({ kind: 'online', rooms: rooms.map(({ name }) => name), again: this.#wasOnline });
    const isReturning = this.#wasOnline;
    this.#wasOnline = true;
    this.#onlineSince = this.#options.clock.elapsed();
    this.#phase = 'ready';
    this.#read(rooms, (incomplete) => {
      this.#queue.dropSent(incomplete);
      this.#sender.startBacklog(isReturning);
      this.#lookAround(followsRooms ? rooms : [this.#rooms.home]);
    });
  }

  #onLoginRefused(refusal: LoginRefusal): void {
    if (this.#wasOnline && isTransient(refusal.code)) this.#reconnectLater(refusal.code);
    else this.#end({ kind: 'refused', ...refusal });
  }

  #read(rooms: readonly Room[], onRead: (incomplete: ReadonlySet<Room>) => void): void {
    if (this.#channel !== null) this.#historyReader.read(this.#channel, rooms, onRead);
  }

  /** Asks for the members of these rooms and for all rooms; shows the topics of these. */
  #lookAround(rooms: readonly Room[]): void {
    const channel = this.#channel;
    const list = channel?.usesLabels === true ? 'ROOMS ALL' : 'ROOMS';
    const commands = [...rooms.map(({ name }) => `WHO ${name}`), list].map((line) => ({ lines: [line] }));
    channel?.requestAll(commands, (answers) => {
      for (const [index, { name }] of rooms.entries())
        this.#members.add(
          name,
          (answers[index] ?? []).flatMap((reply) => (reply.kind === 'user' ? [reply.name] : [])),
        );
      const replies = answers.flat();
      for (const room of rooms) this.#showTopic(room, replies);
      this.#emit({ kind: 'present', replies });
    });
  }

  /** Shows the topic of a room, unless the user has seen it. */
  #showTopic(room: Room, replies: Answer): void {
    const line = replies.find(
      (reply) => reply.kind === 'room' && foldName(reply.name) === foldName(room.name),
    );
    if (line?.kind !== 'room') return;
    const { topic } = line;
    if (topic !== null && topic !== room.topic) this.#emit({ kind: 'topic', room: room.name, text: topic });
    room.topic = topic;
  }

  #sendNext(): void {
    const channel = this.#channel;
    if (this.#phase !== 'ready' || channel === null || channel.isBusy || this.#historyReader.isReading)
      return;
    if (this.#sender.sendNext(channel, this.#followsRooms) === 'quit') this.#endByUser();
  }

  #changeLogin({ name, password }: LoginChange): void {
    this.#unconfirmedPassword = null;
    this.#password = password ?? this.#password;
    if (name !== null) this.#rename(name);
    if (password !== null || this.#password === null) this.#loginName = this.#name;
  }

  #rename(name: string): void {
    this.#name = name;
    this.#rooms.rename(name);
    this.#emit({ kind: 'renamed', name });
  }

  #onLive(line: LiveLine): void {
    if (line.kind === 'info') {
      this.#sender.countNotice();
      const kind = partingIn(line);
      // It is shown as the reason when the connection ends.
      if (kind !== null) {
        this.#parting = { text: line.text, kind };
        return;
      }
      if (line.event === 'put-out' && foldName(line.user ?? '') === foldName(this.#name))
        return this.#changes.putOut(line, this.#followsRooms);
      if (this.#awaitsKey && line.room !== null) return;
    }
    const isAccepted = line.kind === 'info' ? this.#receiveNotice(line) : this.#liveLines.receive(line);
    if (!isAccepted) this.#reconnectLater('too-many-replies');
  }

  /** What happened to a user is shown in the rooms that the user is in, and nowhere if there is none. */
  #receiveNotice(line: Notice): boolean {
    const { event, user, room } = line;
    const isOfUser = event !== null && user !== null && room === null && USER_EVENTS.has(event);
    const shared = isOfUser ? this.#rooms.all.filter(({ name }) => this.#members.has(name, user)) : null;
    const change = presenceChangeIn(line);
    if (event !== null && change !== null) this.#members.apply(change, room);
    return shared === null ? this.#liveLines.receive(line) : this.#liveLines.receiveIn(shared, line);
  }

  #onDisconnect(problem: string | null, replies: Answer): void {
    const code = this.#phase === 'entering' ? (refusalIn(replies) ?? this.#loginRefusal) : null;
    // An older server answers `ERR expected 'LOGIN <username>'` to the tags before the login.
    if (code !== null && !code.startsWith('expected '))
      return this.#onLoginRefused({ code, hasServerPassword: false });
    const parting = this.#parting;
    if (parting?.kind === 'final') return this.#end({ kind: 'dismissed', words: parting.text });
    if (parting?.kind === 'idle') this.#shortenKeepalive();
    this.#reconnectLater(parting?.text ?? problem);
  }

  /** The protocol does not tell the server's idle timeout; a session that was closed for inactivity has measured it. */
  #shortenKeepalive(): void {
    const third = (this.#channel?.sinceLastSentMs ?? 0) / 3;
    this.#keepaliveMs = Math.max(MIN_KEEPALIVE_MS, Math.min(this.#keepaliveMs, third));
  }

  #reconnectLater(problem: string | null): void {
    if (!this.#wasOnline) return this.#end({ kind: 'unreachable', problem });
    const { clock } = this.#options;
    const wasUsable = this.#phase === 'ready';
    this.#disconnect();
    this.#phase = 'offline';
    this.#queue.requeueInFlight();
    this.#rooms.forgetLeft();
    const retryInMs = this.#backoff.nextDelayMs(wasUsable ? clock.elapsed() - this.#onlineSince : 0);
    this.#emit({ kind: 'offline', problem, retryInMs, isRetry: !wasUsable });
    this.#reconnectTimer = clock.after(retryInMs, () => this.#connect());
  }

  #endByUser(): void {
    this.#end({ kind: 'left', unsent: this.#queue.messageCount });
  }

  #end(why: Ended): void {
    if (this.#phase === 'ended') return;
    this.#disconnect();
    this.#phase = 'ended';
    this.#quitTimer?.cancel();
    this.#emit({ kind: 'ended', why });
  }

  #disconnect(): void {
    this.#reconnectTimer?.cancel();
    this.#channel?.quit();
    this.#channel = null;
    this.#historyReader.reset();
    this.#liveLines.reset();
    this.#members.clear();
  }

  #emit(event: SessionEvent): void {
    this.#options.onEvent(event);
  }
}

function refusedRoom({ name }: Room, code: string): Ended {
  return { kind: 'refused', code, room: name, hasServerPassword: false };
}
