#!/usr/bin/env node
/**
 * The entry point of the `partyline` command: handles signals, then loads the command line and passes the arguments.
 */
import { handleEarlySignals } from './cli/early-signals.js';

handleEarlySignals();
const { runCommandLine } = await import('./cli/main.js').catch((error: unknown) => {
  // A package is missing, for instance after `git pull` without `npm ci`.
  const [, name] = /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : '') ?? [];
  if (name === undefined) throw error;
  process.stderr.write(`partyline: cannot load the package ${name}; run npm ci in the folder of Partyline\n`);
  process.exit(2);
});
await runCommandLine(process.argv.slice(2));
