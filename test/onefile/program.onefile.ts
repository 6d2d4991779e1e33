/** The executable serves, stores, encrypts and chats on a system without Node.js. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { hasTmux, Pane } from '../support/pane.js';
import { SocketClient } from '../support/socket-client.js';
import { Terminal } from '../support/terminal.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { BareSystem, built, executable, librariesOf } from './bare-system.js';

const LIBRARY = /^(?:ld-linux[\w.-]*|lib(?:c|m|dl|pthread|stdc\+\+|gcc_s))\.so\.\d+$/;

describe.skipIf(built.reason !== '')(`the executable on a system without Node.js${built.reason}`, () => {
  it('needs only glibc and the library of C++', () => {
    const names = librariesOf(executable).map((path) => basename(path));
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !LIBRARY.test(name))).toEqual([]);
  });

  it('prints its version, without a warning', async () => {
    expect(await new BareSystem().run('--version')).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  it('prints the licences of all that is in it', async () => {
    const { code, stdout } = await new BareSystem().run('licenses');
    expect(code).toBe(0);
    // Compared as booleans, since a difference would be printed whole.
    expect(stdout.trim() === readFileSync(join(built.folder, 'LICENSES.txt'), 'utf8').trim()).toBe(true);
    const parts = [/Partyline contributors/, /^ws \d/m, /^Node\.js 24\./m, /OpenSSL/, /V8/];
    expect(parts.filter((part) => !part.test(stdout))).toEqual([]);
  });

  it('ends quietly if its output is closed', () => {
    for (const command of ['--help', 'licenses']) {
      const pipe = `"$1" ${command} | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', pipe, 'bash', executable], { encoding: 'utf8' });
      expect({ lines: stdout.split('\n').slice(1), stderr }).toEqual({ lines: ['0', ''], stderr: '' });
    }
  });

  it('ignores the settings of Node.js in the environment', () => {
    const env = { NODE_OPTIONS: '--require=/nonexistent' };
    expect(spawnSync(executable, ['--version'], { env }).status).toBe(0);
  });

  it('serves TCP and WebSocket, registers users, and stores and finds messages', async () => {
    const system = new BareSystem();
    const server = await system.serve();
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER correct-horse-battery\nMSG hello there\n');
    expect(await ann.fence()).toBe('OK\n');
    const bob = await WebSocketClient.connect(server.port);
    bob.send('LOGIN bob');
    await bob.until('OK\n');
    bob.send('MSG general kenobi');
    await ann.until('MSG bob general kenobi\n');
    ann.send('HISTORY 10\nSEARCH kenobi\n');
    expect(await ann.fence()).toMatch(
      /^HIST 1 \S+ ann hello there\nHIST 2 \S+ bob general kenobi\nOK\nHIST 2 \S+ bob general kenobi\nOK\n$/,
    );

    expect(await system.run('probe', `http://127.0.0.1:${server.port}`)).toMatchObject({ code: 0 });
    expect((await system.runOnData('user', 'list')).stdout).toContain('ann');
    expect((await system.runOnData('user', 'grant', 'ann')).code).toBe(0);
    expect((await system.runOnData('token', 'create', 'ann')).code).toBe(0);
    expect((await system.runOnData('export')).stdout).toMatch(/ann.*hello there\n.*bob.*general kenobi\n/);
    expect(await system.runOnData('backup', system.path('copy.db'))).toMatchObject({ code: 0 });
    expect(readdirSync(system.folder)).toContain('copy.db');

    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe('');
    expect(readdirSync(system.folder)).not.toContain('tmp');
  });

  it('serves the page for browsers, with all of its files', async () => {
    const server = await new BareSystem().serve();
    const url = `http://127.0.0.1:${server.port}`;
    const page = await fetch(`${url}/`, { headers: { Accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const paths = [...(await page.text()).matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const file = await fetch(url + path);
      expect([path, file.status, (await file.text()).length > 100]).toEqual([path, 200, true]);
    }
  });

  it('has every message after kill -9, and every user', async () => {
    const system = new BareSystem();
    const first = await system.serve();
    const ann = await SocketClient.login(first.port, 'ann');
    ann.send('REGISTER correct-horse-battery\n');
    ann.send(Array.from({ length: 200 }, (_, index) => `MSG number ${index}\n`).join(''));
    await ann.fence();
    first.signal('SIGKILL');
    await first.exited;

    const second = await system.serve();
    const again = await SocketClient.login(second.port, 'ann correct-horse-battery');
    again.send('HISTORY 200\n');
    const stored = (await again.fence()).match(/number \d+/g);
    expect(stored).toEqual(Array.from({ length: 200 }, (_, index) => `number ${index}`));
  });

  it('refuses a second server on the same data directory', async () => {
    const system = new BareSystem();
    await system.serve();
    const { code, stderr } = await system.runOnData('serve', '--port', '0');
    expect(code).toBe(2);
    expect(stderr).toContain('a server is already running on it');
  });

  it('makes a certificate, encrypts with it, and sends over every transport', async () => {
    const system = new BareSystem();
    expect(await system.run('cert', '--name', '127.0.0.1', '--out', system.path(''))).toMatchObject({
      code: 0,
    });
    const ca = readFileSync(join(system.folder, 'cert.pem'));
    const files = ['--tls-cert', system.path('cert.pem'), '--tls-key', system.path('key.pem')];
    const server = await system.serve(...files);
    const reader = await SocketClient.login(
      server.port,
      'reader',
      SocketClient.connectTls(server.port, { ca }),
    );
    for (const scheme of ['tcp', 'tls', 'ws', 'wss']) {
      const url = `${scheme}://127.0.0.1:${server.port}`;
      const sent = await system.run(
        'send',
        '--name',
        scheme,
        '--url',
        url,
        '--ca',
        system.path('cert.pem'),
        'done',
      );
      expect(sent).toMatchObject({ code: 0, stderr: '' });
      await reader.until(`MSG ${scheme} done\n`);
    }
    const probed = await system.run(
      'probe',
      `https://127.0.0.1:${server.port}`,
      '--ca',
      system.path('cert.pem'),
    );
    expect(probed).toMatchObject({ code: 0 });
  });

  it('chats with pipes', async () => {
    const system = new BareSystem();
    const server = await system.serve();
    const ann = await SocketClient.login(server.port, 'ann');
    const [program = '', ...args] = system.command;
    const chat = new Terminal(program, [...args, 'chat', `127.0.0.1:${server.port}`, '--name', 'bob']);
    chat.type('hello');
    await ann.until('MSG bob hello\n');
    ann.send('MSG welcome\n');
    await chat.until('ann: welcome\n');
    chat.endOfInput();
    expect(await chat.exited).toBe(0);
  });

  it.skipIf(!hasTmux)('chats in a terminal (needs tmux)', async () => {
    const system = new BareSystem();
    const server = await system.serve();
    const pane = new Pane([...system.command, 'chat', `127.0.0.1:${server.port}`, '--name', 'bob']);
    const ann = await SocketClient.login(server.port, 'ann');
    await pane.endsWith('#lobby>');
    pane.press('hello everyone', 'Enter');
    await ann.until('MSG bob hello everyone\n');
    ann.send('MSG hi\n');
    await pane.endsWith('00:00 ann: hi', '#lobby>');
  });
});
