/** The reference server in C, if there is a compiler: about what one core can do. */

import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Peer } from './server.js';

const source = resolve(import.meta.dirname, '../reference.c');

export const reference: Peer = {
  program: 'cc',
  at: (compiler) => ({
    name: 'reference',
    dialect: 'lines',
    launch: ({ port, folder }) => {
      const command = join(folder, 'reference');
      execFileSync(compiler, ['-O2', '-o', command, source]);
      return { command, args: [String(port)] };
    },
  }),
};
