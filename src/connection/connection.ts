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
import type { Clerk, Outcome } from './authenticator.js';
import { Liveness, type Overdue, type Timeouts } from './timeouts.js';
import { Stall } from './stall-detector.js';
import type { TimerWheel } from './timer-wheel.js';

/** After the last byte was sent: time for the peer to read it and to close first, so that no reset overtakes it. */
const LINGER_MS = 2_000;
/** For a reader that was too slow, to take its last words. */
const SLOW_LINGER_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

/** Who guesses wrong so often on one connection guesses no more. */
const MOST_WRONG_SECRETS = 5;

/** What all connections share. */
export interface Household {
  readonly hub: Hub;
  readonly clerk: Clerk;
  readonly timers: TimerWheel;
  readonly clock: Clock;
  readonly encoders: Encoders;
  readonly timeouts: Timeouts;
  readonly meter?: Meter;
  /** Our bugs, for the log. */
  report(error: unknown): void;
}

export interface Arrival {
  readonly transport: Transport;
  readonly conversation: Conversation;
  readonly framing: Framing;
  readonly bucket: TokenBucket | null;
  /** When it connected, on the clock that never jumps. */
  readonly since: number;
  /** Called once, when the connection is no more. */
  readonly gone: (attendance: Attendance) => void;
}

export class Attendance implements TransportHandler, Connection, TimerTask {
  scheduledSlot = 0;
  readonly client: Client;
  readonly #house: Household;
  readonly #transport: Transport;
  readonly #conversation: Conversation;
  readonly #framing: Framing;
  readonly #bucket: TokenBucket | null;
  readonly #gone: (attendance: Attendance) => void;
  readonly #liveness: Liveness;
  /** The hub wants to hear no more for now. */
  #held = false;
  /** It talks faster than its rate: nothing is read before this time. */
  #throttledUntil: number | null = null;
  /** A secret of its is being looked at: it is not heard before that is done. */
  #isPending = false;
  #wrongSecrets = 0;
  /** The line that comes next, once it may. */
  #waiting: Exclude<Framed, null> | null = null;
  #peerEnded = false;
  /** The transport is no more: what is still said to it goes nowhere. */
  #isLost = false;
  /** While the peer has something to take that its system does not take at once. */
  #stall: Stall | null = null;
  /** The last bytes are handed over; when all of them are taken, `#closeBy` is set. */
  #isClosing = false;
  /** When to destroy what will not close by itself. */
  #closeBy: number | null = null;

  constructor(house: Household, arrival: Arrival) {
    const { transport, conversation, framing, bucket, since, gone } = arrival;
    this.#house = house;
    this.#transport = transport;
    this.#conversation = conversation;
    this.#framing = framing;
    this.#bucket = bucket;
    this.#gone = gone;
    this.#liveness = new Liveness(house.timeouts, since);
    this.client = house.hub.attach(house.encoders.of(conversation.dialect, framing), this);
    this.#rearm();
  }

  /** Says what its dialect says first. Not to one that may not stay. */
  greet(): void {
    const { greeting } = this.#conversation;
    if (greeting !== '') this.#house.hub.answer(this.client, greeting, this.#house.clock.now());
  }

  // Told by the transport.

