/** A client of any dialect that speaks as fast as its fences come back, and records all that it sent and received. */
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { ClientRecord, Seen, Sent } from './record.js';
import type { Meaning, Voice } from './voices.js';

/** Where a server listens, by the name that the records show. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly gotalkPort: number;
}

export interface TalkerOptions {
  readonly name: string;
  readonly room: string;
  readonly voice: Voice;
  /** How many messages are without an answer at most; 1 by default. machat and gotalk always have 1. */
  readonly inFlight?: number;
}

let talkers = 0;

const ANSWER_TIMEOUT_MS = 60_000;
/** The time until a fence that a busy server refused is sent again. */
const REFUSED_FENCE_MS = 200;
const PROMPT = '[ENTER YOUR NAME]: ';

/** The far end of a connection. Text is latin1: one character a byte. */
interface Wire {
  write(text: string): void;
  destroy(): void;
}

export class Talker implements ClientRecord {
  readonly name: string;
  readonly room: string;
  readonly server: string;
  readonly voice: Voice;
  readonly sent: Sent[] = [];
  readonly seen: Seen[] = [];
  readonly seesItself: boolean;
  readonly gone = new Map<string, number[]>();
  /** Codes of refusals, with their counts. */
  readonly refusals = new Map<string, number>();
  readyAt: number | null = null;
  leftAt: number | null = null;
  closedAt: number | null = null;
  farewell: string | null = null;
  lastLine = '';
  /** Resolves once it is in its room; rejects if the connection ends before. */
  readonly ready: Promise<void>;
  readonly closed: Promise<void>;
  /** Tells it from other talkers of the name. */
  readonly #number = ++talkers;
  readonly #wire: Wire;
  readonly #inFlight: number;
  /** Each message is followed by a second line, the fence. */
  readonly #hasFence: boolean;
  #onReady: () => void = () => {};
  #onNotReady: (why: Error) => void = () => {};
  #onClosed: () => void = () => {};
  #onIdle: () => void = () => {};
  #partialLine = '';
  #isTalking = false;
  /** The number of the oldest message without an answer, and the number of messages sent; numbers begin at 1. */
  #oldest = 1;
  #greeted: boolean;

