import { describe, expect, it } from 'vitest';
import { Scrypt } from '../../src/accounts/scrypt.js';

const quick = new Scrypt({ ln: 4, r: 8, p: 1 });

describe('a password as it is kept', () => {
  it('is matched by itself and by nothing else', async () => {
    const kept = await quick.hash('correct horse');
    expect(await quick.matches('correct horse', kept)).toBe(true);
    expect(await quick.matches('correct hors', kept)).toBe(false);
    expect(await quick.matches('', kept)).toBe(false);
  });

  it('does not show itself, and is another thing each time', async () => {
    const [one, other] = [await quick.hash('correct horse'), await quick.hash('correct horse')];
    expect(one).not.toContain('horse');
    expect(one).not.toBe(other);
  });

  it('is what OWASP asks for at least, by its own words', async () => {
    const kept = await new Scrypt().hash('correct horse');
    expect(kept).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[\w+/-]{22}\$[\w+/-]{43}$/);
    expect(await quick.matches('correct horse', kept)).toBe(true);
  });

  it('is the same password however its letters are composed', async () => {
    const kept = await quick.hash('pass-\u00e9tude');
    expect(await quick.matches('pass-e\u0301tude', kept)).toBe(true);
  });

  // RFC 7914, section 12: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1 (its first 32 bytes).
  it('is scrypt as the RFC has it', async () => {
    const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '');
    const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
    const kept = `$scrypt$ln=14,r=8,p=1$${salt}$${key.toString('base64').replace(/=+$/, '')}`;
    expect(await quick.matches('pleaseletmein', kept)).toBe(true);
    expect(await quick.matches('pleaseletmeout', kept)).toBe(false);
  });

  it('that cannot be read is an error, not a wrong password', async () => {
    await expect(quick.matches('x', 'plain')).rejects.toThrow('no scrypt hash');
  });
});
