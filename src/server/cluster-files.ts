/** The files of the cluster's settings: reads them at the start, and says in one line what is wrong with them. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type ClusterSettings, clusterSettings } from '../config/cluster-settings.js';
import { ConfigError } from '../config/load-config.js';
import type { Config } from '../config/settings.js';
import type { Logger } from '../logging/logger.js';
import { codeOrWords } from '../util/error-code.js';
import { readableKeyWarning } from './file-modes.js';

export interface Cluster extends Omit<ClusterSettings, 'credsFile' | 'caFile' | 'keyFile'> {
  /** The content of the files; null for a setting that is empty. */
  readonly creds: Uint8Array | null;
  readonly ca: string | null;
  /** The key that encrypts the log, 32 bytes. */
  readonly key: Uint8Array | null;
}

const KEY_BYTES = 32;
/** 32 bytes in base64, as `openssl rand -base64 32` prints them. */
const KEY_TEXT = /^[A-Za-z\d+/]{43}=$/;

/** Null on a server that is alone. @throws ConfigError if the settings or the files are unusable. */
export function clusterOf(config: Config, log: Pick<Logger, 'warn'>): Cluster | null {
  const settings = clusterSettings(config, hostname());
  if (settings === null) return null;
  const { credsFile, caFile, keyFile, ...rest } = settings;
  const read = {
    creds: credsFile === null ? null : readCreds(credsFile),
    ca: caFile === null ? null : readCa(caFile),
    key: keyFile === null ? null : readKey(keyFile),
  };
  warnOfMode('CLUSTER_CREDS', credsFile, 'connect to the NATS servers', log);
  warnOfMode('CLUSTER_KEY_FILE', keyFile, 'decrypt and forge the log', log);
  return { ...rest, ...read };
}

/** The certificate authorities of CLUSTER_CA in PEM. */
function readCa(file: string): string {
  const text = readSetting('CLUSTER_CA', file).toString('latin1');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw unusable(
    'CLUSTER_CA',
    file,
    'contains no certificate in PEM; use the one that signed those of the NATS servers',
  );
}

function readCreds(file: string): Uint8Array {
  const bytes = readSetting('CLUSTER_CREDS', file);
  const text = bytes.toString('latin1');
  if (/-BEGIN NATS USER JWT-[^]+-BEGIN USER NKEY SEED-/.test(text)) return bytes;
  throw unusable('CLUSTER_CREDS', file, 'is not a NATS credentials file; make one with nsc generate creds');
}

function readKey(file: string): Uint8Array {
  const text = readSetting('CLUSTER_KEY_FILE', file).toString('latin1').trim();
  const key = Buffer.from(text, 'base64');
  if (KEY_TEXT.test(text) && key.length === KEY_BYTES) return key;
  throw unusable(
    'CLUSTER_KEY_FILE',
    file,
    `does not contain ${KEY_BYTES} bytes in base64; make it with openssl rand -base64 ${KEY_BYTES}, and copy it to all nodes`,
  );
}

function readSetting(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unusable(
      setting,
      file,
      `cannot be read (${codeOrWords(error)}); give a file that the server can read`,
    );
  }
}

function unusable(setting: string, file: string, problem: string): ConfigError {
  return new ConfigError(`partyline: ${setting} ${JSON.stringify(file)} ${problem}`);
}

function warnOfMode(setting: string, file: string | null, danger: string, log: Pick<Logger, 'warn'>): void {
  const warning = file === null ? null : readableKeyWarning(setting, file, danger);
  if (warning !== null) log.warn(warning);
}