  onData(bytes: Bytes): void {
    this.#house.meter?.onReceived(bytes.length);
    if (this.client.closeReason !== null) return;
    try {
      this.#conversation.framer.push(bytes);
      if (this.#conversation.framer.hasReceivedData) this.#liveness.spoke();
      this.#listen();
    } catch (error) {
      this.#fail(error);
    }
  }

  onPong(): void {
    this.#liveness.alive(this.#house.clock.elapsed());
  }

  onDrain(): void {
    this.#stall = null;
    this.#house.hub.onDrain(this.client);
  }

  onEnd(): void {
    this.#peerEnded = true;
    this.#guarded(() => {
      this.#conversation.framer.end();
      this.#listen();
    });
  }

  onClose(): void {
    this.#isLost = true;
    this.#house.timers.cancel(this);
    this.#house.hub.detach(this.client, 'lost', this.#house.clock.now());
    this.#gone(this);
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
    this.#stall = new Stall(this.#house.clock.elapsed());
    this.#rearm();
    return false;
  }

  pause(): void {
    if (this.#held) return;
    this.#held = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#guarded(() => this.#listenOn());
  }

  close(): void {
    if (this.#isClosing || this.#isLost) return;
    this.#isClosing = true;
    const elapsed = this.#house.clock.elapsed();
    if (this.client.closeReason === 'too-slow') this.#closeBy = elapsed + SLOW_LINGER_MS;
    else if (this.unsentBytes === 0) this.#closeBy = elapsed + LINGER_MS;
    else this.#stall ??= new Stall(elapsed);
    this.#transport.close(this.client.closeReason ?? undefined);
    // What still comes is read and dropped, for a close with unread input resets the connection.
    this.#transport.resume();
    this.#rearm();
  }

  /** Closes at once; what is unsent is lost. */
  destroy(): void {
    this.#transport.destroy();
  }

  // Told by the wheel.

  onTimer(elapsed: number): void {
    if (this.#closeBy !== null) {
      if (elapsed >= this.#closeBy) this.#transport.destroy();
      else this.#rearm();
      return;
    }
    if (this.#stall?.look(elapsed) === true) this.#lookAt(this.#stall);
    this.#guarded(() => {
      if (this.#throttledUntil !== null && elapsed >= this.#throttledUntil) this.#unthrottle();
      for (let overdue = this.#overdue(elapsed); overdue !== null; overdue = this.#overdue(elapsed))
        this.#act(overdue);
    });
    if (!this.#isLost) this.#rearm();
  }

  #lookAt(stall: Stall): void {
    const saw = (bytes: number | null) => {
      const elapsed = this.#house.clock.elapsed();
      const isGone = stall.saw(bytes, elapsed);
      if (this.#isLost || this.#stall !== stall) return;
      if (this.#isClosing && this.unsentBytes === 0) this.#closeBy ??= elapsed + LINGER_MS;
      else if (isGone && this.client.closeReason !== null) this.#transport.destroy();
      else if (isGone) this.#house.hub.detach(this.client, 'too-slow', this.#house.clock.now());
      if (!this.#isLost) this.#rearm();
    };
    if (this.#transport.unackedBytes === undefined) saw(null);
    else this.#transport.unackedBytes(saw);
  }

  /** Hears the lines that have come, as far as it may. */
  #listen(): void {
    const { hub, clock } = this.#house;
    const { framer } = this.#conversation;
    const now = clock.now();
    const elapsed = clock.elapsed();
    let alive = false;
    while (!this.#held && !this.#isPending && this.client.closeReason === null) {
      const framed = this.#waiting ?? framer.next();
      if (framed === null) {
        if (this.#peerEnded) hub.detach(this.client, 'left', now);
        break;
      }
      if (this.#bucket !== null && this.#throttle(this.#bucket, elapsed)) {
        this.#waiting = framed;
        break;
      }
      this.#waiting = null;
      this.#bucket?.take();
      alive = true;
      if (typeof framed === 'string') this.#do(this.#conversation.parse(framed, this.client), now);
      else this.#hearFault(framed, now);
    }
    if (alive) this.#liveness.alive(elapsed);
    if (this.client.name !== null && !this.#liveness.loggedIn) {
      this.#liveness.login(this.#conversation.needsHeartbeat);
      this.#rearm();
    }
  }

  #hearFault({ reason }: FrameFault, now: number): void {
    if (reason === 'endless-line') {
      this.#house.hub.detach(this.client, reason, now);
      return;
    }
    this.#do(this.#conversation.onLineTooLong(this.client), now);
  }

  #do(heard: ParsedLine, now: number): void {
    const { hub, encoders } = this.#house;
    if (heard === null) return;
    switch (heard.kind) {
      case 'answer':
        hub.answer(this.client, heard.text, now);
        return;
      case 'refuse':
        hub.refuse(this.client, heard.reason, heard.detail, now, heard.final);
        return;
      case 'dialect':
        hub.changeEncoder(this.client, encoders.of(heard.dialect, this.#framing));
        hub.answer(this.client, heard.text, now);
        return;
      case 'http-request':
        hub.detach(this.client, 'http-request', now);
        return;
      default:
        if (isUnverifiedCommand(heard)) this.#wish(heard, now);
        else hub.apply(this.client, heard, now);
    }
  }

  #wish(wish: UnverifiedCommand, now: number): void {
    const outcome = this.#house.clerk.take(wish, this.client);
    if (!(outcome instanceof Promise)) {
      this.#grant(outcome, now);
      return;
    }
    this.#isPending = true;
    this.#transport.pause();
    const settle = (grant: () => void) => {
      this.#isPending = false;
      this.#guarded(() => {
        grant();
        this.#listenOn();
      });
    };
    outcome.then(
      (granted) => settle(() => this.#grant(granted, this.#house.clock.now())),
      (error: unknown) => settle(() => this.#fail(error)),
    );
  }

  #grant(outcome: Outcome, now: number): void {
    const { hub } = this.#house;
    if (outcome.kind !== 'refuse') {
      hub.apply(this.client, outcome, now);
      return;
    }
    const { reason, detail, final } = outcome;
    hub.refuse(this.client, reason, detail, now, final);
    if (reason === 'wrong-password' && ++this.#wrongSecrets >= MOST_WRONG_SECRETS)
      hub.detach(this.client, 'too-many-attempts', now);
  }

  /** Hears again, unless there is another reason not to. */
  #listenOn(): void {
    if (this.#held || this.#isPending || this.#throttledUntil !== null || this.#isLost) return;
    this.#transport.resume();
    this.#listen();
  }

  /** Whether it must wait for its next line; the rest of what it sent waits unread. */
  #throttle(bucket: TokenBucket, elapsed: number): boolean {
    const readyAt = bucket.readyAt(elapsed);
    if (readyAt <= elapsed) return false;
    this.#throttledUntil = readyAt;
    this.#transport.pause();
    this.#rearm();
    return true;
  }

  #unthrottle(): void {
    this.#throttledUntil = null;
    this.#listenOn();
  }

  /** What a client says that nobody reads yet counts as life. */
  #overdue(elapsed: number): Overdue {
    if (this.client.closeReason !== null) return null;
    if (this.#held || this.#isPending || this.#throttledUntil !== null) this.#liveness.alive(elapsed);
    return this.#liveness.overdue(elapsed);
  }

  #act(overdue: Exclude<Overdue, null>): void {
    const { hub, clock } = this.#house;
    const now = clock.now();
    switch (overdue) {
      case 'greeting':
        this.#do(this.#conversation.onGreetingTimeout(), now);
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

  #rearm(): void {
    const stalled = this.#stall?.nextAt ?? NEVER;
    const silent = this.client.closeReason === null ? this.#liveness.nextAt() : NEVER;
    this.#house.timers.schedule(
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
    this.#house.report(error);
    this.#house.hub.detach(this.client, 'internal-error', this.#house.clock.now());
  }
}
