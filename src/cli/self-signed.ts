/** Creates a self-signed certificate, for a network without a certificate authority. */
import 'reflect-metadata';
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface SelfSigned {
  /** PEM. */
  readonly cert: string;
  /** PEM, without a passphrase. */
  readonly key: string;
  /** SHA-256 fingerprint of the certificate (`AA:BB:…`), for users to compare. */
  readonly fingerprint: string;
  readonly validUntil: Date;
}

/** The longest validity that Apple's systems accept, in days. */
const VALID_DAYS = 825;
/** RFC 5280, appendix A.1. Clients check the subject alternative names, so the common name may be cut. */
const MAX_COMMON_NAME = 64;
const DAY_MS = 86_400_000;
/** Small keys, fast handshakes, and supported by every client of the last ten years. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate for these host names and addresses. It is valid from a day before `now`, because clocks differ. */
export async function selfSigned(names: readonly string[], now: number): Promise<SelfSigned> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(now - DAY_MS);
  const validUntil = new Date(notBefore.getTime() + VALID_DAYS * DAY_MS);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [(names[0] ?? 'localhost').slice(0, MAX_COMMON_NAME)] }],
      notBefore,
      notAfter: validUntil,
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  const cert = `${certificate.toString('pem')}\n`;
  return {
    cert,
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: new X509Certificate(cert).fingerprint256,
    validUntil,
  };
}
