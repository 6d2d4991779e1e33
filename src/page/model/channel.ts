/**
 * Commands and their answers over one socket. Each command has a label, which the server puts on every line of the answer;
 * the last line is OK, ERR or PONG. All other lines are live.
 */
import { parseServerLine, type Received } from '../../client/server-line.js';
import type { Clock, Platform, Socket } from './ports.js';

/** The answer to a command. `end` is null if the connection closed before the answer was complete. */
export interface Answer {
  readonly lines: readonly Received[];
  readonly end: Received | null;
}

export interface Command {
  /** One line, or several for a PASTE. */
  readonly lines: readonly string[];
  /** The room that it is for; null = none, or the one that MSG goes to. */
  readonly room?: string | null;
  /** Further tags: `resume`. */
  readonly tags?: Readonly<Record<string, string>>;
}

export type OnAnswer = (answer: Answer) => void;

export interface ChannelListener {
  onOpen(): void;
  onLive(received: Received): void;
  /** The last call, after every open command had its answer without an end. */
  onClose(code: number, reason: string): void;
  /** A command is unanswered for longer than SLOW_MS, or none is any more. */
  onSlow(isSlow: boolean): void;
}

interface OpenCommand {
  readonly lines: Received[];
  readonly sentAt: number;
  readonly onAnswer: OnAnswer;
}

/** The server reads ten lines per second of a client: a longer wait has this cause, or a bad connection. */
const SLOW_MS = 2000;
const CHECK_MS = 500;
/**
 * A command is unanswered, and nothing at all comes: the connection is lost, of which a browser without a network is not
 * told for minutes. The longest paste takes half as long at the usual rate.
 */
const LOST_MS = 30_000;
/** As of a WebSocket that ends without a close frame. */
const LOST_CODE = 1006;
/** A connection on which something has come since then is not asked whether it works. */
const FRESH_MS = 5000;

export class Channel {
  readonly #clock: Clock;
  readonly #listener: ChannelListener;
  readonly #socket: Socket;
  readonly #open = new Map<string, OpenCommand>();
  #labels = 0;
  #receivedAt: number;
  #isSlow = false;
  #isOver = false;
  #check: { cancel(): void } | null = null;

  constructor(platform: Platform, listener: ChannelListener) {
    this.#clock = platform.clock;
    this.#receivedAt = platform.clock.now();
    this.#listener = listener;
    this.#socket = platform.openSocket({
      onOpen: () => {
        this.#socket.send(['TAGS ON']);
        listener.onOpen();
      },
      onLine: (line) => this.#onLine(line),
      onClose: (code, reason) => this.#end(code, reason),
    });
  }

  /** Sends a command. `onAnswer` is called exactly once, unless the page closes the channel itself. */
  request(command: Command, onAnswer: OnAnswer = () => {}): void {
    this.requestAll([[command, onAnswer]]);
  }

  /** Sends commands in one message. */
  requestAll(commands: readonly (readonly [Command, OnAnswer])[]): void {
    if (this.#isOver || commands.length === 0) return;
    const sentAt = this.#clock.now();
    const lines = commands.flatMap(([command, onAnswer]) => {
      const label = `${++this.#labels}`;
      this.#open.set(label, { lines: [], sentAt, onAnswer });
      return linesOf(command, label);
    });
    this.#socket.send(lines);
    this.#check ??= this.#clock.after(CHECK_MS, () => this.#checkSlow());
  }

  /** Finds out whether the connection still works. */
  probe(): void {
    if (this.#clock.now() - this.#receivedAt > FRESH_MS) this.request({ lines: ['PING'] });
  }

  /** Closes without calling the listener or the open commands. */
  close(): void {
    this.#isOver = true;
    this.#check?.cancel();
    this.#open.clear();
    this.#socket.close();
  }

  #onLine(raw: string): void {
    if (this.#isOver) return;
    this.#receivedAt = this.#clock.now();
    const received = parseServerLine(raw);
    if (received === null) return;
    const { line } = received;
    // The server has not read the label of a line that is too long. With others open it is not known which one it was.
    const isTooLong = line.kind === 'err' && line.code === 'line-too-long' && this.#open.size === 1;
    const [only = null] = this.#open.keys();
    const label = received.label ?? (isTooLong ? only : null);
    const command = label === null ? undefined : this.#open.get(label);
    if (command === undefined || label === null) {
      // The heartbeat of a WebSocket is the protocol's own; a line PING comes only from a proxy that speaks lines.
      if (line.kind === 'ping') this.#socket.send(['PONG']);
      else if (label === null) this.#listener.onLive(received);
      return;
    }
    if (line.kind !== 'ok' && line.kind !== 'err' && line.kind !== 'pong') {
      command.lines.push(received);
      return;
    }
    this.#open.delete(label);
    command.onAnswer({ lines: command.lines, end: received });
  }

  #checkSlow(): void {
    const [oldest] = this.#open.values();
    const now = this.#clock.now();
    if (oldest !== undefined && now - Math.max(oldest.sentAt, this.#receivedAt) > LOST_MS) {
      this.#socket.close();
      return this.#end(LOST_CODE, '');
    }
    this.#check = oldest === undefined ? null : this.#clock.after(CHECK_MS, () => this.#checkSlow());
    const isSlow = oldest !== undefined && now - oldest.sentAt > SLOW_MS;
    if (isSlow === this.#isSlow) return;
    this.#isSlow = isSlow;
    this.#listener.onSlow(isSlow);
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#check?.cancel();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { lines, onAnswer } of open) onAnswer({ lines, end: null });
    this.#listener.onClose(code, reason);
  }
}

/** No name, text or link ends a line: what comes after it would be a command. */
function linesOf({ lines, room, tags = {} }: Command, label: string): readonly string[] {
  const [first = '', ...more] = lines.map((line) => line.replace(/[\r\n]+/g, ' '));
  const block = Object.entries({ label, ...(room == null ? {} : { room }), ...tags });
  return [`@${block.map(([key, value]) => `${key}=${value}`).join(';')} ${first}`, ...more];
}

/** The code of a refusal; null if the command was done, `lost` if it is not known. */
export function refusalOf({ end }: Answer): string | null {
  if (end === null) return 'lost';
  return end.line.kind === 'err' ? end.line.code : null;
}
