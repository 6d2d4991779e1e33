/** Password hashes: their format, cost, and test vectors. */
import { describe, expect, it } from 'vitest';
import { Scrypt } from '../../src/accounts/scrypt.js';

const quick = new Scrypt({ ln: 4, r: 8, p: 1 });

describe('a password hash', () => {
  it('a password hash matches its password only', async () => {
    const hash = await quick.hash('correct horse');
    expect(await quick.matches('correct horse', hash)).toBe(true);
    expect(await quick.matches('correct hors', hash)).toBe(false);
    expect(await quick.matches('', hash)).toBe(false);
  });

  it('a password hash does not contain the password, and differs each time', async () => {
    const [one, other] = [await quick.hash('correct horse'), await quick.hash('correct horse')];
    expect(one).not.toContain('horse');
    expect(one).not.toBe(other);
  });

  it('a password hash states the minimum cost that OWASP recommends', async () => {
    const hash = await new Scrypt().hash('correct horse');
    expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[\w+/-]{22}\$[\w+/-]{43}$/);
    expect(await quick.matches('correct horse', hash)).toBe(true);
  });

  it('a password hash matches the password in any Unicode composition', async () => {
    const hash = await quick.hash('pass-\u00e9tude');
    expect(await quick.matches('pass-e\u0301tude', hash)).toBe(true);
  });

  // RFC 7914, section 12: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1 (the first 32 bytes).
  it('a password hash agrees with a test vector of RFC 7914', async () => {
    const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
    const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
    const hash = `$scrypt$ln=14,r=8,p=1$${salt}$${key.toString('base64').replace(/=+$/, '')}`;
    expect(await quick.matches('pleaseletmein', hash)).toBe(true);
    expect(await quick.matches('pleaseletmeout', hash)).toBe(false);
  });

  it('a password hash that is invalid causes an error instead of a wrong password', async () => {
    await expect(quick.matches('x', 'plain')).rejects.toThrow('not a scrypt hash');
  });
});
