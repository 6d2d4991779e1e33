/**
 * The command table: one row per verb of `lines` and `gotalk`. Parsing, usage errors, HELP, confirmations, the
 * completion of `partyline chat` and docs/commands.md all come from it.
 */
import type { Action } from '../../core/action.js';
import type { Refused } from '../../core/dialect.js';
import type { CommandDialect, CommandRow } from './command-row.js';
import { accountCommands } from './commands/accounts.js';
import { messageCommands } from './commands/messages.js';
import { moderationCommands } from './commands/moderation.js';
import { roomCommands } from './commands/rooms.js';
import { sessionCommands } from './commands/session.js';

/** In the order of HELP. */
const TABLE: readonly CommandRow[] = [
  ...accountCommands,
  ...messageCommands,
  ...roomCommands,
  ...sessionCommands,
  ...moderationCommands,
];

const ROWS: Readonly<Record<CommandDialect, readonly CommandRow[]>> = {
  lines: rowsOf('lines'),
  gotalk: rowsOf('gotalk'),
};

const BY_WORD: Readonly<Record<CommandDialect, ReadonlyMap<string, CommandRow>>> = {
  lines: byWord('lines'),
  gotalk: byWord('gotalk'),
};

const BY_ALIAS: Readonly<Record<CommandDialect, ReadonlyMap<string, CommandRow>>> = {
  lines: byAlias('lines'),
  gotalk: byAlias('gotalk'),
};

const CONFIRMATIONS = new Map(
  TABLE.flatMap(({ confirms }) =>
    confirms === undefined ? [] : [[confirms.action, confirms.text] as const],
  ),
);

/** The commands of a dialect, in the order of HELP. */
export function commandsOf(dialect: CommandDialect): readonly CommandRow[] {
  return ROWS[dialect];
}

/** By its verb in capitals. */
export function commandNamed(dialect: CommandDialect, word: string): CommandRow | undefined {
  return BY_WORD[dialect].get(word);
}

/** By the word after a slash, in capitals: an alias, else the verb. `/msg` is DM. */
export function slashCommandNamed(dialect: CommandDialect, word: string): CommandRow | undefined {
  return BY_ALIAS[dialect].get(word) ?? commandNamed(dialect, word);
}

/** The refusal of arguments that do not match the usage. */
export function usageError(dialect: CommandDialect, row: CommandRow): Refused {
  const usage = typed(row.verb, row.usageError?.[dialect] ?? row.usage, dialect === 'gotalk');
  const example = typed(row.verb, row.example ?? row.usage.split(' ', 1).join(), false);
  return { kind: 'refuse', reason: 'usage', detail: { usage, example } };
}

/** A command as a user types it. */
export function typed(verb: string, argument: string, slash: boolean): string {
  const line = `${verb} ${argument}`.trimEnd();
  return slash ? `/${line.toLowerCase()}` : line;
}

/** Words that leave other programs. They are not commands here; their refusal suggests QUIT. */
const FAREWELLS = new Set(['EXIT', 'BYE', ':Q', ':Q!', ':WQ', 'LOGOUT', 'LOGOFF']);

/** The refusal of an unknown verb, in capitals and without its slash. */
export function unknownCommand(verb: string, slash: boolean): Refused {
  const about = typed(verb, '', slash);
  if (FAREWELLS.has(verb))
    return {
      kind: 'refuse',
      reason: 'unknown-command',
      detail: { about, remedy: `to leave: ${typed('QUIT', '', slash)}` },
    };
  return { kind: 'refuse', reason: 'unknown-command', detail: { about } };
}

/** The notice that confirms an action to its user; '' for an action that needs none. `slash`: commands begin with one. */
export function confirmation(action: Action, slash: boolean): string {
  return CONFIRMATIONS.get(action.kind)?.(action, (verb) => typed(verb, '', slash)) ?? '';
}

function rowsOf(dialect: CommandDialect): readonly CommandRow[] {
  return TABLE.filter(({ dialects }) => dialects === undefined || dialects.includes(dialect));
}

function byWord(dialect: CommandDialect): ReadonlyMap<string, CommandRow> {
  return new Map(ROWS[dialect].map((row) => [row.verb, row]));
}

function byAlias(dialect: CommandDialect): ReadonlyMap<string, CommandRow> {
  return new Map(ROWS[dialect].flatMap((row) => (row.aliases ?? []).map((alias) => [alias, row] as const)));
}
