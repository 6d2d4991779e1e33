/** The configuration of `npm run test:onefile`: builds the executable, and runs it where there is no Node.js. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['./test/support/build.ts', './test/onefile/setup.ts'],
    include: ['test/onefile/**/*.onefile.ts'],
    testTimeout: 60_000,
    // The figures would be those of a busy machine.
    fileParallelism: false,
  },
});
