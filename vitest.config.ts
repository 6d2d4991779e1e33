/**
 * The configuration of `npm test`. Tests of connections run twice: over TCP handles, and over Node's sockets, which serve
 * where handles do not work. Tests that leave nothing behind in their process run one after another in the same one: it
 * loads the modules of `src/` once, which takes a second of CPU time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import base from './test/support/vitest-base.js';

const shared = base.test;

const PURE_FOLDERS = ['accounts', 'connection', 'core', 'dialects', 'framing', 'history', 'page', 'util'];
/** These change their process, or have child processes and servers. */
const LEAVES_TRACES =
  /process\.(?:env|chdir|on|once|exitCode)\b|globalThis|vi\.(?:mock|stub|spyOn|resetModules|useFakeTimers)|\b(?:serve|launch|spawn)\w*\(/;

const pure = PURE_FOLDERS.flatMap((folder) =>
  readdirSync(join(import.meta.dirname, 'test', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', folder, name)),
).filter((file) => !LEAVES_TRACES.test(readFileSync(join(import.meta.dirname, file), 'utf8')));

export default defineConfig({
  test: {
    ...base.test,
    projects: [
      { test: { ...shared, name: 'all', exclude: [...configDefaults.exclude, ...pure] } },
      { test: { ...shared, name: 'pure', include: pure, isolate: false } },
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
