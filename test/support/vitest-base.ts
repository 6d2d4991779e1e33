import { defineConfig } from 'vitest/config';

/** What the configurations of the tests share. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    setupFiles: './test/support/driver.ts',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests mostly wait for servers and clients, so more files than cores run at a time.
    maxWorkers: 4,
  },
});
