/**
 * The output side of a connection: writes, checks whether a peer with unsent output still takes it, and the close. It
 * is a base class of ClientConnection and not an object of its own, so that an idle client needs no more memory for it.
 */
import type { Client } from '../core/hub/client.js';
import type { Hub } from '../core/hub/hub.js';
import type { Clock, ConnectionSlot, Output, TimerTask, Transport } from '../core/ports.js';
import { LINGER_MS } from '../util/linger.js';
import { StallDetector } from './stall-detector.js';
import type { TimerWheel } from './timer-wheel.js';

/** The linger time of a reader that was too slow: it has shown that it does not take its output. */
const SLOW_LINGER_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface OutputDeps {
  readonly hub: Hub;
  readonly timers: TimerWheel;
  readonly clock: Clock;
  /** Called once for each connection, when its transport has closed. */
  onClosed(connection: ConnectionOutput): void;
}

export abstract class ConnectionOutput implements TimerTask {
  scheduledSlot = 0;
  readonly slot: ConnectionSlot;
  abstract readonly client: Client;
  protected abstract readonly deps: OutputDeps;
  protected abstract readonly transport: Transport;
  /** The transport has closed: output is dropped. */
  protected isClosed = false;
  /** Set while the system has not taken all output. */
  #stall: StallDetector | null = null;
  /** The last output was handed over. `#destroyAt` is set when the system has taken it. */
  #isClosing = false;
  /** When to destroy a connection that the peer does not close. */
  #destroyAt: number | null = null;

  constructor(slot: ConnectionSlot) {
    this.slot = slot;
  }

  get peer(): string {
    return this.transport.peer;
  }

  get address(): string {
    return this.transport.address;
  }

  get unsentBytes(): number {
    return this.transport.unsentBytes;
  }

  get textBytes(): number {
    return this.transport.textBytes;
  }

  write(output: Output): boolean {
    if (this.isClosed || this.transport.write(output)) return true;
    this.#stall = new StallDetector(this.deps.clock.elapsed());
    this.reschedule();
    return false;
  }

  onDrain(): void {
    this.#stall = null;
    if (this.#isClosing) this.#waitForClose();
    this.deps.hub.onDrain(this.client);
  }

  close(): void {
    if (this.#isClosing || this.isClosed) return;
    this.#isClosing = true;
    const elapsed = this.deps.clock.elapsed();
    if (this.client.closeReason === 'too-slow') this.#destroyAt = elapsed + SLOW_LINGER_MS;
    else if (this.unsentBytes === 0) this.#destroyAt = elapsed + LINGER_MS;
    else this.#stall ??= new StallDetector(elapsed);
    this.transport.close(this.client.closeReason ?? undefined);
    // Further input is read and dropped: closing with unread input would reset the connection.
    this.transport.resume();
    this.reschedule();
  }

  /** Closes at once; unsent output is lost. */
  destroy(): void {
    this.transport.destroy();
  }

  onTimer(elapsed: number, isLate: boolean): void {
    if (this.#destroyAt !== null) {
      if (elapsed >= this.#destroyAt) this.transport.destroy();
      else this.reschedule();
      return;
    }
    if (isLate) {
      if (this.#stall !== null) this.#stall = new StallDetector(elapsed);
      this.restartDeadlines(elapsed);
    }
    if (this.#stall?.beginCheck(elapsed) === true) this.#checkStall(this.#stall);
    this.onInputTimer(elapsed);
    this.reschedule();
  }

  protected reschedule(): void {
    if (this.isClosed) return;
    const stallAt = this.#stall?.nextAt ?? NEVER;
    this.deps.timers.schedule(this, this.#destroyAt ?? Math.min(stallAt, this.inputTimerAt()));
  }

  /** When to call `onInputTimer`; Infinity for never. */
  protected abstract inputTimerAt(): number;

  /** The process was paused: the client gets the whole time again for what it must send. */
  protected abstract restartDeadlines(elapsed: number): void;

  /** A deadline of the input may have passed. */
  protected abstract onInputTimer(elapsed: number): void;

  /** A WebSocket drains while it is closing, since its close frame follows the output. */
  #waitForClose(): void {
    const elapsed = this.deps.clock.elapsed();
    if (this.unsentBytes === 0) this.#destroyAt ??= elapsed + LINGER_MS;
    else this.#stall = new StallDetector(elapsed);
    this.reschedule();
  }

  #checkStall(stall: StallDetector): void {
    const onResult = (unackedBytes: number | null) => {
      const elapsed = this.deps.clock.elapsed();
      const isStalled = stall.endCheck(unackedBytes, elapsed);
      if (this.isClosed || this.#stall !== stall) return;
      if (this.#isClosing && this.unsentBytes === 0) this.#destroyAt ??= elapsed + LINGER_MS;
      else if (isStalled && this.client.closeReason !== null) this.transport.destroy();
      else if (isStalled) {
        this.deps.hub.detach(this.client, 'too-slow', this.deps.clock.now());
        // The end may take a while to settle; until then it would be due at once, again and again.
        if (this.client.closeReason === null) this.#stall = new StallDetector(elapsed);
      }
      this.reschedule();
    };
    if (this.transport.unackedBytes === undefined) onResult(null);
    else this.transport.unackedBytes(onResult);
  }
}
