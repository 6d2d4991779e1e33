/**
 * Senders that each keep some messages in flight. A message is in flight until the observer, one member that never
 * sends, has received it; then its sender sends the next one. Only the streams of the observer and of the few members
 * that measure delivery times are parsed. The bytes of the others are only counted.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '../dialects/dialect.js';
import { quiet } from './audience.js';
import { type LoadClient, received } from './client.js';
import type { FanOutJob, Values } from './job.js';
import { Latencies } from './latencies.js';
import { MarkedCommands, MarkedTexts, sequences } from './marked-text.js';

const drainTimeoutMs = 5_000;
/** The number of send times kept: more than can be in flight. */
const sendTimes = 1 << 16;

interface Observed {
  readonly messages: number;
  readonly bytes: number;
}

export class ClosedLoop {
  readonly #job: FanOutJob;
  readonly #authors: readonly LoadClient[];
  readonly #commands: readonly MarkedCommands[];
  /** For each sender, the messages that the observer has received since the sender last wrote. */
  readonly #credits: Int32Array;
  readonly #lastSequence: Int32Array;
  readonly #sentAt = new Float64Array(sendTimes);
  readonly #latencies = new Latencies();
  #running = false;
  #timing = false;
  #sent = 0;
  #observed = 0;
  #outOfOrder = 0;
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
    this.#lastSequence = new Int32Array(authors.length).fill(-1);
    this.#observe(members.at(-1));
    for (const reader of members.slice(-1 - job.timed, -1)) this.#measureTimes(reader);
  }

  /**
   * Lets each sender send one message, and counts the members that receive it.
   * @throws if a member did not receive all of them
   */
  async countCopies(): Promise<void> {
    const senders = this.#authors.length;
    const before = received.bytes;
    const observedBefore = this.#observedBytes;
    for (const slot of this.#authors.keys()) this.#send(slot, 1);
    await quiet();
    if (this.#observed !== senders)
      throw new Error(`the observer received ${this.#observed} of ${senders} messages`);
    this.#copies = (received.bytes - before) / (this.#observedBytes - observedBefore);
    if (this.#copies !== this.#job.readers && this.#copies !== this.#job.readers - 1) {
      throw new Error(`a message reached ${this.#copies} of ${this.#job.readers} readers`);
    }
    this.#sent = 0;
    this.#observed = 0;
    this.#observedBytes = 0;
    this.#lastSequence.fill(-1);
  }

  /** How many members receive a message: all, or all except its author. Known after `countCopies`. */
  get copies(): number {
    return this.#copies;
  }

  start(): void {
    this.#running = true;
    for (const slot of this.#authors.keys()) this.#send(slot, this.#job.inFlight);
  }

  stop(): void {
    this.#running = false;
  }

  startTimes(): void {
    this.#timing = true;
  }

  times(): Values {
    return this.#job.timed > 0 ? this.#latencies.values() : {};
  }

  disorder(): string[] {
    return this.#outOfOrder > 0 ? [`${this.#outOfOrder} messages out of order`] : [];
  }

  /** What the observer has received so far. */
  observed(): Observed {
    return { messages: this.#observed, bytes: this.#observedBytes };
  }

  /** The mean size of the messages that the observer has received since then; ids and times are a part of them. */
  bytesEach({ messages, bytes }: Observed = { messages: 0, bytes: 0 }): number {
    return (this.#observedBytes - bytes) / (this.#observed - messages);
  }

  /** Waits for the messages in flight, and compares the messages sent with those received. */
  async losses(countedFrom: number): Promise<string[]> {
    const deadline = performance.now() + drainTimeoutMs;
    while (this.#observed < this.#sent && performance.now() < deadline) await sleep(20);
    await quiet();
    const expected = this.#sent * this.#copies;
    const missing = expected - Math.round((received.bytes - countedFrom) / this.bytesEach());
    return missing > 0 ? [`LOST ${missing} of ${expected} deliveries`] : [];
  }

  #observe(observer: LoadClient | undefined): void {
    const texts = new MarkedTexts(this.#job.textBytes, (slot, sequence) => this.#onObserved(slot, sequence));
    observer?.listen((buffer, length) => {
      this.#observedBytes += length;
      texts.scan(buffer, length);
      if (this.#running) this.#spendCredits();
    });
  }

  #onObserved(slot: number, sequence: number): void {
    this.#observed += 1;
    this.#credits[slot] = (this.#credits[slot] ?? 0) + 1;
    if (sequence <= (this.#lastSequence[slot] ?? 0)) this.#outOfOrder += 1;
    this.#lastSequence[slot] = sequence;
  }

  #measureTimes(reader: LoadClient): void {
    let now = 0;
    const texts = new MarkedTexts(this.#job.textBytes, (_, sequence) => {
      this.#latencies.add(now - (this.#sentAt[sequence % sendTimes] ?? 0));
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

  /** Sends all messages of a sender in one write. */
  #send(slot: number, count: number): void {
    const commands = this.#commands[slot];
    const now = this.#job.timed > 0 ? performance.now() : 0;
    let text = '';
    for (let made = 0; made < count; made += 1) {
      text += commands?.command(this.#sent) ?? '';
      this.#sentAt[this.#sent % sendTimes] = now;
      this.#sent = (this.#sent + 1) % sequences;
    }
    this.#credits[slot] = 0;
    this.#authors[slot]?.send(text);
  }
}
