/**
 * The configuration of `npm run test:cluster`: servers and the nats-servers of their log as real processes, which are
 * killed, stopped and cut off. One file at a time, and minutes. CLUSTER_TESTS=short shortens it, as .ci/run does.
 */
import { defineConfig } from 'vitest/config';
import { isShort } from './form.js';

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    setupFiles: './test/support/driver.ts',
    include: ['test/cluster-processes/**/*.cluster.ts'],
    // Two of its tests fail now and then with nats-server 2.9.10: after a killed leader no entry comes for a minute, and
    // without a majority a reader is given an entry that another one replaces. The other files use the log with servers.
    exclude: isShort ? ['**/nats.cluster.ts'] : [],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
