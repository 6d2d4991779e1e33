import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: with a real Chromium, which takes its time. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 90_000,
  },
});
