/**
 * Hashes passwords with scrypt, at the minimum cost that OWASP recommends. The parameters are stored in the hash, so they
 * can be raised later and old hashes still be checked. Node runs scrypt in its thread pool, for a third of a second and
 * with 128 MiB; password-queue.ts limits how often.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface Hasher {
  /** The hash to store for a secret. */
  hash(secret: string): Promise<string>;
  /** Whether this is the hash of the secret. @throws Error if it is not a hash. */
  matches(secret: string, hash: string): Promise<boolean>;
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

/** The PHC string format: `$scrypt$ln=17,r=8,p=1$<salt>$<key>`. */
const HASH = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([\w+/-]+)\$([\w+/-]+)$/;

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

  async matches(secret: string, hash: string): Promise<boolean> {
    const [, ln, r, p, salt = '', key = ''] = HASH.exec(hash) ?? [];
    if (ln === undefined)
      throw new Error('the stored password hash is not a scrypt hash; the data file is damaged');
    const expected = Buffer.from(key, 'base64');
    const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
    const actual = await derive(secret, Buffer.from(salt, 'base64'), expected.length, cost);
    return timingSafeEqual(actual, expected);
  }
}

function derive(secret: string, salt: Buffer, bytes: number, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln;
  // Node's default limit is 32 MiB; scrypt needs 128 * N * r bytes and a little more.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) };
  return new Promise((resolve, reject) => {
    // NFC, because keyboards compose the same letter differently (RFC 8265).
    scrypt(secret.normalize('NFC'), salt, bytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
