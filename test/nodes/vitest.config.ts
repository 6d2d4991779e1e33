/**
 * The configuration of `npm run test:nodes`: the tests whose outcome depends on the version of Node.js, for a run on each
 * newer one. The data file has another driver there, and sockets, TLS and HTTP are Node's own.
 */
import { defineConfig } from 'vitest/config';
import base from '../support/vitest-base.js';

export default defineConfig({
  test: {
    ...base.test,
    include: [
      'test/{accounts,cli,database,history,server}/**/*.test.ts',
      'test/client/{send,tls}.test.ts',
      'test/examples/*.test.ts',
      'test/net/{descriptors,handle-check,tcp,tls,tls-handshake,unacked-bytes}.test.ts',
      'test/net/http/http-{chat,server}.test.ts',
      'test/net/websocket/*.test.ts',
      'test/partyline.test.ts',
      'test/real-clients.test.ts',
    ],
  },
});
