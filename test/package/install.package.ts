/**
 * Installs the package from its tarball, as users do: with npx, globally, and as a library. It needs a registry for the
 * dependencies. The optional driver of the database is not built: that takes minutes where it has no prebuilt binary. So
 * the chats keep their history in memory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { pack } from './pack.js';

const BUNDLE = resolve(import.meta.dirname, '../../dist/bundle/partyline.mjs');
/** Errors of npm when its registry does not answer. */
const UNREACHABLE = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;
/** Without the settings that `npm run` hands down, such as the folder of this repository. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name))),
  NPM_CONFIG_IGNORE_SCRIPTS: 'true',
  NPM_CONFIG_AUDIT: 'false',
  NPM_CONFIG_FUND: 'false',
};

let folder = '';
let tarball = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-package-'));
  tarball = join(folder, pack('--pack-destination', folder).filename);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('runs with npx in an empty folder', () => {
    const cwd = emptyFolder('npx');
    expect(npm('exec', '--yes', `--package=${tarball}`, '--', 'partyline', '--version')(cwd)).toBe(
      `${manifest.version}\n`,
    );
  });

  it('is installed globally; its command serves and sends', async () => {
    const prefix = emptyFolder('global');
    npm('install', '--global', '--prefix', prefix, tarball)(folder);
    const command = join(prefix, 'bin/partyline');
    const port = await serve(command, emptyFolder('run'));
    const sent = spawnSync(command, ['send', '--url', `127.0.0.1:${port}`, 'hello'], {
      encoding: 'utf8',
      env,
    });
    expect(sent).toMatchObject({ status: 0, stderr: '' });
    expect(await greet(port)).toBe('OK\nPONG\n');
  });

  it('prints one line and exits with 2 on Node.js 18, which Debian 12 has', () => {
    const prefix = emptyFolder('node-18');
    // The package `node` gets its binary by a script.
    npm('install', '--no-save', '--ignore-scripts=false', '--prefix', prefix, 'node@18')(prefix);
    const old = join(prefix, 'node_modules/node/bin/node');
    const { status, stdout, stderr } = spawnSync(old, [BUNDLE, 'serve'], {
      cwd: prefix,
      encoding: 'utf8',
      env,
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^partyline: Node\.js 18\.\S+ is too old; use Node\.js 24 or later\n$/);
  });

  it('is the library of another program', () => {
    const cwd = emptyFolder('library');
    writeFileSync(join(cwd, 'package.json'), '{ "private": true, "type": "module" }');
    npm('install', tarball)(cwd);
    const script = `import { Partyline } from 'partyline';
      const partyline = new Partyline();
      const { port } = await partyline.listen({ port: 0, host: '127.0.0.1' });
      await partyline.close();
      console.log(port > 0);`;
    writeFileSync(join(cwd, 'main.js'), script);
    const ran = spawnSync(process.execPath, ['main.js'], { cwd, encoding: 'utf8', env });
    expect(ran).toMatchObject({ status: 0, stdout: 'true\n', stderr: '' });
  });
});

function emptyFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** Runs npm to its end in a folder, and returns its standard output. */
function npm(...args: readonly string[]): (cwd: string) => string {
  return (cwd) => {
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', env });
    if (status === 0) return stdout;
    if (UNREACHABLE.test(stderr))
      throw new Error(`the npm registry is not reachable, so this suite cannot run:\n${stderr}`);
    throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`);
  };
}

/** Starts the installed command, and resolves with its port. */
function serve(command: string, cwd: string): Promise<number> {
  const flags = [
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--log-format',
    'json',
    '--history',
    'memory',
  ];
  const child = spawn(command, flags, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, port] = /"tag":"LISTEN".*"port":(\d+)/.exec(output) ?? [];
        if (port !== undefined) resolve(Number(port));
      });
    child.once('close', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
}

/** Logs in, and returns the replies. */
function greet(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let replies = '';
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.end('LOGIN ann\nPING\n'));
    socket.setEncoding('utf8').on('data', (text: string) => (replies += text));
    socket.once('end', () => resolve(replies)).once('error', reject);
  });
}
