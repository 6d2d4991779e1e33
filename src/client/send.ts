/** `partyline send`: says something, and knows that it is stored before it goes. */
import { stripVTControlCharacters } from 'node:util';
import { cleanText } from '../core/text/text.js';
import { problemAdvice, refusalAdvice } from './error-messages.js';
import type { Connect } from './connect.js';
import { type Clock, RequestPipeline, type Reply } from './request-pipeline.js';
import type { ServerAddress } from './url.js';

export interface SendOptions {
  readonly server: ServerAddress;
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  /** A user to tell it alone; null for the room. */
  readonly to: string | null;
  readonly batches: readonly Batch[];
  /** For all of it, from connecting to the last answer. */
  readonly timeoutMs: number;
}

/** Lines of the protocol that go out together and are confirmed together. */
export interface Batch {
  readonly lines: readonly string[];
  /** How many lines of the text it holds. */
  readonly size: number;
}

/** What a server takes as one PASTE. */
const MAX_PASTE_LINES = 200;
const MAX_PASTE_BYTES = 16 * 1024;
/** So many direct messages go out before we wait for an answer. */
const DMS_PER_BATCH = 20;
/** No server takes a longer line, and at 64 KiB it hangs up. */
const MAX_LINE_BYTES = 65_000;

/**
 * Packs a text. One line for a room is a MSG; several, or one whose blanks at the ends are meant, are a PASTE, or as
 * many as it takes. For a user each line is a DM of its own, and empty ones are left out. Empty lines around the whole
 * are nobody's message; terminal sequences are taken out.
 *
 * @returns no parcels if there is nothing to say.
 */
export function pack(text: string, to: string | null): readonly Batch[] {
  const lines = text.split('\n').map((line) => cleanText(stripVTControlCharacters(line)));
  const isBlank = (line: string) => /^[ \t]*$/.test(line);
  while (isBlank(lines[0] ?? 'x')) lines.shift();
  while (isBlank(lines.at(-1) ?? 'x')) lines.pop();
  if (to !== null) {
    const messages = lines.filter((line) => !isBlank(line)).map((line) => `DM ${to} ${line}`);
    return inGroups(messages, (group) => group.length < DMS_PER_BATCH).map(asParcel);
  }
  const [first, ...more] = lines;
  if (first === undefined) return [];
  if (more.length === 0 && first === first.replace(/^[ \t]+|[ \t]+$/g, ''))
    return [asParcel([`MSG ${first}`])];
  return inGroups(lines, fitsPaste).map((group) => ({
    // A lone dot would end the paste.
    lines: ['PASTE', ...group.map((line) => (line === '.' ? '. ' : line)), '.'],
    size: group.length,
  }));
}

/** Whether there is a line that no server takes, and that it would hang up at without a word. */
export function hasEndlessLine(batches: readonly Batch[]): boolean {
  return batches.some(({ lines }) => lines.some((line) => Buffer.byteLength(line) > MAX_LINE_BYTES));
}

/** Sends an order: null once all of it is stored, else a sentence that says why not and what to do. */
export function send(order: SendOptions, connect: Connect, clock: Clock): Promise<string | null> {
  return new Promise((resolve) => new Sending(order, connect, clock, resolve));
}

class Sending {
  readonly #order: SendOptions;
  readonly #end: (failure: string | null) => void;
  readonly #pipeline: RequestPipeline;
  readonly #deadline: { cancel(): void };
  #lastInfo = '';
  #isLoggedIn = false;
  #stored = 0;
  /** Something of the text is on its way, and not confirmed. */
  #isDoubtful = false;

  constructor(order: SendOptions, connect: Connect, clock: Clock, end: (failure: string | null) => void) {
    this.#order = order;
    this.#end = end;
    this.#deadline = clock.after(order.timeoutMs, () => this.#fail(this.#tooLate()));
    this.#pipeline = new RequestPipeline(connect, clock, {
      opened: () => this.#login(),
      live: (line) => {
        if (line.kind === 'info') this.#lastInfo = line.text;
      },
      stray: (reply) => void this.#isRefused([reply]),
      settled: () => {},
      closed: (problem, replies) => {
        if (!this.#isRefused(replies)) this.#fail(this.#broken(problem));
      },
    });
  }

  #login(): void {
    const { name, password, room } = this.#order;
    const login = password === null ? `LOGIN ${name}` : `LOGIN ${name} ${password}`;
    this.#pipeline.ask([login], (replies) => {
      if (this.#isRefused(replies)) return;
      this.#isLoggedIn = true;
      if (room === null) return this.#sendNext(0);
      // Not in one go with the text: if the room is refused, the text must not be said in the lobby.
      this.#pipeline.ask([`JOIN ${room}`], (answers) => {
        if (!this.#isRefused(answers)) this.#sendNext(0);
      });
    });
  }

  #sendNext(index: number): void {
    const batch = this.#order.batches[index];
    if (batch === undefined) return this.#finish(null);
    this.#isDoubtful = true;
    this.#pipeline.ask(batch.lines, (replies) => {
      this.#isDoubtful = false;
      if (this.#isRefused(replies)) return;
      this.#stored += batch.size;
      this.#sendNext(index + 1);
    });
  }

  /** Ends it all if there is a refusal among the replies. */
  #isRefused(replies: readonly Reply[]): boolean {
    const refusal = replies.find((reply) => reply.kind === 'err');
    if (refusal === undefined) return false;
    this.#isDoubtful = false;
    this.#fail(`not sent: ${refusalAdvice(refusal.code)}`);
    return true;
  }

  #broken(problem: string | null): string {
    if (!this.#isLoggedIn) return `not sent: ${problemAdvice(problem, this.#order.server)}`;
    const why = this.#lastInfo === '' ? (problem ?? 'the connection was closed') : this.#lastInfo;
    return `${this.#isDoubtful ? 'perhaps not sent' : 'not sent'}: ${why}; look into the chat, then try again`;
  }

  #tooLate(): string {
    const limit = `within ${this.#order.timeoutMs / 1000} s; check the server, or give it longer with --timeout`;
    if (this.#isDoubtful)
      return `perhaps not sent: ${this.#order.server.shown} has not confirmed it ${limit}`;
    return `not sent: no answer from ${this.#order.server.shown} ${limit}`;
  }

  #fail(why: string): void {
    this.#finish(this.#stored === 0 ? why : `${why} (the first ${this.#stored} lines are stored)`);
  }

  #finish(failure: string | null): void {
    this.#deadline.cancel();
    this.#pipeline.leave();
    this.#end(failure);
  }
}

function asParcel(lines: readonly string[]): Batch {
  return { lines, size: lines.length };
}

function fitsPaste(group: readonly string[], line: string): boolean {
  const bytes = group.reduce((sum, other) => sum + Buffer.byteLength(other), 0) + Buffer.byteLength(line);
  return group.length < MAX_PASTE_LINES && bytes <= MAX_PASTE_BYTES - MAX_PASTE_LINES; // a space behind each dot
}

/** In order, as many as fit with each other. */
function inGroups(
  lines: readonly string[],
  fits: (group: readonly string[], line: string) => boolean,
): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let group: string[] | null = null;
  for (const line of lines) {
    if (group === null || !fits(group, line)) groups.push((group = []));
    group.push(line);
  }
  return groups;
}
