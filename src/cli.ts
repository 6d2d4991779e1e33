#!/usr/bin/env node
/** The entry point of the `partyline` command: passes the arguments to the command line. */
import { runCommandLine } from './cli/main.js';

await runCommandLine(process.argv.slice(2));
