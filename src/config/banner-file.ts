/** BANNER_FILE: the text that GoTalk's users are shown in place of the penguin, looked at before anyone may see it. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './load-config.js';
import { cleanText } from '../core/text/text.js';
import { codeOrWords } from '../util/error-code.js';

/** Everyone who connects is sent it, before anyone knows who they are. */
const MAX_BANNER_BYTES = 16 * 1024;

/** The text, its lines ended by LF. Throws a ConfigError, in one line for whoever named the file. */
export function readBanner(path: string): string {
  const text = decode(read(path), path).replace(/\r+\n/g, '\n');
  for (const [index, line] of text.split('\n').entries())
    if (cleanText(line) !== line)
      throw unusable(path, `has a control or invisible character in line ${index + 1}; take it out`);
  return text;
}

function read(path: string): Buffer {
  let bytes: Buffer;
  try {
    // A pipe or a device might never end.
    if (!statSync(path).isFile()) throw unusable(path, 'is not a file; name one that holds plain text');
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw unusable(
      path,
      `cannot be read (${codeOrWords(error)}); make it readable, or leave BANNER_FILE empty for the penguin`,
    );
  }
  if (bytes.length > MAX_BANNER_BYTES)
    throw unusable(path, `has ${bytes.length} bytes; a banner has at most ${MAX_BANNER_BYTES}`);
  return bytes;
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable(path, 'is not UTF-8; save it as plain UTF-8 text');
  }
}

function unusable(path: string, what: string): ConfigError {
  return new ConfigError(`partyline: BANNER_FILE ${JSON.stringify(path)} ${what}`);
}
