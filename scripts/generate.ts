/** `npm run generate`: writes the files, and the parts of files, that come from tables in the code. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generatedFiles } from './generated-files.js';

const ROOT = resolve(import.meta.dirname, '..');

for (const [name, generate] of Object.entries(generatedFiles)) {
  const path = resolve(ROOT, name);
  writeFileSync(path, generate(existsSync(path) ? readFileSync(path, 'utf8') : ''));
}
