/**
 * A stay on the server that outlives its connections: it logs in, says what waits to be said, and after a break comes
 * back, fetches what was missed and goes on. What was on its way when the line broke is looked up in the history, and
 * said again only if it is not there. No socket and no clock of its own.
 */
import { foldName, type Text } from '../core/text/text.js';
import { CatchUp } from './catch-up.js';
import type { Connect } from './connect.js';
import {
  type Clock,
  RequestPipeline,
  type PipelineListener,
  KEEPALIVE_MS,
  type LiveLine,
  type Reply,
} from './request-pipeline.js';
import { type OwnMessage, RoomMemory } from './room-memory.js';
import type { Ended, SessionEvent, Unsent } from './session-event.js';

export interface SessionOptions {
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  readonly connect: Connect;
  readonly clock: Clock;
  /** 0 to 1: the jitter of the pauses. */
  readonly random: () => number;
  readonly tell: (event: SessionEvent) => void;
}

/** Something the person wants, in the order in which it was typed. */
type QueuedRequest =
  | { readonly kind: 'say'; readonly text: Text; shown: boolean; own: OwnMessage | null }
  | { readonly kind: 'tell'; readonly to: Text; readonly text: Text; shown: boolean; sent: boolean }
  | { readonly kind: 'ask'; readonly line: Text; sent: boolean }
  | { readonly kind: 'leave' };

const LOBBY = 'lobby';
const MAX_WAITING = 500;
/** Messages before a fence: what a server takes at once without slowing us. */
const BATCH = 20;
/** A server closes the connection at 64 KiB without a line end. */
const MAX_TEXT_BYTES = 32 * 1024;
const MAX_HELD = 20_000;
const FIRST_RECONNECT_DELAY_MS = 500;
const MAX_RECONNECT_DELAY_MS = 30_000;
/** A stay of so long was no failure: the pauses begin anew. */
const STEADY_MS = 30_000;

/** Told by a server whose patience is shorter than our pauses. */
const IDLE = 'disconnected due to inactivity';
const MIN_KEEPALIVE_MS = 100;

/** Refusals of a login that may be others a little later. */
const PASSING = new Set(['server-full', 'too-many-connections', 'busy', 'login-timeout', 'username-taken']);
/** Who is told this is not wanted back, or is here already in another window. */
const DISMISSED = /^disconnected: (?:kicked by|banned by|logged in elsewhere)/;

