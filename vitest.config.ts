import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    // Most of a test's time is waiting for a server or a client: more files than cores at a time.
    maxWorkers: 4,
  },
});
