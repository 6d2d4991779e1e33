/** A certificate for tests, as `partyline cert` makes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SelfSigned, selfSigned } from '../../src/cli/self-signed.js';
import { temporaryFolder } from './process.js';

export interface Pair extends SelfSigned {
  readonly certFile: string;
  readonly keyFile: string;
  /** To be given to a server. */
  readonly settings: { readonly TLS_CERT: string; readonly TLS_KEY: string };
}

/** A pair in files of its own, removed after the test. */
export async function certificatePair(makeOne = make): Promise<Pair> {
  const made = await makeOne();
  const folder = temporaryFolder();
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  writeFileSync(certFile, made.cert);
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  return { ...made, certFile, keyFile, settings: { TLS_CERT: certFile, TLS_KEY: keyFile } };
}

/** The settings of a server that encrypts, with a pair that all such servers share. */
export async function sharedPair(): Promise<Pair['settings']> {
  return (await certificatePair(() => (shared ??= make()))).settings;
}

let shared: Promise<SelfSigned> | undefined;

function make(): Promise<SelfSigned> {
  return selfSigned(['localhost', '127.0.0.1', '::1'], Date.now());
}
