/** Smaller IRC clients, which use few capabilities or none, chat with lines. Each is skipped where it is not installed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';
import { certificatePair } from '../support/certificate.js';
import { hasTmux, Pane } from '../support/pane.js';
import { serve, temporaryFolder } from '../support/process.js';
import { DEADLINE_MS, SocketClient } from '../support/socket-client.js';
import { Terminal } from '../support/terminal.js';
import { findProgram } from '../bench/servers/server.js';

const has = (program: string) => findProgram(program) !== null;

describe('ii', () => {
  it.skipIf(!has('ii'))(
    'ii writes what lines says into a file, and sends what is written to its FIFO',
    async () => {
      const { port } = await serve();
      const lin = await SocketClient.login(port, 'lin');
      const folder = temporaryFolder();
      new Terminal('ii', ['-s', '127.0.0.1', '-p', `${port}`, '-n', 'ann', '-i', folder]);
      const lobby = join(folder, '127.0.0.1/#lobby');
      await until(() => existsSync(join(lobby, 'in')));
      writeFileSync(join(lobby, 'in'), 'hello from ii\n');
      await lin.until('MSG ann hello from ii\n');
      lin.send('MSG hello from lines\n');
      await until(() => readFileSync(join(lobby, 'out'), 'utf8').includes('<lin> hello from lines\n'));
    },
  );
});

describe('sic', () => {
  it.skipIf(!has('sic'))('sic enters a room, and exchanges messages there', async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    lin.send('JOIN dev\n');
    await lin.until('OK\n');
    const sic = new Terminal('sic', ['-h', '127.0.0.1', '-p', `${port}`, '-n', 'ann']);
    await sic.until('JOIN (#lobby)');
    sic.type(':j #dev');
    await sic.until('JOIN (#dev)');
    sic.type('hello from sic');
    await lin.until('MSG ann hello from sic\n');
    lin.send('MSG hello from lines\n');
    await sic.until('<lin> hello from lines');
  });
});

describe('epic5', () => {
  it.skipIf(!has('epic5') || !hasTmux)('epic5 exchanges messages and actions', async () => {
    const { port } = await serve();
    const lin = await SocketClient.login(port, 'lin');
    const home = `HOME=${temporaryFolder()}`;
    const pane = new Pane(['env', home, 'epic5', '-n', 'ann', `127.0.0.1:${port}`], {
      columns: 120,
      rows: 40,
    });
    await pane.shows('Users on #lobby: lin ann');
    pane.press('hello from epic5', 'Enter', '/me dances', 'Enter');
    await lin.until('MSG ann hello from epic5\nMSG ann * ann dances\n');
    lin.send('MSG hello from lines\nME waves\n');
    await pane.shows('<lin> hello from lines');
    await pane.shows('* lin waves');
  });
});

describe('catgirl', () => {
  it.skipIf(!has('catgirl') || !hasTmux)('catgirl connects with TLS, and exchanges messages', async () => {
    const { settings, certFile } = await certificatePair();
    const { port } = await serve(settings);
    const lin = await SocketClient.login(port, 'lin');
    const options = ['-h', 'localhost', '-p', `${port}`, '-t', certFile, '-n', 'ann'];
    const pane = new Pane(['env', `HOME=${temporaryFolder()}`, 'catgirl', ...options], {
      columns: 120,
      rows: 40,
    });
    await pane.shows('You arrive in Partyline');
    pane.press('/window 1', 'Enter');
    await pane.shows('1 #lobby');
    pane.press('hello from catgirl', 'Enter');
    await lin.until('MSG ann hello from catgirl\n');
    lin.send('MSG hello from lines\n');
    await pane.shows('hello from lines');
  });
});

function until(isThere: () => boolean): Promise<void> {
  return vi.waitUntil(isThere, { timeout: DEADLINE_MS }).then(() => {});
}
