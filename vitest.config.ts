/**
 * The configuration of `npm test`. Tests of connections run twice: over TCP handles, and over Node's sockets, which serve
 * where handles do not work.
 */
import { defineConfig } from 'vitest/config';
import base from './test/support/vitest-base.js';

const shared = base.test;

export default defineConfig({
  test: {
    ...base.test,
    projects: [
      { test: { ...shared, name: 'all' } },
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
