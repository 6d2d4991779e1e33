/**
 * One connection: received bytes become lines, lines are dispatched, and the timeouts of a silent client apply. An
 * error in here ends this connection only.
 */
import type {
  Conversation,
  Framed,
  FrameFault,
  ParsedLine,
  Sequence,
  TelnetRequests,
} from '../core/dialect.js';
import type { Encoders } from '../core/delivery/encoder.js';
import type { Client } from '../core/hub/client.js';
import type {
  Bytes,
  Connection,
  ConnectionSlot,
  Framing,
  Meter,
  Transport,
  TransportHandler,
} from '../core/ports.js';
import type { CloseReason, InputFault } from '../core/reasons.js';
import type { InputQueue, QueuedInput } from '../util/input-queue.js';
import type { TokenBucket } from './connection-limits.js';
import { ConnectionOutput, type OutputDeps } from './connection-output.js';
import type { DispatchResult, InputDispatcher } from './input-dispatcher.js';
import { ConnectionTimeouts, type Overdue, type TimeoutSettings } from './timeouts.js';

const NEVER = Number.POSITIVE_INFINITY;

/** For a command of several lines, from its first one to its end. */
const UNFINISHED_MS = 30_000;

/** What all connections share. */
export interface ConnectionDeps extends OutputDeps {
  readonly dispatcher: InputDispatcher;
  readonly encoders: Encoders;
  readonly timeouts: TimeoutSettings;
  readonly meter?: Meter;
  /** Where what clients send before their login, and their ends in a turn that is long, wait for their turn. */
  readonly inputs: InputQueue;
  /** Called for our bugs, for the log. */
  onError(error: unknown): void;
}

export interface NewConnection {
  readonly transport: Transport;
  readonly conversation: Conversation;
  readonly framing: Framing;
  /** Null for a connection without a rate limit. */
  readonly bucket: TokenBucket | null;
  readonly slot: ConnectionSlot;
}

export class ClientConnection extends ConnectionOutput implements TransportHandler, Connection, QueuedInput {
  readonly client: Client;
  protected readonly deps: ConnectionDeps;
  protected readonly transport: Transport;
  readonly #conversation: Conversation;
  readonly #framing: Framing;
  readonly #bucket: TokenBucket | null;
  readonly #timeouts: ConnectionTimeouts;
  /** Paused by the hub: the client has replies to read first. */
  #isInputPaused = false;
  /** The client is over its rate: no line is read before this time. */
  #throttledUntil: number | null = null;
  /** A secret is being checked: the next line waits for the result. */
  #isAuthenticating = false;
  /** A command waits until what the client proposed before it has settled. */
  #isSettling = false;
  /** That command. */
  #nextCommand: ParsedLine = null;
  /** What waits for its turn: what it sent before its login, or its end, for this reason. */
  #waiting: 'input' | CloseReason | null = null;
  /** The commands of a line that are not handled yet. */
  #sequence: Sequence['lines'] | null = null;
  /** A line that was read while the client was over its rate. */
  #nextLine: Exclude<Framed, null> | null = null;
  #peerEnded = false;
  /** Why the input of a peer that is connected has ended; null for no such reason. */
  #inputFault: InputFault | null = null;
  /** The command of several lines that the client is sending, and when that must be at its end. */
  #unfinished: { readonly command: object; until: number } | null = null;

  constructor(deps: ConnectionDeps, options: NewConnection) {
    const { transport, conversation, framing, bucket, slot } = options;
    super(slot);
    this.deps = deps;
    this.transport = transport;
    this.#conversation = conversation;
    this.#framing = framing;
    this.#bucket = bucket;
    this.#timeouts = new ConnectionTimeouts(deps.timeouts, slot.connectedAt);
    this.client = deps.hub.attach(deps.encoders.of(conversation.dialect, framing), this);
    this.reschedule();
  }

  /** Sends the greeting of the dialect. Not called for a refused connection. */
  greet(): void {
    const { greeting } = this.#conversation;
    if (greeting !== '') this.deps.hub.answer(this.client, greeting, this.deps.clock.now());
  }

  // Called by the transport.

