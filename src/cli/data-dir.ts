/** The data directory of a command: its flag, and its data file, which is opened beside a running server. */
import { existsSync } from 'node:fs';
import { ConfigError, loadConfig, type Values } from '../config/load-config.js';
import type { DataFile } from '../database/open.js';

export interface DataDirOptions {
  readonly dataDir?: string;
}

/** The sources of settings other than flags. */
export interface Environment {
  readonly env: Values;
  readonly dotenv: () => Promise<Values>;
}

export const DATA_DIR = '--data-dir <folder>';
export const DATA_DIR_HELP = 'data directory (default: DATA_DIR, or ./data)';

/** Opens the data file of a command. It creates nothing. Rejects with a ConfigError if there is no data file. */
export async function openExisting(
  { dataDir }: DataDirOptions,
  { env, dotenv }: Environment,
): Promise<DataFile & { readonly folder: string }> {
  const flags = dataDir === undefined ? {} : { DATA_DIR: dataDir };
  const folder = loadConfig({ flags, env, dotenv: await dotenv() }).dataDir;
  const { dataFile, openBesideServer } = await import('../database/open.js');
  if (!existsSync(dataFile(folder))) {
    throw new ConfigError(`partyline: no data file in ${folder}; give the data directory with --data-dir`);
  }
  const { migrations } = await import('../server/migrations.js');
  return { ...openBesideServer(folder, migrations), folder };
}
