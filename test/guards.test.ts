/**
 * Snapshots of the public interface: help texts, library types, metrics and log lines. Moving and renaming files must not
 * change them. A deliberate change is accepted with `npx vitest run test/guards.test.ts -u`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch, type LogEvent, run } from './support/process.js';
import { publicTypesOf } from './support/public-types.js';
import { SocketClient } from './support/socket-client.js';
import { temporaryFolder } from './support/folders.js';

function snapshotOf(name: string): string {
  return resolve(import.meta.dirname, `__snapshots__/${name}.txt`);
}

describe('the snapshot', () => {
  it('the snapshot of the help of every command is unchanged', { timeout: 60_000 }, async () => {
    await expect((await helpOf([])).join('\n')).toMatchFileSnapshot(snapshotOf('help'));
  });

  it('the snapshot of the library types is unchanged', { timeout: 60_000 }, async () => {
    const types = publicTypesOf(resolve(import.meta.dirname, '../dist/index.d.ts'));
    await expect(types).toMatchFileSnapshot(snapshotOf('library-types'));
  });

  it('the snapshot of the metrics (names, types, labels) is unchanged', async () => {
    const server = await launch({ flags: ['--history', 'memory'] });
    await SocketClient.login(server.port, 'ann');
    const page = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    await expect(metricsOn(page)).toMatchFileSnapshot(snapshotOf('metrics'));
  });

  it(
    'the snapshot of the log (tags, and the fields of each kind of line) is unchanged',
    { timeout: 60_000 },
    async () => {
      const kinds = new Set((await busyLog()).map(kindOf));
      await expect(`${[...kinds].sort().join('\n')}\n`).toMatchFileSnapshot(snapshotOf('log-lines'));
    },
  );
});

/** The help of a command and of all its subcommands. */
async function helpOf(words: readonly string[]): Promise<string[]> {
  const { code, stdout } = await run([...words, '--help']);
  expect({ words, code }).toEqual({ words, code: 0 });
  const [, commands = ''] = /\nCommands:\n([^]*?)(?:\n\n|$)/.exec(stdout) ?? [];
  const names = Array.from(commands.matchAll(/^ {2}(\S+)/gm), ([, name = '']) => name);
  const below = await Promise.all(names.map((name) => helpOf([...words, name])));
  return [`$ ${['partyline', ...words, '--help'].join(' ')}\n${stdout}`, ...below.flat()];
}

/** One line per metric: its name, its type, and the labels of its samples. */
function metricsOn(page: string): string {
  const lines = Array.from(page.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => {
    const samples = page.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'));
    const labels = Array.from(samples, ([, list = '']) =>
      Array.from(list.matchAll(/(\w+)="/g), ([, label = '']) => label),
    );
    return `${[name, type, ...new Set(labels.flat())].join(' ')}\n`;
  });
  return lines.sort().join('');
}

/** The kind of a log line with its fields in order: `ADMIN did=topic: level time tag …`. */
function kindOf(event: LogEvent): string {
  const about = typeof event.tag === 'string' ? event.tag : event.msg;
  const did = 'did' in event ? ` did=${String(event.did)}` : '';
  return `${about}${did}: ${Object.keys(event).join(' ')}`;
}

/** The log of a server after every kind of event. */
async function busyLog(): Promise<readonly LogEvent[]> {
  const folder = temporaryFolder();
  const transcript = join(temporaryFolder(), 'transcript.txt');
  const dataFolder = ['--data-dir', folder];
  const server = await launch({ flags: [...dataFolder, '--transcript-file', transcript] });
  const silent = await SocketClient.connect(server.port);
  await silent.fence();
  silent.leave();
  const ann = await SocketClient.login(server.port, 'ann');
  const bob = await SocketClient.login(server.port, 'bob');
  ann.send('MSG hi\nDM bob hi\nREGISTER ann-password\n');
  await server.log.has({ did: 'register' });
  await run(['user', 'grant', 'ann', 'operator', ...dataFolder]);
  await server.log.has({ by: 'command line' });
  ann.send('JOIN dev\nTOPIC releases\nLOCK our-key\n');
  await server.log.has({ did: 'lock' });
  ann.send('UNLOCK\nLEAVE\nSAY hello\nIGNORE bob\nUNIGNORE bob\nMUTE bob 5\nUNMUTE bob\nMUTE bob\n');
  ann.send('BAN bob 10 too loud\nUNBAN bob\nPASSWORD ann-password other-password\n');
  await server.log.has({ did: 'change-password' });
  await bob.closed;
  await SocketClient.login(server.port, 'bob');
  ann.send('KICK bob too loud\nUNREGISTER other-password\n');
  await server.log.has({ did: 'unregister' });
  // A folder replaces the file, so that it cannot be opened again.
  rmSync(transcript);
  mkdirSync(transcript);
  server.signal('SIGHUP');
  await server.log.has({ tag: 'ERROR' });
  server.signal('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  return server.log.events;
}
