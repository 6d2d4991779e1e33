/** One server of a cluster, or a lone one, as a process that can be killed, frozen and started again on its folder. */
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { type Exit, type Launch, PartylineProcess, temporaryFolder } from '../support/process.js';
import type { Target } from './talker.js';

/** Nothing that a test does not ask for: no limits, no timers, no texts in the log. */
const QUIET: Readonly<Record<string, string>> = {
  LOG_LEVEL: 'info',
  LOG_TEXT: 'false',
  GREETING_DELAY: '0',
  GOTALK_PORT: '0',
  IDLE_TIMEOUT: '0',
  HEARTBEAT_INTERVAL: '0',
  LOGIN_TIMEOUT: '0',
  SHUTDOWN_GRACE: '2',
  MIN_PASSWORD_LENGTH: '4',
};

const START_TIMEOUT_MS = 90_000;
const POLL_MS = 50;

export interface NodeOptions {
  /** The settings of the cluster; none for a lone server. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder by default. */
  readonly folder?: string;
  /** Another program than the built one, and what it runs in. */
  readonly launch?: Pick<Launch, 'script' | 'wrapper'>;
}

export class Node implements Target {
  readonly name: string;
  readonly folder: string;
  port = 0;
  gotalkPort = 0;
  /** The settings of the cluster. */
  readonly env: Readonly<Record<string, string>>;
  readonly #options: NodeOptions;
  #process: PartylineProcess | null = null;

  constructor(name: string, options: NodeOptions = {}) {
    this.name = name;
    this.folder = options.folder ?? temporaryFolder();
    this.env = options.env ?? {};
    this.#options = options;
    // A frozen process ignores everything but SIGKILL, and is thawed so that its end is clean.
    onTestFinished(() => this.#process?.signal('SIGCONT'));
  }

  get process(): PartylineProcess {
    if (this.#process === null) throw new Error(`${this.name} was not started`);
    return this.#process;
  }

  /** Starts the process, and does not wait for it. */
  launch(env: Readonly<Record<string, string>> = {}): PartylineProcess {
    this.#process = new PartylineProcess({
      ...this.#options.launch,
      flags: ['serve', '--host', '127.0.0.1', '--port', '0'],
      env: { ...QUIET, DATA_DIR: this.folder, NODE_NAME: this.name, ...this.env, ...env },
    });
    return this.#process;
  }

  /** Starts the process and waits until it says that it is ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.ready(this.launch(env));
  }

  async ready(process = this.process): Promise<void> {
    this.port = Number((await process.log.has({ tag: 'LISTEN', fallback: 'lines' })).port);
    this.gotalkPort = Number((await process.log.has({ tag: 'LISTEN', fallback: 'gotalk' })).port);
    await this.untilStatus(200);
  }

  /** Waits until `/readyz` has this status. */
  async untilStatus(status: number, withinMs = START_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = await this.status();
      if (found === status) return;
      if (performance.now() > deadline)
        throw new Error(`${this.name}: /readyz is ${found} after ${withinMs} ms, not ${status}`);
      await delay(POLL_MS);
    }
  }

  /** The status of `/readyz`; 0 without an answer. */
  status(): Promise<number> {
    return this.#get('/readyz').then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** The value of a metric; NaN without it. */
  async metric(name: string): Promise<number> {
    const { body } = await this.#get('/metrics');
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN);
  }

  signal(name: NodeJS.Signals): void {
    this.process.signal(name);
  }

  /** Ends the process by a signal. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.process.signal(signal);
    return this.process.exited;
  }

  #get(path: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port: this.port, path, timeout: 1000, agent: false });
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
    });
  }
}

/** The exit code and the one sentence of a server that does not go on, on standard error or in its log. */
export async function stopOf(
  node: Node,
  process = node.process,
): Promise<{ code: number | null; sentence: string }> {
  const { code } = await process.exited;
  const printed = process.stderr.split('\n').filter((line) => line.startsWith('partyline: '));
  const logged = process.log.events.filter(({ level }) => level === 'fatal').map(({ msg }) => msg);
  const sentences = [...printed, ...logged];
  expect(sentences).toHaveLength(1);
  return { code, sentence: sentences.join('') };
}