  onData(bytes: Bytes): void {
    this.#onRead();
    this.deps.meter?.onReceived(bytes.length);
    if (this.client.isEnding) return;
    try {
      this.#conversation.framer.push(bytes);
      if (this.#conversation.framer.hasReceivedData) this.#timeouts.onData();
      if (this.client.name === null) this.#processInTurn();
      else if (this.#waiting === null) this.#processRead();
    } catch (error) {
      this.#fail(error);
    }
  }

  onPong(): void {
    this.#timeouts.onActivity(this.deps.clock.elapsed());
  }

  onEnd(fault?: InputFault): void {
    this.#onRead();
    this.#peerEnded = true;
    this.#inputFault = fault ?? null;
    this.#guarded(() => {
      this.#conversation.framer.end();
      if (this.#waiting === null) this.#processLines();
    });
  }

  onClose(): void {
    this.isClosed = true;
    this.deps.timers.cancel(this);
    // Its place is free at once, except for one that is to be logged in yet: a flood of those is bounded by the places.
    if (this.#waiting !== 'input') this.slot.release();
    if (this.#waiting === null && this.#endInTurn('lost')) this.#finishClose();
    if (this.#waiting !== null) this.deps.hub.onLost(this.client);
    // Last: a turn that ends before would count as seen what is not written to this client any more.
    this.#onRead();
  }

  // Called by the queue of inputs.

  handle(): void {
    const waiting = this.#waiting;
    if (waiting === null) {
      this.#processRead();
      return;
    }
    this.#waiting = null;
    const { isClosed } = this;
    this.#guarded(() => {
      this.#onRead();
      if (waiting !== 'input') {
        this.deps.hub.detach(this.client, waiting, this.deps.clock.now());
        return;
      }
      // What was read counts, as if it had been handled at once.
      if (isClosed) this.#processLines();
      else this.#resumeProcessing();
      this.#answerTelnet();
    });
    if (isClosed) this.#finishClose();
    else this.reschedule();
  }

  // Called by the hub.

  pause(): void {
    if (this.#isInputPaused) return;
    this.#isInputPaused = true;
    this.transport.pause();
  }

  resume(): void {
    if (!this.#isInputPaused) return;
    this.#isInputPaused = false;
    this.#guarded(() => this.#resumeProcessing());
  }

  onSettled(): void {
    if (!this.#isSettling) return;
    this.#isSettling = false;
    this.#guarded(() => {
      this.#checkLogin(this.deps.clock.elapsed());
      this.#resumeProcessing();
    });
  }

  #processInTurn(): void {
    if (this.#waiting !== null || this.deps.inputs.add(this)) return;
    this.#waiting = 'input';
    this.transport.pause();
    this.reschedule();
  }

  /** Ends the session. False if that waits for its turn: a crowd that leaves at once does not delay other clients. */
  #endInTurn(why: CloseReason): boolean {
    const { hub, inputs, clock } = this.deps;
    if (hub.mayEndLater && !this.client.isEnding && inputs.defer(this)) {
      this.#waiting = why;
      hub.endLater(this.client, why);
      this.reschedule();
      return false;
    }
    hub.detach(this.client, why, clock.now());
    return true;
  }

  #endOfInput(): void {
    const why = this.#inputFault ?? 'left';
    // It has waited already.
    if (this.isClosed) this.deps.hub.detach(this.client, why, this.deps.clock.now());
    else this.#endInTurn(why);
  }

  #finishClose(): void {
    this.deps.hub.detach(this.client, 'lost', this.deps.clock.now());
    this.deps.onClosed(this);
  }

