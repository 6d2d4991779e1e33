/**
 * `npx tsx test/bench/large-history.ts [messages]`: how long a history of millions of messages keeps the event loop, while
 * it is searched, indexed, trimmed and exported. The server's own thread writes the file, as in a real server.
 *
 * Steps are measured in CPU time, which other programs disturb less. Where the thread works at the same time, the CPU time
 * of the main thread alone is read from Linux, and the gaps between passes of the event loop are measured by the clock too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextPass, setTimeout as sleep } from 'node:timers/promises';
import { wordsOf } from '../../src/core/text/search-words.js';
import { cleanText, parseRoomName, type RoomName } from '../../src/core/text/text.js';
import { openDatabase } from '../../src/database/open.js';
import { DiskWriter, packedTurn } from '../../src/history/disk-writer.js';
import { exportedPages } from '../../src/history/export.js';
import { migrations } from '../../src/server/migrations.js';
import { openDisk } from '../../src/server/storage.js';
import type { Message } from '../../src/core/message.js';
import { read } from './measure.js';
import { createLogger } from '../../src/logging/logger.js';
import { cpuMs } from '../support/cpu-time.js';

/** Longer steps than this are a stall. */
const LIMIT_MS = 10;
const messageCount = Number(process.argv[2] ?? 4_000_000);
const rooms = Array.from({ length: 1000 }, (_, index) => roomNamed(`room${index}`));
const huge = roomNamed('huge');
const words = Array.from({ length: 30_000 }, (_, index) => `w${index.toString(36)}`);
const rounds = 200;
const log = createLogger({ logLevel: 'warn', logFormat: 'json' });

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const folder = mkdtempSync(join(tmpdir(), 'partyline-large-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const filledIn = await timed(fill);
console.log(`${messageCount} messages stored in ${filledIn.toFixed(0)} s`);
const file = openDatabase(folder, migrations);
const disk = await openDisk(file, log);

print('SEARCH without an index, a common word', await steps(() => search('hello')));
print('SEARCH without an index, no such word, 5 searches', await steps(() => search('nonsense'), 5));
await whileWorking('indexing', () => indexedCount() < messageCount, 60_000);
print('SEARCH, behind half of the index', await steps(() => search('hello'), 50));
await whileWorking('indexing, the rest', () => indexedCount() < messageCount, Number.POSITIVE_INFINITY);
print('HISTORY 20', await steps(() => readMessages(20)));
print('HISTORY 500', await steps(() => readMessages(500)));
print('SEARCH, a word of every message', await steps(() => search('hello')));
print('SEARCH, a rare word', await steps(() => search(pick(words.slice(20_000), 1))));
print('SEARCH, two words', await steps(() => search(`${pick(words, 4)} ${pick(words, 4)}`)));
print('SEARCH, no such word', await steps(() => search('nonsense')));
print('SEARCH, two common words that never meet', await steps(() => search('even odd', huge), 20));
print('SEARCH, three common words', await steps(() => search('hello even all', huge), 50));

const before = Math.floor(messageCount / 20) * 1000;
await whileWorking(
  'deleting a twentieth',
  () => disk.keeper.forget('messages', before) === 'pending',
  120_000,
);
print('export, a page', await pages());
await disk.close();
file.close();

/** Stores the messages, half of them in one room; nothing is indexed. */
function fill(): void {
  const { database, close } = openDatabase(folder, migrations);
  const writer = new DiskWriter(database, { onMaintained() {}, onDamaged() {} });
  database.pragma('synchronous = OFF');
  for (let first = 1; first <= messageCount; first += 2000) {
    const messages: Message[] = [];
    for (let id = first; id < first + 2000 && id <= messageCount; id++) messages.push(messageWith(id));
    const newest = messages.at(-1);
    if (newest === undefined) return;
    const numbering = { lastId: newest.id, lastAt: newest.at };
    writer.commit(packedTurn({ messages, lastAt: first * 1000 - 1000, numbering, redacted: [], rows: [] }));
  }
  database.pragma('synchronous = FULL');
  close();
}

function messageWith(id: number): Message {
  const some = Array.from({ length: 3 + (id % 9) }, () => pick(words, 4)).join(' ');
  const isHuge = id % 2 === 0;
  const text = cleanText(`hello ${isHuge ? `all ${id % 4 === 0 ? 'even' : 'odd'} ` : ''}${some}`);
  return { id, at: id * 1000, room: isHuge ? huge : pick(rooms, 2), from: `user${id % 50}`, text };
}

function search(text: string, room = pick([huge, ...rooms], 2)) {
  const query = { room: room.fold, words: [...wordsOf(text)], before: messageCount + 1, limit: 20 };
  return disk.history.search(query);
}

function readMessages(limit: number) {
  const range = { after: 0, before: messageCount + 1, limit, keep: 'newest' } as const;
  return disk.history.read(pick([huge, ...rooms], 2).fold, range);
}

function indexedCount(): number {
  return file.database.prepareValue<[], number>('SELECT last_id FROM indexed').get() ?? 0;
}

/** The CPU time of the passes of the event loop in which this work is done. */
async function steps(work: () => unknown, count = rounds): Promise<Figures> {
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    let generator: unknown;
    for (let done = false; !done;) {
      await nextPass();
      const start = cpuMs();
      generator ??= work();
      done = !isGenerator(generator) || generator.next().done === true;
      times.push(cpuMs() - start);
    }
  }
  return figuresOf(times);
}

/**
 * What a timer of one millisecond waits while the thread works, and what the main thread does between two of its calls.
 * It sleeps most of the time: on a busy server the thread would hardly work.
 */
async function whileWorking(name: string, isWorking: () => boolean, maxMs: number): Promise<void> {
  const gaps: number[] = [];
  const times: number[] = [];
  const start = performance.now();
  let last = start;
  let lastCpu = mainThreadMs();
  let checkedAt = start;
  for (let isOn = true; isOn && last - start < maxMs;) {
    await sleep(1);
    const now = performance.now();
    const cpu = mainThreadMs();
    gaps.push(Math.max(0, now - last - 1));
    times.push(cpu - lastCpu);
    [last, lastCpu] = [now, cpu];
    if (now - checkedAt < 100) continue;
    isOn = isWorking();
    // The question itself is no work of the server: its time counts once the thread has slept.
    await sleep(1);
    last = checkedAt = performance.now();
    lastCpu = mainThreadMs();
  }
  print(`${name}: CPU of the main thread, ${((last - start) / 1000).toFixed(0)} s`, figuresOf(times));
  print(`${name}: gaps by the clock`, figuresOf(gaps));
}

/** The CPU time of the main thread up to its last sleep, in milliseconds; 0 on other systems than Linux. */
function mainThreadMs(): number {
  const [nanoseconds = '0'] = read(`/proc/self/task/${process.pid}/schedstat`)?.split(' ') ?? [];
  return Number(nanoseconds) / 1e6;
}

async function pages(): Promise<Figures> {
  const times: number[] = [];
  const source = exportedPages(file.database, { room: null, from: null, to: null });
  for (let done = false; !done && times.length < 2000;) {
    await nextPass();
    const start = cpuMs();
    done = source.next().done === true;
    times.push(cpuMs() - start);
  }
  return figuresOf(times);
}

function figuresOf(times: number[]): Figures {
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), longest: at(1) };
}

function print(name: string, { p50, p99, longest }: Figures): void {
  const verdict = longest > LIMIT_MS ? `  over ${LIMIT_MS}` : '';
  const figures = [p50, p99, longest].map((ms) => ms.toFixed(1).padStart(7)).join('');
  console.log(`${name.padEnd(58)}${figures} ms (p50, p99, longest)${verdict}`);
}

async function timed(work: () => void): Promise<number> {
  await nextPass();
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function isGenerator(value: unknown): value is Generator {
  return typeof value === 'object' && value !== null && 'next' in value;
}

/** A random item; the first items are the most frequent. */
function pick<Item>(items: readonly Item[], skew: number): Item {
  return items[Math.floor(Math.random() ** skew * items.length)] as Item;
}

function roomNamed(name: string): RoomName {
  const room = parseRoomName(name);
  if (room === null) throw new Error(`invalid room ${name}`);
  return room;
}
