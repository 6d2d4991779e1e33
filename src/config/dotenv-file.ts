/**
 * Parses `.env`. The syntax is that of dotenv, except for comments: `#` begins one only at the start of a line or after
 * a blank. dotenv cuts a value at any `#`, so `SERVER_PASSWORD=#secret` would open the server.
 */
import { ConfigError, type Values } from './load-config.js';
import { misspelledSettings } from './misspelled-settings.js';
import { settings } from './settings.js';

export interface DotenvFile {
  readonly values: Values;
  /** Lines that probably were meant to be settings, each with what to do. */
  readonly warnings: readonly string[];
}

/**
 * The values of a `.env` file. A value in single, double or back quotes may contain ` #` and line breaks.
 *
 * @throws ConfigError if the file is not UTF-8.
 * @example parseDotenv(Buffer.from('SERVER_PASSWORD=team#secret # note')).values // { SERVER_PASSWORD: 'team#secret' }
 */
export function parseDotenv(bytes: Uint8Array): DotenvFile {
  const values: Record<string, string> = {};
  const incomplete: string[] = [];
  for (const { groups = {} } of decode(bytes).replace(/\r\n?/g, '\n').matchAll(LINE)) {
    const { name, word = '', quote, quoted = '', rest = '' } = groups;
    if (name === undefined) incomplete.push(word);
    else if (quote === undefined) values[name] = rest.replace(/\s#.*/, '').trim();
    else values[name] = quote === '"' ? quoted.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : quoted;
  }
  return {
    values,
    warnings: [...misspelledSettings(Object.keys(values), '.env'), ...withoutSign(incomplete)],
  };
}

/**
 * `NAME=value`, `export NAME=value`, `NAME: value`, or a line that has no sign after its first word. Quotes are part of
 * the value (`rest`) if more than blanks and a comment follows the closing one.
 */
const LINE = new RegExp(
  [
    String.raw`^[^\S\n]*(?:export[^\S\n]+)?(?<name>[\w.-]+)(?:[^\S\n]*=|:(?=[^\S\n]))`,
    String.raw`(?:[^\S\n]*(?<quote>["'\x60])(?<quoted>(?:\\\k<quote>|(?!\k<quote>)[^])*)\k<quote>(?:[^\S\n]+#.*)?[^\S\n]*|(?<rest>.*))$`,
    String.raw`|^[^\S\n]*(?:export[^\S\n]+)?(?<word>[\w.-]+)(?:[^\S\n].*)?$`,
  ].join(''),
  'gm',
);

/** A file in UTF-16 without a mark is valid UTF-8 as well, with a NUL in each character. */
function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {}
  throw new ConfigError('partyline: .env is not UTF-8; save it as UTF-8 text (not UTF-16 or "Unicode")');
}

function withoutSign(words: readonly string[]): string[] {
  return words
    .filter((word) => settings.some(({ env }) => env === word))
    .map((word) => `.env: a line with ${word} is ignored, because it has no "="; write ${word}=<value>`);
}
