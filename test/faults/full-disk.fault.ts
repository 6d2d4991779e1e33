/** A disk of two megabytes that fills and empties, and a read-only one. Needs the permission to mount. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { dataFile } from '../../src/database/open.js';
import { launch, run } from '../support/process.js';
import { canMount, fill, smallDisk } from '../support/small-disk.js';
import { SocketClient } from '../support/socket-client.js';
import { storedIn } from './check.js';

const refusal = async (flags: readonly string[]) => {
  const { code, stderr } = await run(flags);
  expect(stderr).toMatch(/^partyline: [^\n]*\n$/);
  expect(code).toBe(2);
  return stderr;
};

describe.skipIf(!canMount)('a full disk', () => {
  it('a full disk causes ERR not-stored for messages only, until it has space again', async () => {
    const disk = smallDisk();
    const transcript = join(disk, 'chat_logs.txt');
    const server = await launch({ env: { DATA_DIR: join(disk, 'data'), TRANSCRIPT_FILE: transcript } });
    const [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => SocketClient.login(server.port, name)));
    if (ann === undefined || bob === undefined) throw new Error('no clients');
    ann.send('MSG before\n');
    await ann.fence();
    expect(await bob.fence()).toBe('MSG ann before\n');

    const empty = fill(disk);
    let refused = 0;
    let stored = 0;
    // Messages are stored as long as the write-ahead log has space in its file.
    for (let count = 1; refused < 5 && count < 5000; count++) {
      ann.send(`MSG while full ${count} ${'x'.repeat(1000)}\n`);
      const answer = await ann.fence();
      const received = await bob.fence();
      expect([answer, received.slice(0, 18)]).toEqual(
        answer === '' ? ['', 'MSG ann while full'] : ['ERR not-stored\n', ''],
      );
      if (answer === '') stored++;
      else refused++;
    }
    expect(refused).toBe(5);
    bob.send('WHO\nDM ann psst\nJOIN dev\nLEAVE\nHISTORY 1\nSEARCH before\n');
    expect(await bob.fence()).toMatch(
      /^USER ann\nUSER bob\nOK\nOK\nHIST [^\n]*\nOK\n(?:HIST [^\n]* ann before\n)OK\n$/,
    );
    expect(await ann.until('DM bob psst\n')).toContain('DM bob psst');

    empty();
    ann.send('MSG after\n');
    expect(await ann.fence()).toMatch(/^(INFO bob \w+ \w+\n)*$/);
    expect(await bob.until('MSG ann after\n')).toContain('MSG ann after');
    await server.log.has({ level: 'warn', msg: 'messages are stored again' });
    const errors = server.log.events.filter(({ level }) => level === 'error').length;
    expect(errors).toBeGreaterThan(0);
    expect(errors).toBeLessThan(5);

    server.signal('SIGKILL');
    await server.exited;
    const next = await launch({ env: { DATA_DIR: join(disk, 'data') } });
    const texts = (await storedIn(next.port, 'lobby')).map(({ text }) => text.slice(0, 10));
    expect(texts).toEqual(['before', ...Array.from({ length: stored }, () => 'while full'), 'after']);
  });

  it('a full disk of the transcript does not affect the chat, and gets the missing lines later', async () => {
    const disk = smallDisk();
    const transcript = join(disk, 'chat_logs.txt');
    const server = await launch({ env: { HISTORY: 'memory', TRANSCRIPT_FILE: transcript } });
    const ann = await SocketClient.login(server.port, 'ann');
    const empty = fill(disk);
    for (let count = 1; count <= 100; count++) ann.send(`MSG ${count} ${'x'.repeat(1000)}\n`);
    expect(await ann.fence()).toBe('');
    await server.log.has({ tag: 'ERROR' });
    empty();
    await server.log.has({ level: 'warn', msg: `${transcript} can be written again` });
    await vi.waitFor(() => {
      const lines = execFileSync('cat', [transcript], { encoding: 'utf8' }).split('\n').slice(0, -1);
      expect(lines.slice(1).map((line) => /\[ann\]: (\d+) x{1000}$/.exec(line)?.[1])).toEqual(
        Array.from({ length: 100 }, (_, index) => String(index + 1)),
      );
    });
    expect(server.log.events.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('a full disk ends the start with one line and code 2, with and without a data file', async () => {
    const disk = smallDisk();
    const folder = join(disk, 'data');
    const empty = fill(disk);
    expect(await refusal(['--data-dir', folder])).toMatch(
      /: the disk is full; free disk space or choose another folder with --data-dir$/m,
    );
    empty();
    const server = await launch({ env: { DATA_DIR: folder } });
    server.signal('SIGTERM');
    await server.exited;
    fill(disk);
    expect(await refusal(['--data-dir', folder])).toMatch(
      /: the disk is full; free disk space or choose another folder with --data-dir$/m,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});

describe.skipIf(!canMount)('a read-only disk', () => {
  it('a read-only disk ends the start with one line and code 2', async () => {
    const disk = smallDisk();
    const folder = join(disk, 'data');
    const server = await launch({ env: { DATA_DIR: folder } });
    server.signal('SIGTERM');
    await server.exited;
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    for (const path of [folder, join(disk, 'other'), join(disk, 'other', 'data')])
      expect(await refusal(['--data-dir', path])).toMatch(
        /cannot write \S+: read-only file system; mount it read-write or choose another folder with --data-dir$/m,
      );
    expect(dataFile(folder)).toMatch(/partyline\.db$/);
  });
});
