/** Random values that let a program in without a password: they are told once, and only their hashes are stored. */
import { createHash, randomBytes } from 'node:crypto';

/** A token is 43 characters. */
export const TOKEN_BYTES = 32;
const TOKEN_ID_BYTES = 4;

/** `bytes` random bytes, as letters, digits, `-` and `_`. */
export function newSecret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** Names a token, in lists and where it is revoked. */
export function newTokenId(): string {
  return randomBytes(TOKEN_ID_BYTES).toString('hex');
}

/** SHA-256. A random value needs no slow hash. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
