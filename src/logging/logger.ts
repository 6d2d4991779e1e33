/**
 * The server's log: a JSON line an event, or on a terminal a line for people. It may be slow, stuck or gone at its far
 * end; the chat is none of these for it: what cannot be written in time is dropped and counted, never waited for.
 */
import { isatty } from 'node:tty';
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import { isColorSupported, type PrettyOptions, prettyFactory } from 'pino-pretty';
import { type Fields, setEventOutput, type Tag } from './log-event.js';
import { BufferedOutput } from './buffered-output.js';
import { standardOutput } from './output-target.js';

export type { Logger };

export interface LogSettings {
  readonly logLevel: LevelWithSilent;
  readonly logFormat: 'auto' | 'pretty' | 'json';
}

/**
 * The log, on standard output unless lines are wanted elsewhere, each as it is written (tests). Events go through
 * `logEvent`; all else through pino's own methods. Call `flushLog` before `process.exit`.
 */
export function createLogger({ logLevel, logFormat }: LogSettings, destination?: DestinationStream): Logger {
  const output = destination ?? new BufferedOutput(standardOutput());
  const isTerminal = destination === undefined && isatty(1);
  const pretty = logFormat === 'pretty' || (logFormat === 'auto' && isTerminal);
  const format = pretty ? prettifier(isTerminal) : null;
  const log = pino(
    { level: logLevel, base: null, timestamp, formatters: { level: (level) => ({ level }) } },
    format ? { write: (line) => output.write(format(line)) } : output,
  );
  setEventOutput(
    log,
    format
      ? (tag, fields) => output.write(format({ time: Date.now(), level: 'info', tag, ...fields }))
      : (tag, fields) => output.write(jsonEvent(tag, fields)),
  );
  if (output instanceof BufferedOutput) {
    outputs.set(log, output);
    output.onDropped = (lines) =>
      log.warn({ lines }, 'log lines dropped: whatever reads the log is too slow');
    process.once('exit', () => output.flushNow());
  }
  return log;
}

/** Resolves when all that was logged is written, at the latest after `withinMs`. */
export function flushLog(log: Logger, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(resolve, withinMs);
    const done = () => {
      clearTimeout(giveUp);
      resolve();
    };
    const output = outputs.get(log);
    if (output) output.flush(done);
    else done();
  });
}

const outputs = new WeakMap<Logger, BufferedOutput>();

/**
 * Every message comes through here, so the line is put together by hand, in the shape pino gives to
 * `log.info({ tag, ...fields }, '[MSG]')`: a line costs the server 1.3 µs of CPU in all, through pino 2.4, through
 * pino and its own destination (sonic-boom) 4.5.
 */
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
    return words.join(' ') + stackOf(err);
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

/**
 * Where a person comes from stands in the lines of his coming and going; between these it only hides what is said. The
 * `user` of a message is its `from`, and there for programs that look for all that one did.
 */
function isWorthSaying(tag: unknown, name: string): boolean {
  if (tag !== 'MSG' && tag !== 'DM' && tag !== 'JOIN' && tag !== 'LEAVE') return true;
  return name !== 'addr' && name !== 'dialect' && !(name === 'user' && (tag === 'MSG' || tag === 'DM'));
}

function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return '';
  return String(err.stack).replace(/^|\n/g, '\n  ').split('\n').map(harmless).join('\n');
}

function bare(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return name === 'text' || /^$|[\s=]/.test(text) || unquotable.test(text) ? quoted(text) : text;
}
