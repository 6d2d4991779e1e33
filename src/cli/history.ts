/**
 * `partyline export` and `partyline backup`: reads the data directory, also beside a running server, and never delays
 * the server.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { ConfigError } from '../config/load-config.js';
import type { Message } from '../core/message.js';
import { codeOf, codeOrWords, isDiskFull } from '../util/error-code.js';
import { printError } from './print-error.js';
import { beginsWithHome, NO_HOME } from '../config/setting-types.js';
import { nearest } from '../core/text/did-you-mean.js';
import type { DamagedPack } from '../history/damaged-packs.js';
import type { ExportQuery } from '../history/export.js';
import { DATA_DIR, DATA_DIR_HELP, type DataDirOptions, type Environment, openExisting } from './data-dir.js';
import { stdout } from './standard-streams.js';

interface ExportOptions extends DataDirOptions {
  readonly room?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format?: string;
}

/** The lobby always exists, also without messages. */
const LOBBY = 'lobby';
const TIMES =
  '\nA time is 2026-03-01, 2026-03-01T12:00 or 2026-03-01T12:00:00.000Z. Without a zone it is local time.';

export function addHistoryCommands(program: Command, environment: Environment): void {
  program
    .command('export')
    .description('print the stored messages of the rooms, oldest first')
    .option('--room <room>', 'only this room (default: all rooms)')
    .option('--from <time>', 'only messages from this time on (default: all)')
    .option('--to <time>', 'only messages before this time (default: all)')
    .option('--format <format>', "text, as in GoTalk's chat log, or json, one object per line (default text)")
    .option(DATA_DIR, DATA_DIR_HELP)
    .addHelpText('after', TIMES)
    .action((options: ExportOptions) => exportHistory(options, environment));
  program
    .command('backup <file>')
    .description('copy all data into a new file; the server may be running')
    .option(DATA_DIR, DATA_DIR_HELP)
    .action((file: string, options: DataDirOptions) => backUp(file, options, environment));
}

async function exportHistory(options: ExportOptions, environment: Environment): Promise<void> {
  const query: ExportQuery = {
    room: await roomOf(options.room),
    from: timeOf('--from', options.from),
    to: timeOf('--to', options.to),
  };
  if (query.from !== null && query.to !== null && query.from >= query.to)
    throw new ConfigError('partyline: --from is not before --to; exchange them');
  const print = await printerOf(options.format ?? 'text');
  const { exportedPages, hasStoredRoom, storedRooms } = await import('../history/export.js');
  const { describeDamage } = await import('../history/damaged-packs.js');
  const dataFile = await openExisting(options, environment);
  function* pages(): Generator<string> {
    const onDamaged = (pack: DamagedPack) => {
      printError(
        `partyline: ${describeDamage(pack)}; restore a backup from before the damage to export them`,
      );
      process.exitCode = 1;
    };
    for (const page of exportedPages(dataFile.database, query, onDamaged)) yield page.map(print).join('');
  }
  try {
    if (query.room !== null && query.room !== LOBBY && !hasStoredRoom(dataFile.database, query.room)) {
      const meant = nearest(query.room, storedRooms(dataFile.database));
      const advice = meant === null ? 'check the name and --data-dir' : `did you mean ${meant}?`;
      printError(`partyline: no messages of the room "${options.room}" are stored; ${advice}`);
      process.exitCode = 1;
      return;
    }
    // Reads one page ahead: the reader of the output may be slow.
    await pipeline(Readable.from(pages(), { highWaterMark: 1 }), stdout(), { end: false });
  } catch (error) {
    // The reader has closed the pipe (`partyline export | head`).
    if (codeOf(error) !== 'EPIPE') throw error;
  } finally {
    dataFile.close();
  }
}

/** Copies the data in one transaction, so that the copy is consistent while messages are written. */
async function backUp(file: string, options: DataDirOptions, environment: Environment): Promise<void> {
  const { backUpTo } = await import('../database/backup.js');
  const dataFile = await openExisting(options, environment);
  try {
    closeSync(newFile(file));
    try {
      backUpTo(file, dataFile.database);
    } catch (error) {
      rmSync(file, { force: true });
      if (!isDiskFull(error)) throw error;
      const cause = codeOrWords(error);
      throw new ConfigError(
        `partyline: cannot write ${file}: ${cause}; free disk space, or choose a file on another disk`,
      );
    }
  } finally {
    dataFile.close();
  }
}

function newFile(file: string): number {
  if (beginsWithHome(file)) throw new ConfigError(`partyline: cannot write ${file}: ${NO_HOME}`);
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const code = codeOrWords(error);
    const cause = code === 'EEXIST' ? 'the file exists' : code;
    throw new ConfigError(`partyline: cannot write ${file}: ${cause}; choose a new file`);
  }
}

async function roomOf(typed: string | undefined): Promise<string | null> {
  if (typed === undefined) return null;
  const { parseRoomName } = await import('../core/text/text.js');
  const room = parseRoomName(typed);
  if (room === null)
    throw new ConfigError(`partyline: invalid --room ${JSON.stringify(typed)}; give the name of a room`);
  return room.fold;
}

const TIME = /^(?<date>\d{4}-\d\d-\d\d)(?<time>[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A date alone is midnight in local time; `Date.parse` would take it for midnight UTC. */
function timeOf(flag: string, typed: string | undefined): number | null {
  if (typed === undefined) return null;
  const match = TIME.exec(typed.trim());
  const time = match === null ? Number.NaN : Date.parse(match.groups?.time ? match[0] : `${match[0]}T00:00`);
  if (!Number.isNaN(time) && match?.groups?.date && isCalendarDay(match.groups.date)) return time;
  throw new ConfigError(
    `partyline: invalid ${flag} ${JSON.stringify(typed)}; give a time such as 2026-03-01 or 2026-03-01T12:00:00Z`,
  );
}

/** `Date.parse` takes 30 February for 2 March. */
function isCalendarDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

async function printerOf(format: string): Promise<(message: Message) => string> {
  if (format === 'json') {
    return ({ id, at, room, from, text }) =>
      `${JSON.stringify({ id, time: new Date(at).toISOString(), room: room.shown, name: from, text })}\n`;
  }
  if (format !== 'text')
    throw new ConfigError(`partyline: invalid --format ${JSON.stringify(format)}; give text or json`);
  const { transcriptFormatter } = await import('../server/transcript.js');
  const line = transcriptFormatter();
  return ({ at, room, from, text }) => line(at, room.shown, from, text);
}
