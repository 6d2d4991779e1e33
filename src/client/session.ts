/**
 * A user's session on a server. It logs in, enters the room, reads the history, and sends what the user typed. After a
 * lost connection it reconnects, fetches the missed messages and sends what was not confirmed.
 */
import type { Text } from '../core/text/text.js';
import { Backlog } from './backlog.js';
import { Backoff } from './backoff.js';
import { CatchUp } from './catch-up.js';
import type { Connect } from './connect.js';
import { CurrentRoom } from './current-room.js';
import { pasteBlocks } from './paste.js';
import { type LoginRefusal, logIn } from './login.js';
import { isFinal, isIdleTimeout, isParting, isTransient } from './reconnect-rules.js';
import {
  type Clock,
  KEEPALIVE_MS,
  type LiveLine,
  type ChannelListener,
  refusalIn,
  type Reply,
  RequestChannel,
} from './request-channel.js';
import { RequestQueue } from './request-queue.js';
import type { Ended, SessionEvent } from './session-event.js';

export interface SessionOptions {
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  readonly connect: Connect;
  readonly clock: Clock;
  /** A number from 0 to 1, for the jitter of the reconnect delays. */
  readonly random: () => number;
  readonly onEvent: (event: SessionEvent) => void;
}

/** Live lines that are held back while the history is read. */
const MAX_HELD_LINES = 20_000;
const MIN_KEEPALIVE_MS = 100;

