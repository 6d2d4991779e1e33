/** The server under test: the built Partyline, or another command that speaks `lines`. */

import { join, resolve } from 'node:path';
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

/**
 * @param command a shell command with `{port}` where the port goes; null runs the built Partyline
 */
export function partyline(command: string | null): Server {
  return {
    name: command === null ? 'partyline' : 'command',
    dialect: 'lines',
    launch: (place) => ({ ...entry(command, place), env: quiet }),
  };
}

/** The same server with one JSON line a message going to a file. */
export function loggingPartyline(command: string | null): Server {
  return {
    name: 'logging',
    dialect: 'lines',
    launch: (place) => ({
      ...entry(command, place),
      env: { ...quiet, LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      output: join(place.folder, 'log'),
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
