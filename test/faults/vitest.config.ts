/** `npm run test:faults`: servers that are killed, disks that are full. It takes minutes, and a file at a time. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/faults/**/*.fault.ts'],
    testTimeout: 600_000,
    fileParallelism: false,
  },
});
