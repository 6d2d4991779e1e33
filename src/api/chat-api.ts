/** What the HTTP interface asks of the chat: who a request is from, and what that one may do. */
import { isObsolete, parseRoomName } from '../core/text/text.js';
import type { About, ApiCaller, ApiPort, Credentials, RequestOrigin } from '../net/http/api/api-port.js';
import { type ApiRefusal, isRefusal } from '../net/http/api/errors.js';
import type { PasswordVerifier } from '../core/ports.js';
import { Caller, type CallerDeps } from './caller.js';
import { ANONYMOUS, Identities, type IdentityOptions } from './identity.js';
import { SecretCheck } from './secret-check.js';

export interface ChatApiOptions
  extends Omit<CallerDeps, 'secrets' | 'lineLimits'>, Omit<IdentityOptions, 'secrets'> {
  readonly passwords: PasswordVerifier;
  readonly about: About;
}

export class ChatApi implements ApiPort {
  readonly #about: About;
  readonly #deps: CallerDeps;
  readonly #identities: Identities;

  constructor(options: ChatApiOptions) {
    const { about, passwords } = options;
    const secrets = new SecretCheck(passwords);
    const byteLength = (text: string) => Buffer.byteLength(text);
    this.#about = about;
    this.#deps = { ...options, secrets, lineLimits: { maxLineBytes: about.maxLineBytes, byteLength } };
    this.#identities = new Identities({ ...options, secrets });
  }

  about(): About {
    return this.#about;
  }

  isRoomName(text: string): boolean {
    const room = parseRoomName(text);
    return room !== null && !isObsolete(room);
  }

  guest(origin: RequestOrigin): ApiCaller {
    return new Caller(this.#deps, ANONYMOUS, origin);
  }

  async identify(credentials: Credentials, origin: RequestOrigin): Promise<ApiCaller | ApiRefusal> {
    const identity = await this.#identities.of(credentials, origin);
    return isRefusal(identity) ? identity : new Caller(this.#deps, identity, origin);
  }
}
