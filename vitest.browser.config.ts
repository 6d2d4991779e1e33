import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: with a real Chromium, which takes its time. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 90_000,
  },
});
