/**
 * The configuration of `npm run test:install`, which types the README's two commands into copies of the repository. It
 * needs a registry, and with a C++ compiler minutes.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/install/**/*.install.ts'],
    testTimeout: 60_000,
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});
