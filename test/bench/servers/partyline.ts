/** The server under test: the built Partyline, or another command with the protocol `lines`. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXECUTABLE, type Mode, OTHER_NODE } from '../rows.js';
import type { Launch, Place, Server } from './server.js';

/** The built entry point; `npm run bench` builds it first. */
export const builtServer = resolve(import.meta.dirname, '../../../dist/cli.js');

/** The single executable, if `npm run onefile` has made it. */
const executable = resolve(import.meta.dirname, `../../../dist/onefile/partyline-linux-${process.arch}`);

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
  // The peers of IRC put nobody into a room, where a crowd would be told of each of its logins.
  IRC_AUTOJOIN: '',
};

const modes: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  quiet: {},
  logging: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
  storing: { HISTORY: 'disk' },
  tls: {},
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
      env: {
        ...quiet,
        ...modes[mode],
        ...(mode === 'tls' && certificate(place.folder)),
        DATA_DIR: join(place.folder, 'data'),
      },
      ...(mode === 'logging' && { output: join(place.folder, 'log') }),
    }),
  };
}

/** The build on each Node.js in OTHER_NODES (paths, separated by colons), and the single executable if it is asked for. */
export function otherForms(withExecutable: boolean): Server[] {
  const nodes = (process.env.OTHER_NODES ?? '').split(':').filter((path) => path !== '');
  const onNodes = nodes.map((path) => {
    const version = String(spawnSync(path, ['--version']).stdout).trim();
    return { ...partyline(`'${path}' '${builtServer}' ${SERVE}`, 'quiet'), name: `${OTHER_NODE}${version}` };
  });
  if (!withExecutable || !existsSync(executable)) return onNodes;
  return [...onNodes, { ...partyline(`'${executable}' ${SERVE}`, 'quiet'), name: EXECUTABLE }];
}

/** The settings for a certificate, which this makes. */
function certificate(folder: string): Readonly<Record<string, string>> {
  execFileSync(process.execPath, [builtServer, 'cert'], { cwd: folder, stdio: 'ignore' });
  return { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') };
}

const SERVE = 'serve --host 127.0.0.1 --port {port}';

function entry(command: string | null, { host, port, folder }: Place): Launch {
  if (command === null) {
    const args = [builtServer, 'serve', '--host', host, '--port', String(port)];
    // Runs in a folder without .env, so that only the settings of the benchmark apply.
    return { command: process.execPath, args, cwd: folder };
  }
  // `exec` replaces the shell, so that the CPU and memory of the server are read.
  return { command: 'sh', args: ['-c', `exec ${command.replaceAll('{port}', String(port))}`] };
}
