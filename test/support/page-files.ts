/** The files of the built page, as the server reads them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PAGE_FOLDER, PAGE_LIST, type PageFile } from '../../src/net/http/page.js';

const ROOT = resolve(import.meta.dirname, '../..');

export interface BuiltFile {
  readonly path: string;
  readonly plain: Buffer;
  readonly gz: Buffer;
  readonly br: Buffer;
}

export function files(): readonly BuiltFile[] {
  const list: readonly PageFile[] = JSON.parse(readFileSync(resolve(ROOT, PAGE_LIST), 'utf8'));
  const read = (path: string) => readFileSync(resolve(ROOT, PAGE_FOLDER + path));
  return list.map(({ path }) => ({
    path,
    plain: read(path),
    gz: read(`${path}.gz`),
    br: read(`${path}.br`),
  }));
}