export class Session {
  readonly #options: SessionOptions;
  /** `offline` between connections; `entering` until the session is in the room; `reading` its history; then `ready`. */
  #phase: 'offline' | 'entering' | 'reading' | 'ready' | 'ended' = 'offline';
  #channel: RequestChannel | null = null;
  readonly #queue: RequestQueue;
  readonly #room: CurrentRoom;
  readonly #backoff: Backoff;
  /** Live lines that came while the history was read; they are shown after it. */
  #heldLines: LiveLine[] = [];
  #wasOnline = false;
  /** From a reconnect until the history is read. */
  #isReturning = false;
  #onlineSince = 0;
  #name: string;
  #password: string | null;
  /** The code of a login that was refused, while the details are asked for. */
  #loginRefusal: string | null = null;
  /** The last words of the server before it closes the connection. */
  #parting: string | null = null;
  /** The number of notices so far. */
  #notices = 0;
  readonly #backlog = new Backlog();
  #keepaliveMs = KEEPALIVE_MS;
  #reconnectTimer: { cancel(): void } | null = null;
  #quitTimer: { cancel(): void } | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#password = options.password;
    this.#queue = new RequestQueue(options.onEvent);
    this.#room = new CurrentRoom(options.room, options.name);
    this.#backoff = new Backoff(options.random);
  }

  /** The room of the session, or the one it returns to. */
  get room(): string {
    return this.#room.name;
  }

  /** How many requests the server has not confirmed. */
  get pendingCount(): number {
    return this.#queue.length;
  }

  start(): void {
    this.#connect();
  }

  say(text: Text): void {
    if (this.#phase === 'ended' || !this.#queue.accepts(text)) return;
    this.#queue.say(text, this.#showOwn(null, text));
    this.#sendNext();
  }

  /** Sends several lines together, blanks included. Nothing of another user comes between them. */
  paste(lines: readonly Text[]): void {
    for (const block of pasteBlocks(lines)) {
      if (this.#phase === 'ended' || !this.#queue.accepts(block.join('\n'))) return;
      this.#queue.paste(block, this.#showOwn(null, ...block));
    }
    this.#sendNext();
  }

  dm(to: Text, text: Text): void {
    if (this.#phase === 'ended' || !this.#queue.accepts(text)) return;
    this.#queue.dm(to, text, this.#showOwn(to, text));
    this.#sendNext();
  }

  /** Sends a line of the protocol that has replies: WHO, JOIN, TOPIC, … It is not queued while offline. */
  command(line: Text): void {
    if (this.#wasOnline && this.#phase === 'offline')
      return this.#emit({ kind: 'unsent', what: line, why: 'offline' });
    if (this.#phase === 'ended' || !this.#queue.accepts(line)) return;
    this.#queue.command(line);
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

  /** Shows a typed message immediately, except where it would stand in the middle of the history. */
  #showOwn(to: Text | null, ...lines: readonly Text[]): boolean {
    const isReady = this.#phase === 'ready';
    if (!isReady && (!this.#wasOnline || this.#phase === 'reading')) return false;
    for (const text of lines) this.#emit({ kind: 'own', to, text, waiting: !isReady });
    return true;
  }

  #connect(): void {
    const { connect, clock } = this.#options;
    this.#parting = null;
    this.#loginRefusal = null;
    this.#phase = 'entering';
    const listener: ChannelListener = {
      onOpen: () => this.#login(),
      onLive: (line) => this.#onLive(line),
      onStray: (reply) => {
        if (reply.kind === 'err') this.#emit({ kind: 'refused', code: reply.code, about: null, to: null });
      },
      onIdle: () => this.#sendNext(),
      onClose: (problem, replies) => this.#onDisconnect(problem, replies),
    };
    this.#channel = new RequestChannel(connect, clock, listener, this.#keepaliveMs);
  }

  #login(): void {
    if (this.#channel === null) return;
    const onDone = (refusal: LoginRefusal | null) => {
      if (refusal !== null) this.#onLoginRefused(refusal);
      else this.#enter();
    };
    logIn(this.#channel, this.#name, this.#password, onDone, (code) => (this.#loginRefusal = code));
  }

  /** Turns on tags first: every later message has its id. Messages before the JOIN are read from the history. */
  #enter(): void {
    const join = this.#room.joinCommand;
    this.#channel?.request(join === null ? ['TAGS ON'] : ['TAGS ON', join], (replies) => {
      const refusal = join === null ? null : refusalIn(replies.slice(1));
      if (refusal !== null && !this.#wasOnline)
        return this.#end({ kind: 'refused', code: refusal, hasServerPassword: false });
      if (refusal !== null) {
        this.#emit({ kind: 'refused', code: refusal, about: join, to: null });
        this.#room.moveTo(null);
        this.#queue.dropRoomMessages();
      }
      this.#isReturning = this.#wasOnline;
      this.#emit({ kind: 'online', room: this.room, again: this.#wasOnline });
      this.#wasOnline = true;
      this.#onlineSince = this.#options.clock.elapsed();
      this.#readHistory();
    });
  }

  #onLoginRefused(refusal: LoginRefusal): void {
    if (this.#wasOnline && isTransient(refusal.code)) this.#reconnectLater(refusal.code);
    else this.#end({ kind: 'refused', ...refusal });
  }

  #readHistory(): void {
    const { onEvent } = this.#options;
    this.#phase = 'reading';
    if (this.#channel === null) return;
    new CatchUp(this.#channel, this.#room.memory, onEvent, (isComplete) => this.#onReady(isComplete)).start();
  }

  #onReady(isHistoryComplete: boolean): void {
    this.#phase = 'ready';
    const heldLines = this.#heldLines;
    this.#heldLines = [];
    for (const line of heldLines) this.#show(line);
    this.#queue.dropSent(this.#room.memory, isHistoryComplete);
    this.#backlog.start(this.#isReturning ? this.#queue.messageCount : 0);
    this.#isReturning = false;
    this.#channel?.request([`WHO ${this.room}`, 'ROOMS'], (replies) =>
      this.#emit({ kind: 'present', replies }),
    );
  }

  #sendNext(): void {
    const channel = this.#channel;
    if (this.#phase !== 'ready' || channel === null || channel.isBusy) return;
    const { memory } = this.#room;
    const next = this.#queue.next(memory);
    switch (next?.kind) {
      case undefined:
        return;
      case 'quit':
        return this.#endByUser();
      case 'command':
        return this.#sendCommand(channel, next.line);
      case 'messages':
        return channel.request(next.lines, (replies) => {
          const confirmed = this.#queue.confirmMessages(replies, memory);
          const count = this.#backlog.count(confirmed, this.#queue.messageCount) ?? 0;
          if (count > 0) this.#emit({ kind: 'resent', count });
          this.#emit({ kind: 'progress' });
        });
    }
  }

  #sendCommand(channel: RequestChannel, line: Text): void {
    const [verb = '', ...rest] = line.split(/\s+/);
    const target = verb === 'JOIN' ? rest.join(' ') : verb === 'LEAVE' ? null : undefined;
    const onReply = (reply: Reply) => {
      if (target === undefined || reply.kind !== 'ok') return;
      // Live messages after the OK belong to the new room, and are in its history too.
      this.#room.moveTo(target);
      this.#phase = 'reading';
    };
    const { room } = this;
    const noticesBefore = this.#notices;
    const onDone = (replies: readonly Reply[]) => {
      this.#queue.confirmCommand();
      const refusal = refusalIn(replies);
      if (refusal !== null) this.#emit({ kind: 'refused', code: refusal, about: line, to: null });
      if (target === undefined) {
        if (verb === 'NICK' && refusal === null) this.#rename(rest);
        const notices = this.#notices - noticesBefore;
        if (replies.some(({ kind }) => kind !== 'err'))
          this.#emit({ kind: 'answer', line, room, replies, notices });
      } else if (refusal !== null) {
        this.#queue.dropRoomMessages();
      } else {
        this.#emit({ kind: 'entered', room: this.room });
        this.#readHistory();
      }
      this.#emit({ kind: 'progress' });
    };
    channel.request([line], onDone, onReply);
  }

  #rename([name = '', secret = null]: readonly (string | null)[]): void {
    if (name === null || name === '') return;
    this.#name = name;
    this.#password = secret ?? this.#password;
    this.#room.rename(name);
    this.#emit({ kind: 'renamed', name });
  }

  #onLive(line: LiveLine): void {
    if (line.kind === 'info') {
      this.#notices += 1;
      // It is shown as the reason when the connection ends.
      if (isParting(line.text)) {
        this.#parting = line.text;
        return;
      }
    }
    if (this.#phase === 'reading') return this.#hold(line);
    // A message before the JOIN is in the history that is read next, or belongs to another room.
    if (line.kind !== 'said' || this.#phase === 'ready') this.#show(line);
  }

  #hold(line: LiveLine): void {
    if (this.#heldLines.length === MAX_HELD_LINES) this.#reconnectLater('too-many-replies');
    else this.#heldLines.push(line);
  }

  #show(line: LiveLine): void {
    if (line.kind !== 'said') this.#emit(line);
    else if (this.#room.memory.addLive(line)) this.#emit({ kind: 'said', message: line, past: false });
  }

  #onDisconnect(problem: string | null, replies: readonly Reply[]): void {
    const code = this.#phase === 'entering' ? (refusalIn(replies) ?? this.#loginRefusal) : null;
    if (code !== null) return this.#onLoginRefused({ code, hasServerPassword: false });
    const parting = this.#parting;
    if (parting !== null && isFinal(parting)) return this.#end({ kind: 'dismissed', words: parting });
    if (parting !== null && isIdleTimeout(parting)) this.#shortenKeepalive();
    this.#reconnectLater(parting ?? problem);
  }

  /** The protocol does not tell the server's idle timeout; a session that was closed for inactivity has measured it. */
  #shortenKeepalive(): void {
    const third = (this.#channel?.sinceLastSentMs ?? 0) / 3;
    this.#keepaliveMs = Math.max(MIN_KEEPALIVE_MS, Math.min(this.#keepaliveMs, third));
  }

  #reconnectLater(problem: string | null): void {
    if (!this.#wasOnline) return this.#end({ kind: 'unreachable', problem });
    const { clock } = this.#options;
    const wasUsable = this.#phase === 'ready' || this.#phase === 'reading';
    this.#disconnect();
    this.#phase = 'offline';
    this.#queue.requeueInFlight();
    const retryInMs = this.#backoff.nextDelayMs(wasUsable ? clock.elapsed() - this.#onlineSince : 0);
    this.#emit({ kind: 'offline', problem, retryInMs });
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
    // Room messages will be in the history again; direct messages and notices are sent only once.
    for (const line of this.#heldLines) if (line.kind !== 'said') this.#emit(line);
    this.#heldLines = [];
  }

  #emit(event: SessionEvent): void {
    this.#options.onEvent(event);
  }
}
