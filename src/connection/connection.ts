/**
 * One connection's life: bytes become lines, lines become what the hub is asked, and its output, its silences and
 * its end are looked after. Whatever goes wrong here costs this connection alone.
 */
import type { Client } from '../core/hub/client.js';
import type { Conversation, Framed, FrameFault, ParsedLine } from '../core/dialect.js';
import { isUnverifiedCommand, type UnverifiedCommand } from '../core/unverified-command.js';
import type { Hub } from '../core/hub/hub.js';
import type {
  TransportHandler,
  Bytes,
  Clock,
  Connection,
  TimerTask,
  Framing,
  Meter,
  Transport,
} from '../core/ports.js';
import type { Encoders } from '../core/delivery/encoder.js';
import type { TokenBucket } from './connection-limits.js';
import type { Authenticator, AuthResult } from './authenticator.js';
import { ConnectionTimeouts, type Overdue, type TimeoutSettings } from './timeouts.js';
import { StallDetector } from './stall-detector.js';
import type { TimerWheel } from './timer-wheel.js';
import { LINGER_MS } from '../util/linger.js';

/** For a reader that was too slow, to take its last words. */
const SLOW_LINGER_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

/** Who guesses wrong so often on one connection guesses no more. */
const MAX_WRONG_PASSWORDS = 5;

/** What all connections share. */
export interface ConnectionDeps {
  readonly hub: Hub;
  readonly authenticator: Authenticator;
  readonly timers: TimerWheel;
  readonly clock: Clock;
  readonly encoders: Encoders;
  readonly timeouts: TimeoutSettings;
  readonly meter?: Meter;
  /** Our bugs, for the log. */
  onError(error: unknown): void;
}

export interface NewConnection {
  readonly transport: Transport;
  readonly conversation: Conversation;
  readonly framing: Framing;
  readonly bucket: TokenBucket | null;
  /** When it connected, on the clock that never jumps. */
  readonly connectedAt: number;
  /** Called once, when the connection is no more. */
  readonly onClosed: (connection: ClientConnection) => void;
}

export class ClientConnection implements TransportHandler, Connection, TimerTask {
  scheduledSlot = 0;
  readonly client: Client;
  readonly #deps: ConnectionDeps;
  readonly #transport: Transport;
  readonly #conversation: Conversation;
  readonly #framing: Framing;
  readonly #bucket: TokenBucket | null;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #timeouts: ConnectionTimeouts;
  /** The hub wants to hear no more for now. */
  #isInputPaused = false;
  /** It talks faster than its rate: nothing is read before this time. */
  #throttledUntil: number | null = null;
  /** A secret of its is being looked at: it is not heard before that is done. */
  #isAuthenticating = false;
  #wrongPasswords = 0;
  /** The line that comes next, once it may. */
  #nextLine: Exclude<Framed, null> | null = null;
  #peerEnded = false;
  /** The transport is no more: what is still said to it goes nowhere. */
  #isLost = false;
  /** While the peer has something to take that its system does not take at once. */
  #stall: StallDetector | null = null;
  /** The last bytes are handed over; when all of them are taken, `#closeBy` is set. */
  #isClosing = false;
  /** When to destroy what will not close by itself. */
  #closeBy: number | null = null;

  constructor(deps: ConnectionDeps, options: NewConnection) {
    const { transport, conversation, framing, bucket, connectedAt, onClosed } = options;
    this.#deps = deps;
    this.#transport = transport;
    this.#conversation = conversation;
    this.#framing = framing;
    this.#bucket = bucket;
    this.#onClosed = onClosed;
    this.#timeouts = new ConnectionTimeouts(deps.timeouts, connectedAt);
    this.client = deps.hub.attach(deps.encoders.of(conversation.dialect, framing), this);
    this.#reschedule();
  }

  /** Says what its dialect says first. Not to one that may not stay. */
  greet(): void {
    const { greeting } = this.#conversation;
    if (greeting !== '') this.#deps.hub.answer(this.client, greeting, this.#deps.clock.now());
  }

  // Told by the transport.

