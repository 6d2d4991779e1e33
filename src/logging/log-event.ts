/** Events of the log: their tags, and how they reach the server's own logger or one given to the library. */
import { noop } from '../util/noop.js';

/** The kind of an event. The names are SocketChat's. */
export type Tag =
  | 'LISTEN'
  | 'CONNECT'
  | 'LOGIN'
  | 'JOIN'
  | 'LEAVE'
  | 'MSG'
  | 'DM'
  | 'NICK'
  | 'ADMIN'
  | 'ACCOUNT'
  | 'ROOM'
  | 'DISCONNECT'
  | 'ERROR'
  | 'SHUTDOWN';

/** The fields of an event, logged in this order. Undefined ones are left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The methods that a logger must have: those of pino, Fastify's and `console` have them. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** If given, events are not even formatted when level `info` is off. */
  isLevelEnabled?(level: string): boolean;
}

interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** The default of the library. */
export const silentLogger: Logger = {
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  isLevelEnabled: () => false,
};

/** Loggers with a faster function for events, of which there are thousands per second. */
const eventOutputs = new WeakMap<Logger, (tag: Tag, fields: Fields) => void>();

export function setEventOutput(log: Logger, eventOutput: (tag: Tag, fields: Fields) => void): void {
  eventOutputs.set(log, eventOutput);
}

/** Logs an event at level info: `[MSG] from=Naman room=lobby text="hi everyone!"`. */
export function logEvent(log: Logger, tag: Tag, fields: Fields): void {
  if (!logsEvents(log)) return;
  const eventOutput = eventOutputs.get(log);
  if (eventOutput) eventOutput(tag, fields);
  else logThroughInfo(log, tag, fields);
}

/** For a child logger or another program's. Its errors are ignored: there is no other place to report them. */
function logThroughInfo(log: Logger, tag: Tag, fields: Fields): void {
  try {
    log.info({ tag, ...fields }, `[${tag}]`);
  } catch {}
}

/** Whether the logger's level includes events. */
export function logsEvents(log: Logger): boolean {
  return log.isLevelEnabled?.('info') ?? true;
}
