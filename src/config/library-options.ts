/**
 * What a program gives to a Partyline: settings of the same table as the server's, by their names in the Config and as
 * values. Held to what the table says of them, so that a slip is one clear error, and not a chat that behaves oddly.
 */
import { type Config, type Setting, settings } from './settings.js';
import { ConfigError, loadConfig } from './load-config.js';
import { nearest } from '../core/text/did-you-mean.js';
import { isObsolete, isReserved, parseUserName, type UserName } from '../core/text/text.js';

/** Settings of a process that serves. A program says these to `listen`, or to its own log. */
const OF_THE_PROCESS = [
  'port',
  'host',
  'gotalkPort',
  'machatWsPort',
  'tlsCert',
  'tlsKey',
  'tlsOnly',
  'history',
  'historyDays',
  'dataDir',
  'transcriptFile',
  'logLevel',
  'logFormat',
] as const satisfies readonly (keyof Config)[];

/** What is about the chat. */
export type ChatConfig = Omit<Config, (typeof OF_THE_PROCESS)[number]>;

/** Some of them; what is not given, or is undefined, is as the server has it. */
export type Some<Settings> = { readonly [Key in keyof Settings]?: Settings[Key] | undefined };

/**
 * The Config with these values in it.
 *
 * @throws ConfigError naming the first that cannot be used, and what could.
 */
export function chatConfigWith(options: Some<ChatConfig>): Config {
  return configWith(options, chatKeys);
}

/** Where to listen. Throws as `chatConfigWith` does. */
export function addressFrom(options: Some<Pick<Config, 'port' | 'host'>>): Pick<Config, 'port' | 'host'> {
  return configWith(options, ['port', 'host']);
}

/** The part of a server's Config that is about the chat. */
export function chatConfigOf(config: Config): Some<ChatConfig> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => chatKeys.includes(name)));
}

const chatKeys: readonly string[] = settings
  .map(({ key }) => key)
  .filter((key) => !OF_THE_PROCESS.some((name) => name === key));

/** Names that a program keeps for its own bots. Throws a ConfigError if a user could not be called like that. */
export function parseBotNames(names: readonly string[] = []): readonly UserName[] {
  const wanted = (got: unknown) =>
    new ConfigError(
      `partyline: botNames must be an array of names that users could have, such as ['deploy-bot']; got ${shown(got)}`,
    );
  if (!Array.isArray(names)) throw wanted(names);
  return names.map((raw) => {
    const name = typeof raw === 'string' ? parseUserName(raw) : null;
    if (name === null || isReserved(name) || isObsolete(name)) throw wanted(raw);
    return name;
  });
}

function configWith(options: object, known: readonly string[]): Config {
  const flags: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    const setting = known.includes(name) ? settings.find(({ key }) => key === name) : undefined;
    if (setting === undefined) throw unknown(name, known);
    if (value !== undefined) flags[setting.env] = textOf(setting, value);
  }
  return loadConfig({ flags });
}

function unknown(name: string, known: readonly string[]): ConfigError {
  const near = nearest(name, known, { maxSlips: 3 });
  const advice = near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
  return new ConfigError(`partyline: there is no option ${JSON.stringify(name)} here; ${advice}`);
}

/** The value as one would type it for the server. */
function textOf(setting: Setting, value: unknown): string {
  const { kind, key } = setting;
  const text = written(setting, value);
  const parsed = text === undefined ? undefined : kind.parse(text.trim());
  const isIt = parsed !== undefined && (parsed === null || shapeOf(parsed) === shapeOf(value));
  if (text !== undefined && isIt) return text;
  throw new ConfigError(
    `partyline: ${key} must be ${kind.expectsValue ?? kind.expects}; got ${shown(value)}`,
  );
}

function written({ kind }: Setting, value: unknown): string | undefined {
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

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
