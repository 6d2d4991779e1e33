/** Reads the settings in `.env`. */
import { lstatSync, readFileSync } from 'node:fs';
import { type DotenvFile, parseDotenv } from '../config/dotenv-file.js';
import { ConfigError, type Values } from '../config/load-config.js';
import { codeOf, codeOrWords } from '../util/error-code.js';
import { printError } from './print-error.js';

/** The settings in `.env` of the working directory, if the file exists. A directory of that name is ignored: Python uses it. */
export function readDotenv(): DotenvFile {
  try {
    return parseDotenv(readFileSync('.env'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = codeOf(error);
    if ((code === 'ENOENT' && !isLink('.env')) || code === 'EISDIR') return { values: {}, warnings: [] };
    throw new ConfigError(
      `partyline: cannot read .env: ${codeOrWords(error)}; make it readable, or move it away`,
    );
  }
}

/** A link whose file is missing: a server without the settings in it may be open to all. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** The values for a command without a log: the warnings go to standard error. */
export function readDotenvForCommand(): Values {
  const { values, warnings } = readDotenv();
  for (const warning of warnings) printError(`partyline: ${warning}`);
  return values;
}
