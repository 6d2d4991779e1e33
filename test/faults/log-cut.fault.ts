/** A write-ahead log truncated by a power cut: the data file opens with a prefix of the messages, or is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DiskHistory } from '../support/disk-history.js';
import { migrations } from '../../src/server/migrations.js';
import { dataFile, openDatabase } from '../../src/database/open.js';
import { exportedPages } from '../../src/history/export.js';
import { DatabaseError } from '../../src/database/database-error.js';
import { asAfterKill, temporaryFolder } from '../support/folders.js';
import { launch } from '../support/process.js';
import { shortened } from './form.js';
import { Talker } from './talker.js';

/** How long the killed servers had run: after two seconds the log has been copied into the file and restarted. */
const RUNS_MS = shortened([300, 3000], [300, 1000, 2000, 3000]);
/** Random places at which the log of each one is truncated. */
const CUTS = shortened(15, 25);
const ROOMS = ['dev', 'ops', 'art'];
const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 1_000_000, keep: 'newest' } as const;

/** The ids of all messages in a folder, or null if it is refused. */
function idsIn(folder: string): number[] | null {
  try {
    const store = openDatabase(folder, migrations);
    try {
      expect(store.database.pragma('integrity_check')).toBe('ok');
      const history = new DiskHistory(store.database);
      const byRoom = ROOMS.flatMap((room) => history.read(room, ALL).map(({ id }) => id)).sort(
        (a, b) => a - b,
      );
      const pages = [...exportedPages(store.database, { room: null, from: null, to: null })];
      const all = pages.flat().map(({ id }) => id);
      expect(byRoom).toEqual(all);
      while (history.index()) continue;
      return all;
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}

/** The folder of a server that was killed while 20 clients sent messages. */
async function killedWhileTalking(ms: number): Promise<string> {
  const folder = temporaryFolder();
  const server = await launch({ env: { DATA_DIR: folder } });
  const talkers = Array.from(
    { length: 20 },
    (_, index) => new Talker(server.port, `s${index}`, ROOMS[index % ROOMS.length] ?? ''),
  );
  await Promise.all(talkers.map(({ ready }) => ready));
  for (const talker of talkers) talker.talk();
  await delay(ms);
  server.signal('SIGKILL');
  await server.exited;
  return folder;
}

it(`a log truncated at ${RUNS_MS.length * CUTS} random places gives a prefix of the messages or is refused`, async () => {
  let [prefixes, refusals] = [0, 0];
  for (const ms of RUNS_MS) {
    const folder = await killedWhileTalking(ms);
    const log = readFileSync(`${dataFile(folder)}-wal`);
    const whole = idsIn(asAfterKill(folder));
    expect(whole?.length).toBeGreaterThan(100);
    for (let cut = 0; cut < CUTS; cut++) {
      const truncated = asAfterKill(folder);
      writeFileSync(`${dataFile(truncated)}-wal`, log.subarray(0, Math.floor(Math.random() * log.length)));
      const ids = idsIn(truncated);
      if (ids === null) refusals++;
      else {
        prefixes++;
        expect(ids).toEqual(whole?.slice(0, ids.length));
      }
    }
  }
  expect(prefixes + refusals).toBe(RUNS_MS.length * CUTS);
  expect(prefixes).toBeGreaterThan(0);
});
