/** A Partyline as a program holds it, closed with the test that made it. */
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

/** A logger that keeps what it is given, a line each: `error [ERROR] the words of the error`. */
export class NotedLog {
  readonly #incoming = new Incoming();
  readonly debug = this.#note('debug');
  readonly info = this.#note('info');
  readonly warn = this.#note('warn');
  readonly error = this.#note('error');

  /** What was logged up to the match. */
  until(what: RegExp): Promise<string> {
    return this.#incoming.until(what);
  }

  get text(): string {
    return this.#incoming.text;
  }

  #note(level: string) {
    return (fields: object | string, message = '') => {
      const { err, ...rest }: { err?: unknown } = typeof fields === 'string' ? {} : fields;
      const words = typeof fields === 'string' ? fields : message;
      const cause = err === undefined ? '' : ` ${err instanceof Error ? err.message : String(err)}`;
      this.#incoming.push(`${level} ${words}${cause} ${JSON.stringify(rest)}\n`);
    };
  }
}
