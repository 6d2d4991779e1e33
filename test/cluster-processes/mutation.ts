/** A copy of the built program with a rule taken out, to show that a test fails without it. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder } from '../support/folders.js';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Change {
  /** Below `dist/`. */
  readonly file: string;
  /** Must occur. */
  readonly from: string | RegExp;
  readonly to: string;
}

/**
 * The path of the changed program, which is removed after the test.
 * @throws Error if a text to be replaced does not occur
 */
export function mutated(changes: readonly Change[]): string {
  const folder = temporaryFolder();
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  cpSync(join(ROOT, 'dist'), dist, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of changes) {
    const path = join(dist, file);
    const text = readFileSync(path, 'utf8');
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has no ${String(from)}: correct the mutant`);
    writeFileSync(path, changed);
  }
  return join(dist, 'cli.js');
}
