import { defineConfig } from 'vitest/config';

/** The configuration of `npm run test:browser`: tests with a real Chromium, which is slow to start. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