  #onRead(): void {
    if (this.deps.hub.onRead()) this.deps.inputs.exhaust();
  }

  #processRead(): void {
    this.#processLines();
    this.#answerTelnet();
  }

  /** Handles received lines until none is left or reading has to pause. */
  #processLines(): void {
    const { clock } = this.deps;
    const { framer } = this.#conversation;
    const now = clock.now();
    const elapsed = clock.elapsed();
    let hasLines = false;
    const { client } = this;
    while (!this.#isInputPaused && !this.#isAuthenticating && !client.isEnding) {
      if (client.unsettled !== null && (client.unsettled.isBarred || this.#nextCommand !== null)) {
        this.#waitUntilSettled();
        break;
      }
      if (this.#nextCommand !== null) {
        const command = this.#nextCommand;
        this.#nextCommand = null;
        this.#dispatch(command, now);
        continue;
      }
      if (this.#sequence !== null) {
        const next = this.#sequence.next();
        if (next.done === true) this.#sequence = null;
        else this.#dispatchInOrder(next.value, now);
        continue;
      }
      const framed = this.#nextLine ?? framer.next();
      if (framed === null) {
        if (this.#peerEnded) this.#endOfInput();
        break;
      }
      if (this.#bucket !== null && this.#throttle(this.#bucket, elapsed)) {
        this.#nextLine = framed;
        break;
      }
      this.#nextLine = null;
      this.#bucket?.take();
      hasLines = true;
      client.isBehindPrompt = false;
      const parsed =
        typeof framed === 'string'
          ? this.#conversation.parse(framed, client)
          : this.#onFrameFault(framed, now);
      if (parsed?.kind === 'sequence') this.#sequence = parsed.lines;
      else this.#dispatchInOrder(parsed, now);
      if (
        parsed?.kind === 'ping' &&
        parsed.token === '' &&
        typeof framed === 'string' &&
        !this.#isInputPaused
      )
        this.#answerRepeats(framed);
    }
    if (hasLines) this.#timeouts.onActivity(elapsed);
    this.#checkUnfinished(elapsed);
    this.#checkLogin(elapsed);
  }

  /** Counts the same PING again: a program that does not wait for each PONG sends many in one packet. */
  #answerRepeats(line: string): void {
    const count =
      this.#conversation.framer.takeRepeats?.(line, this.#bucket?.available ?? Number.POSITIVE_INFINITY) ?? 0;
    if (count === 0) return;
    this.#bucket?.take(count);
    this.deps.hub.pingRepeatedly(this.client, count);
  }

  #checkUnfinished(elapsed: number): void {
    const command = this.#conversation.unfinished ?? null;
    if (command === (this.#unfinished?.command ?? null)) return;
    this.#unfinished = command === null ? null : { command, until: elapsed + UNFINISHED_MS };
    this.reschedule();
  }

  #endUnfinished(): void {
    const parsed = this.#conversation.onUnfinished?.() ?? null;
    this.#unfinished = null;
    if (parsed?.kind === 'sequence') this.#sequence = parsed.lines;
    else this.#nextCommand = parsed;
    this.#processLines();
  }

  /** The timeouts of a login end, those of a session begin. */
  #checkLogin(elapsed: number): void {
    if (this.client.name === null || this.#timeouts.isLoggedIn) return;
    this.#timeouts.onLogin(this.#conversation.needsHeartbeat, elapsed);
    this.reschedule();
  }

  #waitUntilSettled(): void {
    this.#isSettling = true;
    this.transport.pause();
  }

  #answerTelnet(): void {
    const requests: TelnetRequests | null = this.#conversation.framer.takeTelnetRequests?.() ?? null;
    if (requests === null) return;
    const { reply, areYouThere } = requests;
    const now = this.deps.clock.now();
    if (areYouThere) this.#dispatch(this.#conversation.onAreYouThere(), now);
    if (reply !== null && this.#framing.isByteStream === true)
      this.deps.hub.replyToTelnet(this.client, reply, now);
  }

  #onFrameFault({ reason }: FrameFault, now: number): ParsedLine {
    if (reason !== 'endless-line') return this.#conversation.onLineTooLong(this.client);
    this.deps.hub.detach(this.client, reason, now);
    return null;
  }

  /** Dispatches a command, or has it wait for what its client proposed before. */
  #dispatchInOrder(parsed: ParsedLine, now: number): void {
    const { client } = this;
    if (client.unsettled !== null && parsed !== null && !this.deps.hub.mayFollow(client, parsed, now))
      this.#nextCommand = parsed;
    else this.#dispatch(parsed, now);
  }

  #dispatch(parsed: ParsedLine, now: number): void {
    const pending = this.deps.dispatcher.dispatch(parsed, this.client, this.#framing, now);
    if (pending !== null) this.#waitForResult(pending);
  }

  #waitForResult(pending: Promise<DispatchResult>): void {
    const { dispatcher, clock } = this.deps;
    this.#isAuthenticating = true;
    this.#timeouts.onCheckStart(clock.elapsed());
    this.transport.pause();
    const settle = (apply: () => void) => {
      this.#isAuthenticating = false;
      this.#timeouts.onCheckEnd(clock.elapsed());
      this.reschedule();
      this.#guarded(() => {
        // Its end may still wait: saved messages would be handed to a closed connection.
        if (!this.isClosed) apply();
        this.#resumeProcessing();
      });
    };
    pending.then(
      (result) => settle(() => dispatcher.applyResult(result, this.client, clock.now())),
      (error: unknown) => settle(() => this.#fail(error)),
    );
  }

  /** Reads on, unless another reason to pause remains. */
  #resumeProcessing(): void {
    if (this.#isReadingPaused || this.isClosed) return;
    this.transport.resume();
    this.#processLines();
    if (this.#unfinished !== null) this.reschedule();
  }

  get #isReadingPaused(): boolean {
    return (
      this.#isInputPaused ||
      this.#isAuthenticating ||
      this.#isSettling ||
      this.#waiting !== null ||
      this.#throttledUntil !== null
    );
  }

  /** Whether the next line must wait for the rate limit. Further input then stays unread. */
  #throttle(bucket: TokenBucket, elapsed: number): boolean {
    const readyAt = bucket.readyAt(elapsed);
    if (readyAt <= elapsed) return false;
    this.#throttledUntil = readyAt;
    this.transport.pause();
    this.reschedule();
    return true;
  }

  #unthrottle(): void {
    this.#throttledUntil = null;
    this.#resumeProcessing();
  }

  protected inputTimerAt(): number {
    const timeoutAt = this.client.isEnding || this.#waiting !== null ? NEVER : this.#timeouts.nextAt();
    // What comes to its end in the unread input is not cut off.
    const unfinishedAt = this.#isReadingPaused ? NEVER : (this.#unfinished?.until ?? NEVER);
    return Math.min(timeoutAt, unfinishedAt, this.#throttledUntil ?? NEVER);
  }

  protected restartDeadlines(elapsed: number): void {
    this.#timeouts.restart(elapsed);
    if (this.#unfinished !== null) this.#unfinished.until = elapsed + UNFINISHED_MS;
  }

  protected onInputTimer(elapsed: number): void {
    this.#guarded(() => {
      if (this.#throttledUntil !== null && elapsed >= this.#throttledUntil) this.#unthrottle();
      const unfinishedUntil = this.#unfinished?.until ?? NEVER;
      if (elapsed >= unfinishedUntil && !this.#isReadingPaused) this.#endUnfinished();
      for (let overdue = this.#overdue(elapsed); overdue !== null; overdue = this.#overdue(elapsed))
        this.#onOverdue(overdue);
    });
  }

  /** While reading is paused there may be unread input, so the client counts as active. */
  #overdue(elapsed: number): Overdue {
    if (this.client.isEnding || this.#waiting !== null) return null;
    if (this.#isReadingPaused) this.#timeouts.onActivity(elapsed);
    return this.#timeouts.overdue(elapsed);
  }

  #onOverdue(overdue: Exclude<Overdue, null>): void {
    const { hub, clock } = this.deps;
    const now = clock.now();
    switch (overdue) {
      case 'greeting':
        this.#dispatch(this.#conversation.onGreetingTimeout(), now);
        return;
      case 'login':
        hub.detach(this.client, 'login-timeout', now);
        return;
      case 'arrival':
        hub.announceArrival(this.client, now);
        return;
      case 'idle':
        hub.detach(this.client, 'idle', now);
        return;
      case 'heartbeat':
        if (!this.transport.hasOwnHeartbeat) hub.remind(this.client, overdue, now);
        return;
      case 'idle-soon':
        hub.remind(this.client, overdue, now);
        return;
      default:
        overdue satisfies never;
    }
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An exception is a bug of ours: it is reported, and ends this connection only. */
  #fail(error: unknown): void {
    this.deps.onError(error);
    this.deps.hub.detach(this.client, 'internal-error', this.deps.clock.now());
  }
}