  onData(bytes: Bytes): void {
    this.#deps.meter?.onReceived(bytes.length);
    if (this.client.closeReason !== null) return;
    try {
      this.#conversation.framer.push(bytes);
      if (this.#conversation.framer.hasReceivedData) this.#timeouts.onData();
      this.#processLines();
    } catch (error) {
      this.#fail(error);
    }
  }

  onPong(): void {
    this.#timeouts.onActivity(this.#deps.clock.elapsed());
  }

  onDrain(): void {
    this.#stall = null;
    this.#deps.hub.onDrain(this.client);
  }

  onEnd(): void {
    this.#peerEnded = true;
    this.#guarded(() => {
      this.#conversation.framer.end();
      this.#processLines();
    });
  }

  onClose(): void {
    this.#isLost = true;
    this.#deps.timers.cancel(this);
    this.#deps.hub.detach(this.client, 'lost', this.#deps.clock.now());
    this.#onClosed(this);
  }

  // Told by the hub.

  get peer(): string {
    return this.#transport.peer;
  }

  get address(): string {
    return this.#transport.address;
  }

  get unsentBytes(): number {
    return this.#transport.unsentBytes;
  }

  write(bytes: Bytes): boolean {
    if (this.#isLost || this.#transport.write(bytes)) return true;
    this.#stall = new StallDetector(this.#deps.clock.elapsed());
    this.#reschedule();
    return false;
  }

  pause(): void {
    if (this.#isInputPaused) return;
    this.#isInputPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#isInputPaused) return;
    this.#isInputPaused = false;
    this.#guarded(() => this.#resumeProcessing());
  }

  close(): void {
    if (this.#isClosing || this.#isLost) return;
    this.#isClosing = true;
    const elapsed = this.#deps.clock.elapsed();
    if (this.client.closeReason === 'too-slow') this.#closeBy = elapsed + SLOW_LINGER_MS;
    else if (this.unsentBytes === 0) this.#closeBy = elapsed + LINGER_MS;
    else this.#stall ??= new StallDetector(elapsed);
    this.#transport.close(this.client.closeReason ?? undefined);
    // What still comes is read and dropped, for a close with unread input resets the connection.
    this.#transport.resume();
    this.#reschedule();
  }

  /** Closes at once; what is unsent is lost. */
  destroy(): void {
    this.#transport.destroy();
  }

  // Told by the wheel.

  onTimer(elapsed: number): void {
    if (this.#closeBy !== null) {
      if (elapsed >= this.#closeBy) this.#transport.destroy();
      else this.#reschedule();
      return;
    }
    if (this.#stall?.beginCheck(elapsed) === true) this.#checkStall(this.#stall);
    this.#guarded(() => {
      if (this.#throttledUntil !== null && elapsed >= this.#throttledUntil) this.#unthrottle();
      for (let overdue = this.#overdue(elapsed); overdue !== null; overdue = this.#overdue(elapsed))
        this.#onOverdue(overdue);
    });
    if (!this.#isLost) this.#reschedule();
  }

  #checkStall(stall: StallDetector): void {
    const saw = (bytes: number | null) => {
      const elapsed = this.#deps.clock.elapsed();
      const isGone = stall.endCheck(bytes, elapsed);
      if (this.#isLost || this.#stall !== stall) return;
      if (this.#isClosing && this.unsentBytes === 0) this.#closeBy ??= elapsed + LINGER_MS;
      else if (isGone && this.client.closeReason !== null) this.#transport.destroy();
      else if (isGone) this.#deps.hub.detach(this.client, 'too-slow', this.#deps.clock.now());
      if (!this.#isLost) this.#reschedule();
    };
    if (this.#transport.unackedBytes === undefined) saw(null);
    else this.#transport.unackedBytes(saw);
  }

  /** Hears the lines that have come, as far as it may. */
  #processLines(): void {
    const { hub, clock } = this.#deps;
    const { framer } = this.#conversation;
    const now = clock.now();
    const elapsed = clock.elapsed();
    let alive = false;
    while (!this.#isInputPaused && !this.#isAuthenticating && this.client.closeReason === null) {
      const framed = this.#nextLine ?? framer.next();
      if (framed === null) {
        if (this.#peerEnded) hub.detach(this.client, 'left', now);
        break;
      }
      if (this.#bucket !== null && this.#throttle(this.#bucket, elapsed)) {
        this.#nextLine = framed;
        break;
      }
      this.#nextLine = null;
      this.#bucket?.take();
      alive = true;
      if (typeof framed === 'string') this.#handle(this.#conversation.parse(framed, this.client), now);
      else this.#onFrameFault(framed, now);
    }
    if (alive) this.#timeouts.onActivity(elapsed);
    if (this.client.name !== null && !this.#timeouts.loggedIn) {
      this.#timeouts.onLogin(this.#conversation.needsHeartbeat);
      this.#reschedule();
    }
  }

  #onFrameFault({ reason }: FrameFault, now: number): void {
    if (reason === 'endless-line') {
      this.#deps.hub.detach(this.client, reason, now);
      return;
    }
    this.#handle(this.#conversation.onLineTooLong(this.client), now);
  }

  #handle(parsed: ParsedLine, now: number): void {
    const { hub, encoders } = this.#deps;
    if (parsed === null) return;
    switch (parsed.kind) {
      case 'answer':
        hub.answer(this.client, parsed.text, now);
        return;
      case 'refuse':
        hub.refuse(this.client, parsed.reason, parsed.detail, now, parsed.final);
        return;
      case 'dialect':
        hub.changeEncoder(this.client, encoders.of(parsed.dialect, this.#framing));
        hub.answer(this.client, parsed.text, now);
        return;
      case 'http-request':
        hub.detach(this.client, 'http-request', now);
        return;
      default:
        if (isUnverifiedCommand(parsed)) this.#authenticate(parsed, now);
        else hub.apply(this.client, parsed, now);
    }
  }

  #authenticate(unverified: UnverifiedCommand, now: number): void {
    const result = this.#deps.authenticator.authenticate(unverified, this.client);
    if (!(result instanceof Promise)) {
      this.#applyResult(result, now);
      return;
    }
    this.#isAuthenticating = true;
    this.#transport.pause();
    const settle = (grant: () => void) => {
      this.#isAuthenticating = false;
      this.#guarded(() => {
        grant();
        this.#resumeProcessing();
      });
    };
    result.then(
      (granted) => settle(() => this.#applyResult(granted, this.#deps.clock.now())),
      (error: unknown) => settle(() => this.#fail(error)),
    );
  }

  #applyResult(result: AuthResult, now: number): void {
    const { hub } = this.#deps;
    if (result.kind !== 'refuse') {
      hub.apply(this.client, result, now);
      return;
    }
    const { reason, detail, final } = result;
    hub.refuse(this.client, reason, detail, now, final);
    if (reason === 'wrong-password' && ++this.#wrongPasswords >= MAX_WRONG_PASSWORDS)
      hub.detach(this.client, 'too-many-attempts', now);
  }

  /** Hears again, unless there is another reason not to. */
  #resumeProcessing(): void {
    if (this.#isInputPaused || this.#isAuthenticating || this.#throttledUntil !== null || this.#isLost)
      return;
    this.#transport.resume();
    this.#processLines();
  }

  /** Whether it must wait for its next line; the rest of what it sent waits unread. */
  #throttle(bucket: TokenBucket, elapsed: number): boolean {
    const readyAt = bucket.readyAt(elapsed);
    if (readyAt <= elapsed) return false;
    this.#throttledUntil = readyAt;
    this.#transport.pause();
    this.#reschedule();
    return true;
  }

  #unthrottle(): void {
    this.#throttledUntil = null;
    this.#resumeProcessing();
  }

  /** What a client says that nobody reads yet counts as life. */
  #overdue(elapsed: number): Overdue {
    if (this.client.closeReason !== null) return null;
    if (this.#isInputPaused || this.#isAuthenticating || this.#throttledUntil !== null)
      this.#timeouts.onActivity(elapsed);
    return this.#timeouts.overdue(elapsed);
  }

  #onOverdue(overdue: Exclude<Overdue, null>): void {
    const { hub, clock } = this.#deps;
    const now = clock.now();
    switch (overdue) {
      case 'greeting':
        this.#handle(this.#conversation.onGreetingTimeout(), now);
        return;
      case 'login':
        hub.detach(this.client, 'login-timeout', now);
        return;
      case 'idle':
        hub.detach(this.client, 'idle', now);
        return;
      case 'heartbeat':
        if (!this.#transport.hasOwnHeartbeat) hub.remind(this.client, overdue, now);
        return;
      case 'idle-soon':
        hub.remind(this.client, overdue, now);
        return;
      default:
        overdue satisfies never;
    }
  }

  #reschedule(): void {
    const stalled = this.#stall?.nextAt ?? NEVER;
    const silent = this.client.closeReason === null ? this.#timeouts.nextAt() : NEVER;
    this.#deps.timers.schedule(
      this,
      this.#closeBy ?? Math.min(silent, stalled, this.#throttledUntil ?? NEVER),
    );
  }

  /** A throw is our bug: it costs this connection and is reported. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#deps.onError(error);
    this.#deps.hub.detach(this.client, 'internal-error', this.#deps.clock.now());
  }
}
