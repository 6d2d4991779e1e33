/** The executable for arm64 serves, stores and encrypts, in an emulator: it starts in seconds there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/folders.js';
import { launch, run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { built } from './bare-system.js';
import { EMULATOR } from './setup.js';

const { reason, folder } = built.arm64;
const program = { wrapper: EMULATOR, node: join(folder, 'partyline-linux-arm64') };

describe.skipIf(reason !== '')(`the executable for arm64${reason}`, () => {
  it('prints its version, without a warning', async () => {
    expect(await run([], { ...program, script: '--version' })).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  it('serves, registers, encrypts, and has every message after kill -9', { timeout: 240_000 }, async () => {
    const cwd = temporaryFolder();
    expect(await run(['--name', '127.0.0.1'], { ...program, script: 'cert', cwd })).toMatchObject({
      code: 0,
    });
    const flags = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];
    const serve = () => launch({ ...program, script: 'serve', flags, cwd });
    const first = await serve();
    const ann = await SocketClient.login(first.port, 'ann');
    ann.send('REGISTER correct-horse-battery\nMSG hello there\n');
    expect(await ann.fence()).toBe('OK\n');
    const url = `tls://127.0.0.1:${first.port}`;
    const words = ['--url', url, '--ca', join(cwd, 'cert.pem'), '--timeout', '60', 'general kenobi'];
    expect(await run(words, { ...program, script: 'send' })).toMatchObject({ code: 0, stderr: '' });
    first.signal('SIGKILL');
    await first.exited;

    const second = await serve();
    const ca = readFileSync(join(cwd, 'cert.pem'));
    const socket = SocketClient.connectTls(second.port, { ca });
    const again = await SocketClient.login(second.port, 'ann correct-horse-battery', socket);
    again.send('SEARCH kenobi\nHISTORY 10\n');
    expect(await again.fence()).toMatch(
      /^HIST 2 .*\nOK\nHIST 1 .* hello there\nHIST 2 .* general kenobi\nOK\n$/,
    );
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect((await run([], { ...program, script: 'export', cwd })).stdout).toMatch(/hello there\n.*kenobi\n/);
  });
});
