/** Makes a Config of flags, environment and `.env`: each value is parsed by its row of the settings table. */
import { toggleWord } from './setting-types.js';
import { type Config, flagOf, type Setting, settings } from './settings.js';

/** Values by the settings' names, as text: `{ IDLE_TIMEOUT: '5' }`. Other names are ignored. */
export type Values = Readonly<Record<string, string | undefined>>;

/** Where a value may come from; the first that has one wins. */
export interface Sources {
  readonly flags?: Values;
  readonly env?: Values;
  readonly dotenv?: Values;
}

/** A setting that cannot be used. Its message is one line for the person who made it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The settings in force: a flag wins over the environment, that over `.env`, that over the default. An empty value in
 * the environment or in `.env` counts as unset, but for those settings that may be empty.
 *
 * @throws ConfigError naming the first value that is no good, where it stands and what would be.
 * @example loadConfig({ flags: { PORT: '0' }, env: process.env }).port // 0
 */
export function loadConfig(sources: Sources = {}): Config {
  const values: Record<string, unknown> = {};
  for (const setting of settings) values[setting.key] = pick(setting, sources);
  if (!isWhole(values)) throw new Error('a row of the settings has no value');
  return Object.freeze(values);
}

/** What is in force when nobody sets anything. */
export const defaultConfig: Config = loadConfig();

/** Whether a flag that may stand alone (`--log-text`) would take this word for its value. */
export function isToggleWord(word: string): boolean {
  return toggleWord(word) !== undefined;
}

function pick(setting: Setting, { flags = {}, env = {}, dotenv = {} }: Sources): unknown {
  const name = setting.env;
  const written = [
    { text: flags[name], source: setting.kind.isSecret ? name : flagOf(setting) },
    { text: unlessEmpty(setting, env[name]), source: name },
    { text: unlessEmpty(setting, dotenv[name]), source: `${name} in .env` },
  ];
  for (const { text, source } of written) if (text !== undefined) return parse(setting, text, source);
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

/** Each value comes from its own row's `parse`, so that all are there is all that can be wrong. */
function isWhole(values: object): values is Config {
  return settings.every(({ key }) => key in values);
}
