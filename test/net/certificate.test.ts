/** Certificates and keys: the usable ones, and one line with the cause and the remedy for the others. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../src/net/certificate.js';
import { type SelfSigned, selfSigned } from '../../src/cli/self-signed.js';
import { temporaryFolder } from '../support/process.js';
import { isInstalled } from '../support/programs.js';

const hasOpenssl = isInstalled('openssl', 'version');

describe('a certificate with its key', () => {
  it('a certificate with its key is read from two files or from one', async () => {
    const { cert, key, validUntil } = await selfSigned(['localhost'], Date.now());
    const expected = { cert: Buffer.from(cert), key: Buffer.from(key), validUntil: validUntil.getTime() };
    expected.validUntil -= expected.validUntil % 1000;

    expect(reading(cert, key)).toEqual(expected);
    const both = join(temporaryFolder(), 'both.pem');
    writeFileSync(both, cert + key);
    expect(readCertificate(both, both)).toMatchObject({ validUntil: expected.validUntil });
  });

  it.skipIf(!hasOpenssl)('a certificate with its key may be RSA (skipped without openssl)', () => {
    const folder = temporaryFolder();
    const files = [join(folder, 'cert.pem'), join(folder, 'key.pem')] as const;
    const request = 'req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2';
    execFileSync('openssl', [...request.split(' '), '-out', files[0], '-keyout', files[1]], {
      stdio: 'ignore',
    });

    expect(readCertificate(...files)).toHaveProperty('validUntil');
  });

  it('a certificate with its key may be followed by its chain', async () => {
    const [own, issuer] = [await selfSigned(['a'], Date.now()), await selfSigned(['b'], Date.now())];

    expect(reading(own.cert + issuer.cert, own.key)).toHaveProperty('validUntil');
  });
});

describe('an unusable certificate or key', () => {
  const protectedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  const empty = (text: string) => text.replace(/\n[^-][^]*?\n-/, '\nAAAA\n-');

  it.each<[what: string, pair: (a: SelfSigned, b: SelfSigned) => [string, string], problem: RegExp]>([
    ['the key of another certificate', (a, b) => [a.cert, b.key], /^TLS_KEY .* is not the key of TLS_CERT/],
    [
      'a chain in the wrong order',
      (a, b) => [b.cert + a.cert, a.key],
      /^TLS_KEY .* is not the key of TLS_CERT/,
    ],
    ['the two files exchanged', (a) => [a.key, a.cert], /^TLS_CERT .* holds no certificate in PEM/],
    ['a certificate instead of a key', (a) => [a.cert, a.cert], /^TLS_KEY .* holds no private key in PEM/],
    ['an empty file', (a) => ['', a.key], /^TLS_CERT .* holds no certificate in PEM/],
    ['a certificate without content', (a) => [empty(a.cert), a.key], /^TLS_CERT .* cannot be parsed/],
    ['a key without content', (a) => [a.cert, empty(a.key)], /^TLS_KEY .* cannot be parsed/],
    ['a key with a passphrase', (a) => [a.cert, protectedKey.toString()], /^TLS_KEY .* has a passphrase/],
  ])(
    'an unusable certificate or key is refused with its problem and a remedy: %s',
    async (_what, pair, problem) => {
      const [a, b] = [await selfSigned(['a'], Date.now()), await selfSigned(['b'], Date.now())];

      const result = reading(...pair(a, b));

      expect(result).toEqual({ problem: expect.stringMatching(problem) });
      expect(result).toEqual({
        problem: expect.stringMatching(/^TLS_[A-Z]+ "[^"\n]+\.pem" [^\n]+; [^\n]+$/),
      });
    },
  );

  it('an unusable certificate or key is refused if its file is missing or a folder', () => {
    const folder = temporaryFolder();

    expect(readCertificate(join(folder, 'none.pem'), 'key.pem')).toEqual({
      problem: `TLS_CERT "${folder}/none.pem" cannot be read (no such file or folder); make it readable, or choose another file`,
    });
    expect(readCertificate(folder, 'key.pem')).toEqual({
      problem: `TLS_CERT "${folder}" is not a file; choose a file in PEM`,
    });
  });

  it.skipIf(!hasOpenssl)(
    'an unusable certificate or key is refused if the key is too short to be safe (skipped without openssl)',
    () => {
      const folder = temporaryFolder();
      const files = [join(folder, 'cert.pem'), join(folder, 'key.pem')] as const;
      const request = 'req -x509 -newkey rsa:512 -nodes -subj /CN=localhost -days 2';
      const args = [...request.split(' '), '-out', files[0], '-keyout', files[1]];
      execFileSync('openssl', args, { stdio: 'ignore' });

      expect(readCertificate(...files)).toEqual({
        problem: expect.stringMatching(/^TLS_CERT .* is too weak/),
      });
    },
  );
});

function reading(cert: string, key: string) {
  const folder = temporaryFolder();
  const files = [join(folder, 'cert.pem'), join(folder, 'key.pem')] as const;
  writeFileSync(files[0], cert);
  writeFileSync(files[1], key);
  return readCertificate(...files);
}
