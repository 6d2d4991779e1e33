/**
 * Dispatches a parsed line: to a reply, the hub, the check of a secret, or the end of the connection. One dispatcher
 * serves all connections.
 */
import type { Labelled, ParsedLine } from '../core/dialect.js';
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

/** The result of checking a secret. */
export type DispatchResult = AuthResult | Labelled<DispatchResult>;

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
  dispatch(
    parsed: ParsedLine,
    client: Client,
    framing: Framing,
    now: number,
  ): Promise<DispatchResult> | null {
    if (parsed === null) return null;
    switch (parsed.kind) {
      // Nearly all lines.
      case 'say':
      case 'tell':
      case 'ping':
        this.#hub.apply(client, parsed, now);
        return null;
      case 'answer':
        this.#hub.answer(client, parsed.text, now);
        return null;
      case 'refuse':
        this.#hub.refuse(client, parsed, now);
        return null;
      case 'dialect':
        this.#hub.changeEncoder(client, this.#encoders.of(parsed.dialect, framing));
        this.#hub.answer(client, parsed.text, now);
        return null;
      case 'labelled':
        return this.#dispatchLabelled(parsed, client, framing, now);
      case 'http-request':
        this.#hub.detach(client, 'http-request', now);
        return null;
      default:
        if (isUnverifiedCommand(parsed)) return this.#authenticate(parsed, client, now);
        this.#hub.apply(client, parsed, now);
        return null;
    }
  }

  applyResult(result: DispatchResult, client: Client, now: number): void {
    if (result.kind === 'labelled') {
      client.label = result.label;
      this.applyResult(result.line, client, now);
      client.label = null;
      return;
    }
    if (result.kind !== 'refuse') {
      this.#hub.apply(client, result, now);
      return;
    }
    this.#hub.refuse(client, result, now);
    if (result.reason === 'wrong-password') this.#countWrongPassword(client, now);
  }

  /** The label holds while the command is handled; pages and a pending check keep it. */
  #dispatchLabelled(
    { label, line }: Labelled<ParsedLine>,
    client: Client,
    framing: Framing,
    now: number,
  ): Promise<DispatchResult> | null {
    client.label = label;
    const pending = this.dispatch(line, client, framing, now);
    client.label = null;
    return pending?.then((result) => ({ kind: 'labelled', label, line: result })) ?? null;
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
