/** The options that `chat`, `send` and `probe` share: a certificate, a time limit, and their errors. */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/load-config.js';
import { beginsWithHome, NO_HOME } from '../config/setting-types.js';
import { codeOrWords } from '../util/error-code.js';

/** The certificates in the file of --ca; null without the option. */
export function certificateOf({ ca }: { readonly ca?: string }): string | null {
  if (ca === undefined) return null;
  if (beginsWithHome(ca)) throw usage(`cannot read --ca ${ca}: ${NO_HOME}`);
  try {
    return readFileSync(ca, 'utf8');
  } catch (error) {
    throw usage(`cannot read --ca ${ca}: ${codeOrWords(error)}; give the path of a certificate (PEM)`);
  }
}

/** The time of --timeout, given in seconds. */
export function millisecondsOf(seconds: string, option = '--timeout'): number {
  const ms = /^\d+(?:\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : 0;
  if (ms > 0 && ms <= 2 ** 31 - 1) return ms;
  throw usage(`invalid ${option} ${seconds}; give seconds above 0, such as ${option} 10`);
}

/** An error that the caller can correct: the exit code is 2. */
export function usage(problem: string): ConfigError {
  return new ConfigError(`partyline: ${problem}`);
}
