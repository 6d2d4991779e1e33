/** Servers for tests with real sockets: in the test's process, or the built one as a child process. They end with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig, type Values } from '../../src/config/load-config.js';
import { createLogger } from '../../src/logging/logger.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { CHEAP_SCRYPT } from './cheap-scrypt.js';
import { temporaryFolder } from './folders.js';
import { Incoming } from './socket-client.js';

export { temporaryFolder };

/** The built command line; `build.ts` builds it before the first test. */
export const builtCli = resolve(import.meta.dirname, '../../dist/cli.js');

/** One line of the log. */
export interface LogEvent {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A log that tests can wait on. */
export class Log {
  readonly events: LogEvent[] = [];
  readonly #incoming = new Incoming();

  push(text: string): void {
    const lines = (this.#incoming.take() + text).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) this.events.push(parseEvent(line));
    this.#incoming.push(rest);
  }

  finish(why: string): void {
    this.#incoming.finish(why);
  }

  /** Waits for the first line with all these fields. */
  has(fields: Readonly<Record<string, unknown>>): Promise<LogEvent> {
    const wanted = Object.entries(fields);
    return this.#incoming.wait(JSON.stringify(fields), () =>
      this.events.find((event) => wanted.every(([name, value]) => event[name] === value)),
    );
  }

  tags(): unknown[] {
    return this.events.map(({ tag }) => tag);
  }
}

/** TRANSPORT, for the tests that run over sockets too; see vitest.config.ts. */
const transport = process.env.TRANSPORT === undefined ? {} : { TRANSPORT: process.env.TRANSPORT };

/** Starts a server in this process. Settings are texts by their names. */
export async function serve(settings: Values = {}): Promise<RunningServer & { readonly log: Log }> {
  const log = new Log();
  const config = loadConfig({
    flags: {
      PORT: '0',
      HOST: '127.0.0.1',
      GREETING_DELAY: '0',
      SHUTDOWN_GRACE: '1',
      HISTORY: 'memory',
      ...transport,
      ...settings,
    },
  });
  const logger = createLogger(
    { logLevel: config.logLevel, logFormat: 'json' },
    { write: (line) => log.push(line) },
  );
  const server = await startServer(config, logger);
  onTestFinished(() => server.stop());
  return { ...server, log };
}

/** The environment of every child process. NODE_V8_COVERAGE is set by `npm run coverage`. */
export const childEnv: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  ...(process.env.SQLITE_DRIVER && { SQLITE_DRIVER: process.env.SQLITE_DRIVER }),
  ...transport,
  ...(process.env.NODE_V8_COVERAGE && { NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE }),
};

export interface Launch {
  /** A Node.js other than that of the tests. */
  readonly node?: string;
  /** A program other than the command line, with the same log format. */
  readonly script?: string;
  readonly flags?: readonly string[];
  /** The environment, in addition to PATH and LOG_FORMAT=json. */
  readonly env?: Readonly<Record<string, string>>;
  /** The default is an empty folder, so that no `.env` is read. */
  readonly cwd?: string;
  /** The limit of open files (`ulimit -n`). */
  readonly openFiles?: number;
  /** A program with arguments that replaces itself by the command after them, such as `env`. */
  readonly wrapper?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built command line as a child process. */
export class PartylineProcess {
  readonly log = new Log();
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  port = 0;
  readonly #child: ChildProcess;

  constructor(options: Launch) {
    const { node = process.execPath, script = builtCli, flags = [], openFiles } = options;
    const wrapper = options.wrapper ?? withOpenFiles(openFiles);
    const [program = node, ...args] = [...wrapper, node, script, ...flags];
    const cwd = options.cwd ?? temporaryFolder();
    // Another Node.js, or the executable, is tested as it is.
    const cheap = node === process.execPath ? { NODE_OPTIONS: CHEAP_SCRYPT } : {};
    const env = { ...childEnv, ...cheap, LOG_FORMAT: 'json', ...options.env };
    const child = spawn(program, args, { cwd, env });
    this.#child = child;
    // A pretty log cannot be parsed.
    const isJson = env.LOG_FORMAT !== 'pretty';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      if (isJson) this.log.push(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        this.log.finish(`exited (${signal ?? code}) with ${JSON.stringify(this.stderr)} on stderr,`);
        resolve({ code, signal });
      });
    });
    running.add(child);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.exited;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends the reading of its log, as `head` does. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

/** Starts the built server on a free port and waits until it listens. */
export async function launch({ flags = [], ...rest }: Launch = {}): Promise<PartylineProcess> {
  const server = new PartylineProcess({ ...rest, flags: ['--host', '127.0.0.1', '--port', '0', ...flags] });
  const { port } = await server.log.has({ tag: 'LISTEN' });
  server.port = Number(port);
  return server;
}

/** Runs the built command line to its end. */
export async function run(flags: readonly string[], rest: Omit<Launch, 'flags'> = {}) {
  const command = new PartylineProcess({ ...rest, env: { LOG_FORMAT: 'pretty', ...rest.env }, flags });
  const { code } = await command.exited;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

function withOpenFiles(limit: number | undefined): readonly string[] {
  return limit === undefined ? [] : ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'];
}

const running = new Set<ChildProcess>();

/** Kills the children if this process exits before its tests end. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function parseEvent(line: string): LogEvent {
  const event: unknown = JSON.parse(line);
  if (!isEvent(event)) throw new Error(`not a log event: ${line}`);
  return event;
}

function isEvent(value: unknown): value is LogEvent {
  return typeof value === 'object' && value !== null && 'level' in value && 'msg' in value;
}
