/**
 * `npm run coverage`: runs the tests and reports which parts of `src/` they run, in the test process and in the child
 * processes: servers, `partyline chat` and the other commands. Details are in `coverage/index.html`.
 *
 * Arguments go to vitest: `npm run coverage -- test/client`.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoverageReport } from 'monocart-coverage-reports';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const REPORT = join(ROOT, 'coverage');
const RAW = join(REPORT, 'raw');

rmSync(REPORT, { recursive: true, force: true });
build('--sourceMap');
const config = join(import.meta.dirname, 'vitest.config.ts');
const hasPassed = run('vitest/vitest.mjs', 'run', '--config', config, ...process.argv.slice(2));

const report = new CoverageReport({
  name: 'Partyline',
  outputDir: REPORT,
  clean: false,
  reports: [['v8'], ['console-details', { metrics: ['statements', 'branches', 'functions'] }]],
  entryFilter: ({ url }) =>
    url.includes('/dist/') && !url.includes('/dist/bundle/') && !url.includes('/node_modules/'),
  sourceFilter: (path) => path.startsWith('src/'),
  // A file that no test loads is compiled here, so that its statements count too.
  all: { dir: './src', filter: { '**/*.ts': true }, transformer: compile },
});
await report.addFromDir(RAW);
await report.generate();
rmSync(RAW, { recursive: true });
build(); // without source maps
process.exitCode = hasPassed ? 0 : 1;

function build(...args: readonly string[]): void {
  if (!run('tsx/dist/cli.mjs', join(ROOT, 'scripts/build.ts'), ...args))
    throw new Error('cannot build dist/: scripts/build.ts failed; correct the errors above');
}

/** Runs a program of a package to its end. Node writes the coverage of it and of its children to RAW. */
function run(program: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, NODE_V8_COVERAGE: RAW },
  });
  return status === 0;
}

function compile(file: { url: string; source: string; sourceMap?: unknown }): Promise<void> {
  const { outputText, sourceMapText = '' } = ts.transpileModule(file.source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      sourceMap: true,
      inlineSources: true,
    },
  });
  file.source = outputText;
  file.sourceMap = { ...JSON.parse(sourceMapText), sources: [relative(ROOT, fileURLToPath(file.url))] };
  return Promise.resolve();
}
