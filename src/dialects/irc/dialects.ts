/**
 * The dialects of a server's IRC clients: one for each set of capabilities that changes lines for several clients. There
 * are thousands of such sets, so a dialect is only remembered while a client uses it.
 */
import { type Caps, NO_CAPS, sharedPart } from './caps.js';
import { IrcDialect } from './format.js';
import { IrcServer } from './server.js';

export class IrcDialects {
  readonly server: IrcServer;
  readonly #dialects = new Map<Caps, WeakRef<IrcDialect>>();
  readonly #unused = new FinalizationRegistry<Caps>((caps) => {
    if (this.#dialects.get(caps)?.deref() === undefined) this.#dialects.delete(caps);
  });

  constructor(server = new IrcServer()) {
    this.server = server;
  }

  of(caps: Caps = NO_CAPS): IrcDialect {
    const shared = sharedPart(caps);
    const known = this.#dialects.get(shared)?.deref();
    if (known !== undefined) return known;
    const dialect = new IrcDialect(this.server, shared);
    this.#dialects.set(shared, new WeakRef(dialect));
    this.#unused.register(dialect, shared);
    return dialect;
  }
}
