/** Checks the passwords and room keys in requests, as those of LOGIN and JOIN: one at a time, with counted failures. */
import type { PasswordVerifier } from '../core/ports.js';
import type { RequestOrigin } from '../net/http/api/api-port.js';
import { type ApiRefusal, refuse } from '../net/http/api/errors.js';
import { KnownSecrets } from './known-secrets.js';

/** From this failure on, the answer says to wait. */
const MAX_FAILURES = 5;

export interface SecretSubject {
  /** UserName.fold, or `#` and RoomName.fold. */
  readonly subject: string;
  readonly isRegisteredLogin: boolean;
  /** The refusal of a wrong one. */
  readonly wrong: 'wrong-password' | 'room-locked';
}

export class SecretCheck {
  readonly #passwords: PasswordVerifier;
  readonly #known = new KnownSecrets();

  constructor(passwords: PasswordVerifier) {
    this.#passwords = passwords;
  }

  /** Null if the secret is the one with this hash. */
  async refusalFor(
    secret: string,
    hash: string,
    { subject, isRegisteredLogin, wrong }: SecretSubject,
    { address, connection, isStillWanted }: RequestOrigin,
  ): Promise<ApiRefusal | null> {
    if (this.#known.has(secret, hash)) return null;
    const attempt = { address, subject, connection, isStillWanted, isRegisteredLogin };
    switch (await this.#passwords.verify(secret, hash, attempt)) {
      case 'right':
        this.#known.add(secret, hash);
        return null;
      case 'wrong': {
        const isTooMuch = this.#passwords.failures(address, subject) >= MAX_FAILURES;
        return refuse(isTooMuch ? 'too-many-attempts' : wrong);
      }
      case 'busy':
        return refuse('busy');
    }
  }
}
