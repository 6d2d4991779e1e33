/**
 * Reads a stream from a position on, in order and without gaps: an ordered push consumer of JetStream. The client's own
 * one notices silence after a minute, which is longer than a node's lease; this one after three heartbeats.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { isLate } from '../util/late.js';

/** Where the reading is. It outlives a reader: the next one goes on from here. */
export interface Reading {
  /** The last entry that was handed on. */
  position: number;
  readonly onEntry: (seq: number, at: number, bytes: Uint8Array) => void;
}

export interface ReaderEvents {
  /** Checks that the stream is still the one that was read; a rejection is a failure. */
  beforeOpen(): Promise<void>;
  /** The server sends entries from now on; also after a gap or a silence. */
  onOpen(): void;
  /** The server does not answer a request, or refuses it; the reader tries again. */
  onFailure(error: unknown): void;
  /** An entry at or below the position arrived: the log may have lost its end. */
  onOldEntry(seq: number): void;
  /**
   * Nothing was read for `UNANSWERED_MS` although something was appended. Called again only after it has ended, and only
   * while that is so.
   */
  onUnanswered(): Promise<void>;
}

const HEARTBEAT_MS = 1000;
const SILENCE_MS = 3 * HEARTBEAT_MS;
const CHECK_INTERVAL_MS = 500;
/** Less than a third of the time after which a node that is cut off closes its users, by the default lease. */
const UNANSWERED_MS = 6000;
/** A consumer without a reader is removed by the server after this time. */
const ABANDONED_MS = 10_000;
const NS_PER_MS = 1_000_000;
const RETRY_MS = [100, 250, 500, 1000, 2000] as const;

