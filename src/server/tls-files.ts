/** TLS as the server's settings have it: the pair is read at start, where a bad one is refused, and again when told to. */
import type { Config } from '../config/settings.js';
import { ConfigError } from '../config/load-config.js';
import { isEveryAddress } from '../config/setting-types.js';
import type { Logger } from '../logging/logger.js';
import { type ExaminedCertificate, readCertificate } from '../net/certificate.js';
import type { Listening, ListenTls } from '../listeners.js';

/** Time to have a new certificate made. */
const WARN_BEFORE_MS = 14 * 86_400_000;

export interface Encryption {
  readonly tls: ListenTls;
  /** At a reload, this one is told. */
  onReload(listening: Listening): void;
  /** Rereads the certificate and the key. A pair that cannot be used changes nothing, and the log says so. */
  reload(): void;
}

/** Null where no certificate is configured. Throws a ConfigError, in one line for whoever configured it. */
export function encryption({ tlsCert, tlsKey, tlsOnly }: Config, log: Logger): Encryption | null {
  if (tlsCert === null || tlsKey === null) {
    const missing = whatIsMissing(tlsCert, tlsKey, tlsOnly);
    if (missing === null) return null;
    throw new ConfigError(`partyline: ${missing}`);
  }
  const certificate = readCertificate(tlsCert, tlsKey);
  if ('problem' in certificate) throw new ConfigError(`partyline: ${certificate.problem}`);
  const warn = (read: ExaminedCertificate) => {
    const ending = whenItEnds(read);
    if (ending !== null) log.warn(`TLS_CERT ${JSON.stringify(tlsCert)} ${ending}`);
  };
  warn(certificate);
  const listeners: Listening[] = [];
  const reload = () => {
    const read = readCertificate(tlsCert, tlsKey);
    if ('problem' in read) {
      log.error({ tag: 'ERROR' }, `the certificate stays as it was: ${read.problem}`);
      return;
    }
    for (const listener of listeners) listener.renew(read);
    log.info(`the certificate was read again; it is valid until ${dayOf(read)}`);
    warn(read);
  };
  const onReload = (listening: Listening) => void listeners.push(listening);
  return { tls: { ...certificate, only: tlsOnly }, onReload, reload };
}

/** What to know where other machines are let in; null if there are none, or nobody on the way can read anything. */
export function plaintextWarning({ host, tlsCert, tlsOnly }: Config): string | null {
  if (tlsOnly || !isEveryAddress(host)) return null;
  return tlsCert === null
    ? `HOST=${host}: the line is not encrypted, whoever sits on the way can read the chat. Keep to a network you trust, ` +
        'or set TLS_CERT and TLS_KEY (partyline cert makes a pair), or listen on localhost and let people in with ssh -L.'
    : `HOST=${host}: who connects without TLS is let in, and whoever sits on the way can read what they see. ` +
        'TLS_ONLY=true refuses them.';
}

function whatIsMissing(tlsCert: string | null, tlsKey: string | null, tlsOnly: boolean): string | null {
  if (tlsCert !== null) return 'TLS_CERT is set, and TLS_KEY is not; set both, or neither';
  if (tlsKey !== null) return 'TLS_KEY is set, and TLS_CERT is not; set both, or neither';
  return tlsOnly
    ? 'TLS_ONLY needs a certificate; set TLS_CERT and TLS_KEY (partyline cert makes a pair)'
    : null;
}

/** Null while there is time. */
function whenItEnds(certificate: ExaminedCertificate): string | null {
  const leftMs = certificate.validUntil - Date.now();
  if (leftMs >= WARN_BEFORE_MS) return null;
  return leftMs < 0
    ? `has expired on ${dayOf(certificate)}, and clients refuse it; put a new one there, and send SIGHUP`
    : `is valid until ${dayOf(certificate)} only; put a new one there, and send SIGHUP`;
}

function dayOf({ validUntil }: ExaminedCertificate): string {
  return new Date(validUntil).toISOString().slice(0, 10);
}
