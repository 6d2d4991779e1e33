/**
 * Encrypts the entries of the log with AES-256-GCM, since direct messages and password hashes travel in it. An entry is
 *
 *     1 byte    the form, 1
 *     4 bytes   the id of the key, so that another key is told from a damaged entry
 *     12 bytes  a random nonce
 *     …         the encrypted bytes
 *     16 bytes  the tag, over all this and the id of the log
 *
 * Without a key an entry is its JSON text as it is, which begins with `{`. A random nonce of 96 bits suits up to 2^32
 * entries a key (NIST SP 800-38D, 8.3): years of a busy cluster. A new key means a new log.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const FORM = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const BODY_AT = HEADER_BYTES + NONCE_BYTES;
const CIPHER = 'aes-256-gcm';

/** Bytes as the log had them. `keyId` names the key that they say they are encrypted with; null: they are not. */
export interface Opened {
  readonly keyId: string | null;
  /** Null if this server cannot read them: they have another key, or no key where one is needed, or are damaged. */
  readonly plain: Uint8Array | null;
}

export class Seal {
  /** Eight hexadecimal digits that tell keys apart and nothing of the key; null without a key. */
  readonly keyId: string | null;
  readonly #key: Uint8Array | null;
  readonly #header: Uint8Array;
  readonly #random: (size: number) => Uint8Array;

  /** `key` has 32 bytes; null leaves the entries readable. Throws a RangeError for a key of another length. */
  constructor(key: Uint8Array | null, random: (size: number) => Uint8Array = randomBytes) {
    if (key !== null && key.length !== KEY_BYTES)
      throw new RangeError(`the key has ${key.length} bytes instead of ${KEY_BYTES}`);
    this.#key = key;
    this.#random = random;
    const id =
      key === null ? Buffer.alloc(0) : createHash('sha256').update('partyline key id').update(key).digest();
    this.#header = Buffer.from([FORM, ...id.subarray(0, KEY_ID_BYTES)]);
    this.keyId = key === null ? null : keyIdOf(this.#header);
  }

  seal(plain: Uint8Array, logId: string): Uint8Array {
    if (this.#key === null) return plain;
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    cipher.setAAD(this.#boundTo(logId));
    const body = cipher.update(plain);
    cipher.final();
    return Buffer.concat([this.#header, nonce, body, cipher.getAuthTag()]);
  }

  /** Never throws. */
  open(bytes: Uint8Array, logId: string): Opened {
    const keyId = bytes[0] === FORM && bytes.length >= BODY_AT + TAG_BYTES ? keyIdOf(bytes) : null;
    if (keyId !== this.keyId) return { keyId, plain: null };
    if (this.#key === null) return { keyId, plain: bytes };
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(HEADER_BYTES, BODY_AT));
    decipher.setAAD(this.#boundTo(logId));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const body = decipher.update(bytes.subarray(BODY_AT, -TAG_BYTES));
      return { keyId, plain: Buffer.concat([body, decipher.final()]) };
    } catch {
      return { keyId, plain: null };
    }
  }

  #boundTo(logId: string): Uint8Array {
    return Buffer.concat([this.#header, Buffer.from(logId)]);
  }
}

function keyIdOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(1, HEADER_BYTES)).toString('hex');
}