export class Session {
  readonly #options: SessionOptions;
  /** `between` connections; `entering` until we are in the room; `reading` its history; then `ready`. */
  #phase: 'between' | 'entering' | 'reading' | 'ready' | 'ended' = 'between';
  #pipeline: RequestPipeline | null = null;
  #requests: QueuedRequest[] = [];
  /** What the open question is about. */
  #asked: readonly QueuedRequest[] = [];
  /** What JOIN is told, a key perhaps, to come to this room; null in the lobby. */
  #joinWords: string | null;
  readonly #rooms = new Map<string, RoomMemory>();
  /** What came by itself while the history was read, and belongs behind it. */
  #held: LiveLine[] = [];
  #wasOnline = false;
  #onlineSince = 0;
  #failures = 0;
  #lastInfo = '';
  #keepaliveMs = KEEPALIVE_MS;
  #retry: { cancel(): void } | null = null;
  #patience: { cancel(): void } | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#joinWords = options.room;
  }

  /** The room we are in, or come back to. */
  get room(): string {
    return this.#joinWords?.split(/\s/, 1)[0]?.replace(/^#/, '') ?? LOBBY;
  }

  /** How much waits to be said. */
  get waiting(): number {
    return this.#requests.length + this.#asked.length;
  }

  start(): void {
    this.#connect();
  }

  say(text: Text): void {
    if (!this.#mayWait(text)) return;
    this.#request({ kind: 'say', text, shown: this.#showNow(null, text), own: null });
  }

  dm(to: Text, text: Text): void {
    if (!this.#mayWait(text)) return;
    this.#request({ kind: 'tell', to, text, shown: this.#showNow(to, text), sent: false });
  }

  /** A line of the protocol that is answered: WHO, JOIN, TOPIC, … */
  ask(line: Text): void {
    if (this.#wasOnline && this.#phase === 'between') return this.#unsent(line, 'offline');
    if (this.#mayWait(line)) this.#request({ kind: 'ask', line, sent: false });
  }

  /** Leaves once all that waits is said, or the patience is over. */
  leave(patienceMs: number): void {
    if (this.#phase === 'ended' || this.#patience !== null) return;
    const isAway = this.#phase === 'between' || !this.#wasOnline;
    if (isAway && this.waiting === 0) return this.#left();
    this.#patience = this.#options.clock.after(patienceMs, () => this.#left());
    this.#request({ kind: 'leave' });
  }

  #request(request: QueuedRequest): void {
    this.#requests.push(request);
    this.#goOn();
  }

  /** What one types is shown at once, but not among the history as we come in. */
  #showNow(to: Text | null, text: Text): boolean {
    const isReady = this.#phase === 'ready';
    if (!isReady && (!this.#wasOnline || this.#phase === 'reading')) return false;
    this.#tell({ kind: 'own', to, text, waiting: !isReady });
    return true;
  }

  #mayWait(text: string): boolean {
    if (this.#phase === 'ended') return false;
    const why =
      this.waiting >= MAX_WAITING ? 'too-many' : Buffer.byteLength(text) > MAX_TEXT_BYTES ? 'too-long' : null;
    if (why !== null) this.#unsent(text, why);
    return why === null;
  }

  #connect(): void {
    const { connect, clock } = this.#options;
    this.#lastInfo = '';
    this.#phase = 'entering';
    const listener: PipelineListener = {
      opened: () => this.#login(),
      live: (line) => this.#hear(line),
      stray: ({ kind, ...rest }) => {
        if (kind === 'err' && 'code' in rest) this.#tell({ kind: 'refused', code: rest.code, about: null });
      },
      settled: () => this.#goOn(),
      closed: (problem, replies) => this.#broken(problem, replies),
    };
    this.#pipeline = new RequestPipeline(connect, clock, listener, this.#keepaliveMs);
  }

  #login(): void {
    const { name, password } = this.#options;
    const login = password === null ? `LOGIN ${name}` : `LOGIN ${name} ${password}`;
    this.#pipeline?.ask([login], (replies) => {
      const refusal = refusalIn(replies);
      if (refusal !== null) this.#refusedLogin(refusal);
      else this.#enter();
    });
  }

  /** Tags first: from then on every message has its id. What is said until we have joined stands in the history. */
  #enter(): void {
    const join = this.#joinWords === null ? [] : [`JOIN ${this.#joinWords}`];
    this.#pipeline?.ask(['TAGS ON', ...join], (replies) => {
      const refusal = join.length === 0 ? null : refusalIn(replies.slice(1));
      if (refusal !== null && !this.#wasOnline) return this.#end({ kind: 'refused', code: refusal });
      if (refusal !== null) {
        this.#tell({ kind: 'refused', code: refusal, about: join.join() });
        this.#joinWords = null;
        this.#dropSayings();
      }
      this.#tell({ kind: 'online', room: this.room, again: this.#wasOnline });
      this.#wasOnline = true;
      this.#onlineSince = this.#options.clock.elapsed();
      this.#readHistory();
    });
  }

  #refusedLogin(code: string): void {
    if (this.#wasOnline && PASSING.has(code)) this.#comeBackLater(code);
    else this.#end({ kind: 'refused', code });
  }

  #readHistory(): void {
    const { tell } = this.#options;
    this.#phase = 'reading';
    if (this.#pipeline === null) return;
    new CatchUp(this.#pipeline, this.#memory, tell, (whole) => this.#ready(whole)).start();
  }

  #ready(hasReadAll: boolean): void {
    this.#phase = 'ready';
    const held = this.#held;
    this.#held = [];
    for (const line of held) this.#show(line);
    this.#requests = this.#requests.filter((request) => this.#isStillWanted(request, hasReadAll));
    this.#pipeline?.ask([`WHO ${this.room}`, 'ROOMS'], (replies) => this.#tell({ kind: 'present', replies }));
  }

  /** Of what was on its way when the line broke, only a message can be looked up. */
  #isStillWanted(request: QueuedRequest, hasReadAll: boolean): boolean {
    switch (request.kind) {
      case 'say':
        if (request.own === null) return true;
        if (request.own.stored) return false;
        if (!hasReadAll) this.#unsent(request.text, 'doubtful');
        this.#memory.unsent(request.own);
        request.own = null;
        return hasReadAll;
      case 'tell':
        if (request.sent) this.#unsent(`${request.to}: ${request.text}`, 'doubtful');
        return !request.sent;
      case 'ask':
        if (request.sent) this.#unsent(request.line, 'doubtful');
        return !request.sent;
      case 'leave':
        return true;
      default:
        return request satisfies never;
    }
  }

  /** Sends what waits, if the way is free: messages in batches, anything else alone. */
  #goOn(): void {
    if (this.#phase !== 'ready' || this.#pipeline === null || this.#pipeline.isAsking) return;
    const [first] = this.#requests;
    if (first === undefined) return;
    if (first.kind === 'leave') return this.#left();
    if (first.kind === 'ask') {
      this.#asked = this.#requests.splice(0, 1);
      first.sent = true;
      return this.#askFor(first.line);
    }
    const end = this.#requests.findIndex(({ kind }) => kind !== 'say' && kind !== 'tell');
    this.#asked = this.#requests.splice(0, Math.min(BATCH, end === -1 ? this.#requests.length : end));
    this.#pipeline.ask(
      this.#asked.flatMap((request) => this.#lineOf(request)),
      (replies) => this.#sayingsAnswered(replies),
    );
  }

  #lineOf(request: QueuedRequest): string[] {
    if (request.kind !== 'say' && request.kind !== 'tell') return [];
    const to = request.kind === 'tell' ? request.to : null;
    if (!request.shown) this.#tell({ kind: 'own', to, text: request.text, waiting: false });
    request.shown = true;
    if (request.kind === 'say') {
      request.own = this.#memory.sending(request.text);
      return [`MSG ${request.text}`];
    }
    request.sent = true;
    return [`DM ${request.to} ${request.text}`];
  }

  #sayingsAnswered(replies: readonly Reply[]): void {
    const requests = this.#asked;
    this.#asked = [];
    const refusals = replies.filter((reply) => reply.kind === 'err');
    const [only, ...more] = requests;
    for (const request of requests) {
      if (request.kind !== 'say' || request.own === null) continue;
      if (refusals.length > 0 && more.length === 0) this.#memory.unsent(request.own);
      else request.own.stored = true;
    }
    const about = more.length === 0 && only !== undefined && 'text' in only ? only.text : null;
    for (const { code } of refusals) this.#tell({ kind: 'refused', code, about });
    this.#tell({ kind: 'progress' });
  }

  #askFor(line: Text): void {
    const [verb = '', ...rest] = line.split(/\s+/);
    const goesTo = verb === 'JOIN' ? rest.join(' ') : verb === 'LEAVE' ? null : undefined;
    const heard = (reply: Reply) => {
      // From the OK on, what is said is said in the new room, and stands in its history too.
      if (goesTo === undefined || reply.kind !== 'ok') return;
      this.#joinWords = goesTo;
      this.#phase = 'reading';
    };
    const answered = (replies: readonly Reply[]) => {
      this.#asked = [];
      const refusal = refusalIn(replies);
      if (refusal !== null) this.#tell({ kind: 'refused', code: refusal, about: line });
      if (goesTo === undefined) {
        if (replies.some(({ kind }) => kind !== 'err')) this.#tell({ kind: 'answer', replies });
      } else if (refusal !== null) {
        this.#dropSayings();
      } else {
        this.#tell({ kind: 'entered', room: this.room });
        this.#readHistory();
      }
      this.#tell({ kind: 'progress' });
    };
    this.#pipeline?.ask([line], answered, heard);
  }

  #hear(line: LiveLine): void {
    if (line.kind === 'info') this.#lastInfo = line.text;
    if (this.#phase === 'reading') return this.#hold(line);
    // Before we have joined, what is said stands in the history that is read next, or was said elsewhere.
    if (line.kind !== 'said' || this.#phase === 'ready') this.#show(line);
  }

  #hold(line: LiveLine): void {
    if (this.#held.length === MAX_HELD) this.#comeBackLater('too-many-replies');
    else this.#held.push(line);
  }

  #show(line: LiveLine): void {
    if (line.kind !== 'said') this.#tell(line);
    else if (this.#memory.hearLive(line)) this.#tell({ kind: 'said', message: line, past: false });
  }

  /** A room is left or was never joined: what was meant for it must not be said in another. */
  #dropSayings(): void {
    this.#requests = this.#requests.filter((request) => {
      if (request.kind !== 'say') return true;
      this.#unsent(request.text, 'elsewhere');
      return false;
    });
  }

  #broken(problem: string | null, replies: readonly Reply[]): void {
    const refusal = this.#phase === 'entering' ? refusalIn(replies) : null;
    if (refusal !== null) return this.#refusedLogin(refusal);
    if (DISMISSED.test(this.#lastInfo)) return this.#end({ kind: 'dismissed', words: this.#lastInfo });
    if (this.#lastInfo === IDLE) this.#speakSooner();
    this.#comeBackLater(problem);
  }

  /** Nobody says how long the server waits before it puts one out; now we know. */
  #speakSooner(): void {
    const third = (this.#pipeline?.silentMs ?? 0) / 3;
    this.#keepaliveMs = Math.max(MIN_KEEPALIVE_MS, Math.min(this.#keepaliveMs, third));
  }

  #comeBackLater(problem: string | null): void {
    if (!this.#wasOnline) return this.#end({ kind: 'unreachable', problem });
    const { clock, random } = this.#options;
    const wasReady = this.#phase === 'ready' || this.#phase === 'reading';
    if (wasReady && clock.elapsed() - this.#onlineSince >= STEADY_MS) this.#failures = 0;
    this.#hangUp();
    this.#phase = 'between';
    this.#requests = [...this.#asked, ...this.#requests];
    this.#asked = [];
    const longest = Math.min(MAX_RECONNECT_DELAY_MS, FIRST_RECONNECT_DELAY_MS * 2 ** this.#failures);
    const retryInMs = Math.round(longest * (0.5 + random() / 2));
    this.#failures += 1;
    this.#tell({ kind: 'offline', problem, retryInMs });
    this.#retry = clock.after(retryInMs, () => this.#connect());
  }

  #left(): void {
    const unsent = [...this.#asked, ...this.#requests].filter(
      ({ kind }) => kind === 'say' || kind === 'tell',
    );
    this.#end({ kind: 'left', unsent: unsent.length });
  }

  #end(why: Ended): void {
    if (this.#phase === 'ended') return;
    this.#hangUp();
    this.#phase = 'ended';
    this.#patience?.cancel();
    this.#tell({ kind: 'ended', why });
  }

  #hangUp(): void {
    this.#retry?.cancel();
    this.#pipeline?.leave();
    this.#pipeline = null;
    // Messages of the room will be in the history again; anything else comes but once.
    for (const line of this.#held) if (line.kind !== 'said') this.#tell(line);
    this.#held = [];
  }

  #unsent(what: string, why: Unsent): void {
    this.#tell({ kind: 'unsent', what, why });
  }

  get #memory(): RoomMemory {
    const key = foldName(this.room);
    const memory = this.#rooms.get(key) ?? new RoomMemory(this.#options.name);
    this.#rooms.set(key, memory);
    return memory;
  }

  #tell(event: SessionEvent): void {
    this.#options.tell(event);
  }
}

function refusalIn(replies: readonly Reply[]): string | null {
  return replies.find((reply) => reply.kind === 'err')?.code ?? null;
}
