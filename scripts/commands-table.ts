/** The tables of docs/commands.md, from the command table. */
import type { CommandRow, Section } from '../src/dialects/shared/command-row.js';
import { commandNamed, commandsOf, typed } from '../src/dialects/shared/command-table.js';

/** A Markdown table with a row for each form of each command in a section. */
export function commandsTable(section: Section): string {
  const rows = commandsOf('lines')
    .filter((row) => row.section === section)
    .flatMap((row) => [row, ...(row.otherForms ?? [])].map((form) => ({ row, form })))
    .map(({ row, form }) => {
      const command = typed(row.verb, form.usage, row.mode === 'slash');
      const example = form.example === undefined ? '' : code(typed(row.verb, form.example, false));
      return `| ${code(command)} | ${form.help} | ${example} | ${gotalkCommand(row, form.usage)} |`;
    });
  return ['| command | effect | example | in GoTalk |', '|---|---|---|---|', ...rows].join('\n');
}

/** Empty if GoTalk does not have this form of the command. */
function gotalkCommand({ verb }: CommandRow, usage: string): string {
  const gotalk = commandNamed('gotalk', verb);
  const forms = gotalk === undefined ? [] : [gotalk, ...(gotalk.otherForms ?? [])];
  return forms.some((form) => form.usage === usage) ? code(typed(verb, '', true)) : '';
}

/** A bar would end the cell, inside code too. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
