/** TRANSCRIPT_FILE: the content of the transcript, its reopening, and its errors at the start. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Transcript } from '../../src/server/transcript.js';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { World } from '../support/world.js';

describe('a transcript', () => {
  const transcriptOf = (act: (world: World) => void) => {
    const world = new World();
    act(world);
    let text = '';
    const transcript = new Transcript((line) => (text += line));
    for (const { event } of world.seen) transcript.onEvent(event);
    return text.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/gm, '[time]');
  };

  it('a transcript has messages, joins and leaves, with the room except in the lobby', () => {
    const text = transcriptOf((world) => {
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

  it('a transcript has a change of name', () => {
    const text = transcriptOf((world) => world.login('Ann').send('NICK Anna\nMSG hi\n'));
    expect(text).toBe(
      '[time][system]: Ann joined the chat\n[time][system]: Ann is now Anna\n[time][Anna]: hi\n',
    );
  });

  it('a transcript has nothing about connections without a login', () => {
    expect(
      transcriptOf((world) => {
        const client = world.connect();
        client.send('LOGIN a/b\n');
        client.vanish();
      }),
    ).toBe('');
  });
});

describe('TRANSCRIPT_FILE', () => {
  it('TRANSCRIPT_FILE is appended to by the server, and reopened on SIGHUP without disconnecting clients', async () => {
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

  it.each([
    ['/nowhere/log', '/nowhere does not exist; create that folder'],
    ['/tmp', 'it is a folder; move it away'],
  ])(
    'TRANSCRIPT_FILE that cannot be written (%s) ends the start with one line and code 2',
    async (path, causeAndRemedy) => {
      const { code, stderr } = await run(['--transcript-file', path], { env: { HISTORY: 'memory' } });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `partyline: cannot write TRANSCRIPT_FILE ${path}: ${causeAndRemedy} or name another file\n`,
      });
    },
  );
});
