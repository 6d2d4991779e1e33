/** Redis without persistence, and without a limit on the output queue of a subscriber. */

import type { Peer } from './server.js';

export const redisServer: Peer = {
  program: 'redis-server',
  at: (binary) => ({
    name: 'redis',
    dialect: 'redis',
    launch: ({ host, port, folder }) => ({
      command: binary,
      args: [
        ...['--bind', host, '--port', String(port), '--dir', folder, '--daemonize', 'no'],
        ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
        ...['--maxclients', '15000', '--tcp-backlog', '4096'],
        ...['--client-output-buffer-limit', 'pubsub 0 0 0'],
      ],
    }),
  }),
};
