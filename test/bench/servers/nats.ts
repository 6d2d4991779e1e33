/** NATS: only core pub/sub, with one ping per hour. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './server.js';

export const natsServer: Peer = {
  program: 'nats-server',
  at: (binary) => ({
    name: 'nats',
    dialect: 'nats',
    launch: ({ host, port, folder }) => {
      const config = join(folder, 'nats.conf');
      writeFileSync(config, `listen: "${host}:${port}"\nping_interval: "1h"\nmax_pending: 512MB\n`);
      return { command: binary, args: ['--config', config] };
    },
  }),
};
