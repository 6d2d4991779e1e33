/** The server under test: the built Partyline, or another command with the protocol `lines`. */

import { join, resolve } from 'node:path';
import type { Mode } from '../rows.js';
import type { Launch, Place, Server } from './server.js';

/** The built entry point; `npm run bench` builds it first. */
export const builtServer = resolve(import.meta.dirname, '../../../dist/cli.js');

// The peers neither log nor store messages, and have no timers and limits.
const quiet: Readonly<Record<string, string>> = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT: '0',
  HISTORY: 'memory',
  IDLE_TIMEOUT: '0',
  HEARTBEAT_INTERVAL: '0',
  LOGIN_TIMEOUT: '0',
  MAX_CLIENTS: '0',
  MAX_CLIENTS_PER_ADDRESS: '0',
};

const modes: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  quiet: {},
  logging: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
  storing: { HISTORY: 'disk' },
};

/**
 * @param command a shell command with `{port}` in place of the port; null for the built Partyline
 */
export function partyline(command: string | null, mode: Mode): Server {
  return {
    name: command === null ? 'partyline' : 'command',
    dialect: 'lines',
    launch: (place) => ({
      ...entry(command, place),
      env: { ...quiet, ...modes[mode], DATA_DIR: join(place.folder, 'data') },
      ...(mode === 'logging' && { output: join(place.folder, 'log') }),
    }),
  };
}

function entry(command: string | null, { host, port, folder }: Place): Launch {
  if (command === null) {
    const args = [builtServer, 'serve', '--host', host, '--port', String(port)];
    // Runs in a folder without .env, so that only the settings of the benchmark apply.
    return { command: process.execPath, args, cwd: folder };
  }
  // `exec` replaces the shell, so that the CPU and memory of the server are read.
  return { command: 'sh', args: ['-c', `exec ${command.replaceAll('{port}', String(port))}`] };
}
