/** Reads BANNER_FILE and MOTD_FILE, and checks at the start that they are safe to show. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './load-config.js';
import { cleanText } from '../core/text/text.js';
import type { NameOf } from './settings.js';
import { codeOrWords } from '../util/error-code.js';

/** Limited, because every connection gets these texts before a login. */
const MAX_TEXT_BYTES = 16 * 1024;

/** The greeting of GoTalk clients, with LF as line end. Throws a ConfigError if the file is unusable. */
export function readBanner(path: string, nameOf: NameOf): string {
  return readText(nameOf('bannerFile'), path);
}

/** The message of the day, likewise. */
export function readMotd(path: string, nameOf: NameOf): string {
  return readText(nameOf('motdFile'), path);
}

function readText(setting: string, path: string): string {
  const unusable = (what: string) => new ConfigError(`partyline: ${setting} ${JSON.stringify(path)} ${what}`);
  const text = decode(read(setting, path, unusable), unusable).replace(/\r+\n/g, '\n');
  for (const [index, line] of text.split('\n').entries())
    if (cleanText(line) !== line)
      throw unusable(`has a control or invisible character in line ${index + 1}; remove it`);
  return text;
}

type Unusable = (what: string) => ConfigError;

function read(setting: string, path: string, unusable: Unusable): Buffer {
  let bytes: Buffer;
  try {
    // A pipe or a device might not end.
    if (!statSync(path).isFile()) throw unusable('is not a file; give a file with plain text');
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw unusable(`cannot be read (${codeOrWords(error)}); make it readable, or remove ${setting}`);
  }
  if (bytes.length > MAX_TEXT_BYTES)
    throw unusable(`has ${bytes.length} bytes; shorten it to ${MAX_TEXT_BYTES}`);
  return bytes;
}

function decode(bytes: Buffer, unusable: Unusable): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable('is not UTF-8; save it as UTF-8 text');
  }
}
