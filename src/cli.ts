#!/usr/bin/env node
/**
 * The entry point of the `partyline` command: handles signals, then loads the command line and passes the arguments. It
 * has no top-level await, which Node.js 24 does not allow in a single executable.
 */
import { handleEarlySignals } from './cli/early-signals.js';
import { missingPackage } from './cli/missing-package.js';
import { oldNode } from './cli/old-node.js';

const problem = oldNode(process.versions.node);
if (problem === null) {
  handleEarlySignals();
  void import('./cli/main.js').then(
    ({ runCommandLine }) => runCommandLine(process.argv.slice(2)),
    (error: unknown) => {
      const missing = missingPackage(error);
      if (missing === null) throw error;
      fail(missing);
    },
  );
} else fail(problem);

/** Exits with 2: the caller can correct it. */
function fail(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}
