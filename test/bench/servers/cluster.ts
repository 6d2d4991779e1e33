/** Several servers that are one chat, and the nats-servers of their log. Every message is on the disks of all. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partyline } from './partyline.js';
import { findProgram, type Launch, type Place } from './server.js';

/** The log is replicated to this many nats-servers. */
const ENGINES = 3;

export interface Cluster {
  readonly name: string;
  readonly nodes: number;
  readonly engines: number;
  /** Starts one server of the log. `routes` are the ports on which they talk to each other. */
  engine(place: Place, index: number, routes: readonly number[]): Launch;
  /** Starts one server of the chat, with the log of these engines. */
  node(place: Place, index: number, engines: readonly Place[]): Launch;
}

/** Null without nats-server. */
export function clusterOf(nodes: number): Cluster | null {
  const binary = findProgram('nats-server');
  if (binary === null) return null;
  const { launch } = partyline(null, 'storing');
  return {
    name: `${nodes} servers`,
    nodes,
    engines: ENGINES,
    engine: ({ host, port, folder }, index, routes) => {
      const path = join(folder, `nats${index}.conf`);
      const urls = routes.map((route) => `nats://${host}:${route}`);
      writeFileSync(
        path,
        [
          `server_name: nats${index}`,
          `listen: "${host}:${port}"`,
          `jetstream { store_dir: "${join(folder, `nats${index}`)}", max_file_store: 100GB }`,
          `cluster { name: bench, listen: "${host}:${routes[index]}", routes: ${JSON.stringify(urls)} }`,
        ].join('\n'),
      );
      return { command: binary, args: ['--config', path] };
    },
    node: (place, index, engines) => {
      const { env, ...rest } = launch(place);
      const urls = engines.map(({ host, port }) => `nats://${host}:${port}`);
      const cluster = {
        CLUSTER: urls.join(','),
        CLUSTER_REPLICAS: String(ENGINES),
        NODE_NAME: `node${index}`,
      };
      return { ...rest, env: { ...env, ...cluster } };
    },
  };
}
