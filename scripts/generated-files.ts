/** The files that are written, wholly or in part, from tables in the code. A test compares them with the files on disk. */
import { exampleEnv, settingsTable } from '../src/config/settings.js';

/** By its path: the text of each file, made from the text that it has now. */
export const generatedFiles: Readonly<Record<string, (current: string) => string>> = {
  '.env.example': () => exampleEnv(),
  'docs/settings.md': (current) => replaceTable(current, 'settings', settingsTable()),
};

/**
 * Puts a table between its two markers, `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * @throws Error when the text has no such markers.
 */
function replaceTable(text: string, name: string, table: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const from = text.indexOf(begin);
  const to = text.indexOf('<!-- end -->', from);
  if (from === -1 || to === -1) throw new Error(`no markers for the generated table "${name}"`);
  return `${text.slice(0, from)}${begin}${table}\n${text.slice(to)}`;
}
