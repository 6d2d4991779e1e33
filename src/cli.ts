#!/usr/bin/env node
/** The entry point of the `partyline` command: handles signals, then loads the command line and passes the arguments. */
import { handleEarlySignals } from './cli/early-signals.js';

handleEarlySignals();
const { runCommandLine } = await import('./cli/main.js');
await runCommandLine(process.argv.slice(2));
