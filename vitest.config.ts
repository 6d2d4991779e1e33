/**
 * The configuration of `npm test`. Tests of connections run twice: over TCP handles, and over Node's sockets, which serve
 * where handles do not work. Files whose tests leave their process as it was run one after another in the same process: it
 * loads the modules of `src/` once, which takes a second of CPU time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import base from './test/support/vitest-base.js';

const shared = base.test;

/** What changes the process that the tests run in, or needs one where no other test has made hashes cheap. */
const CHANGES_PROCESS =
  /process\.(?:env|chdir|on|once|exitCode)\b|globalThis|vi\.(?:mock|stub|spyOn|resetModules|useFakeTimers)|new Scrypt\(\)/;

const files = readdirSync(join(import.meta.dirname, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name));
const isolated = files.filter((file) =>
  CHANGES_PROCESS.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
);

export default defineConfig({
  test: {
    ...base.test,
    projects: [
      { test: { ...shared, name: 'isolated', include: isolated } },
      {
        test: {
          ...shared,
          name: 'together',
          exclude: [...configDefaults.exclude, ...isolated],
          isolate: false,
        },
      },
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
