/**
 * Dispatches a parsed line: to a reply, the hub, the check of a secret, or the end of the connection. One dispatcher
 * serves all connections.
 */
import type { ParsedLine } from '../core/dialect.js';
import type { Encoders } from '../core/delivery/encoder.js';
import type { Client } from '../core/hub/client.js';
import type { Hub } from '../core/hub/hub.js';
import type { Framing } from '../core/ports.js';
import { isUnverifiedCommand, type UnverifiedCommand } from '../core/unverified-command.js';
import type { Authenticator, AuthResult } from './authenticator.js';

/** Wrong passwords on one connection before it is closed. */
const MAX_WRONG_PASSWORDS = 5;

export interface InputDispatcherOptions {
  readonly hub: Hub;
  readonly authenticator: Authenticator;
  readonly encoders: Encoders;
}

export class InputDispatcher {
  readonly #hub: Hub;
  readonly #authenticator: Authenticator;
  readonly #encoders: Encoders;
  /** Only clients with a wrong password are here: most never have one. */
  readonly #wrongPasswords = new WeakMap<Client, number>();

  constructor({ hub, authenticator, encoders }: InputDispatcherOptions) {
    this.#hub = hub;
    this.#authenticator = authenticator;
    this.#encoders = encoders;
  }

  /**
   * Returns a promise if a secret must be checked first: the client's next line waits until its result is given to
   * `applyResult`. Null if the line is dealt with.
   */
  dispatch(parsed: ParsedLine, client: Client, framing: Framing, now: number): Promise<AuthResult> | null {
    if (parsed === null) return null;
    switch (parsed.kind) {
      case 'answer':
        this.#hub.answer(client, parsed.text, now);
        return null;
      case 'refuse':
        this.#hub.refuse(client, parsed.reason, parsed.detail, now, parsed.final);
        return null;
      case 'dialect':
        this.#hub.changeEncoder(client, this.#encoders.of(parsed.dialect, framing));
        this.#hub.answer(client, parsed.text, now);
        return null;
      case 'http-request':
        this.#hub.detach(client, 'http-request', now);
        return null;
      default:
        if (isUnverifiedCommand(parsed)) return this.#authenticate(parsed, client, now);
        this.#hub.apply(client, parsed, now);
        return null;
    }
  }

  applyResult(result: AuthResult, client: Client, now: number): void {
    if (result.kind !== 'refuse') {
      this.#hub.apply(client, result, now);
      return;
    }
    const { reason, detail, final } = result;
    this.#hub.refuse(client, reason, detail, now, final);
    if (reason === 'wrong-password') this.#countWrongPassword(client, now);
  }

  #authenticate(unverified: UnverifiedCommand, client: Client, now: number): Promise<AuthResult> | null {
    const result = this.#authenticator.authenticate(unverified, client);
    if (result instanceof Promise) return result;
    this.applyResult(result, client, now);
    return null;
  }

  #countWrongPassword(client: Client, now: number): void {
    const count = (this.#wrongPasswords.get(client) ?? 0) + 1;
    this.#wrongPasswords.set(client, count);
    if (count >= MAX_WRONG_PASSWORDS) this.#hub.detach(client, 'too-many-attempts', now);
  }
}
