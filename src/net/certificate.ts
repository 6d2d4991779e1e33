/** Checks a certificate and its key before they are used, whether they come from files or from a program. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { codeOrWords } from '../util/error-code.js';

export interface Certificate {
  /** In PEM, with its chain. */
  readonly cert: string | Buffer;
  /** In PEM, without a passphrase. */
  readonly key: string | Buffer;
}

export interface ExaminedCertificate extends Certificate {
  /** When it expires, in milliseconds since 1970. */
  readonly validUntil: number;
}

export interface UnusableCertificate {
  /** Why the pair is unusable and what to do about it, in one line. */
  readonly problem: string;
}

const CREATE_PAIR = 'create a pair with `partyline cert`';

/** Reads the files that TLS_CERT and TLS_KEY name. */
export function readCertificate(
  certFile: string,
  keyFile: string,
): ExaminedCertificate | UnusableCertificate {
  const names = { cert: `TLS_CERT ${JSON.stringify(certFile)}`, key: `TLS_KEY ${JSON.stringify(keyFile)}` };
  const cert = readPem(certFile);
  if (typeof cert === 'string') return { problem: `${names.cert} ${cert}` };
  const key = readPem(keyFile);
  if (typeof key === 'string') return { problem: `${names.key} ${key}` };
  return checkCertificate({ cert, key }, names);
}

/** @param names the names of the two settings or options, for messages */
export function checkCertificate(
  { cert, key }: Certificate,
  names = { cert: 'tls.cert', key: 'tls.key' },
): ExaminedCertificate | UnusableCertificate {
  const badCert = (problem: string) => ({ problem: `${names.cert} ${problem}` });
  const badKey = (problem: string) => ({ problem: `${names.key} ${problem}` });
  if (!/-----BEGIN CERTIFICATE-----/.test(textOf(cert)))
    return badCert(`holds no certificate in PEM; ${CREATE_PAIR}`);
  if (!/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(textOf(key)))
    return badKey(`holds no private key in PEM; ${CREATE_PAIR}`);
  if (/ENCRYPTED/.test(textOf(key)))
    return badKey('has a passphrase; remove it with `openssl pkey -in OLD -out NEW`');

  const x509 = attempt(() => new X509Certificate(cert));
  if (x509 === null) return badCert(`cannot be parsed; ${CREATE_PAIR}`);
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === null) return badKey(`cannot be parsed; ${CREATE_PAIR}`);
  if (!x509.checkPrivateKey(privateKey))
    return badKey(`is not the key of ${names.cert}; give a certificate and its own key`);
  const certificate = { cert, key, validUntil: Date.parse(x509.validTo) };
  if (attempt(() => createSecureContext(contextOptions(certificate))) === null)
    return badCert(`is too weak, or of a type that OpenSSL does not support here; ${CREATE_PAIR}`);
  return certificate;
}

/** The options of Node's TLS context. */
export function contextOptions({ cert, key }: Certificate) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

/** The DNS names of a certificate, such as `chat.example.org` and `*.example.org`. */
export function dnsNamesOf({ cert }: Certificate): readonly string[] {
  const { subjectAltName = '' } = new X509Certificate(cert);
  return Array.from(subjectAltName.matchAll(/(?:^|, )DNS:([^,]+)/g), ([, name = '']) => name);
}

/** The content, or the problem of the file. */
function readPem(file: string): Buffer | string {
  try {
    // Reading a pipe or a device might never end.
    return statSync(file).isFile() ? readFileSync(file) : 'is not a file; choose a file in PEM';
  } catch (error) {
    return `cannot be read (${codeOrWords(error)}); make it readable, or choose another file`;
  }
}

/** A JavaScript program may pass a value that is neither. */
function textOf(pem: string | Buffer): string {
  return Buffer.isBuffer(pem) ? pem.toString('latin1') : String(pem);
}

function attempt<Result>(run: () => Result): Result | null {
  try {
    return run();
  } catch {
    return null;
  }
}
