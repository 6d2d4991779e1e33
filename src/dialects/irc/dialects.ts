/** The dialects of a server's IRC clients: one for each set of capabilities that changes lines for several clients. */
import { type Caps, NO_CAPS, sharedPart } from './caps.js';
import { IrcDialect } from './format.js';
import { IrcServer } from './server.js';

export class IrcDialects {
  readonly server: IrcServer;
  readonly #dialects = new Map<Caps, IrcDialect>();

  constructor(server = new IrcServer()) {
    this.server = server;
  }

  of(caps: Caps = NO_CAPS): IrcDialect {
    const shared = sharedPart(caps);
    let dialect = this.#dialects.get(shared);
    if (dialect === undefined) {
      dialect = new IrcDialect(this.server, shared);
      this.#dialects.set(shared, dialect);
    }
    return dialect;
  }
}
