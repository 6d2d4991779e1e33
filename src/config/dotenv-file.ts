/**
 * Reads `.env` with dotenv, with one difference: `#` begins a comment only at the start of a line or after a blank.
 * dotenv cuts a value at any `#`, so `SERVER_PASSWORD=#secret` would open the server.
 */
import { parse } from 'dotenv';
import { ConfigError, type Values } from './load-config.js';
import { misspelledSettings } from './misspelled-settings.js';
import { settings } from './settings.js';

export interface DotenvFile {
  readonly values: Values;
  /** Lines that probably are misspelled settings, each with its remedy. */
  readonly warnings: readonly string[];
}

/**
 * The values of a `.env` file. A value in single, double or back quotes may contain ` #` and line breaks.
 *
 * @throws ConfigError if the file is not UTF-8.
 * @example parseDotenv(Buffer.from('SERVER_PASSWORD=team#secret # note')).values // { SERVER_PASSWORD: 'team#secret' }
 */
export function parseDotenv(bytes: Uint8Array): DotenvFile {
  const text = decode(bytes);
  const values = Object.entries(parse(text.replace(/(?<=\S)#/g, HASH)));
  return {
    values: Object.fromEntries(values.map(([name, value]) => [name, value.replaceAll(HASH, '#')])),
    warnings: [
      ...misspelledSettings(
        values.map(([name]) => name),
        '.env',
      ),
      ...withoutSign(text),
    ],
  };
}

/** Stands for a `#` within a word while dotenv parses. The file itself contains no NUL. */
const HASH = '\0';

/** A file in UTF-16 without a mark is valid UTF-8 as well, with a NUL in each character. */
function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {}
  throw new ConfigError('partyline: .env is not UTF-8; save it as UTF-8 text (not UTF-16 or "Unicode")');
}

function withoutSign(text: string): string[] {
  const words = Array.from(
    text.matchAll(/^[^\S\r\n]*(?:export[^\S\r\n]+)?([A-Z_]+)(?:[^\S\r\n][^=:\r\n]*)?$/gm),
    ([, word]) => word,
  );
  return settings
    .filter(({ env }) => words.includes(env))
    .map(({ env }) => `.env: a line with ${env} is ignored, because it has no "="; write ${env}=<value>`);
}
