/**
 * Checks the arguments of an embedding program that are not settings. A program in JavaScript may pass values of any
 * type, and a wrong one is a clear error at once instead of a TypeError somewhere inside.
 */
import { Server as TcpServer } from 'node:net';
import { isObsolete, isReserved, parseUserName, type UserName } from '../core/text/text.js';
import { ConfigError } from './load-config.js';

/** Throws a ConfigError unless the options are an object. `example` is a valid one. */
export function checkOptions(options: unknown, what: string, example: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw invalid(what, `an object, such as ${example}`, options);
}

/** The names that a program reserves for its own bots. Throws a ConfigError for an invalid user name. */
export function parseBotNames(names: readonly string[] = []): readonly UserName[] {
  const wrong = (got: unknown) =>
    invalid('botNames', "an array of valid user names, such as ['deploy-bot']", got);
  if (!Array.isArray(names)) throw wrong(names);
  return names.map((raw) => {
    const name = typeof raw === 'string' ? parseUserName(raw) : null;
    if (name === null || isReserved(name) || isObsolete(name)) throw wrong(raw);
    return name;
  });
}

const LOG_METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Throws a ConfigError unless the logger has the methods of one; undefined or null means no logger. */
export function checkLogger(
  logger: Partial<Record<(typeof LOG_METHODS)[number], unknown>> | undefined,
): void {
  if (logger === undefined || logger === null) return;
  if (LOG_METHODS.every((method) => typeof logger[method] === 'function')) return;
  throw invalid('logger', 'console, or an object with the methods debug, info, warn and error', logger);
}

/** Throws a ConfigError unless this is a server of HTTP. `net.Server` and `tls.Server` have no `setTimeout`. */
export function checkWebServer(server: unknown): void {
  if (server instanceof TcpServer && 'setTimeout' in server) return;
  throw invalid('server', 'an http.Server or https.Server', server);
}

/** Throws a ConfigError unless this is a path as in a URL. */
export function checkPath(path: unknown): void {
  if (typeof path === 'string' && /^\/[^\s?#]*$/.test(path)) return;
  throw invalid('path', 'a path such as /mychat, with a slash first and without blanks, ? and #', path);
}

/**
 * Throws a ConfigError unless these are options of TLS. The certificate itself is checked when it is used. Other fields
 * are ignored: an object that holds a certificate often has more of them.
 */
export function checkTls(tls: { readonly only?: unknown } | undefined): void {
  if (tls === undefined) return;
  checkOptions(tls, 'tls', '{ cert, key } with both in PEM');
  if (tls.only !== undefined && typeof tls.only !== 'boolean')
    throw invalid('tls.only', 'true or false', tls.only);
}

/** The error for a value of a program: `partyline: port must be a whole number …; got -1`. */
export function invalid(what: string, expects: string, got: unknown): ConfigError {
  return new ConfigError(`partyline: ${what} must be ${expects}; got ${shown(got)}`);
}

/** A value as a program writes it, shortened. */
export function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value; // such as an object that contains itself
  }
}
