/** Invariants of every row of the command table, so that a new command is tested with its row. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.js';
import { cleanText } from '../../../src/core/text/text.js';
import type { CommandDialect, CommandRow } from '../../../src/dialects/shared/command-row.js';
import {
  commandNamed,
  commandsOf,
  confirmation,
  slashCommandNamed,
  typed,
  usageError,
} from '../../../src/dialects/shared/command-table.js';
import { helpOn, type HelpReader } from '../../../src/dialects/shared/help.js';

const DIALECTS: readonly CommandDialect[] = ['lines', 'gotalk'];
/** Of a terminal; the prefix of a line of `lines` takes part of it. */
const COLUMNS = 79 - 'INFO '.length;

const READERS: readonly (readonly [string, HelpReader])[] = [false, true].flatMap((isOperator) => [
  [`lines, operator: ${isOperator}`, { commands: commandsOf('lines'), slash: false, isOperator }],
  [`lines in CHAT mode, operator: ${isOperator}`, { commands: commandsOf('lines'), slash: true, isOperator }],
  [`gotalk, operator: ${isOperator}`, { commands: commandsOf('gotalk'), slash: true, isOperator }],
]);

function lines(topic: string, reader: HelpReader): readonly string[] {
  const help = helpOn(topic, reader);
  if ('kind' in help) throw new Error(help.reason);
  return help;
}

describe.each(DIALECTS)('a command of %s', (dialect) => {
  const rows = commandsOf(dialect).map((row) => [row.verb, row] as const);

  it.each(rows)('the command %s is found by its word', (verb, row) => {
    expect(commandNamed(dialect, verb)).toBe(row);
  });

  it.each(rows)('the command %s accepts each of its examples', (_verb, row) => {
    for (const { usage, example } of [row, ...(row.otherForms ?? [])])
      if (usage === '' || example !== undefined) expect(row.parse(cleanText(example ?? ''))).not.toBeNull();
  });

  it.each(rows)('the command %s has an example for each required argument', (_verb, { usage, example }) => {
    if (usage.startsWith('<')) expect(example).toMatch(/./);
  });

  it.each(rows)('the command %s explains itself in HELP', (verb, row) => {
    for (const slash of [false, true]) {
      if (row.mode === 'slash' && !slash) continue;
      // Behind a slash, /msg is DM.
      if (slash && slashCommandNamed(dialect, verb) !== row) continue;
      const help = lines(verb.toLowerCase(), { commands: commandsOf(dialect), slash, isOperator: true });
      expect(help).toHaveLength(1 + (row.otherForms?.length ?? 0));
      for (const line of help) expect(line).toMatch(slash ? `/${verb.toLowerCase()}` : verb);
    }
  });
});

describe.each(READERS)('HELP for %s', (_name, reader) => {
  const topics = ['', 'MORE', ...(reader.isOperator ? ['OPERATOR'] : [])];

  it('HELP fits a terminal of 79 columns', () => {
    for (const line of topics.flatMap((topic) => lines(topic, reader)))
      expect(line.length, line).toBeLessThanOrEqual(COLUMNS);
  });

  it('HELP has at most 14 everyday lines', () => {
    expect(lines('', reader).length).toBeLessThanOrEqual(14);
  });

  it('HELP lists every command and every form of it once, over all pages', () => {
    const listed = topics.flatMap((topic) => lines(topic, reader)).map((line) => line.split(' ', 1).join());
    const mode = reader.slash ? 'plain' : 'slash';
    const expected = reader.commands
      .filter((row) => row.mode !== mode && (row.section !== 'operator' || reader.isOperator))
      .flatMap(({ verb, otherForms = [] }) => [verb, ...otherForms.map(() => verb)])
      .map((verb) => typed(verb, '', reader.slash));
    expect(listed.filter((word) => word !== '<text>').sort()).toEqual(expected.sort());
  });

  it('HELP has the commands of operators for operators alone', () => {
    const everything = ['', 'MORE'].flatMap((topic) => lines(topic, reader)).join('\n');
    expect(everything).not.toMatch(/KICK/i);
    expect(/HELP OPERATOR/i.test(everything)).toBe(reader.isOperator);
    for (const topic of ['OPERATOR', 'KICK'])
      expect('kind' in helpOn(topic, reader)).toBe(!reader.isOperator);
  });

  it('HELP refuses an unknown verb', () => {
    expect(helpOn('fly', reader)).toMatchObject({ kind: 'refuse', reason: 'unknown-command' });
  });
});

describe('an alias', () => {
  it.each(['MSG', 'QUERY', 'TELL', 'W', 'WHISPER'])('/%s is DM in every dialect with slashes', (alias) => {
    for (const dialect of DIALECTS) {
      expect(slashCommandNamed(dialect, alias)?.verb).toBe('DM');
      expect(lines(alias, { commands: commandsOf(dialect), slash: true, isOperator: false })[0]).toMatch(
        /^\/dm /,
      );
    }
  });

  it('an alias exists behind a slash only: MSG is the message to the room, NAME is unknown', () => {
    expect(slashCommandNamed('gotalk', 'NAME')?.verb).toBe('NICK');
    expect(commandNamed('lines', 'MSG')?.verb).toBe('MSG');
    expect(commandNamed('lines', 'NAME')).toBeUndefined();
  });
});

describe('usage errors', () => {
  const usage = (dialect: CommandDialect, word: string) => {
    const row: CommandRow | undefined = commandNamed(dialect, word);
    return row && usageError(dialect, row).detail.usage;
  };

  it('usage errors of lines have the fixed texts of the protocol', () => {
    expect(usage('lines', 'LOGIN')).toBe('LOGIN <username>');
    expect(usage('lines', 'DM')).toBe('DM <username> <text>');
    expect(usage('lines', 'TAGS')).toBe('TAGS ON | TAGS OFF');
  });

  it('usage errors of gotalk begin with a slash', () => {
    expect(usage('gotalk', 'DM')).toBe('/dm <user> <text>');
    expect(usage('gotalk', 'SEARCH')).toBe('/search <words>');
  });
});

describe('confirmations', () => {
  it('confirmations name the end of a ban, or that it is permanent', () => {
    const ban = (until: number): Action => ({ kind: 'ban', about: 'bob', until });
    expect(confirmation(ban(Date.UTC(2026, 2, 1, 12)), false)).toBe(
      'bob is banned until 2026-03-01T12:00:00.000Z',
    );
    expect(confirmation(ban(Number.POSITIVE_INFINITY), false)).toBe('bob is banned permanently');
  });

  it('confirmations name a command as the user types it', () => {
    const away: Action = { kind: 'away', about: 'bob', text: 'lunch' };
    expect(confirmation(away, false)).toBe('you are away; AWAY alone ends it');
    expect(confirmation(away, true)).toBe('you are away; /away alone ends it');
  });
});
