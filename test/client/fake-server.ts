/** A fake server for a client's connections: a test reads what the client sent, and writes the replies. */
import type { Connect, LineListener } from '../../src/client/connect.js';

export class FakeServer {
  readonly connections: FakeConnection[] = [];

  readonly connect: Connect = (listener) => {
    const connection = new FakeConnection(listener);
    this.connections.push(connection);
    return connection;
  };

  /** The most recent connection. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('the client has not connected');
    return last;
  }
}

const FENCE = /^PING (fence-\S+)$/;
const LABELLED = /^@label=(\d+)(?:;(\S+))? (.*)$/;

interface OpenCommand {
  /** What each line of its answer begins with. */
  readonly tags: string;
  /** The line that ends its answer; null if OK or ERR does. */
  readonly pong: string | null;
}

export class FakeConnection {
  isClosed = false;
  readonly #listener: LineListener;
  #sent: string[] = [];
  /** The commands without an answer, the oldest one first. */
  #open: OpenCommand[] = [];
  #fences = 0;

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  send(lines: readonly string[]): void {
    for (const line of lines) {
      const token = FENCE.exec(line)?.[1];
      const [, label, tags, command = ''] = LABELLED.exec(line) ?? [];
      if (token !== undefined) this.#open.push({ tags: '', pong: `PONG ${token}` });
      else if (label !== undefined && command === 'PING')
        this.#open.push({ tags: '', pong: `@label=${label} PONG` });
      else if (label !== undefined) this.#open.push({ tags: `@label=${label} `, pong: null });
      if (token !== undefined || command === 'PING') this.#fences++;
      else this.#sent.push(label === undefined ? line : `${tags === undefined ? '' : `@${tags} `}${command}`);
    }
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.#listener.onOpen();
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#listener.onLine(line);
  }

  /** Answers the oldest command: with these lines, each with its label if it has one, and the end of the answer. */
  answer(...lines: readonly string[]): void {
    this.#answer(this.#open.shift(), lines);
  }

  /** Answers the newest command, before the older ones. */
  answerNewest(...lines: readonly string[]): void {
    this.#answer(this.#open.pop(), lines);
  }

  /** Answers the oldest command without its label, which the server could not read. */
  answerWithoutLabel(line: string): void {
    this.#open.shift();
    this.say(line);
  }

  #answer(request: OpenCommand | undefined, lines: readonly string[]): void {
    if (request === undefined) throw new Error('no command is open');
    const { tags, pong } = request;
    const isEnded = pong !== null || /^(?:@\S* )?(?:OK|ERR)/.test(lines.at(-1) ?? '');
    for (const line of isEnded ? lines : [...lines, 'OK'])
      this.say(tags !== '' && line.startsWith('@') ? `${tags.trimEnd()};${line.slice(1)}` : tags + line);
    if (pong !== null) this.say(pong);
  }

  /** Answers every open command with OK. */
  answerAll(): void {
    for (let count = this.#open.length; count > 0; count--) this.answer('OK');
  }

  drop(problem: string | null = null): void {
    this.#listener.onClose(problem);
  }

  /** The lines since the last call, without fences and labels. */
  sent(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** The number of fences since the last call. */
  fences(): number {
    const fences = this.#fences;
    this.#fences = 0;
    return fences;
  }
}
