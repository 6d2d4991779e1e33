#!/usr/bin/env node
/**
 * The entry point of the `partyline` command: handles signals, then loads the command line and passes the arguments. It
 * has no top-level await, which Node.js 24 does not allow in a single executable.
 */
import { handleEarlySignals } from './cli/early-signals.js';
import { missingPackage } from './cli/missing-package.js';

handleEarlySignals();
void import('./cli/main.js').then(
  ({ runCommandLine }) => runCommandLine(process.argv.slice(2)),
  (error: unknown) => {
    const problem = missingPackage(error);
    if (problem === null) throw error;
    process.stderr.write(`${problem}\n`);
    process.exit(2);
  },
);
