/** The server's TLS settings: reads the certificate and its key at the start and again at each reload. */
import { ConfigError } from '../config/load-config.js';
import { isEveryAddress } from '../config/setting-types.js';
import type { Config } from '../config/settings.js';
import type { Logger } from '../logging/logger.js';
import { type ExaminedCertificate, readCertificate } from '../net/certificate.js';
import type { Listening, ListenTls } from '../listeners.js';
import { readableKeyWarning } from './file-modes.js';

/** An expiry within this time is logged, early enough to get a new certificate. */
const WARN_BEFORE_MS = 14 * 86_400_000;

export interface Encryption {
  readonly tls: ListenTls;
  /** This listener gets the new certificate at each reload. */
  onReload(listening: Listening): void;
  /**
   * Reads both files again. If the pair is unusable, the old one stays in use, and the log states the reason. True if
   * it was replaced.
   */
  reload(): boolean;
}

/** Null without a certificate. @throws ConfigError if the settings or the files are unusable. */
export function encryption(config: Config, log: Logger): Encryption | null {
  const { tlsCert, tlsKey, tlsOnly } = config;
  if (tlsCert === null || tlsKey === null) {
    const problem = missingSetting(config);
    if (problem === null) return null;
    throw new ConfigError(`partyline: ${problem}`);
  }
  const certificate = readCertificate(tlsCert, tlsKey);
  if ('problem' in certificate) throw new ConfigError(`partyline: ${certificate.problem}`);
  const warnOfFiles = (current: ExaminedCertificate) => {
    const warning = expiryWarning(current);
    if (warning !== null) log.warn(`TLS_CERT ${JSON.stringify(tlsCert)} ${warning}`);
    const keyWarning = readableKeyWarning('TLS_KEY', tlsKey);
    if (keyWarning !== null) log.warn(keyWarning);
  };
  warnOfFiles(certificate);
  const listeners: Listening[] = [];
  const reload = () => {
    const renewed = readCertificate(tlsCert, tlsKey);
    if ('problem' in renewed) {
      log.error({ tag: 'ERROR' }, `the old certificate stays in use: ${renewed.problem}`);
      return false;
    }
    for (const listener of listeners) listener.renew(renewed);
    log.info(`the certificate was reloaded; it is valid until ${dayOf(renewed)}`);
    warnOfFiles(renewed);
    return true;
  };
  const onReload = (listening: Listening) => void listeners.push(listening);
  return { tls: { ...certificate, only: tlsOnly }, onReload, reload };
}

/** The warning about plain text on the network; null if it is refused, or if only this machine can connect. */
export function plaintextWarning({ host, tlsCert, tlsOnly }: Config): string | null {
  if (tlsOnly || !isEveryAddress(host)) return null;
  return tlsCert === null
    ? `HOST=${host}: connections are not encrypted, and their traffic can be read on the network; ` +
        'set TLS_CERT and TLS_KEY (partyline cert creates a pair), or listen on localhost and use an SSH tunnel (ssh -L)'
    : `HOST=${host}: plain-text clients are still accepted, and their traffic can be read on the network; ` +
        'set TLS_ONLY=true to refuse them';
}

function missingSetting({ tlsCert, tlsKey, tlsOnly, stsDurationSeconds }: Config): string | null {
  if (tlsCert !== null) return 'TLS_CERT is set, but TLS_KEY is not; set both or neither';
  if (tlsKey !== null) return 'TLS_KEY is set, but TLS_CERT is not; set both or neither';
  const name = tlsOnly ? 'TLS_ONLY' : stsDurationSeconds > 0 ? 'STS_DURATION' : null;
  return name && `${name} needs a certificate; set TLS_CERT and TLS_KEY (partyline cert creates a pair)`;
}

/** Null if the certificate is valid for long enough. */
function expiryWarning(certificate: ExaminedCertificate): string | null {
  const remainingMs = certificate.validUntil - Date.now();
  if (remainingMs >= WARN_BEFORE_MS) return null;
  return remainingMs < 0
    ? `expired on ${dayOf(certificate)}, and clients refuse it; replace it and send SIGHUP`
    : `expires on ${dayOf(certificate)}; replace it and send SIGHUP`;
}

function dayOf({ validUntil }: ExaminedCertificate): string {
  return new Date(validUntil).toISOString().slice(0, 10);
}
