/** The files that are written from tables in the code, wholly or in part. A test compares them with the files on disk. */
import manifest from '../package.json' with { type: 'json' };
import { exampleEnv, settingsTable } from '../src/config/settings-documents.js';
import { commandsTable } from './commands-table.js';
import { errorsTable, routesTable } from './routes-table.js';

/** By path: makes the new text of a file from its present text. */
export const generatedFiles: Readonly<Record<string, (current: string) => string>> = {
  '.env.example': () => exampleEnv(),
  // A constant, so that the bundle and the executable need no package.json beside them.
  'src/util/version.ts': (current) => current.replace(/'.*'/, `'${manifest.version}'`),
  'docs/settings.md': (current) => replaceTable(current, 'settings', settingsTable()),
  'docs/http.md': (current) =>
    replaceTable(replaceTable(current, 'routes', routesTable()), 'errors', errorsTable()),
  'docs/commands.md': (current) =>
    (['everyday', 'more', 'operator'] as const).reduce(
      (text, section) => replaceTable(text, `${section} commands`, commandsTable(section)),
      current,
    ),
};

/**
 * Puts a table between its two markers, `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * @throws Error if the text has no such markers.
 */
function replaceTable(text: string, name: string, table: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const from = text.indexOf(begin);
  const to = text.indexOf('<!-- end -->', from);
  if (from === -1 || to === -1)
    throw new Error(`no markers for the generated table "${name}"; add ${begin.trim()} and <!-- end -->`);
  return `${text.slice(0, from)}${begin}${table}\n${text.slice(to)}`;
}
