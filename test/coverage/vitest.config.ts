/**
 * The tests of `npx vitest run` with coverage. They import the built files in place of `src/`, so that the test process
 * and its child processes run the same files, and Node's coverage of all processes can be merged.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config';
import base from '../support/vitest-base.js';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCE = join(ROOT, 'src') + sep;
const BUILT = join(ROOT, 'dist') + sep;

const importBuiltFiles: Plugin = {
  name: 'import-built-files',
  enforce: 'pre',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return null;
    const path = resolve(dirname(importer), source);
    return path.startsWith(SOURCE) ? path.replace(SOURCE, BUILT) : null;
  },
};

/** Tests that replace a module need vitest's own loader, which Node's coverage does not see. */
function testsWithMocks(): string[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(ROOT, 'test', name))
    .filter((path) => readFileSync(path, 'utf8').includes('vi.mock('));
}

export default mergeConfig(
  base,
  defineConfig({
    plugins: [importBuiltFiles],
    test: {
      exclude: testsWithMocks(),
      setupFiles: './test/coverage/write-coverage.ts',
      server: { deps: { external: [/\/dist\//] } },
      // A process is slower while its coverage is recorded.
      testTimeout: 60_000,
    },
  }),
);
