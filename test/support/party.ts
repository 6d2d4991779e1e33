/** A Partyline embedded in the process of the test, closed with the test. */
import { onTestFinished } from 'vitest';
import { Partyline, type PartylineOptions } from '../../src/index.js';
import { Incoming } from './socket-client.js';

export function makeParty(options: PartylineOptions = {}): Partyline {
  const party = new Partyline({ greetingDelayMs: 0, shutdownGraceMs: 2000, ...options });
  onTestFinished(() => party.close());
  return party;
}

export async function serveParty(
  options: PartylineOptions = {},
): Promise<{ readonly party: Partyline; readonly port: number }> {
  const party = makeParty(options);
  const { port } = await party.listen({ port: 0, host: '127.0.0.1' });
  return { party, port };
}

/** A logger that collects its calls, one line each: `error [ERROR] message of the error`. */
export class NotedLog {
  readonly #incoming = new Incoming();
  readonly debug = this.#collect('debug');
  readonly info = this.#collect('info');
  readonly warn = this.#collect('warn');
  readonly error = this.#collect('error');

  /** Waits for the match, and returns the log up to it. */
  until(what: RegExp): Promise<string> {
    return this.#incoming.until(what);
  }

  get text(): string {
    return this.#incoming.text;
  }

  #collect(level: string) {
    return (fields: object | string, message = '') => {
      const { err, ...rest }: { err?: unknown } = typeof fields === 'string' ? {} : fields;
      const text = typeof fields === 'string' ? fields : message;
      const cause = err === undefined ? '' : ` ${err instanceof Error ? err.message : String(err)}`;
      this.#incoming.push(`${level} ${text}${cause} ${JSON.stringify(rest)}\n`);
    };
  }
}
