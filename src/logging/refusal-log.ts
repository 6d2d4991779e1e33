/**
 * Logs a refusal by a setting, with the setting that would admit it. Throttled, since any client can cause refusals.
 */
import type { Clock } from '../core/ports.js';
import type { Logger } from './log-event.js';
import { throttle } from './throttle.js';

/** The refused value: a request's host, a page's origin, a proxy. */
export type RefusedBy = 'host' | 'origin' | 'proxy';

/** The name of a setting: of the server, or of the library. */
type NameOf = (key: 'allowedHosts' | 'allowedOrigins' | 'trustedProxies') => string;

const MAX_SHOWN = 100;

export class RefusalLog {
  readonly #reports: Record<RefusedBy, (value: string) => void>;

  /** At most one line in ten seconds for each kind. */
  constructor(clock: Clock, log: Logger, nameOf: NameOf) {
    const warn = (describe: (value: string) => string) =>
      throttle(clock, (value: string) => log.warn(describe(printable(value))));
    this.#reports = {
      host: warn(
        (host) =>
          `refused a request for host ${host}; to allow it, add the host to ${nameOf('allowedHosts')}`,
      ),
      origin: warn(
        (origin) =>
          `refused a request of a page from ${origin}; to allow it, add the origin to ${nameOf('allowedOrigins')}`,
      ),
      proxy: warn(
        (peer) =>
          `refused a PROXY header from ${peer}; if that is a proxy of yours, add its address to ${nameOf('trustedProxies')}`,
      ),
    };
  }

  add(by: RefusedBy, value: string): void {
    this.#reports[by](value);
  }
}

function printable(value: string): string {
  const text = value.replace(/[^\x20-\x7e]/g, '?');
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text);
}
