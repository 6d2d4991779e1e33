/** Builds `dist/` before the first test when it is older than `src/`: some tests start the built command line. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
/** What `dist/` is made of, in addition to `src/`. */
const INPUTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.page.json',
  'scripts/build.ts',
  'scripts/bundle.ts',
  'scripts/page.ts',
  'scripts/third-party-licenses.ts',
];

export default function build(): void {
  if (!isOutdated()) return;
  // Types are left to `npm run types`, so that a wrong type in one file does not stop the tests of another.
  const args = ['--import', 'tsx', join(ROOT, 'scripts/build.ts'), '--noCheck'];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('cannot build dist/: scripts/build.ts failed; correct the errors above');
}

function isOutdated(): boolean {
  const source = join(ROOT, 'src');
  const inputs = [
    source,
    ...readdirSync(source, { recursive: true, encoding: 'utf8' }).map((name) => join(source, name)),
    ...INPUTS.map((name) => join(ROOT, name)),
  ];
  // A moved file keeps its own time but changes that of its folder, so folders count too.
  return Math.max(...inputs.map(modifiedAt)) > modifiedAt(join(ROOT, 'dist/bundle/partyline.mjs'));
}

/** Milliseconds since 1970; 0 for a file that does not exist. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
