/** Certificates for tests, made by the code of `partyline cert`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SelfSigned, selfSigned } from '../../src/cli/self-signed.js';
import { temporaryFolder } from './process.js';

export interface Pair extends SelfSigned {
  readonly certFile: string;
  readonly keyFile: string;
  /** The settings of a server that uses this certificate. */
  readonly settings: { readonly TLS_CERT: string; readonly TLS_KEY: string };
}

/** A certificate and its key in files, which are removed after the test. */
export async function certificatePair(create = createPair): Promise<Pair> {
  const made = await create();
  const folder = temporaryFolder();
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  writeFileSync(certFile, made.cert);
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  return { ...made, certFile, keyFile, settings: { TLS_CERT: certFile, TLS_KEY: keyFile } };
}

/** The settings of a server with TLS. All callers share one certificate, because creating one takes time. */
export async function sharedPair(): Promise<Pair['settings']> {
  return (await certificatePair(() => (shared ??= createPair()))).settings;
}

let shared: Promise<SelfSigned> | undefined;

function createPair(): Promise<SelfSigned> {
  return selfSigned(['localhost', '127.0.0.1', '::1'], Date.now());
}
