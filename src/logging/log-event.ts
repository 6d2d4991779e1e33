/** How what happened is logged: into the server's own log, or into that of a program that holds a Partyline. */

/** What happened, as SocketChat's log says it. */
export type Tag =
  | 'LISTEN'
  | 'CONNECT'
  | 'LOGIN'
  | 'JOIN'
  | 'LEAVE'
  | 'MSG'
  | 'DM'
  | 'ADMIN'
  | 'DISCONNECT'
  | 'ERROR'
  | 'SHUTDOWN';

/** Who, where, what: shown in the order given, but for what is undefined. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What is asked of a log: pino's is one, Fastify's, and `console`. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** Spares the work for what would not be shown. */
  isLevelEnabled?(level: string): boolean;
}

interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** For who gives no log. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  isLevelEnabled: () => false,
};

/** A log with a shorter way for events, which come by the thousand. */
const eventOutputs = new WeakMap<Logger, (tag: Tag, fields: Fields) => void>();

export function setEventOutput(log: Logger, eventOutput: (tag: Tag, fields: Fields) => void): void {
  eventOutputs.set(log, eventOutput);
}

/** Logs that something happened, at level info: `[MSG] from=Naman room=lobby text="hi everyone!"`. */
export function logEvent(log: Logger, tag: Tag, fields: Fields): void {
  if (!logsEvents(log)) return;
  const eventOutput = eventOutputs.get(log);
  if (eventOutput) eventOutput(tag, fields);
  else tell(log, tag, fields);
}

/** A child, or another program's: if it throws, there is nobody to say so to, and the chat goes on. */
function tell(log: Logger, tag: Tag, fields: Fields): void {
  try {
    log.info({ tag, ...fields }, `[${tag}]`);
  } catch {}
}

/** Whether events are logged at all. */
export function logsEvents(log: Logger): boolean {
  return log.isLevelEnabled?.('info') ?? true;
}

function ignore(): void {}
