/**
 * Senders that each keep some messages in flight. A message is in flight until the observer, one member who never
 * speaks, has received it; then its sender sends the next. Only the observer's stream is parsed, and the streams of
 * the few members who take delivery times; the others' bytes are counted and no more.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { quiet } from './audience.js';
import { type LoadClient, received } from './client.js';
import type { FanOutJob, Values } from './job.js';
import { Latencies } from './latencies.js';
import { MarkedCommands, MarkedTexts, sequences } from './marked-text.js';

const drainTimeoutMs = 5_000;
/** The send times remembered: more than can be in flight. */
const remembered = 1 << 16;

export class ClosedLoop {
  readonly #job: FanOutJob;
  readonly #authors: readonly LoadClient[];
  readonly #commands: readonly MarkedCommands[];
  /** For each sender, the messages that the observer has received since the sender last wrote. */
  readonly #credits: Int32Array;
  readonly #lastSeen: Int32Array;
  readonly #sentAt = new Float64Array(remembered);
  readonly #latencies = new Latencies();
  #running = false;
  #timing = false;
  #sent = 0;
  #seen = 0;
  #outOfOrder = 0;
  /** How many members receive a message: all, or all but its author. */
  #copies = 0;
  #observedBytes = 0;

  constructor(
    job: FanOutJob,
    dialect: Dialect,
    members: readonly LoadClient[],
    authors: readonly LoadClient[],
  ) {
    this.#job = job;
    this.#authors = authors;
    this.#commands = authors.map(
      (_, slot) => new MarkedCommands(slot, job.textBytes, (text) => dialect.say(text)),
    );
    this.#credits = new Int32Array(authors.length);
    this.#lastSeen = new Int32Array(authors.length).fill(-1);
    this.#observe(members.at(-1));
    for (const reader of members.slice(-1 - job.timed, -1)) this.#time(reader);
  }

  /**
   * Has each sender say one thing, and returns the size of a delivery in bytes.
   * @throws if not every member received every one of them
   */
  async measureDelivery(): Promise<number> {
    const senders = this.#authors.length;
    const before = received.bytes;
    const observedBefore = this.#observedBytes;
    for (const slot of this.#authors.keys()) this.#send(slot, 1);
    await quiet();
    const size = (this.#observedBytes - observedBefore) / senders;
    this.#copies = (received.bytes - before) / size / senders;
    if (this.#seen !== senders || !Number.isInteger(size)) {
      throw new Error(`the observer received ${this.#seen} of ${senders} messages, ${size} bytes each`);
    }
    if (this.#copies !== this.#job.readers && this.#copies !== this.#job.readers - 1) {
      throw new Error(`a message reached ${this.#copies} of ${this.#job.readers} readers`);
    }
    this.#sent = 0;
    this.#seen = 0;
    this.#lastSeen.fill(-1);
    return size;
  }

  start(): void {
    this.#running = true;
    for (const slot of this.#authors.keys()) this.#send(slot, this.#job.inFlight);
  }

  stop(): void {
    this.#running = false;
  }

  takeTimes(): void {
    this.#timing = true;
  }

  times(): Values {
    return this.#job.timed > 0 ? this.#latencies.values() : {};
  }

  disorder(): string[] {
    return this.#outOfOrder > 0 ? [`${this.#outOfOrder} messages out of order`] : [];
  }

  /** Waits for what is in flight and compares what was sent with what arrived. */
  async losses(countedFrom: number, deliveryBytes: number): Promise<string[]> {
    const deadline = performance.now() + drainTimeoutMs;
    while (this.#seen < this.#sent && performance.now() < deadline) await sleep(20);
    await quiet();
    const expected = this.#sent * this.#copies;
    const missing = expected - Math.floor((received.bytes - countedFrom) / deliveryBytes);
    return missing > 0 ? [`LOST ${missing} of ${expected} deliveries`] : [];
  }

  #observe(observer: LoadClient | undefined): void {
    const texts = new MarkedTexts(this.#job.textBytes, (slot, sequence) => this.#saw(slot, sequence));
    observer?.listen((buffer, length) => {
      this.#observedBytes += length;
      texts.scan(buffer, length);
      if (this.#running) this.#spendCredits();
    });
  }

  #saw(slot: number, sequence: number): void {
    this.#seen += 1;
    this.#credits[slot] = (this.#credits[slot] ?? 0) + 1;
    if (sequence <= (this.#lastSeen[slot] ?? 0)) this.#outOfOrder += 1;
    this.#lastSeen[slot] = sequence;
  }

  #time(reader: LoadClient): void {
    let now = 0;
    const texts = new MarkedTexts(this.#job.textBytes, (_, sequence) => {
      this.#latencies.add(now - (this.#sentAt[sequence % remembered] ?? 0));
    });
    reader.listen((buffer, length) => {
      if (!this.#timing) return;
      now = performance.now();
      texts.scan(buffer, length);
    });
  }

  #spendCredits(): void {
    for (let slot = 0; slot < this.#credits.length; slot += 1) {
      const credit = this.#credits[slot] ?? 0;
      if (credit > 0) this.#send(slot, credit);
    }
  }

  /** All that a sender has to say goes out in one write. */
  #send(slot: number, count: number): void {
    const commands = this.#commands[slot];
    const now = this.#job.timed > 0 ? performance.now() : 0;
    let text = '';
    for (let made = 0; made < count; made += 1) {
      text += commands?.command(this.#sent) ?? '';
      this.#sentAt[this.#sent % remembered] = now;
      this.#sent = (this.#sent + 1) % sequences;
    }
    this.#credits[slot] = 0;
    this.#authors[slot]?.send(text);
  }
}
