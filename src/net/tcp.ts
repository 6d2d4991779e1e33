/** Listens for TCP connections. */
import { createServer, type Server } from 'node:net';
import { codeOf } from '../util/error-code.js';
import type { HandleConnections } from './handle-connection.js';
import { SocketConnection } from './socket-connection.js';
import type { TcpConnection } from './tcp-connection.js';
import { acceptHandles, type TcpHandle } from './tcp-handle.js';

/** TCP keep-alive, so that a peer that vanished without a FIN is detected. */
const KEEPALIVE_DELAY_MS = 60_000;
/** Connections that the system holds until they are accepted. It has a limit of its own too (somaxconn). */
const BACKLOG = 4096;
/** Attempts to find a port that is free on both loopback addresses. */
const MAX_PORT_ATTEMPTS = 20;

export interface TcpOptions {
  /** A host name or an address. `localhost` listens on both loopback addresses. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Makes connections over handles; null for connections over sockets. */
  readonly handles: HandleConnections | null;
  /** Called for each accepted connection. */
  readonly onConnection: (connection: TcpConnection) => void;
  /** Called if accepting failed, for example without a free file descriptor. The listener goes on. */
  readonly onError: (error: Error) => void;
}

export interface TcpListener {
  readonly port: number;
  /** Accepts no more connections. Open ones stay. */
  close(): void;
}

/** Opens a port. Rejects with the system's error if an address cannot be used. */
export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  if (options.host !== 'localhost') return listenOn([options.host], options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOn(['127.0.0.1', '::1'], options);
    } catch (error) {
      const isTaken = codeOf(error) === 'EADDRINUSE';
      if (!isTaken || options.port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error;
    }
  }
}

/** Opens the same port on each address. `::1` is left out on a machine without IPv6. */
async function listenOn(hosts: readonly string[], options: TcpOptions): Promise<TcpListener> {
  const servers: Server[] = [];
  let { port } = options;
  const close = () => {
    for (const server of servers) server.close();
  };
  for (const host of hosts) {
    try {
      const server = await bind(host, port, options);
      servers.push(server);
      port = portOf(server);
    } catch (error) {
      if (host === '::1' && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error))) continue;
      close();
      throw error;
    }
  }
  return { port, close };
}

function bind(host: string, port: number, { handles, onConnection, onError }: TcpOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
    });
    server.on('connection', (socket) => onConnection(new SocketConnection(socket)));
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', onError);
      if (handles !== null)
        acceptHandles(server, setKeepAlive, (handle) => {
          handle.setNoDelay(true);
          onConnection(handles.open(handle));
        });
      resolve(server);
    });
  });
}

function setKeepAlive(handle: TcpHandle): void {
  handle.setKeepAlive(true, KEEPALIVE_DELAY_MS / 1000);
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
