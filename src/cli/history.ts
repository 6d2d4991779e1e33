/**
 * The command line of the history: `partyline export` and `partyline backup`. Both work on the data folder, whether a
 * server runs on it or not, and keep no server waiting.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { ConfigError, loadConfig, type Values } from '../config/load-config.js';
import type { Message } from '../core/message.js';
import { parseRoomName } from '../core/text/text.js';
import { codeOf, codeOrWords } from '../util/error-code.js';
import { type ExportQuery, exportedPages } from '../history/export.js';
import { migrations } from '../server/migrations.js';
import { dataFile, openBesideServer, type DataFile } from '../database/open.js';
import { transcriptFormatter } from '../server/transcript.js';

interface Options {
  readonly dataDir?: string;
}

interface ExportOptions extends Options {
  readonly room?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format?: string;
}

/** Where settings come from beside the flags. */
export interface Surroundings {
  readonly env: Values;
  readonly dotenv: () => Values;
}

const DATA_DIR = '--data-dir <folder>';
const DATA_DIR_HELP = 'the folder of the history (default: DATA_DIR, or ./data)';
const TIMES =
  '\nA time is 2026-03-01, 2026-03-01T12:00 or 2026-03-01T12:00:00.000Z; local time, if it has no zone.';

export function addHistoryCommands(program: Command, surroundings: Surroundings): void {
  program
    .command('export')
    .description('print what was said in rooms, oldest first')
    .option('--room <room>', 'of this room alone (default: all)')
    .option('--from <time>', 'from this time on (default: the beginning)')
    .option('--to <time>', 'up to this time, itself left out (default: now)')
    .option(
      '--format <format>',
      "text, as GoTalk's chat log has it, or json, an object a line (default text)",
    )
    .option(DATA_DIR, DATA_DIR_HELP)
    .addHelpText('after', TIMES)
    .action((options: ExportOptions) => exportHistory(options, surroundings));
  program
    .command('backup <file>')
    .description('copy all that is in the data folder into a new file, also while a server runs')
    .option(DATA_DIR, DATA_DIR_HELP)
    .action((file: string, options: Options) => backUp(file, options, surroundings));
}

async function exportHistory(options: ExportOptions, surroundings: Surroundings): Promise<void> {
  const query: ExportQuery = {
    room: roomOf(options.room),
    from: timeOf('--from', options.from),
    to: timeOf('--to', options.to),
  };
  const print = printerOf(options.format ?? 'text');
  const dataFile = openExisting(options, surroundings);
  function* pages(): Generator<string> {
    for (const page of exportedPages(dataFile.database, query)) yield page.map(print).join('');
  }
  try {
    // A page ahead, no more: whoever reads may be slow.
    await pipeline(Readable.from(pages(), { highWaterMark: 1 }), process.stdout, { end: false });
  } catch (error) {
    // The reader has enough (`partyline export | head`).
    if (codeOf(error) !== 'EPIPE') throw error;
  } finally {
    dataFile.close();
  }
}

/** The copy is whole: it is of one moment, whatever is said meanwhile. */
function backUp(file: string, options: Options, surroundings: Surroundings): void {
  const dataFile = openExisting(options, surroundings);
  try {
    closeSync(newFile(file));
    try {
      dataFile.database.prepare('VACUUM INTO ?').run(file);
      sync(file);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
  } finally {
    dataFile.close();
  }
}

function newFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const code = codeOrWords(error);
    const why = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`;
    throw new ConfigError(`partyline: ${file} ${why}; name a new file`);
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function openExisting({ dataDir }: Options, { env, dotenv }: Surroundings): DataFile {
  const flags = dataDir === undefined ? {} : { DATA_DIR: dataDir };
  const folder = loadConfig({ flags, env, dotenv: dotenv() }).dataDir;
  if (!existsSync(dataFile(folder))) {
    throw new ConfigError(`partyline: there is no history in ${folder}; name its folder with --data-dir`);
  }
  return openBesideServer(folder, migrations);
}

function roomOf(typed: string | undefined): string | null {
  if (typed === undefined) return null;
  const room = parseRoomName(typed);
  if (room === null)
    throw new ConfigError(`partyline: --room must be a room's name; got ${JSON.stringify(typed)}`);
  return room.fold;
}

const TIME = /^\d{4}-\d\d-\d\d(?<time>[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Without a time of day it is midnight here; JavaScript would take it for midnight in Greenwich. */
function timeOf(flag: string, typed: string | undefined): number | null {
  if (typed === undefined) return null;
  const match = TIME.exec(typed.trim());
  const time = match === null ? Number.NaN : Date.parse(match.groups?.time ? match[0] : `${match[0]}T00:00`);
  if (!Number.isNaN(time)) return time;
  throw new ConfigError(
    `partyline: ${flag} must be a time such as 2026-03-01 or 2026-03-01T12:00:00Z; got ${JSON.stringify(typed)}`,
  );
}

function printerOf(format: string): (message: Message) => string {
  if (format === 'json') {
    return ({ id, at, room, from, text }) =>
      `${JSON.stringify({ id, time: new Date(at).toISOString(), room: room.shown, name: from, text })}\n`;
  }
  if (format !== 'text')
    throw new ConfigError(`partyline: --format must be text or json; got ${JSON.stringify(format)}`);
  const line = transcriptFormatter();
  return ({ at, room, from, text }) => line(at, room.shown, from, text);
}
