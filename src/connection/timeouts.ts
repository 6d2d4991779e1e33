/** When a connection has been silent for too long: deadlines as numbers, no timers and no side effects. */

export interface TimeoutSettings {
  /** From connecting to a login. All in milliseconds; 0 for never. */
  readonly loginTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly idleTimeoutMs: number;
  /** Silence after connecting that shows a person. */
  readonly greetingDelayMs: number;
}

export type Overdue = 'greeting' | 'login' | 'heartbeat' | 'idle-soon' | 'idle' | null;

/** A person is warned when this much of the idle timeout has passed. */
const WARNING_SHARE = 0.75;

export class ConnectionTimeouts {
  readonly #timeouts: TimeoutSettings;
  readonly #connectedAt: number;
  /** The last line, or the login. */
  #aliveAt: number;
  #loggedIn = false;
  #needsHeartbeat = false;
  #greeted = false;
  #heartbeats = 0;
  #warned = false;

  constructor(timeouts: TimeoutSettings, elapsed: number) {
    this.#timeouts = timeouts;
    this.#connectedAt = elapsed;
    this.#aliveAt = elapsed;
  }

  /** A sign of life. */
  onActivity(elapsed: number): void {
    this.#aliveAt = elapsed;
    this.#heartbeats = 0;
    this.#warned = false;
  }

  /** It has spoken: there will be no greeting. */
  onData(): void {
    this.#greeted = true;
  }

  onLogin(needsHeartbeat: boolean): void {
    this.#loggedIn = true;
    this.#needsHeartbeat = needsHeartbeat;
  }

  get loggedIn(): boolean {
    return this.#loggedIn;
  }

  /** What is overdue, if anything. Each is said once. */
  overdue(elapsed: number): Overdue {
    if (elapsed >= this.#greetingAt()) {
      this.#greeted = true;
      return 'greeting';
    }
    if (elapsed >= this.#loginBy()) return 'login';
    if (elapsed >= this.#idleAt()) return 'idle';
    if (elapsed >= this.#warningAt()) {
      this.#warned = true;
      return 'idle-soon';
    }
    if (elapsed >= this.#heartbeatAt()) {
      this.#heartbeats = Math.floor((elapsed - this.#aliveAt) / this.#timeouts.heartbeatIntervalMs);
      return 'heartbeat';
    }
    return null;
  }

  /** When to look again; Infinity for never. */
  nextAt(): number {
    return Math.min(
      this.#greetingAt(),
      this.#loginBy(),
      this.#idleAt(),
      this.#warningAt(),
      this.#heartbeatAt(),
    );
  }

  #greetingAt(): number {
    return this.#greeted ? NEVER : later(this.#connectedAt, this.#timeouts.greetingDelayMs);
  }

  #loginBy(): number {
    return this.#loggedIn ? NEVER : later(this.#connectedAt, this.#timeouts.loginTimeoutMs);
  }

  #idleAt(): number {
    return this.#isMonitored() ? later(this.#aliveAt, this.#timeouts.idleTimeoutMs) : NEVER;
  }

  #warningAt(): number {
    return this.#isMonitored() && !this.#warned
      ? later(this.#aliveAt, this.#timeouts.idleTimeoutMs * WARNING_SHARE)
      : NEVER;
  }

  #heartbeatAt(): number {
    return this.#isMonitored()
      ? later(this.#aliveAt, this.#timeouts.heartbeatIntervalMs * (this.#heartbeats + 1))
      : NEVER;
  }

  #isMonitored(): boolean {
    return this.#loggedIn && this.#needsHeartbeat;
  }
}

const NEVER = Number.POSITIVE_INFINITY;

function later(since: number, ms: number): number {
  return ms === 0 ? NEVER : since + ms;
}
