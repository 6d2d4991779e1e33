/** Prints the errors of the command line: one line each, in which an argument cannot control the terminal. */
import { stderr } from './standard-streams.js';
import { escapeControls } from '../util/printable.js';

/** Writes the line to standard error. */
export function printError(message: string): void {
  stderr().write(`${escapeControls(message)}\n`);
}
