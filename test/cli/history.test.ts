/** Tests `partyline export` and `partyline backup` as child processes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/core/message.js';
import { cleanText } from '../../src/core/text/text.js';
import { WHERE_DAMAGED } from '../../src/history/damaged-packs.js';
import { DiskHistory } from '../support/disk-history.js';
import { migrations } from '../../src/server/migrations.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import { message, roomNamed } from '../history/common.js';
import { builtCli, launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const NOON = Date.UTC(2026, 2, 1, 12);

/** A message; each id is one minute later than the previous one. */
function stored(id: number, room: string, text: string): Message {
  return { id, at: NOON + id * 60_000, room: roomNamed(room), from: 'ann', text: cleanText(text) };
}

function folderWith(...messages: readonly Message[]): string {
  const folder = join(temporaryFolder(), 'data');
  const store = openDatabase(folder, migrations);
  const history = new DiskHistory(store.database);
  for (const each of messages) history.append(each);
  history.commit();
  history.close();
  store.close();
  return folder;
}

async function exported(folder: string, ...flags: readonly string[]) {
  const { code, stdout, stderr } = await run(['export', '--data-dir', folder, ...flags], {
    env: { TZ: 'UTC' },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const three = () =>
  folderWith(stored(1, 'lobby', 'one'), stored(2, 'Dev', 'two: "2"'), stored(3, 'lobby', 'three'));

describe('partyline export', () => {
  it('partyline export prints exactly the messages of a span, also where the clock went back', async () => {
    const at = (id: number, minutes: number) => ({
      ...stored(id, 'lobby', `text ${id}`),
      at: NOON + minutes * 60_000,
    });
    const folder = folderWith(
      at(1, 1),
      at(2, 500),
      at(3, 501),
      at(4, 2),
      at(5, 3),
      at(25_000, 0),
      at(60_000, 4),
    );
    const span = ['--from', '2026-03-01T12:02:00Z', '--to', '2026-03-01T12:04:00Z'];
    const ids = (text: string) => Array.from(text.matchAll(/text (\d+)/g), ([, id]) => Number(id));
    expect(ids(await exported(folder, ...span))).toEqual([4, 5]);
    expect(ids(await exported(folder, '--from', '2026-03-01T12:04:00Z'))).toEqual([2, 3, 60_000]);
    expect(ids(await exported(folder, '--to', '2026-03-01T12:02:00Z'))).toEqual([1, 25_000]);
  });

  it('partyline export prints all messages in the format of GoTalk’s chat log', async () => {
    expect(await exported(three())).toBe(
      '[2026-03-01 12:01:00][ann]: one\n[2026-03-01 12:02:00][#Dev][ann]: two: "2"\n[2026-03-01 12:03:00][ann]: three\n',
    );
  });

  it('partyline export prints one JSON object per line with --format json', async () => {
    expect(await exported(three(), '--format', 'json', '--room', '#dev')).toBe(
      '{"id":2,"time":"2026-03-01T12:02:00.000Z","room":"Dev","name":"ann","text":"two: \\"2\\""}\n',
    );
  });

  it.each([
    [
      ['--from', '2026-03-01T12:02:00Z'],
      [2, 3],
    ],
    [['--to', '2026-03-01T12:02:00.000Z'], [1]],
    [
      ['--from', '2026-03-01 12:01', '--to', '2026-03-01T14:03+02:00'],
      [1, 2],
    ],
    [
      ['--from', '2026-03-01'],
      [1, 2, 3],
    ],
    [['--to', '2026-03-01'], []],
    [['--from', '2027-01-01'], []],
    [['--room', 'lobby', '--from', '2026-03-01T12:02Z'], [3]],
    [['--room', 'lobby', '--from', '2027-01-01'], []],
  ])('partyline export includes the start and excludes the end of the range %j', async (flags, ids) => {
    const lines = (await exported(three(), '--format', 'json', ...flags)).split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(ids);
  });

  it.each([
    [['--from', 'yesterday'], /invalid --from "yesterday"; give a time such as 2026-03-01/],
    [['--to', '2026-13-41'], /invalid --to "2026-13-41"; give a time/],
    [['--from', '2026-02-30'], /invalid --from "2026-02-30"; give a time/],
    [['--to', '2025-02-29T12:00Z'], /invalid --to "2025-02-29T12:00Z"; give a time/],
    [['--from', '2026-03-02', '--to', '2026-03-01'], /--from is not before --to; exchange them/],
    [['--room', 'a/b'], /invalid --room "a\/b"; give the name of a room/],
    [['--format', 'xml'], /invalid --format "xml"; give text or json/],
    [['--data-dir', '/nowhere'], /no data file in \/nowhere; give the data directory with --data-dir/],
  ])('partyline export prints one line of advice and exits with 2 for %j', async (flags, message) => {
    const { code, stdout, stderr } = await run(['export', '--data-dir', three(), ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^partyline: [^\n]*\n$/);
  });

  it.each([
    [
      ['--room', 'nosuch'],
      'partyline: no messages of the room "nosuch" are stored; check the name and --data-dir\n',
    ],
    [['--room', 'dve'], 'partyline: no messages of the room "dve" are stored; did you mean Dev?\n'],
  ])(
    'partyline export says that a room has no messages, and exits with 1, for %j',
    async (flags, message) => {
      const result = await run(['export', '--data-dir', three(), ...flags]);
      expect(result).toEqual({ code: 1, stdout: '', stderr: message });
    },
  );

  it('partyline export goes on past a damaged pack, names it and exits with 1; the server logs it once', async () => {
    const folder = join(temporaryFolder(), 'data');
    const store = openDatabase(folder, migrations);
    const history = new DiskHistory(store.database);
    for (const [index, room] of ['lobby', 'Dev', 'lobby'].entries()) {
      history.append(stored(index + 1, room, 'one'));
      history.commit();
    }
    store.database.exec("UPDATE packs SET body = 'nonsense' WHERE last_id = 2");
    store.close();
    const damage =
      'cannot read 1 messages of the room "Dev", with ids from 2 to 2, from 2026-03-01T12:02:00.000Z on: their pack is damaged';
    const expectExport = async () => {
      const result = await run(['export', '--data-dir', folder, '--format', 'json']);
      expect(result.stdout.match(/"id":\d/g)).toEqual(['"id":1', '"id":3']);
      expect([result.code, result.stderr]).toEqual([
        1,
        `partyline: ${damage}; restore a backup from before the damage to export them\n`,
      ]);
    };
    await expectExport();
    const server = await launch({ env: { DATA_DIR: folder } });
    await server.log.has({ level: 'error', msg: `${damage}; ${WHERE_DAMAGED}` });
    expect(server.log.events.filter(({ level }) => level === 'error')).toHaveLength(1);
    await expectExport();
  });

  it('partyline export prints nothing for a lobby without messages', async () => {
    expect(await exported(folderWith(stored(1, 'dev', 'one')), '--room', 'lobby')).toBe('');
  });

  it('partyline export prints a long history in order, page by page, and stops when the reader closes the pipe', async () => {
    const folder = folderWith(...Array.from({ length: 3000 }, (_, i) => message(i + 1, `room${i % 7}`)));
    const lines = (await exported(folder, '--format', 'json')).split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual(
      Array.from({ length: 3000 }, (_, i) => i + 1),
    );
    const command = `"$0" "$1" export --data-dir "$2" | head -1; exit "\${PIPESTATUS[0]}"`;
    const first = execFileSync('bash', ['-c', command, process.execPath, builtCli, folder], {
      encoding: 'utf8',
    });
    expect(first).toMatch(/^\[.*\]\[#room0\]\[ann\]: text 1\n$/);
  });

  it('partyline export finds the data directory as the server does', async () => {
    const cwd = temporaryFolder();
    const folder = three();
    writeFileSync(join(cwd, '.env'), `DATA_DIR=${folder}\n`);
    const { stdout } = await run(['export', '--room', 'dev'], { cwd });
    expect(stdout).toContain('two');
  });
});

describe('beside a running server', () => {
  it('partyline export beside a running server prints the messages so far, and the server continues', async () => {
    const folder = join(temporaryFolder(), 'data');
    const server = await launch({ flags: ['--data-dir', folder] });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('MSG here already\n');
    await ann.fence();
    expect(await exported(folder)).toMatch(/\[ann\]: here already\n$/);
    ann.send('MSG and still here\n');
    expect(await ann.fence()).toBe('');
    expect(await exported(folder)).toMatch(/here already\n.*and still here\n$/);
  });

  it('partyline backup copies all data of a running server, and a server starts with the copy', async () => {
    const folder = join(temporaryFolder(), 'data');
    const server = await launch({ flags: ['--data-dir', folder] });
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('MSG worth keeping\n');
    await ann.fence();
    const copy = join(temporaryFolder(), 'backup.db');
    expect(await run(['backup', copy, '--data-dir', folder])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(statSync(copy).mode & 0o777).toBe(0o600);

    const restored = temporaryFolder();
    mkdirSync(restored, { recursive: true });
    writeFileSync(dataFile(restored), readFileSync(copy));
    const other = await launch({ flags: ['--data-dir', restored] });
    const bob = await SocketClient.login(other.port, 'bob');
    bob.send('HISTORY\n');
    expect(await bob.until('OK\n')).toMatch(/^HIST \d+ \S+ ann worth keeping\nOK\n$/);
  });

  it('partyline backup does not overwrite a file', async () => {
    const file = join(temporaryFolder(), 'precious');
    writeFileSync(file, 'precious');
    const { code, stderr } = await run(['backup', file, '--data-dir', three()]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `partyline: cannot write ${file}: the file exists; choose a new file\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
