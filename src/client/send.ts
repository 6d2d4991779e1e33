/** `partyline send`: sends a text and waits until the server has stored it. */
import { stripVTControlCharacters } from 'node:util';
import { cleanText } from '../core/text/text.js';
import { partingText, problemAdvice, refusalAdvice } from './error-messages.js';
import type { Connect } from './connect.js';
import { logIn } from './login.js';
import { groupWhile, pasteBlocks, pasteCommand } from './paste.js';
import { type Clock, refusalIn, RequestChannel, type Reply } from './request-channel.js';
import { isParting } from './reconnect-rules.js';
import type { ServerAddress } from './url.js';

export interface SendOptions {
  readonly server: ServerAddress;
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  /** The recipient of a direct message; null for a message to the room. */
  readonly to: string | null;
  readonly batches: readonly Batch[];
  /** Total time, from connecting to the last reply. */
  readonly timeoutMs: number;
}

/** Lines of the protocol that are sent together and confirmed together. */
export interface Batch {
  readonly lines: readonly string[];
  /** How many lines of the text the batch contains. */
  readonly size: number;
}

/** Direct messages that are sent before the client waits for the reply. */
const DMS_PER_BATCH = 20;
/** No server accepts a longer line; at 64 KiB it closes the connection. */
const MAX_LINE_BYTES = 65_000;

/**
 * Splits a text into batches. For a room, a single line becomes a MSG. Several lines, or one with spaces at its ends,
 * become one or more PASTEs. For a user, each line that is not empty becomes a DM. Empty lines at both ends of the text
 * and terminal sequences are removed.
 *
 * @returns no batches if the text is empty.
 */
export function toBatches(text: string, to: string | null): readonly Batch[] {
  const lines = text.split('\n').map((line) => cleanText(stripVTControlCharacters(line)));
  const isBlank = (line: string) => /^[ \t]*$/.test(line);
  while (isBlank(lines[0] ?? 'x')) lines.shift();
  while (isBlank(lines.at(-1) ?? 'x')) lines.pop();
  if (to !== null) {
    const messages = lines.filter((line) => !isBlank(line)).map((line) => `DM ${to} ${line}`);
    return groupWhile(messages, (group) => group.length < DMS_PER_BATCH).map(batchOf);
  }
  const [first, ...more] = lines;
  if (first === undefined) return [];
  if (more.length === 0 && first === first.replace(/^[ \t]+|[ \t]+$/g, ''))
    return [batchOf([`MSG ${first}`])];
  return pasteBlocks(lines).map((block) => ({ lines: pasteCommand(block), size: block.length }));
}

/** Whether a line is so long that the server would close the connection without an error. */
export function hasEndlessLine(batches: readonly Batch[]): boolean {
  return batches.some(({ lines }) => lines.some((line) => Buffer.byteLength(line) > MAX_LINE_BYTES));
}

/** Sends the batches. Resolves with null once all of them are stored, else with the reason and what to do. */
export function send(options: SendOptions, connect: Connect, clock: Clock): Promise<string | null> {
  return new Promise((resolve) => new Sender(options, connect, clock, resolve));
}

class Sender {
  readonly #options: SendOptions;
  readonly #end: (failure: string | null) => void;
  readonly #channel: RequestChannel;
  readonly #deadline: { cancel(): void };
  #lastNotice = '';
  /** The code of a login that was refused, while the details are asked for. */
  #loginRefusal: string | null = null;
  #isLoggedIn = false;
  #storedLines = 0;
  /** A part of the text is sent and not confirmed. */
  #isUnconfirmed = false;

  constructor(options: SendOptions, connect: Connect, clock: Clock, end: (failure: string | null) => void) {
    this.#options = options;
    this.#end = end;
    this.#deadline = clock.after(options.timeoutMs, () => this.#fail(this.#timeoutMessage()));
    this.#channel = new RequestChannel(connect, clock, {
      onOpen: () => this.#login(),
      onLive: (line) => {
        if (line.kind === 'info') this.#lastNotice = line.text;
      },
      onStray: (reply) => void this.#isRefused([reply]),
      onIdle: () => {},
      onClose: (problem, replies) => {
        if (!this.#isRefused(replies)) this.#fail(this.#disconnectMessage(problem));
      },
    });
  }

  #login(): void {
    const { name, password, room } = this.#options;
    const onRefused = (code: string) => (this.#loginRefusal = code);
    logIn(this.#channel, { name, password, onRefused }, (refusal) => {
      if (refusal !== null) return this.#fail(`not sent: ${refusalAdvice(refusal.code, refusal)}`);
      this.#isLoggedIn = true;
      if (room === null) return this.#sendNext(0);
      // The text is sent after the reply: if the room is refused, it must not go to the lobby.
      this.#channel.request([`JOIN ${room}`], (joinReplies) => {
        if (!this.#isRefused(joinReplies)) this.#sendNext(0);
      });
    });
  }

  #sendNext(index: number): void {
    const batch = this.#options.batches[index];
    if (batch === undefined) return this.#finish(null);
    this.#isUnconfirmed = true;
    this.#channel.request(batch.lines, (replies) => {
      this.#isUnconfirmed = false;
      if (this.#isRefused(replies)) return;
      this.#storedLines += batch.size;
      this.#sendNext(index + 1);
    });
  }

  /** Whether there is a refusal among the replies; if so, ends with it. */
  #isRefused(replies: readonly Reply[]): boolean {
    const code = refusalIn(replies);
    if (code === null) return false;
    this.#isUnconfirmed = false;
    this.#fail(`not sent: ${refusalAdvice(code)}`);
    return true;
  }

  #disconnectMessage(problem: string | null): string {
    if (this.#loginRefusal !== null) return `not sent: ${refusalAdvice(this.#loginRefusal)}`;
    const parting = isParting(this.#lastNotice) ? this.#lastNotice : null;
    if (!this.#isLoggedIn) return `not sent: ${problemAdvice(parting ?? problem, this.#options.server)}`;
    const why = parting === null ? (problem ?? 'the connection was closed') : partingText(parting);
    return `${this.#isUnconfirmed ? 'possibly not sent' : 'not sent'}: ${why}; check the chat, then try again`;
  }

  #timeoutMessage(): string {
    const limit = `within ${this.#options.timeoutMs / 1000} s; check the server, or raise --timeout`;
    if (this.#isUnconfirmed)
      return `possibly not sent: no confirmation from ${this.#options.server.shown} ${limit}`;
    return `not sent: no answer from ${this.#options.server.shown} ${limit}`;
  }

  #fail(why: string): void {
    this.#finish(this.#storedLines === 0 ? why : `${why} (the first ${this.#storedLines} lines are stored)`);
  }

  #finish(failure: string | null): void {
    this.#deadline.cancel();
    this.#channel.quit();
    this.#end(failure);
  }
}

function batchOf(lines: readonly string[]): Batch {
  return { lines, size: lines.length };
}