export class Reader {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #stream: string;
  readonly #inbox: () => string;
  readonly #reading: Reading;
  readonly #events: ReaderEvents;
  readonly #watch: NodeJS.Timeout;
  #subscription: Subscription | null = null;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  /** When something last came from the consumer; null while none is open. */
  #heardAt: number | null = null;
  /** When something was appended first since an entry was read; null if nothing was. */
  #unansweredAt: number | null = null;
  #isAsking = false;
  #checkDueAt = performance.now() + CHECK_INTERVAL_MS;
  /** Replies that let the server go on, held back while paused. */
  #heldReplies: string[] | null = null;
  #isClosed = false;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    stream: string,
    inbox: () => string,
    reading: Reading,
    events: ReaderEvents,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#stream = stream;
    this.#inbox = inbox;
    this.#reading = reading;
    this.#events = events;
    this.#watch = setInterval(() => this.#checkSilence(), CHECK_INTERVAL_MS);
    void this.#open();
  }

  /** Something was appended by way of the same server, and so is to be read. */
  expectEntry(): void {
    this.#unansweredAt ??= performance.now();
  }

  /** Whether something was appended `UNANSWERED_MS` ago or earlier, and nothing was read since. */
  get isUnanswered(): boolean {
    return this.#unansweredAt !== null && performance.now() - this.#unansweredAt >= UNANSWERED_MS;
  }

  /** The server stops after its window, some megabytes, until `resume`. */
  pause(): void {
    this.#heldReplies ??= [];
  }

  resume(): void {
    this.#unansweredAt = null;
    const replies = this.#heldReplies ?? [];
    this.#heldReplies = null;
    for (const reply of replies) this.#connection.publish(reply);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#drop();
  }

  async #open(): Promise<void> {
    this.#drop();
    const inbox = this.#inbox();
    const subscription = this.#connection.subscribe(inbox, {
      // Output for a former inbox does not get here: its subscription has ended.
      callback: (error, message) => {
        if (error === null) this.#onMessage(message);
        else this.#events.onFailure(error);
      },
    });
    this.#subscription = subscription;
    try {
      await this.#events.beforeOpen();
      await this.#manager.consumers.add(this.#stream, {
        deliver_subject: inbox,
        deliver_policy: 'by_start_sequence',
        opt_start_seq: this.#reading.position + 1,
        ack_policy: 'none',
        replay_policy: 'instant',
        flow_control: true,
        idle_heartbeat: HEARTBEAT_MS * NS_PER_MS,
        inactive_threshold: ABANDONED_MS * NS_PER_MS,
        mem_storage: true,
        num_replicas: 1,
      });
    } catch (error) {
      if (this.#isClosed || this.#subscription !== subscription) return;
      this.#events.onFailure(error);
      this.#reopenLater();
      return;
    }
    if (this.#isClosed || this.#subscription !== subscription) return;
    this.#heardAt = performance.now();
    this.#events.onOpen();
  }

  #drop(): void {
    this.#heardAt = null;
    this.#heldReplies &&= [];
    if (this.#subscription?.isClosed() === false) this.#subscription.unsubscribe();
    this.#subscription = null;
  }

  #reopenLater(): void {
    this.#drop();
    if (this.#isClosed) return;
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures++;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), delay);
  }

  /** A blocked event loop fires this before it reads what came meanwhile, so a late check says nothing. */
  #checkSilence(): void {
    const now = performance.now();
    const lateMs = now - this.#checkDueAt;
    const wasPaused = isLate(this.#checkDueAt, now);
    this.#checkDueAt = now + CHECK_INTERVAL_MS;
    if (wasPaused) {
      // The time of the pause does not count.
      if (this.#unansweredAt !== null) this.#unansweredAt = Math.min(this.#unansweredAt + lateMs, now);
      return;
    }
    if (this.#heardAt !== null && now - this.#heardAt >= SILENCE_MS) {
      this.#events.onFailure(new Error(`no heartbeat for ${SILENCE_MS / 1000} s`));
      this.#reopenLater();
    }
    void this.#checkAnswers();
  }

  /** Entries that are held back here are not missing. */
  async #checkAnswers(): Promise<void> {
    if (!this.isUnanswered || this.#heldReplies !== null || this.#isAsking) return;
    this.#isAsking = true;
    await this.#events.onUnanswered();
    this.#isAsking = false;
  }

  #onMessage(message: Msg): void {
    // Entries may come before the answer to the request for the consumer.
    if (this.#heardAt !== null) this.#heardAt = performance.now();
    const place = message.reply === undefined ? null : placeOf(message.reply);
    if (place === null) this.#onStatus(message);
    else this.#onEntry(place, message.data);
  }

  #onEntry({ seq, at }: Place, bytes: Uint8Array): void {
    const reading = this.#reading;
    if (seq === reading.position + 1) {
      reading.position = seq;
      this.#failures = 0;
      this.#unansweredAt = null;
      reading.onEntry(seq, at, bytes);
      return;
    }
    if (seq <= reading.position) this.#events.onOldEntry(seq);
    else this.#events.onFailure(new Error(`entry ${reading.position + 1} is missing before ${seq}`));
    this.#reopenLater();
  }

  /** Flow control and heartbeats: docs.nats.io, "Consumers", and ADR-15 of nats-architecture-and-design. */
  #onStatus({ headers, reply }: Msg): void {
    if (headers?.code !== 100) {
      if (headers !== undefined) {
        this.#events.onFailure(new Error(`${headers.code} ${headers.description}`.trim()));
        this.#reopenLater();
      }
      return;
    }
    // A heartbeat repeats a request of flow control whose answer was lost.
    const request = reply !== undefined && reply !== '' ? reply : headers.get('Nats-Consumer-Stalled');
    if (request !== '') {
      if (this.#heldReplies === null) this.#connection.publish(request);
      else if (!this.#heldReplies.includes(request)) this.#heldReplies.push(request);
      return;
    }
    // Entries were lost on the way, and nothing comes after them that would show it.
    const sent = Number(headers.get('Nats-Last-Stream'));
    if (sent > this.#reading.position && this.#heldReplies === null) {
      this.#events.onFailure(new Error(`entries up to ${sent} did not arrive`));
      this.#reopenLater();
    }
  }
}

interface Place {
  readonly seq: number;
  readonly at: number;
}

/**
 * The number and the time of an entry, from the subject for its acknowledgement (ADR-15):
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<delivery>.<time in ns>.<pending>`, in newer servers with the domain
 * and the account before the stream. Null if it is another subject.
 */
export function placeOf(reply: string): Place | null {
  if (!reply.startsWith('$JS.ACK.')) return null;
  const words = reply.split('.');
  const first = words.length === 9 ? 2 : 4;
  const [seq, time] = [words[first + 3], words[first + 5]];
  if (seq === undefined || time === undefined) return null;
  // As text: nanoseconds since 1970 do not fit into a number.
  return { seq: Number(seq), at: Number(time.slice(0, -6)) };
}
