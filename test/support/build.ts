/** Builds `dist/` before the first test when it is older than `src/`: some tests start the built command line. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export default function build(): void {
  if (!isOutdated()) return;
  // Types are left to `npm run types`, so that a wrong type in one file does not stop the tests of another.
  const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--noCheck'];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('cannot build dist/: tsc failed; correct the errors above');
}

function isOutdated(): boolean {
  const source = join(ROOT, 'src');
  const inputs = [
    source,
    ...readdirSync(source, { recursive: true, encoding: 'utf8' }).map((name) => join(source, name)),
    ...['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(ROOT, name)),
  ];
  // A moved file keeps its own time but changes that of its folder, so folders count too.
  return Math.max(...inputs.map(modifiedAt)) > modifiedAt(join(ROOT, 'dist/cli.js'));
}

/** Milliseconds since 1970; 0 for a file that does not exist. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
