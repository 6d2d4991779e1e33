/** Makes a Config from flags, environment and `.env`. The settings table defines how each value is parsed. */
import { toggleWord } from './setting-types.js';
import { type Config, flagOf, type Setting, settings } from './settings.js';

/** Values as text, by the names of the settings: `{ IDLE_TIMEOUT: '5' }`. Other names are ignored. */
export type Values = Readonly<Record<string, string | undefined>>;

/** The sources of values. The first source that contains a value is used. */
export interface Sources {
  readonly flags?: Values;
  readonly env?: Values;
  readonly dotenv?: Values;
}

/** An invalid setting or argument. The message is one line that says how to correct it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The effective settings: a flag overrides the environment, the environment overrides `.env`, and `.env` overrides the
 * default. An empty value in the environment or in `.env` counts as missing, except for settings that may be empty.
 *
 * @throws ConfigError for the first invalid value, with its source and the expected values.
 * @example loadConfig({ flags: { PORT: '0' }, env: process.env }).port // 0
 */
export function loadConfig(sources: Sources = {}): Config {
  const values: Record<string, unknown> = {};
  for (const setting of settings) values[setting.key] = pick(setting, sources);
  if (!isComplete(values)) throw new Error('a setting has no value; check the settings table');
  return Object.freeze(values);
}

/** The settings without any source. */
export const defaultConfig: Config = loadConfig();

/** Whether this word is a value of a flag that needs no value (`--log-text`). */
export function isToggleWord(word: string): boolean {
  return toggleWord(word) !== undefined;
}

function pick(setting: Setting, { flags = {}, env = {}, dotenv = {} }: Sources): unknown {
  const name = setting.env;
  const candidates = [
    { text: flags[name], source: setting.kind.isSecret ? name : flagOf(setting) },
    { text: unlessEmpty(setting, env[name]), source: name },
    { text: unlessEmpty(setting, dotenv[name]), source: `${name} in .env` },
  ];
  for (const { text, source } of candidates) if (text !== undefined) return parse(setting, text, source);
  return parse(setting, setting.default, `the default of ${name}`);
}

function unlessEmpty({ kind }: Setting, text: string | undefined): string | undefined {
  return text?.trim() === '' && !kind.mayBeEmpty ? undefined : text;
}

function parse(setting: Setting, text: string, source: string): unknown {
  const value = setting.kind.parse(text.trim());
  if (value !== undefined) return value;
  if (setting.kind.isSecret) throw new ConfigError(`partyline: ${source} must be ${setting.kind.expects}`);
  const got = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  throw new ConfigError(`partyline: ${source} must be ${setting.kind.expects}; got ${JSON.stringify(got)}`);
}

/** Each value is the result of its own row's `parse`, so only a missing value could be wrong. */
function isComplete(values: object): values is Config {
  return settings.every(({ key }) => key in values);
}
