/** What commands do when the program that reads their output ends first, as `head` does, or when the disk is full. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { builtCli, childEnv, launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('a command whose standard output nothing reads', () => {
  it.each([
    ['--version'],
    ['--help'],
    ['serve --help'],
    ['user --help'],
    ['user list --help'],
    ['help'],
    ['help ban add'],
    ['cert --out cert'],
  ])('exits with 0 and prints no error: partyline %s', async (words) => {
    expect(await unread('stdout', words.split(' '))).toEqual({ code: 0, output: '' });
  });

  it(
    'exits with 0 after its work, if it reads or changes the data directory',
    { timeout: 60_000 },
    async () => {
      const folder = join(temporaryFolder(), 'data');
      await fill(folder);
      const commands = ['user list', 'token list', 'ban list --json', 'export', 'export --format json'];
      for (const words of [...commands, 'user grant ann', 'token create ann', 'ban add bob']) {
        const { code, output } = await unread('stdout', [...words.split(' '), '--data-dir', folder]);
        expect({ words, code, output }).toEqual({ words, code: 0, output: '' });
      }
      const list = await run(['user', 'list', '--data-dir', folder]);
      expect(list.output).toMatch(/^ann +operator /);
    },
  );

  it('exits with 0 if it is a chat over pipes', async () => {
    const server = await launch({ flags: ['--history', 'memory'] });
    const words = ['chat', `127.0.0.1:${server.port}`, '--name', 'ann'];
    expect(await unread('stdout', words)).toEqual({ code: 0, output: '' });
  });

  it('exits with 0 in a pipeline with head', async () => {
    const script = '{ "$@"; echo "code $?" >&2; } | head -1';
    const child = start('sh', ['-c', script, 'sh', process.execPath, builtCli, '--help']);
    const { code, output } = await endOf(child);
    expect(code).toBe(0);
    expect(output.split('\n').sort()).toEqual(['', 'Usage: partyline [options] [command]', 'code 0']);
  });
});

describe('a command whose standard error nothing reads', () => {
  it.each([['--prot'], ['user list'], ['send'], ['export --room'], ['serve --port x']])(
    'keeps its exit code: partyline %s',
    async (words) => {
      expect(await unread('stderr', words.split(' '))).toEqual({ code: 2, output: '' });
    },
  );
});

describe('a server whose log nothing reads', () => {
  it('continues to serve, and stops at SIGTERM with 0', async () => {
    const server = await launch();
    const ann = await SocketClient.login(server.port, 'ann');
    server.closeOutput();
    for (let messages = 0; messages < 3; messages++) {
      const bob = await SocketClient.login(server.port, `bob${messages}`);
      bob.send('MSG hi\nQUIT\n');
      await ann.until(`MSG bob${messages} hi\n`);
      await bob.closed;
    }
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a command whose output has no space', () => {
  it.runIf(existsSync('/dev/full')).each([['--help'], ['user --help'], ['help ban'], ['cert --out cert']])(
    'prints one line and exits with 1: partyline %s',
    async (words) => {
      const full = openSync('/dev/full', 'w');
      onTestFinished(() => closeSync(full));
      expect(await endOf(start(process.execPath, [builtCli, ...words.split(' ')], full))).toEqual({
        code: 1,
        output:
          'partyline: cannot write to standard output: the disk is full; redirect it to another place\n',
      });
    },
  );
});

/** A data directory with a registered user and messages. */
async function fill(folder: string): Promise<void> {
  const server = await launch({ flags: ['--data-dir', folder] });
  const ann = await SocketClient.login(server.port, 'ann');
  ann.send(`REGISTER ann-password\n${'MSG hi\n'.repeat(50)}`);
  await ann.fence();
  server.signal('SIGTERM');
  await server.exited;
}

interface Ended {
  readonly code: number | null;
  /** The text on standard output and standard error. */
  readonly output: string;
}

/** Runs a command after the reader of its output has gone. */
function unread(stream: 'stdout' | 'stderr', args: readonly string[]): Promise<Ended> {
  const child = start(process.execPath, [builtCli, ...args]);
  child[stream]?.destroy();
  return endOf(child);
}

function run(args: readonly string[]): Promise<Ended> {
  return endOf(start(process.execPath, [builtCli, ...args]));
}

function start(program: string, args: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  const child = spawn(program, args, {
    cwd: temporaryFolder(),
    env: childEnv,
    stdio: ['ignore', stdout, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function endOf(child: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
