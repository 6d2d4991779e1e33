/** Packs the package as `npm publish` does, without a new build: the tests have built `dist/`. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

export function pack(...args: readonly string[]): Packed {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const [packed]: Packed[] = JSON.parse(stdout);
  if (packed === undefined) throw new Error(`npm pack packed nothing: ${stdout}`);
  return packed;
}
