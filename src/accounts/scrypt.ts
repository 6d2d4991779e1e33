/**
 * Passwords as they are kept: scrypt at the least that OWASP asks for, with its parameters beside it, so that they can
 * be raised one day and old passwords still be checked. Node runs it on a thread of its own; it takes a third of a
 * second and 128 MiB, so who may ask for it, and how often, is rationed by secrets.ts.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface Hasher {
  /** What to keep of a secret. */
  hash(secret: string): Promise<string>;
  /** Whether `kept` was made of this secret. */
  matches(secret: string, kept: string): Promise<boolean>;
}

interface Cost {
  /** The binary logarithm of scrypt's N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const OWASP_MINIMUM: Cost = { ln: 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** In the PHC string format: `$scrypt$ln=17,r=8,p=1$<salt>$<key>`. */
const KEPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([\w+/-]+)\$([\w+/-]+)$/;

export class Scrypt implements Hasher {
  readonly #cost: Cost;

  constructor(cost: Cost = OWASP_MINIMUM) {
    this.#cost = cost;
  }

  async hash(secret: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await derive(secret, salt, KEY_BYTES, this.#cost);
    const { ln, r, p } = this.#cost;
    return `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(key)}`;
  }

  async matches(secret: string, kept: string): Promise<boolean> {
    const [, ln, r, p, salt = '', key = ''] = KEPT.exec(kept) ?? [];
    if (ln === undefined) throw new Error('what is kept of a password is no scrypt hash');
    const expected = Buffer.from(key, 'base64');
    const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
    const found = await derive(secret, Buffer.from(salt, 'base64'), expected.length, cost);
    return timingSafeEqual(found, expected);
  }
}

function derive(secret: string, salt: Buffer, bytes: number, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln;
  // Node refuses above 32 MiB unless told otherwise; scrypt needs 128 * N * r, and a little.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) };
  return new Promise((resolve, reject) => {
    // The same letters, however a keyboard composes them (RFC 8265).
    scrypt(secret.normalize('NFC'), salt, bytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
