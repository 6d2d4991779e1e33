import { defineConfig } from 'vitest/config';

/** The configuration of `npm run test:irc`: tests with the real IRC clients, most of them in tmux. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/irc/**/*.irc.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
