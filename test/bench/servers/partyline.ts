/** The server under test: the built Partyline, or another command that speaks `lines`. */

import { join, resolve } from 'node:path';
import type { Manner } from '../rows.js';
import type { Launch, Place, Server } from './server.js';

/** The built entry point; `npm run bench` builds it first. */
export const builtServer = resolve(import.meta.dirname, '../../../dist/cli.js');

// The peers neither log nor store a message in their runs, and have their timers and limits off.
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

const manners: Readonly<Record<Manner, Readonly<Record<string, string>>>> = {
  quiet: {},
  logging: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
  storing: { HISTORY: 'disk' },
};

/**
 * @param command a shell command with `{port}` where the port goes; null runs the built Partyline
 */
export function partyline(command: string | null, manner: Manner): Server {
  return {
    name: command === null ? 'partyline' : 'command',
    dialect: 'lines',
    launch: (place) => ({
      ...entry(command, place),
      env: { ...quiet, ...manners[manner], DATA_DIR: join(place.folder, 'data') },
      ...(manner === 'logging' && { output: join(place.folder, 'log') }),
    }),
  };
}

function entry(command: string | null, { host, port, folder }: Place): Launch {
  if (command === null) {
    const args = [builtServer, 'serve', '--host', host, '--port', String(port)];
    // In a folder without a .env file: the benchmark's settings are all there are.
    return { command: process.execPath, args, cwd: folder };
  }
  // `exec`, so that the process whose CPU and memory are read is the server and not its shell.
  return { command: 'sh', args: ['-c', `exec ${command.replaceAll('{port}', String(port))}`] };
}
