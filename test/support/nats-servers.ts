/** NATS servers with JetStream on loopback, as child processes: one, or a cluster of several. They end with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { isInstalled } from './programs.js';

/** The reason why tests with NATS are skipped; null if they can run. */
export const natsMissing: string | null = isInstalled('nats-server')
  ? null
  : 'nats-server is not installed (Debian: apt-get install nats-server)';

/** Whether its configuration may contain `sync_interval`. */
export function knowsSyncInterval(): boolean {
  const { stdout } = spawnSync('nats-server', ['--version'], { encoding: 'utf8' });
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) * 1000 + Number(minor) >= 2010;
}

const FIRST_PORT = 20_000;
const PORTS = 12_000;
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

export interface NatsServerOptions {
  /** Without it, `-js` is left out. */
  readonly hasJetStream?: boolean;
  /** Lines for its configuration, such as `authorization { … }`. */
  readonly config?: string;
}

export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly #monitorPort: number;
  /** Its configuration, its log and its stored streams. */
  readonly folder: string;
  readonly #configFile: string;
  readonly #isInCluster: boolean;
  #child: ChildProcess | null = null;

  constructor(
    folder: string,
    ports: readonly [number, number],
    lines: readonly string[],
    isInCluster: boolean,
  ) {
    [this.port, this.#monitorPort] = ports;
    this.url = `nats://127.0.0.1:${this.port}`;
    this.folder = folder;
    this.#isInCluster = isInCluster;
    this.#configFile = join(folder, 'nats.conf');
    mkdirSync(folder, { recursive: true });
    const own = [`listen: "127.0.0.1:${this.port}"`, `http: "127.0.0.1:${this.#monitorPort}"`];
    writeFileSync(this.#configFile, [...own, ...lines, ''].join('\n'));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What it has written to its log. */
  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Starts the process; `ready` waits for it. */
  launch(): void {
    const child = spawn('nats-server', ['-c', this.#configFile, '-l', join(this.folder, 'log')], {
      stdio: 'ignore',
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
  }

  /** Waits until it serves clients and its JetStream; in a cluster, until that has a leader. */
  async ready(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      if (Date.now() > deadline) throw new Error(`nats-server did not start:\n${this.log}`);
      await delay(POLL_MS);
    }
  }

  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Ends the process, without a chance to write anything by default. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(name);
    await exited;
  }

  /** Whether it leads the group that stores this stream. */
  async leads(stream: string): Promise<boolean> {
    const page = await this.#monitor('jsz?streams=true&config=true');
    const name = this.name;
    return JSON.stringify(page).includes(`"name":"${stream}"`) && leaderOf(page, stream) === name;
  }

  get name(): string {
    return `n${this.port}`;
  }

  async #isReady(): Promise<boolean> {
    try {
      const health = await fetch(`http://127.0.0.1:${this.#monitorPort}/healthz`);
      if (!health.ok) return false;
      if (!this.#isInCluster) return true;
      const page = await this.#monitor('jsz');
      return typeof valueAt(page, 'meta_cluster', 'leader') === 'string';
    } catch {
      return false;
    }
  }

  async #monitor(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#monitorPort}/${path}`);
    return response.json();
  }
}

/** Starts one server. */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { hasJetStream = true, config = '' } = options;
  const [port = 0, monitorPort = 0] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), 'partyline-nats-'));
  const lines = [...(hasJetStream ? [jetStream(folder)] : []), config];
  const server = new NatsServer(folder, [port, monitorPort], lines, false);
  endWithTest([server], folder);
  await server.start();
  return server;
}

/** Starts servers that form one cluster with JetStream, and waits until it has a leader. */
export async function startNatsCluster(count = 3): Promise<readonly NatsServer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-nats-'));
  const ports = await freePorts(3 * count);
  const portsOf = (index: number) => ports.slice(3 * index, 3 * index + 3);
  const routes = Array.from({ length: count }, (_, index) => `"nats://127.0.0.1:${portsOf(index)[2]}"`);
  const servers = routes.map((_, index) => {
    const [port = 0, monitorPort = 0, routePort = 0] = portsOf(index);
    const own = join(folder, String(index));
    const cluster = `cluster { name: "test", listen: "127.0.0.1:${routePort}", routes: [${routes.join(', ')}] }`;
    const lines = [`server_name: "n${port}"`, jetStream(own), cluster];
    return new NatsServer(own, [port, monitorPort], lines, true);
  });
  endWithTest(servers, folder);
  for (const server of servers) server.launch();
  await Promise.all(servers.map((server) => server.ready()));
  return servers;
}

/** Starts a cluster of servers with these configurations, to which a port for clients and one for monitoring are added. */
export async function startNatsWith(
  configs: readonly string[],
  ports: readonly number[],
): Promise<readonly NatsServer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-nats-'));
  const servers = configs.map((config, index) => {
    const [port = 0, monitorPort = 0] = ports.slice(2 * index, 2 * index + 2);
    return new NatsServer(join(folder, String(index)), [port, monitorPort], [config], true);
  });
  endWithTest(servers, folder);
  for (const server of servers) server.launch();
  await Promise.all(servers.map((server) => server.ready()));
  return servers;
}

/** A limit is given, because the default depends on the disk of the machine. Nothing of it is allocated. */
function jetStream(folder: string): string {
  return `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))}, max_file_store: 100GB, max_memory_store: 100MB }`;
}

function endWithTest(servers: readonly NatsServer[], folder: string): void {
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    rmSync(folder, { recursive: true, force: true });
  });
}

/**
 * Ports of loopback that are free, below those that Linux gives to outgoing connections and to servers on port 0. So they
 * are still free when a server that was stopped starts again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) found = new Map(Object.entries(found ?? {})).get(key);
  return found;
}

function leaderOf(page: unknown, stream: string): unknown {
  const accounts = valueAt(page, 'account_details');
  if (!Array.isArray(accounts)) return undefined;
  for (const account of accounts) {
    const streams = valueAt(account, 'stream_detail');
    if (!Array.isArray(streams)) continue;
    for (const each of streams)
      if (valueAt(each, 'name') === stream) return valueAt(each, 'cluster', 'leader');
  }
  return undefined;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
