/** The configuration of `npm run test:faults`, which runs one file at a time and takes minutes. */
import { defineConfig } from 'vitest/config';

const shared = {
  setupFiles: './test/support/driver.ts',
  testTimeout: 600_000,
  hookTimeout: 60_000,
  fileParallelism: false,
};

export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    fileParallelism: false,
    projects: [
      { test: { ...shared, name: 'all', include: ['test/faults/**/*.fault.ts'] } },
      // Readers that are too slow, over sockets in place of TCP handles.
      {
        test: {
          ...shared,
          name: 'sockets',
          env: { TRANSPORT: 'public' },
          include: ['test/faults/readers.fault.ts'],
        },
      },
    ],
  },
});
