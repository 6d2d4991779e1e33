/**
 * Makes the hashing of passwords a hundred times cheaper than the third of a second that it takes an attacker, in the
 * process that imports this file, and in its children. The parameters in the hash, and all else, stay the same.
 */
const code = `
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
const { scrypt } = crypto;
crypto.scrypt = (secret, salt, bytes, options, onEnd) =>
  scrypt(secret, salt, bytes, { ...options, N: options.N === 2 ** 17 ? 1024 : options.N }, onEnd);
syncBuiltinESMExports();
`;

const module = `data:text/javascript,${encodeURIComponent(code)}`;

/** For NODE_OPTIONS. */
export const CHEAP_SCRYPT = `--import=${module}`;

await import(/* @vite-ignore */ module);
