#!/usr/bin/env node
/** The `partyline` command. */
import { runCommandLine } from './cli/main.js';

await runCommandLine(process.argv.slice(2));