  constructor(target: Target, { name, room, voice, inFlight = 1 }: TalkerOptions) {
    this.name = name;
    this.room = room;
    this.server = target.name;
    this.voice = voice;
    this.seesItself = voice.name === 'machat' || voice.name === 'mychat';
    this.#inFlight = voice.transport === 'gotalk' || this.seesItself ? 1 : inFlight;
    this.#hasFence = voice.say('', '', 0, '').split('\n').length > 2;
    this.#greeted = voice.transport !== 'gotalk';
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onNotReady = reject;
    });
    this.ready.catch(() => {}); // a test that waits for it still gets it
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    const handlers = { onText: (text: string) => this.#onText(text), onClose: () => this.#onClose() };
    const enter = voice.enter(name, room, this.#text(0));
    // machat's first message is part of the entrance.
    if (this.seesItself) this.#record(0);
    const isWeb = voice.transport === '/ws' || voice.transport === '/mychat';
    this.#wire = isWeb ? openWeb(target.port, voice.transport, handlers) : openTcp(target, voice, handlers);
    if (this.#greeted) this.#wire.write(enter);
  }

  /** Speaks from now on, each time that an answer comes. */
  talk(): void {
    this.#isTalking = true;
    this.#sendMore();
  }

  /**
   * Sends no more. Resolves when all that it sent has an answer, or the connection is closed.
   * @throws Error if neither comes within 60 s
   */
  async stop(): Promise<void> {
    this.#isTalking = false;
    if (this.#unanswered() === 0 || this.closedAt !== null) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const what = this.#sentWith(this.#oldest)?.text;
        reject(
          new Error(`${this.name} on ${this.server}: no answer to "${what}"; last line: ${this.lastLine}`),
        );
      }, ANSWER_TIMEOUT_MS);
    });
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.race([idle, this.closed, late]).finally(() => clearTimeout(timer));
  }

  /** Sends one message more, whether it talks or not. */
  say(): void {
    const number = this.sent.length + (this.seesItself ? 0 : 1);
    const text = this.#record(number);
    this.#wire.write(this.voice.say(this.name, text, number, this.room));
  }

  /** Sends bytes of the test. */
  send(bytes: string): void {
    this.#wire.write(bytes);
  }

  leave(): void {
    this.leftAt ??= performance.now();
    this.#isTalking = false;
    this.#wire.destroy();
  }

  acknowledged(): number {
    return this.sent.filter(({ fate }) => fate === 'acknowledged').length;
  }

  #record(number: number): string {
    const text = this.#text(number);
    this.sent.push({ text, at: performance.now(), fate: 'open', id: null });
    return text;
  }

  /** No other talker says it, also none of the same name. */
  #text(number: number): string {
    return `${this.name} ${this.#number}.${number}`;
  }

  #sendMore(): void {
    while (this.#isTalking && this.closedAt === null && this.#unanswered() < this.#inFlight) this.say();
  }

  #unanswered(): number {
    return this.#last() - this.#oldest + 1;
  }

  /** The number of the last message. machat's first has number 0. */
  #last(): number {
    return this.sent.length - (this.seesItself ? 1 : 0);
  }

  #sentWith(number: number): Sent | undefined {
    return this.sent[this.seesItself ? number : number - 1];
  }

  #onText(text: string): void {
    const lines = (this.#partialLine + text).split('\n');
    this.#partialLine = lines.pop() ?? '';
    if (!this.#greeted && this.#partialLine.endsWith(PROMPT)) {
      this.#greeted = true;
      this.#wire.write(this.voice.enter(this.name, this.room, this.#text(0)));
    }
    for (const line of lines) this.#onLine(line.replace(/\r$/, ''));
  }

  #onLine(line: string): void {
    this.lastLine = line;
    const meaning = this.voice.meaningOf(line, this.name);
    if (meaning.kind === 'farewell') this.farewell = meaning.why;
    this.#take(meaning);
  }

  #take(meaning: Meaning): void {
    switch (meaning.kind) {
      case 'seen': {
        const { id, from, text } = meaning;
        const isOwn = this.seesItself && from === this.name;
        if (this.readyAt === null && isOwn && text === this.#text(0)) {
          this.seen.push({ id, from, text });
          this.#answer(0, 'acknowledged', id);
          this.#enter();
          return;
        }
        if (this.readyAt === null) return; // recent messages at the entrance
        this.seen.push({ id, from, text });
        if (isOwn) this.#answer(this.#oldest, 'acknowledged', id);
        return;
      }
      case 'fenced':
        if (meaning.number === 0) this.#enter();
        else this.#answer(meaning.number, 'acknowledged', meaning.id);
        return;
      case 'refused':
        this.refusals.set(meaning.code, (this.refusals.get(meaning.code) ?? 0) + 1);
        if (meaning.code === 'busy') this.#fenceAgain();
        if (meaning.code !== 'not-stored') return;
        if (this.readyAt !== null) this.#answer(meaning.number ?? this.#oldest, 'refused', null);
        return;
      case 'gone': {
        const times = this.gone.get(meaning.name);
        if (times === undefined) this.gone.set(meaning.name, [performance.now()]);
        else times.push(performance.now());
        return;
      }
      case 'farewell':
      case 'other':
        return;
      default:
        meaning satisfies never;
    }
  }

  /** A server that is cut off refuses direct messages: without this, the message in front has no answer. */
  #fenceAgain(): void {
    const fence = this.voice.fenceAgain?.(this.name, this.#oldest);
    if (fence === undefined || this.readyAt === null) return;
    setTimeout(() => {
      if (this.closedAt === null) this.#wire.write(fence);
    }, REFUSED_FENCE_MS);
  }

  #enter(): void {
    if (this.readyAt !== null) return;
    this.readyAt = performance.now();
    this.#onReady();
    this.#sendMore();
  }

  /** An ERR without a label comes before the PONG behind it, which is then no acknowledgement. */
  #answer(number: number, fate: 'acknowledged' | 'refused', id: number | null): void {
    const sent = this.#sentWith(number);
    if (sent === undefined) throw new Error(`${this.name}: answer ${number} to no message: ${this.lastLine}`);
    if (sent.fate === 'open') {
      sent.fate = fate;
      sent.id = id;
    }
    // Where a fence follows the refusal, the message has its answer with the fence.
    if (fate === 'refused' && this.#hasFence) return;
    this.#oldest = Math.max(this.#oldest, number + 1);
    if (this.#isTalking) this.#sendMore();
    else if (this.#unanswered() <= 0) this.#onIdle();
  }

  #onClose(): void {
    if (this.closedAt !== null) return;
    this.closedAt = performance.now();
    this.#onNotReady(
      new Error(`${this.name}: closed before it was in its room; last line: ${this.lastLine}`),
    );
    this.#onClosed();
  }
}

interface Handlers {
  onText(text: string): void;
  onClose(): void;
}

function openTcp({ port, gotalkPort }: Target, { transport }: Voice, { onText, onClose }: Handlers): Wire {
  const socket = connect({ host: '127.0.0.1', port: transport === 'gotalk' ? gotalkPort : port });
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (text: string) => onText(text));
  socket.on('error', () => {}); // a killed server resets
  socket.on('end', () => socket.end());
  socket.on('close', onClose);
  return {
    write: (text) => void socket.write(text, 'latin1'),
    destroy: () => void socket.destroy(),
  };
}

function openWeb(port: number, path: string, { onText, onClose }: Handlers): Wire {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  const waiting: string[] = [];
  const send = (text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text, () => {});
  };
  socket.on('open', () => {
    for (const text of waiting.splice(0)) send(text);
  });
  socket.on('message', (data) => onText(String(data).replace(/\n?$/, '\n')));
  socket.on('error', () => {});
  socket.on('close', onClose);
  return {
    write: (text) => {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(text);
      else send(text);
    },
    destroy: () => socket.terminate(),
  };
}
