/** A Partyline as a program embeds it, closed at the end of the test, and a log for it. */
import { onTestFinished } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';
import { DirectStore } from '../../src/history/direct-store.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { Partyline, type PartylineOptions } from '../../src/index.js';
import type { ServerParts, Storage } from '../../src/partyline.js';
import { Incoming } from './socket-client.js';

export function makeParty(options: PartylineOptions = {}, parts: ServerParts = {}): Partyline {
  const transport = process.env.TRANSPORT === 'public' ? 'public' : 'auto';
  const party = new Partyline({ greetingDelayMs: 0, shutdownGraceMs: 2000, transport, ...options }, parts);
  onTestFinished(() => party.close());
  return party;
}

export async function serveParty(
  options: PartylineOptions = {},
  parts: ServerParts = {},
): Promise<{ readonly party: Partyline; readonly port: number }> {
  const party = makeParty(options, parts);
  const { port } = await party.listen({ port: 0, host: '127.0.0.1' });
  return { party, port };
}

/** A storage in memory with these accounts. */
export function storageWith(change: (accounts: AccountStore) => void): Storage {
  const history = new MemoryHistory();
  const accounts = AccountStore.inMemory();
  change(accounts);
  return { history, accounts, store: new DirectStore(history, accounts) };
}

/** A logger that records each entry as a line: `error [ERROR] the text of the error`. */
export class NotedLog {
  readonly #incoming = new Incoming();
  readonly debug = this.#recorder('debug');
  readonly info = this.#recorder('info');
  readonly warn = this.#recorder('warn');
  readonly error = this.#recorder('error');

  /** Waits for a match, and returns what was logged up to it. */
  until(pattern: RegExp): Promise<string> {
    return this.#incoming.until(pattern);
  }

  get text(): string {
    return this.#incoming.text;
  }

  #recorder(level: string) {
    return (fields: object | string, message = '') => {
      const { err, ...rest }: { err?: unknown } = typeof fields === 'string' ? {} : fields;
      const text = typeof fields === 'string' ? fields : message;
      const cause = err === undefined ? '' : ` ${err instanceof Error ? err.message : String(err)}`;
      this.#incoming.push(`${level} ${text}${cause} ${JSON.stringify(rest)}\n`);
    };
  }
}
