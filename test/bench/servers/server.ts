/** The description of a server program: how it is found, configured and started. */

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { DialectName } from '../dialects/index.js';

/** The address for a server, and a temporary folder for its configuration. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory; the default is that of the benchmark. */
  readonly cwd?: string;
  /** A file for its standard output, which is otherwise discarded. */
  readonly output?: string;
}

export interface Server {
  readonly name: string;
  readonly dialect: DialectName;
  /** The number of simultaneous logins; the default is 400. */
  readonly loginsAtOnce?: number;
  /** Writes the configuration into the folder, and returns the command that runs the server in the foreground. */
  launch(place: Place): Launch;
}

/** A server for comparison, used if it is installed. */
export interface Peer {
  /** The name of its program, which supports `--version`. */
  readonly program: string;
  /** The server that the program at this path runs. */
  at(binary: string): Server;
}

/** The path of an installed program, or null. Folders for daemons, such as /usr/sbin, are searched too. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && isProgram(path)) return path;
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
