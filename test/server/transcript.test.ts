/** TRANSCRIPT_FILE: what it says, and that neither a full disk nor logrotate is anyone's trouble. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppendOnlyFile } from '../../src/logging/append-only-file.js';
import { Transcript } from '../../src/server/transcript.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { World } from '../support/world.js';

describe('a transcript', () => {
  const written = (act: (world: World) => void) => {
    const world = new World();
    act(world);
    let text = '';
    const transcript = new Transcript((line) => (text += line));
    for (const { event } of world.seen) transcript.onEvent(event);
    return text.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/gm, '[time]');
  };

  it('has what was said and who came and went, the room named where it is not the lobby', () => {
    const text = written((world) => {
      const [ann, bob] = world.logins('Ann', 'Bob');
      ann?.send('MSG Hello Bob!\nJOIN dev\nMSG alone here\n');
      bob?.send('DM Ann psst\nPASTE\none\ntwo\n.\nQUIT\n');
      ann?.send('LEAVE\n');
      ann?.vanish();
    });
    expect(text).toBe(
      [
        '[time][system]: Ann joined the chat',
        '[time][system]: Bob joined the chat',
        '[time][Ann]: Hello Bob!',
        '[time][system]: Ann has left our chat...',
        '[time][#dev][system]: Ann joined the chat',
        '[time][#dev][Ann]: alone here',
        '[time][Bob]: one',
        '[time][Bob]: two',
        '[time][system]: Bob has left our chat...',
        '[time][#dev][system]: Ann has left our chat...',
        '[time][system]: Ann joined the chat',
        '[time][system]: Ann has left our chat...',
        '',
      ].join('\n'),
    );
  });

  it('says nothing of those who never logged in', () => {
    expect(
      written((world) => {
        const stranger = world.connect();
        stranger.send('LOGIN a/b\n');
        stranger.vanish();
      }),
    ).toBe('');
  });
});

describe('a file that only grows', () => {
  const open = (path: string) => {
    const reports: string[] = [];
    const file = new AppendOnlyFile(path, {
      onFailure: (error) => reports.push(`failed ${'code' in error ? String(error.code) : ''}`),
      onRecovery: () => reports.push('healed'),
      onReopenFailure: () => reports.push('not reopened'),
      onDropped: (lines) => reports.push(`dropped ${lines}`),
    });
    onTestFinished(() => file.close(100));
    return { file, reports };
  };

  it('is its owner’s alone, and what it held stays', async () => {
    const path = join(temporaryFolder(), 'log');
    const { file } = open(path);
    file.write('one\n');
    await file.close(1000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { file: again } = open(path);
    again.write('two\n');
    await again.close(1000);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  it('goes on in a new file of its name when it is told to', async () => {
    const path = join(temporaryFolder(), 'log');
    const { file } = open(path);
    file.write('old\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('old\n'));
    renameSync(path, `${path}.1`);
    file.reopen();
    expect(existsSync(path)).toBe(true);
    file.write('new\n');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('new\n'));
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('old\n');
  });

  it('goes on in the file it has if there can be no new one', async () => {
    const folder = join(temporaryFolder(), 'logs');
    mkdirSync(folder);
    const { file, reports } = open(join(folder, 'log'));
    renameSync(folder, `${folder}.old`);
    file.reopen();
    file.write('still here\n');
    await vi.waitFor(() => expect(readFileSync(join(`${folder}.old`, 'log'), 'utf8')).toBe('still here\n'));
    expect(reports).toEqual(['not reopened']);
  });

  it.skipIf(!existsSync('/dev/full'))('keeps what a full disk does not take, and says so once', async () => {
    const path = join(temporaryFolder(), 'log');
    symlinkSync('/dev/full', path);
    const { file, reports } = open(path);
    file.write('kept 1\n');
    await vi.waitFor(() => expect(reports).toEqual(['failed ENOSPC']));
    file.write('kept 2\n');
    rmSync(path);
    file.reopen();
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('kept 1\nkept 2\n'), 5000);
    expect(reports).toEqual(['failed ENOSPC', 'healed']);
  });
});

describe('TRANSCRIPT_FILE', () => {
  it('is written by a server, and reopened on SIGHUP while everyone stays', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'chat_logs.txt');
    writeFileSync(path, 'from before\n');
    const server = await launch({ env: { TRANSCRIPT_FILE: path, HISTORY: 'memory' } });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('MSG one\n');
    await ann.fence();
    await vi.waitFor(() =>
      expect(readFileSync(path, 'utf8')).toMatch(/^from before\n.*ann joined.*\n.*\[ann\]: one\n$/),
    );
    renameSync(path, `${path}.1`);
    server.signal('SIGHUP');
    await vi.waitFor(() => expect(existsSync(path)).toBe(true));
    ann.send('MSG two\n');
    await ann.fence();
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(readFileSync(path, 'utf8')).toMatch(
      /^\[.*\]\[ann\]: two\n\[.*\]\[system\]: ann has left our chat\.\.\.\n$/,
    );
  });

  it('that cannot be used ends the start with one line and code 2', async () => {
    const { code, stderr } = await run(['--transcript-file', '/nowhere/log'], { env: { HISTORY: 'memory' } });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'partyline: TRANSCRIPT_FILE /nowhere/log cannot be written to (ENOENT); make its folder and the right to write there, or name another file\n',
    });
  });
});
