/**
 * The settings that shape what is settled. All nodes need the same ones, or their copies would differ, so a node names
 * its own when it starts, and another value is refused by the name of the setting.
 */
import { type Config, type Setting, settings } from '../config/settings.js';

const SHAPING: ReadonlySet<string> = new Set([
  'ANNOUNCE_LOGIN',
  'HISTORY_DAYS',
  'MIN_PASSWORD_LENGTH',
  'PRESENCE_LIMIT',
  'SERVER_NAME',
]);

/** Texts by the names of the settings. `botNames` are the names that the program keeps for its bots. */
export function settingsDigest(
  config: Config,
  botNames: readonly string[] = [],
): Readonly<Record<string, string>> {
  const shaping = settings.filter(({ env }: Setting) => SHAPING.has(env));
  const values = shaping.map(({ env, key }) => [env, String(config[key])]);
  return Object.fromEntries([...values, ['botNames', [...botNames].sort().join(',')]]);
}
