/** Tests `partyline cert` and the certificate that it creates. */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../src/net/certificate.js';
import { run, temporaryFolder } from '../support/process.js';
import { isInstalled } from '../support/programs.js';

const hasOpenssl = isInstalled('openssl', 'version');

describe('partyline cert', () => {
  it('partyline cert creates a certificate and a private key in the current folder and prints the fingerprint', async () => {
    const cwd = temporaryFolder();

    const { code, stdout, stderr } = await run(['cert'], { cwd });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readdirSync(cwd).sort()).toEqual(['cert.pem', 'key.pem']);
    expect(statSync(join(cwd, 'key.pem')).mode & 0o777).toBe(0o600);
    const { fingerprint256 } = new X509Certificate(readFileSync(join(cwd, 'cert.pem')));
    expect(stdout.split('\n')).toContain(`sha256 Fingerprint=${fingerprint256}`);
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(readCertificate(join(cwd, 'cert.pem'), join(cwd, 'key.pem'))).toHaveProperty('validUntil');
  });

  it.skipIf(!hasOpenssl)(
    'partyline cert prints the fingerprint as openssl does (needs openssl)',
    async () => {
      const cwd = temporaryFolder();
      const { stdout } = await run(['cert'], { cwd });

      const printed = spawnSync('openssl', 'x509 -in cert.pem -noout -fingerprint -sha256'.split(' '), {
        cwd,
      });

      expect(stdout.toLowerCase()).toContain(printed.stdout.toString().trim().toLowerCase());
    },
  );

  it('partyline cert creates a certificate for the names of this machine and the given names', async () => {
    const cwd = temporaryFolder();
    const names = ['--name', 'chat.example.org', '10.0.0.7', '--name', 'žluť.example.org'];

    const { stdout } = await run(['cert', '--out', 'pair', ...names], { cwd });

    const x509 = new X509Certificate(readFileSync(join(cwd, 'pair', 'cert.pem')));
    expect(x509.subject).toBe('CN=chat.example.org');
    for (const name of [
      'localhost',
      'chat.example.org',
      'xn--lu-yta1h.example.org',
      hostname().toLowerCase(),
    ])
      expect(x509.checkHost(name), name).toBe(name);
    for (const address of ['127.0.0.1', '::1', '10.0.0.7']) expect(x509.checkIP(address)).toBe(address);
    expect(x509.checkHost('example.org')).toBeUndefined();
    expect(stdout).toContain('for chat.example.org, 10.0.0.7, xn--lu-yta1h.example.org, ');
  });

  it('partyline cert creates a certificate that is valid from yesterday for 825 days', async () => {
    const cwd = temporaryFolder();
    await run(['cert'], { cwd });
    const { validFrom, validTo } = new X509Certificate(readFileSync(join(cwd, 'cert.pem')));
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];

    expect((to - from) / 86_400_000).toBe(825);
    expect(from).toBeLessThan(Date.now() - 86_000_000);
  });

  it.each(['cert.pem', 'key.pem'])('partyline cert writes no file if %s exists', async (existing) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, existing), 'mine');

    const { code, stdout, stderr } = await run(['cert'], { cwd });

    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `partyline: cannot write ${existing}: the file exists; move it away, or choose another folder with --out\n`,
    });
    expect(readdirSync(cwd)).toEqual([existing]);
    expect(readFileSync(join(cwd, existing), 'utf8')).toBe('mine');
  });

  it.each([
    [
      'a folder that cannot be created',
      ['--out', 'none/there'],
      /^partyline: cannot write none\/there: no such file or folder; /,
    ],
    [
      'a file for a folder',
      ['--out', 'file'],
      /^partyline: cannot write file\/key.pem: a parent is not a folder; /,
    ],
    ['an invalid name', ['--name', 'a b'], /^partyline: invalid --name "a b"; /],
    ['an unknown flag', ['--nmae', 'a'], /; see partyline cert --help$/],
    ['an extra argument', ['here'], /; see partyline cert --help$/],
  ])('partyline cert prints one line of advice and exits with 2 for %s', async (_what, args, message) => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'file'), '');

    const { code, stderr } = await run(['cert', ...args], { cwd });

    expect(code).toBe(2);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.trim()).toMatch(message);
    expect(readdirSync(cwd).sort()).toEqual(['file', 'folder']);
  });
});
