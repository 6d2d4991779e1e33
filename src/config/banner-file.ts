/** Reads BANNER_FILE, the greeting of GoTalk clients, and checks at the start that it is safe to show. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './load-config.js';
import { cleanText } from '../core/text/text.js';
import { codeOrWords } from '../util/error-code.js';

/** Limited, because every connection gets the banner before a login. */
const MAX_BANNER_BYTES = 16 * 1024;

/** The text with LF as line end. Throws a ConfigError if the file is unusable. */
export function readBanner(path: string): string {
  const text = decode(read(path), path).replace(/\r+\n/g, '\n');
  for (const [index, line] of text.split('\n').entries())
    if (cleanText(line) !== line)
      throw unusable(path, `has a control or invisible character in line ${index + 1}; remove it`);
  return text;
}

function read(path: string): Buffer {
  let bytes: Buffer;
  try {
    // A pipe or a device might not end.
    if (!statSync(path).isFile()) throw unusable(path, 'is not a file; give a file with plain text');
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw unusable(
      path,
      `cannot be read (${codeOrWords(error)}); make it readable, or leave BANNER_FILE empty`,
    );
  }
  if (bytes.length > MAX_BANNER_BYTES)
    throw unusable(path, `has ${bytes.length} bytes; shorten it to ${MAX_BANNER_BYTES}`);
  return bytes;
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable(path, 'is not UTF-8; save it as UTF-8 text');
  }
}

function unusable(path: string, what: string): ConfigError {
  return new ConfigError(`partyline: BANNER_FILE ${JSON.stringify(path)} ${what}`);
}
