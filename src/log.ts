/**
 * The server's log: a JSON line an event, or on a terminal a line for people. It may be slow, stuck or gone at its far
 * end; the chat is none of these for it: what cannot be written in time is dropped and counted, never waited for.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import { isColorSupported, type PrettyOptions, prettyFactory } from 'pino-pretty';

export type { Logger };

/** What happened, as SocketChat's log says it. */
export type Tag =
  | 'LISTEN'
  | 'CONNECT'
  | 'LOGIN'
  | 'JOIN'
  | 'LEAVE'
  | 'MSG'
  | 'DM'
  | 'DISCONNECT'
  | 'ERROR'
  | 'SHUTDOWN';

/** Who, where, what: shown in the order given, but for what is undefined. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogSettings {
  readonly logLevel: LevelWithSilent;
  readonly logFormat: 'auto' | 'pretty' | 'json';
}

/**
 * The log, on standard output unless lines are wanted elsewhere, each as it is written (tests). Events go through
 * `logEvent`; all else through pino's own methods. Call `flushLog` before `process.exit`.
 */
export function createLogger({ logLevel, logFormat }: LogSettings, destination?: DestinationStream): Logger {
  const sink = destination ?? new LogSink(standardOutput());
  const isTerminal = destination === undefined && isatty(1);
  const pretty = logFormat === 'pretty' || (logFormat === 'auto' && isTerminal);
  const format = pretty ? prettifier(isTerminal) : null;
  const log = pino(
    { level: logLevel, base: null, timestamp, formatters: { level: (level) => ({ level }) } },
    format ? { write: (line) => sink.write(format(line)) } : sink,
  );
  outlets.set(log, {
    event: format
      ? (tag, fields) => sink.write(format({ time: Date.now(), level: 'info', tag, ...fields }))
      : (tag, fields) => sink.write(jsonEvent(tag, fields)),
    flush: (done) => (sink instanceof LogSink ? sink.flush(done) : done()),
  });
  if (sink instanceof LogSink) {
    sink.whenDropped = (lines) =>
      log.warn({ lines }, 'log lines dropped: whatever reads the log is too slow');
    process.once('exit', () => sink.flushNow());
  }
  return log;
}

/**
 * Logs that something happened, at level info: `[MSG] from=Naman room=lobby text="hi everyone!"`.
 *
 * Every message comes through here, so the JSON line is put together by hand, in the shape pino gives to
 * `log.info({ tag, ...fields }, '[MSG]')`: a line costs the server 1.1 µs of CPU in all, through pino 1.8 µs, through
 * pino and its own destination (sonic-boom) 4.5 µs.
 */
export function logEvent(log: Logger, tag: Tag, fields: Fields): void {
  if (!log.isLevelEnabled('info')) return;
  const outlet = outlets.get(log);
  if (outlet) outlet.event(tag, fields);
  else log.info({ tag, ...fields }, `[${tag}]`); // a child, or another program's logger
}

/** Resolves when all that was logged is written, at the latest after `withinMs`. */
export function flushLog(log: Logger, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(resolve, withinMs);
    const done = () => {
      clearTimeout(giveUp);
      resolve();
    };
    const outlet = outlets.get(log);
    if (outlet) outlet.flush(done);
    else done();
  });
}

const outlets = new WeakMap<
  Logger,
  { event(tag: Tag, fields: Fields): void; flush(done: () => void): void }
>();

function jsonEvent(tag: Tag, fields: Fields): string {
  let line = `{"level":"info"${timestamp()},"tag":"${tag}"`;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    line += `,"${name}":${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`;
  }
  return `${line},"msg":"[${tag}]"}\n`;
}

/** JSON's string, with nothing in it that a terminal would obey or turn around. */
function quoted(text: string): string {
  return unquotable.test(text) ? harmless(JSON.stringify(text)) : `"${text}"`;
}

function harmless(text: string): string {
  return text.replace(obeyed, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const unquotable = /["\\\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
const obeyed = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

let stampedAt = 0;
let stamp = '';

/** The time as pino wants it. Many lines share a millisecond, and `toISOString` costs half as much as a line. */
function timestamp(): string {
  const now = Date.now();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = `,"time":"${new Date(now).toISOString()}"`;
  }
  return stamp;
}

/** `12:00:03 [MSG] from=Naman room=lobby text="hi everyone!"`, or for what is no event `12:00:03 WARN the words`. */
function prettifier(isTerminal: boolean): (log: string | object) => string {
  const messageFormat: PrettyOptions['messageFormat'] = (log, _messageKey, _levelLabel, { colors }) => {
    const { level, time, tag, msg, err, ...fields } = log;
    const isTrouble = tag === 'ERROR' || level === 'error' || level === 'fatal';
    const paint = isTrouble ? colors.red : level === 'warn' ? colors.yellow : colors.cyan;
    const words = [
      colors.gray(new Date(typeof time === 'number' ? time : String(time)).toTimeString().slice(0, 8)),
    ];
    if (tag) words.push(paint(`[${tag}]`));
    else if (level !== 'info') words.push(paint(String(level).toUpperCase()));
    if (msg && msg !== `[${tag}]`) words.push(harmless(String(msg)));
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && isWorthSaying(tag, name))
        words.push(colors.gray(`${name}=`) + bare(name, value));
    }
    if (typeof err === 'object' && err && 'stack' in err) words.push(`\n${err.stack}`);
    return words.join(' ');
  };
  const colorize = isTerminal && isColorSupported;
  return prettyFactory({
    colorize,
    customColors: 'message:reset',
    hideObject: true,
    messageFormat,
    ignore: 'time,level',
  });
}

