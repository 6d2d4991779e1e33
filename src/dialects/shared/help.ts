/** HELP from the command table, for every client that shows it: `lines`, `gotalk` and `partyline chat`. */
import type { Refused } from '../../core/dialect.js';
import type { RefusalDetail } from '../../core/event.js';
import type { Refusal } from '../../core/reasons.js';
import { typed } from './command-table.js';
import type { CommandForm, CommandRow, Section } from './command-row.js';

export interface HelpReader {
  /** The commands this reader has, in the order to list them. */
  readonly commands: readonly CommandRow[];
  /** Whether commands begin with a slash, and every other line is a message. */
  readonly slash: boolean;
  readonly isOperator: boolean;
}

/** Width of the commands' column. A longer command moves the text of its own line to the right. */
const MIN_COLUMNS = 20;
const MAX_COLUMNS = 25;

/**
 * The lines of help on a topic, without anything in front of them: the everyday commands for '', a page for MORE and
 * OPERATOR, or one verb. A refusal if the verb is unknown, or for operators.
 */
export function helpOn(topic: string, reader: HelpReader): readonly string[] | Refused {
  const word = topic.replace(/^\//, '').toUpperCase();
  switch (word) {
    case '':
      return everydayPage(reader);
    case 'MORE':
      return page('more', reader);
    case 'OPERATOR':
      return reader.isOperator
        ? page('operator', reader)
        : refuse('not-permitted', { denial: 'operators-only' });
    default:
      return verbHelp(word, reader);
  }
}

function everydayPage(reader: HelpReader): readonly string[] {
  const pointer = reader.isOperator ? POINTER_FOR_OPERATORS : POINTER;
  const entries = listed('everyday', reader).map(({ row, form }) =>
    entry({ row, form: row.verb === 'HELP' ? pointer : form }, reader.slash),
  );
  return align(reader.slash ? [PLAIN_TEXT, ...entries] : entries);
}

/** Other forms of HELP share its one line: the everyday page has at most 14. */
const POINTER: CommandForm = {
  usage: 'MORE',
  help: 'list more commands; explain one',
  example: 'JOIN',
};
const POINTER_FOR_OPERATORS: CommandForm = {
  usage: 'MORE',
  help: 'list more commands; for operators',
  example: 'OPERATOR',
};
const PLAIN_TEXT = ['<text>', 'send a message to the room; //x sends /x'] as const;

function page(section: Section, reader: HelpReader): readonly string[] {
  return align(listed(section, reader).map((line) => entry(line, reader.slash)));
}

function verbHelp(verb: string, { commands, slash, isOperator }: HelpReader): readonly string[] | Refused {
  const aliased = slash ? commands.find(({ aliases }) => aliases?.includes(verb)) : undefined;
  const row = aliased ?? commands.find((one) => one.verb === verb);
  if (row === undefined || (row.mode === 'slash' && !slash))
    return refuse('unknown-command', { about: typed(verb, '', slash), suggestion: typed('HELP', '', slash) });
  if (row.section === 'operator' && !isOperator) return refuse('not-permitted', { denial: 'operators-only' });
  return align(formsOf(row).map((line) => entry(line, slash)));
}

interface Line {
  readonly row: CommandRow;
  readonly form: CommandForm;
}

function listed(section: Section, { commands, slash }: HelpReader): readonly Line[] {
  const hidden = slash ? 'plain' : 'slash';
  return commands
    .filter(({ mode }) => mode !== hidden)
    .flatMap(formsOf)
    .filter(({ row, form }) => sectionOf(row, form) === section);
}

function formsOf(row: CommandRow): readonly Line[] {
  return [row, ...(row.otherForms ?? [])].map((form) => ({ row, form }));
}

function sectionOf(row: CommandRow, form: CommandForm): Section {
  return form !== row && row.section === 'everyday' ? 'more' : row.section;
}

function entry({ row, form }: Line, slash: boolean): readonly [command: string, text: string] {
  const example = form.example === undefined ? '' : `: ${typed(row.verb, form.example, slash)}`;
  return [typed(row.verb, form.usage, slash), `${form.help}${example}`];
}

function align(entries: readonly (readonly [command: string, text: string])[]): readonly string[] {
  const widths = entries.map(([command]) => command.length);
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, ...widths));
  return entries.map(([command, text]) => `${command.padEnd(columns)} ${text}`);
}

function refuse(reason: Refusal, detail: RefusalDetail = {}): Refused {
  return { kind: 'refuse', reason, detail };
}
