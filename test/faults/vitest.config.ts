/** The configuration of `npm run test:faults`, which runs one file at a time and takes minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    setupFiles: './test/support/driver.ts',
    include: ['test/faults/**/*.fault.ts'],
    testTimeout: 600_000,
    fileParallelism: false,
  },
});
