/** Logs on NATS for tests, with what they read and say. They are closed with the test. */
import { onTestFinished } from 'vitest';
import { type NatsLog, type NatsOptions, openNatsLog } from '../../src/cluster/nats.js';
import { loadConfig } from '../../src/config/load-config.js';

export interface ReadEntry {
  readonly seq: number;
  readonly at: number;
  readonly text: string;
}

/** Opens a log, and counts what happens to it. */
export class LogUser {
  readonly entries: ReadEntry[] = [];
  readonly infos: string[] = [];
  readonly warnings: string[] = [];
  readonly faults: string[] = [];
  /** How often the log said that entries come from now on. */
  opened = 0;
  readonly #urls: readonly string[];
  readonly #options: Partial<NatsOptions>;
  #log: NatsLog | null = null;

  /** The URLs of the servers, as in CLUSTER. */
  constructor(urls: readonly string[], options: Partial<NatsOptions> = {}) {
    this.#urls = urls;
    this.#options = options;
  }

  async open(): Promise<void> {
    this.#log = await openNatsLog({
      servers: loadConfig({ env: { CLUSTER: this.#urls.join(',') } }).cluster,
      stream: 'PARTYLINE',
      replicas: 1,
      nodeName: 'test',
      creds: null,
      ca: null,
      id: null,
      log: { info: (text) => void this.infos.push(text), warn: (text) => void this.warnings.push(text) },
      onOpen: () => {
        this.opened++;
      },
      onFault: (error) => void this.faults.push(error.message),
      ...this.#options,
    });
    onTestFinished(() => this.log.close());
  }

  get log(): NatsLog {
    if (this.#log === null) throw new Error('the log is not open');
    return this.#log;
  }

  get texts(): string[] {
    return this.entries.map(({ text }) => text);
  }

  append(...texts: readonly string[]): void {
    for (const text of texts) this.log.append(Buffer.from(text));
  }

  read(after: number): void {
    this.entries.length = 0;
    this.log.read(after, (seq, at, bytes) => {
      this.entries.push({ seq, at, text: Buffer.from(bytes).toString() });
    });
  }
}

/** Opens a log and reads it from its beginning. */
export async function readLog(urls: readonly string[], options: Partial<NatsOptions> = {}): Promise<LogUser> {
  const user = new LogUser(urls, options);
  await user.open();
  user.read(0);
  return user;
}

/** The numbers from 1 to `count`, as the entries of a whole log have them. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
