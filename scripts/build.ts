/**
 * `npm run build`: compiles `src/` into `dist/`, and bundles the page and the command. `dist/` is made anew, so that it
 * holds no file of an earlier build; the package contains all of it. Arguments go to tsc.
 */
import './check-node.js';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeBundle } from './bundle.js';
import { writePage } from './page.js';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** Large, slow to make, and not part of the package. */
const KEPT = 'onefile';

clean();
const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'];
const { status } = spawnSync(process.execPath, [...tsc, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
chmodSync(join(DIST, 'cli.js'), 0o755);
await writePage();
await writeBundle();

function clean(): void {
  try {
    for (const name of readdirSync(DIST)) if (name !== KEPT) rmSync(join(DIST, name), { recursive: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