/** Where a person comes from stands in the lines of his coming and going; between these it only hides what is said. */
function isWorthSaying(tag: unknown, name: string): boolean {
  return !(
    (name === 'addr' || name === 'dialect') &&
    (tag === 'MSG' || tag === 'DM' || tag === 'JOIN' || tag === 'LEAVE')
  );
}

function bare(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return name === 'text' || /^$|[\s=]/.test(text) || unquotable.test(text) ? quoted(text) : text;
}

/** Takes bytes to the far end without keeping anyone waiting. */
export interface Carrier {
  /** Calls `done` when all of the bytes are taken, or with an error when nothing more will ever be. */
  carry(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** The last words of the process: as many of the bytes as can be written at once. */
  carryNow(bytes: Buffer): void;
}

/**
 * Gathers lines and carries them in chunks, at the latest 100 ms after they were written, so that `tail -f` is live.
 * A far end that does not take them costs at most 16 MiB: from then on lines are dropped, until half of it is taken;
 * `whenDropped` then says how many. A far end that is gone (`partyline | head`) costs nothing.
 */
export class LogSink {
  whenDropped: (lines: number) => void = () => {};
  readonly #carrier: Carrier;
  readonly #maxBehindBytes: number;
  #gathered = '';
  #chunks: Buffer[] = [];
  #behindBytes = 0;
  #droppedLines = 0;
  #isFull = false;
  #isGone = false;
  #isCarrying = false;
  #timer: NodeJS.Timeout | null = null;
  #waiting: (() => void)[] = [];

  constructor(carrier: Carrier, maxBehindBytes = 16 * 1024 * 1024) {
    this.#carrier = carrier;
    this.#maxBehindBytes = maxBehindBytes;
  }

  write(line: string): void {
    if (this.#isFull || this.#isGone) {
      this.#droppedLines += 1;
      return;
    }
    this.#gathered += line;
    if (this.#gathered.length >= chunkLength) this.#carryOn();
    else this.#timer ??= setTimeout(() => this.#carryOn(), 100).unref();
  }

  /** Calls `done` when all that was written until now, and what follows closely, is taken. */
  flush(done: () => void): void {
    this.#waiting.push(done);
    this.#carryOn();
  }

  /** For the end of the process, when nothing asynchronous will happen any more. */
  flushNow(): void {
    this.#cut();
    const waiting = this.#chunks.slice(this.#isCarrying ? 1 : 0); // the first is already on its way
    this.#chunks = [];
    if (waiting.length === 0) return;
    try {
      this.#carrier.carryNow(Buffer.concat(waiting));
    } catch {
      // The far end is stuck or gone, and so are we.
    }
  }

  #carryOn(): void {
    this.#cut();
    const chunk = this.#chunks[0];
    if (this.#isCarrying) return;
    if (!chunk) {
      for (const done of this.#waiting.splice(0)) done();
      return;
    }
    this.#isCarrying = true;
    this.#carrier.carry(chunk, (error) => {
      this.#isCarrying = false;
      this.#chunks.shift();
      this.#behindBytes -= chunk.length;
      if (error) this.#giveUp();
      if (this.#isFull && this.#behindBytes <= this.#maxBehindBytes / 2) this.#reopen();
      this.#carryOn();
    });
  }

  /** Closes the gathered lines as a chunk. Kept as bytes: the parts of a string under construction take much more. */
  #cut(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered === '') return;
    const chunk = Buffer.from(this.#gathered);
    this.#gathered = '';
    this.#chunks.push(chunk);
    this.#behindBytes += chunk.length;
    this.#isFull = this.#behindBytes >= this.#maxBehindBytes;
  }

  #reopen(): void {
    const lines = this.#droppedLines;
    this.#isFull = false;
    this.#droppedLines = 0;
    if (lines > 0) this.whenDropped(lines);
  }

  #giveUp(): void {
    this.#isGone = true;
    this.#chunks = [];
    this.#behindBytes = 0;
  }
}

const chunkLength = 65_536;

/**
 * Standard output, by its kind. A write to a file goes to Node's thread pool. A pipe or a socket that nobody reads would
 * hold such a thread for ever, and with it the exit of the process: `process.stdout` waits for these in the event
 * loop. To a terminal (Ctrl-S!) it would block, so a terminal is opened once more, not to block.
 */
function standardOutput(): Carrier {
  if (isatty(1)) return fileCarrier(reopened(1));
  const kind = fstatSync(1);
  return kind.isFIFO() || kind.isSocket() ? streamCarrier(process.stdout) : fileCarrier(1);
}

/** The same terminal without blocking; where this cannot be had (not Linux, not our own), the descriptor itself. */
function reopened(descriptor: number): number {
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return descriptor;
  }
}

/** A file, or a terminal that does not block. Full is not for ever: the bytes wait until there is room. */
export function fileCarrier(descriptor: number): Carrier {
  const passing = new Set<string | undefined>(['EAGAIN', 'ENOSPC', 'EDQUOT']);
  const carry: Carrier['carry'] = (bytes, done) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, taken) => {
      const rest = error ? bytes : bytes.subarray(taken);
      if (error && !passing.has(error.code)) done(error);
      else if (error) setTimeout(carry, 20, rest, done).unref();
      else if (rest.length > 0) carry(rest, done);
      else done();
    });
  };
  const carryNow = (bytes: Buffer) => {
    for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(descriptor, rest));
  };
  return { carry, carryNow };
}

function streamCarrier(stream: NodeJS.WriteStream): Carrier {
  stream.on('error', () => {}); // EPIPE; `carry` is told of it too
  return {
    carry: (bytes, done) => void stream.write(bytes, done),
    carryNow: (bytes) => void stream.write(bytes),
  };
}
