/**
 * Checks the options of an embedding program against the settings table. The options are values under the keys of the
 * Config. A wrong name or value is a clear error at the start instead of a misconfigured chat.
 */
import { type Config, type Setting, settings } from './settings.js';
import { ConfigError, loadConfig } from './load-config.js';
import { invalid, shown } from './library-arguments.js';
import { nearest } from '../core/text/did-you-mean.js';

/** Settings of the server process. A program passes these to `listen`, or configures its own log. */
const PROCESS_KEYS = [
  'port',
  'host',
  'gotalkPort',
  'ircPort',
  'machatWsPort',
  'tlsCert',
  'tlsKey',
  'tlsOnly',
  'history',
  'historyDays',
  'dataDir',
  'cluster',
  'nodeName',
  'clusterStream',
  'clusterCreds',
  'clusterCa',
  'clusterKeyFile',
  'clusterReplicas',
  'clusterLeaseMs',
  'transcriptFile',
  'logLevel',
  'logFormat',
] as const satisfies readonly (keyof Config)[];

/** Those among them that say where the server stores messages, and for how long. */
const STORAGE_KEYS: readonly string[] = ['history', 'historyDays', 'dataDir'] satisfies (keyof Config)[];

/** The settings of the chat. */
export type ChatConfig = Omit<Config, (typeof PROCESS_KEYS)[number]>;

/** Any subset of settings; a missing or undefined one has the default of the server. */
export type Some<Settings> = { readonly [Key in keyof Settings]?: Settings[Key] | undefined };

/**
 * The defaults with these values.
 *
 * @throws ConfigError for the first invalid option, with the expected values.
 */
export function chatConfigWith(options: Some<ChatConfig>): Config {
  return configWith(options, chatKeys);
}

/** The address to listen on. Throws like `chatConfigWith`. */
export function addressFrom(options: Some<Pick<Config, 'port' | 'host'>>): Pick<Config, 'port' | 'host'> {
  return configWith(options, ['port', 'host']);
}

/** The settings of the chat in a Config. */
export function chatConfigOf(config: Config): Some<ChatConfig> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => chatKeys.includes(name)));
}

const chatKeys: readonly string[] = settings
  .map(({ key }) => key)
  .filter((key) => !PROCESS_KEYS.some((name) => name === key));

function configWith(options: object, known: readonly string[]): Config {
  const flags: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    const setting = known.includes(name) ? settings.find(({ key }) => key === name) : undefined;
    if (setting === undefined) throw unknown(name, known);
    if (value !== undefined) flags[setting.env] = textOf(setting, value);
  }
  return loadConfig({ flags });
}

/** Throws a ConfigError if an option is left over. */
export function checkUnknown(others: object, known: readonly string[]): void {
  for (const name of Object.keys(others)) throw unknown(name, known);
}

function unknown(name: string, known: readonly string[]): ConfigError {
  return new ConfigError(`partyline: unknown option ${shown(name)}; ${adviceFor(name, known)}`);
}

function adviceFor(name: string, known: readonly string[]): string {
  if (STORAGE_KEYS.includes(name))
    return 'a Partyline keeps messages in memory, and only the server has a data file: partyline serve';
  const near = nearest(name, known, { maxSlips: 3 });
  return near === null ? `use one of ${known.join(', ')}` : `did you mean ${near}?`;
}

/** The value as the text that a setting of the server would have. */
function textOf(setting: Setting, value: unknown): string {
  const { kind, key } = setting;
  const text = toText(setting, value);
  const parsed = text === undefined ? undefined : kind.parse(text.trim());
  const isValid = parsed !== undefined && (parsed === null || shapeOf(parsed) === shapeOf(value));
  if (text !== undefined && isValid) return text;
  const expects = kind.expectsValue ?? kind.expects;
  // A ConfigError is often logged.
  if (kind.isSecret) throw new ConfigError(`partyline: ${key} must be ${expects}`);
  throw invalid(key, expects, value);
}

function toText({ kind }: Setting, value: unknown): string | undefined {
  if (value === null) return kind.mayBeEmpty ? '' : undefined;
  if (Array.isArray(value)) {
    const isList = value.every((entry) => typeof entry === 'string' && /^[^,]*[^\s,][^,]*$/.test(entry));
    return isList ? value.join(',') : undefined;
  }
  if (typeof value === 'number') return String(value / (kind.scale ?? 1));
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
}

function shapeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}
