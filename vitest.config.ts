/**
 * The configuration of `npm test`, `npm run test:processes` and `npm run test:sockets`; without `--project` all of them
 * run. Tests of connections run twice: over TCP handles, and over Node's sockets, which serve where handles do not work.
 * Files whose tests leave their process as it was run one after another in the same process: it loads the modules of
 * `src/` once, which takes a second of CPU time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import base from './test/support/vitest-base.js';

const shared = base.test;

/** What changes the process that the tests run in, or needs one where no other test has made hashes cheap. */
const CHANGES_PROCESS =
  /process\.(?:env|chdir|on|once|exitCode)\b|globalThis|vi\.(?:mock|stub|spyOn|resetModules|useFakeTimers)|new Scrypt\(\)/;

/** Files that start programs, mostly the built command: each start takes half a second of CPU time. */
const STARTS_PROCESSES =
  /from '(?:node:child_process|\.\/command\.js|[./]*support\/(?:curl|nats-servers|pane|terminal)\.js)'|\b(?:builtCli|launch|PartylineProcess|run)\b[^;]*from '[./]*support\/process\.js'/;

const files = readdirSync(join(import.meta.dirname, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name));
/** Short, and of use before each commit. */
const GUARDS = 'test/guards.test.ts';
const processes = files.filter((file) => STARTS_PROCESSES.test(textOf(file)) && file !== GUARDS);
const isolated = files.filter((file) => CHANGES_PROCESS.test(textOf(file)) && !processes.includes(file));

export default defineConfig({
  test: {
    ...base.test,
    projects: [
      { test: { ...shared, name: 'isolated', include: isolated } },
      {
        test: {
          ...shared,
          name: 'together',
          exclude: [...configDefaults.exclude, ...isolated, ...processes],
          isolate: false,
        },
      },
      { test: { ...shared, name: 'processes', include: processes } },
      {
        test: {
          ...shared,
          name: 'sockets',
          env: { TRANSPORT: 'public' },
          include: [
            'test/fuzz/*.test.ts',
            'test/net/{protocol-detection,protocol-mux,proxy,tls,tls-handshake}.test.ts',
            'test/net/http/*.test.ts',
            'test/net/http/api/events.test.ts',
            'test/net/websocket/*.test.ts',
            'test/partyline.test.ts',
          ],
        },
      },
    ],
  },
});

function textOf(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
