/**
 * Finds names of variables that were probably meant to be settings: without a warning, the default would apply
 * silently.
 */
import { nearest } from '../core/text/did-you-mean.js';
import { settings } from './settings.js';

/** A short name has too many neighbours among other programs' variables: HOME differs from HOST in two letters. */
const LONG_NAME = 8;

/** A warning for each name that is not a setting but resembles one. `source` is where the names were found. */
export function misspelledSettings(names: readonly string[], source: string): string[] {
  return names.flatMap((name) => {
    const meant = similarSetting(name);
    return meant === null
      ? []
      : [`${source}: unknown setting ${JSON.stringify(name)} is ignored; did you mean ${meant}?`];
  });
}

/** The same for the environment, where only a long name is probably a setting. */
export function misspelledVariables(names: readonly string[]): string[] {
  return misspelledSettings(
    names.filter((name) => name.length >= LONG_NAME),
    'environment',
  );
}

function similarSetting(name: string): string | null {
  if (known.has(name) || OTHER_VARIABLES.has(name)) return null;
  const bare = name.replace(/^PARTYLINE_/i, '').toUpperCase();
  if (known.has(bare)) return bare;
  for (const env of known) if (env.length >= LONG_NAME && bare.startsWith(`${env}_`)) return env; // such as IDLE_TIMEOUT_MS
  return nearest(bare, known, { maxSlips: bare.length < LONG_NAME ? 1 : 2 });
}

const known: ReadonlySet<string> = new Set(settings.map(({ env }) => env));
/** Variables of `partyline chat` and `partyline send`, and the folder of a Node.js, which resembles NODE_NAME. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(['PARTYLINE_URL', 'PARTYLINE_PASSWORD', 'NODE_HOME']);
