import { defineConfig } from 'vitest/config';

/** The configuration of `npm run test:irc`: tests with the real irssi and WeeChat, in tmux. */
export default defineConfig({
  test: {
    globalSetup: './test/support/build.ts',
    include: ['test/irc/**/*.irc.ts'],
    testTimeout: 60_000,
  },
});
