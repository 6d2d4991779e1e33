/** The timeouts of one silent connection, as deadlines in numbers: without timers and side effects. */

import { PROGRAM_IDLE_MS } from '../core/limits.js';

/** In milliseconds (0 = never). */
export interface TimeoutSettings {
  /** From connecting to the login, without the time in which a secret is checked. */
  readonly loginTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Null for the defaults, which differ for programs and interactive sessions. */
  readonly idleTimeoutMs: number | null;
  /** From connecting to the greeting: a client that sends nothing for so long counts as interactive. */
  readonly greetingDelayMs: number;
}

export type Overdue = 'greeting' | 'login' | 'arrival' | 'heartbeat' | 'idle-soon' | 'idle' | null;

/** From the login to its announcement to interactive sessions. Shorter visits are not announced. */
const ARRIVAL_DELAY_MS = 2_000;

/** The idle timeout of interactive sessions by default: a person may only read. */
const INTERACTIVE_IDLE_MS = 3_600_000;

/** The part of the idle timeout after which an idle client is warned. */
const WARNING_FRACTION = 0.75;

/** It keeps whole milliseconds: a fraction takes an object of its own in V8's heap. */
export class ConnectionTimeouts {
  readonly #timeouts: TimeoutSettings;
  /** When the deadlines of a new connection begin: when it was accepted, or when a pause of the process ended. */
  #connectedAt: number;
  #activeAt: number;
  #isLoggedIn = false;
  /** A secret of the client is being checked since then; null for none. */
  #checkedSince: number | null = null;
  /** How long the secrets of the client were checked before. */
  #checkedMs = 0;
  /** When the login is announced; 0 before it, and after the announcement. */
  #arrivalAt = 0;
  #needsHeartbeat = false;
  /** The greeting was sent, or is not needed any more. */
  #isGreeted = false;
  /** It was silent until the greeting, so it is interactive. */
  #isInteractive = false;
  /** Heartbeat intervals that have passed since the last activity. */
  #heartbeats = 0;
  #isWarned = false;

  constructor(timeouts: TimeoutSettings, elapsed: number) {
    this.#timeouts = timeouts;
    this.#connectedAt = Math.ceil(elapsed);
    this.#activeAt = this.#connectedAt;
  }

  /** A line was received, or the transport's own heartbeat was answered. */
  onActivity(elapsed: number): void {
    this.#activeAt = Math.ceil(elapsed);
    this.#heartbeats = 0;
    this.#isWarned = false;
  }

  /** The process was paused until now: every deadline begins again. */
  restart(elapsed: number): void {
    this.#connectedAt = Math.ceil(elapsed);
    this.onActivity(elapsed);
  }

  /** The client has sent something, so it gets no greeting. */
  onData(): void {
    this.#isGreeted = true;
  }

  onLogin(needsHeartbeat: boolean, elapsed: number): void {
    this.#isLoggedIn = true;
    this.#arrivalAt = Math.ceil(elapsed + ARRIVAL_DELAY_MS);
    this.#needsHeartbeat = needsHeartbeat;
  }

  /** A secret is being checked: the client cannot speed that up, so the login timeout rests. */
  onCheckStart(elapsed: number): void {
    this.#checkedSince = elapsed;
  }

  onCheckEnd(elapsed: number): void {
    this.#checkedMs += elapsed - (this.#checkedSince ?? elapsed);
    this.#checkedSince = null;
  }

  get isLoggedIn(): boolean {
    return this.#isLoggedIn;
  }

  /** A deadline that has passed, or null. Each is returned once. */
  overdue(elapsed: number): Overdue {
    if (elapsed >= this.#greetingAt()) {
      this.#isGreeted = true;
      this.#isInteractive = true;
      return 'greeting';
    }
    if (elapsed >= this.#loginBy()) return 'login';
    if (this.#arrivalAt > 0 && elapsed >= this.#arrivalAt) {
      this.#arrivalAt = 0;
      return 'arrival';
    }
    if (elapsed >= this.#idleAt()) return 'idle';
    if (elapsed >= this.#warningAt()) {
      this.#isWarned = true;
      return 'idle-soon';
    }
    if (elapsed >= this.#heartbeatAt()) {
      this.#heartbeats = Math.floor((elapsed - this.#activeAt) / this.#timeouts.heartbeatIntervalMs);
      return 'heartbeat';
    }
    return null;
  }

  /** The next deadline; Infinity for none. */
  nextAt(): number {
    return Math.min(
      this.#greetingAt(),
      this.#loginBy(),
      this.#arrivalAt === 0 ? NEVER : this.#arrivalAt,
      this.#idleAt(),
      this.#warningAt(),
      this.#heartbeatAt(),
    );
  }

  #greetingAt(): number {
    return this.#isGreeted ? NEVER : later(this.#connectedAt, this.#timeouts.greetingDelayMs);
  }

  #loginBy(): number {
    if (this.#isLoggedIn || this.#checkedSince !== null) return NEVER;
    return later(this.#connectedAt + this.#checkedMs, this.#timeouts.loginTimeoutMs);
  }

  #idleAt(): number {
    return this.#isMonitored() ? later(this.#activeAt, this.#idleTimeoutMs) : NEVER;
  }

  #warningAt(): number {
    return this.#isMonitored() && !this.#isWarned
      ? later(this.#activeAt, this.#idleTimeoutMs * WARNING_FRACTION)
      : NEVER;
  }

  #heartbeatAt(): number {
    return this.#isMonitored()
      ? later(this.#activeAt, this.#timeouts.heartbeatIntervalMs * (this.#heartbeats + 1))
      : NEVER;
  }

  get #idleTimeoutMs(): number {
    return idleTimeoutMs(this.#timeouts, this.#isInteractive);
  }

  #isMonitored(): boolean {
    return this.#isLoggedIn && this.#needsHeartbeat;
  }
}

const NEVER = Number.POSITIVE_INFINITY;

/** The idle timeout of a session, in milliseconds (0 = never). */
function idleTimeoutMs(timeouts: Pick<TimeoutSettings, 'idleTimeoutMs'>, isInteractive: boolean): number {
  return timeouts.idleTimeoutMs ?? (isInteractive ? INTERACTIVE_IDLE_MS : PROGRAM_IDLE_MS);
}

function later(since: number, ms: number): number {
  return ms === 0 ? NEVER : since + ms;
}
