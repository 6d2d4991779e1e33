/** A certificate and its key, looked at before anyone is shown them, be it in files or in hand. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { codeOrWords } from '../util/error-code.js';

export interface Certificate {
  /** PEM, with the chain that leads to it. */
  readonly cert: string | Buffer;
  /** PEM, without a passphrase. */
  readonly key: string | Buffer;
}

export interface ExaminedCertificate extends Certificate {
  /** When it ends, in milliseconds since 1970. */
  readonly validUntil: number;
}

/** Why a pair cannot be used and what to do about it, in one line. */
export interface Unusable {
  readonly problem: string;
}

const MAKE_ONE = 'partyline cert makes a pair';

/** Reads the files that TLS_CERT and TLS_KEY name. */
export function readCertificate(certFile: string, keyFile: string): ExaminedCertificate | Unusable {
  const names = { cert: `TLS_CERT ${JSON.stringify(certFile)}`, key: `TLS_KEY ${JSON.stringify(keyFile)}` };
  const cert = read(certFile);
  if (typeof cert === 'string') return { problem: `${names.cert} ${cert}` };
  const key = read(keyFile);
  if (typeof key === 'string') return { problem: `${names.key} ${key}` };
  return checkCertificate({ cert, key }, names);
}

/** `names` are what whoever gave the two calls them. */
export function checkCertificate(
  { cert, key }: Certificate,
  names = { cert: 'tls.cert', key: 'tls.key' },
): ExaminedCertificate | Unusable {
  const certIs = (problem: string) => ({ problem: `${names.cert} ${problem}` });
  const keyIs = (problem: string) => ({ problem: `${names.key} ${problem}` });
  if (!/-----BEGIN CERTIFICATE-----/.test(textOf(cert)))
    return certIs(`holds no certificate in PEM; ${MAKE_ONE}`);
  if (!/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(textOf(key)))
    return keyIs(`holds no private key in PEM; ${MAKE_ONE}`);
  if (/ENCRYPTED/.test(textOf(key)))
    return keyIs('has a passphrase; name a key without one (openssl pkey -in OLD -out NEW takes it off)');

  const x509 = attempt(() => new X509Certificate(cert));
  if (x509 === null) return certIs(`is broken; ${MAKE_ONE}`);
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === null) return keyIs(`is broken; ${MAKE_ONE}`);
  if (!x509.checkPrivateKey(privateKey))
    return keyIs(`is not the key of ${names.cert}; name two that belong together`);
  const certificate = { cert, key, validUntil: Date.parse(x509.validTo) };
  if (attempt(() => createSecureContext(contextOptions(certificate))) === null)
    return certIs(`is too weak or of a kind that is not known here; ${MAKE_ONE}`);
  return certificate;
}

/** How Node is told of it. */
export function contextOptions({ cert, key }: Certificate) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

/** The bytes, or what is wrong. */
function read(file: string): Buffer | string {
  try {
    // A pipe or a device might never end.
    return statSync(file).isFile() ? readFileSync(file) : 'is not a file; name one in PEM';
  } catch (error) {
    return `cannot be read (${codeOrWords(error)}); make it readable, or name another`;
  }
}

/** A program in JavaScript may give what is neither. */
function textOf(pem: string | Buffer): string {
  return Buffer.isBuffer(pem) ? pem.toString('latin1') : String(pem);
}

function attempt<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch {
    return null;
  }
}
