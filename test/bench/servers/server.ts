/** What the benchmark needs to know of a program in order to start it. */

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { DialectName } from '../dialects/index.js';

/** Where a server is told to listen, and a folder of its own for its configuration, gone afterwards. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; where the benchmark runs unless said otherwise. */
  readonly cwd?: string;
  /** A file for its standard output; what it writes there is otherwise thrown away. */
  readonly output?: string;
}

export interface Server {
  readonly name: string;
  readonly dialect: DialectName;
  /** How many may connect and log in at the same time; 400 unless the server wants another number. */
  readonly loginsAtOnce?: number;
  /** Writes what configuration it needs into the folder and says how to start it, in the foreground. */
  launch(place: Place): Launch;
}

/** A server that is looked for on the machine and compared with. */
export interface Peer {
  /** The name of its program, which answers `--version`. */
  readonly program: string;
  /** The server run by the program at this path. */
  at(binary: string): Server;
}

/** The path of an installed program; null if there is none. Looks where daemons are kept, too. */
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
