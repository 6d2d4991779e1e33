/**
 * A copy of the repository on a machine with a given Node.js, with or without a C++ compiler, in which the README's
 * commands run. The copy has the tracked files only, as a clone has.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { Log } from '../support/process.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** This Node.js, and the binaries of OTHER_NODES. */
export const nodes = [process.execPath, ...(process.env.OTHER_NODES ?? '').split(delimiter)]
  .filter((node) => node !== '')
  .map((node) => ({ node, version: spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim() }));

/** Whether a Node.js has an SQLite with full-text search. */
export function hasSqlite(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 16);
}

const HEADERS_TIMEOUT_MS = 10_000;

/** Whether, and why, better-sqlite3 cannot be compiled for this version: a condition of the test, and a note for its report. */
export async function unreachableHeaders(version: string): Promise<[boolean, string]> {
  const url = `https://nodejs.org/dist/${version}/node-${version}-headers.tar.gz`;
  const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(HEADERS_TIMEOUT_MS) }).catch(
    (error: unknown) => error,
  );
  const canBe = answer instanceof Response && answer.ok;
  return [!canBe, `${url}: not reachable from here, and there is no prebuilt better-sqlite3`];
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Clone {
  readonly #folder = mkdtempSync(join(tmpdir(), 'partyline-install-'));
  readonly #repository = join(this.#folder, 'partyline');
  readonly #env: NodeJS.ProcessEnv;
  readonly #compiler: boolean;
  readonly #running = new Set<ChildProcess>();

  constructor(node: string, { compiler }: { readonly compiler: boolean }) {
    this.#compiler = compiler;
    process.once('exit', () => this.remove()); // if this process exits before its tests end
    const git = spawnSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
    if (git.status !== 0) throw new Error(`cannot list the files of the repository: ${git.stderr}`);
    for (const file of git.stdout.split('\0'))
      if (file !== '') cpSync(join(ROOT, file), join(this.#repository, file), { verbatimSymlinks: true });
    const bin = join(this.#folder, 'bin');
    mkdirSync(bin);
    symlinkSync(node, join(bin, 'node'));
    symlinkSync(which('npm'), join(bin, 'npm'));
    symlinkSync(which('sh'), join(bin, 'sh'));
    this.#env = {
      ...ownEnv(),
      NPM_CONFIG_AUDIT: 'false',
      NPM_CONFIG_FUND: 'false',
      // Packages of a cache are not asked for again.
      NPM_CONFIG_PREFER_OFFLINE: 'true',
      ...(compiler ? { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` } : withoutCompiler(bin)),
    };
  }

  /** Whether better-sqlite3 was installed with a binary for this Node.js: npm itself may run on another one. */
  async hasAddon(): Promise<boolean> {
    const { code } = await this.run(`node -e "require('better-sqlite3')(':memory:')"`);
    return code === 0;
  }

  /** Runs `npm ci`; without a compiler also without the prebuilt better-sqlite3, by a download host that never answers. */
  install(): Promise<Ended> {
    const host = { npm_config_better_sqlite3_binary_host: 'http://127.0.0.1:9' };
    return this.run('npm ci', this.#compiler ? {} : host);
  }

  /** Runs a command to its end. */
  async run(command: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const child = this.#spawn(command, env);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve).once('error', reject);
    });
    return { code, stdout, stderr };
  }

  /** Runs `npm start` on a free port. Resolves with the port, and a function that stops the server. */
  async start(env: Readonly<Record<string, string>> = {}) {
    const child = this.#spawn('npm start', { PORT: '0', HOST: '127.0.0.1', LOG_FORMAT: 'json', ...env });
    const log = new Log();
    let other = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (other += text));
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      // npm prints the name of the script first.
      for (const line of lines) if (line.startsWith('{')) log.push(`${line}\n`);
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => {
        log.finish(`exited with ${code}: ${other}`);
        resolve(code);
      });
    });
    const { port } = await log.has({ tag: 'LISTEN' });
    const stop = async () => {
      signal(child, 'SIGTERM');
      await ended;
      return log.tags();
    };
    return { port: Number(port), stop };
  }

  remove(): void {
    for (const child of this.#running) signal(child, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** In a process group of its own: npm starts a shell, which starts the server. */
  #spawn(command: string, env: Readonly<Record<string, string>>) {
    const child = spawn('sh', ['-c', command], {
      cwd: this.#repository,
      env: { ...this.#env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    return child;
  }
}

/** The environment without the settings of Partyline's tests, and without those that `npm run` hands down. */
function ownEnv(): NodeJS.ProcessEnv {
  const handedDown = /^(?:npm_|INIT_CWD$|VITEST|NODE_ENV$|NODE_OPTIONS$|SQLITE_DRIVER$|OTHER_NODES$|TEST$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !handedDown.test(name)));
}

/** A path with node, npm and a shell only. */
function withoutCompiler(bin: string): NodeJS.ProcessEnv {
  return {
    PATH: bin,
    CC: 'false',
    CXX: 'false',
  };
}

function which(program: string): string {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`${program} is missing`);
  const path = stdout.trim();
  return join(realpathSync(dirname(path)), path.slice(dirname(path).length + 1));
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // All of the group have ended.
  }
}
