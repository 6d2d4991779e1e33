/**
 * The configuration of `npm run test:cluster`: servers and the nats-servers of their log as real processes, which are
 * killed, stopped and cut off. It takes minutes. CLUSTER_TESTS=short shortens it, as .ci/run does.
 */
import { defineConfig } from 'vitest/config';
import { isShort } from './form.js';

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    setupFiles: './test/support/driver.ts',
    include: ['test/cluster-processes/**/*.cluster.ts'],
    // The stream of nats-server 2.9.10 is sometimes without a leader that takes entries for more than a minute after two of
    // three servers were frozen (1 of 10 trials), so nats.cluster.ts fails now and then. The other files use the log too.
    exclude: isShort ? ['**/nats.cluster.ts'] : [],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // The servers of the shortened form mostly wait: two files at a time need less than two cores.
    fileParallelism: isShort,
    maxWorkers: 2,
  },
});
