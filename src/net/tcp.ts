/** TCP: accepts connections and moves their bytes. What they mean is for whoever attends. */
import { createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '../util/error-code.js';
import { noop } from '../util/noop.js';
import type { TransportHandler, Bytes, Transport } from '../core/ports.js';
import { readShared } from './shared-read.js';
import { SocketTransport } from './socket-transport.js';

/** Probes on a silent connection, so that a peer that vanished without a word is found. */
const KEEPALIVE_DELAY_MS = 60_000;
/** Connections that the system holds for us until we accept them; it has its own limit too (somaxconn). */
const BACKLOG = 4096;
/** How often a free port is looked for that is free on every address. */
const PORT_TRIES = 20;

export interface TcpOptions {
  /** A name or an address; `localhost` is both loopback addresses. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** A connection has come. */
  readonly connected: (socket: Socket) => void;
  /** Accepting failed, for one: descriptors ran out. The listener goes on. */
  readonly failed: (error: Error) => void;
}

export interface TcpListener {
  readonly port: number;
  /** Accepts no more. Open connections stay. */
  close(): void;
}

/** Rejects with the system's error if an address cannot be had. */
export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  if (options.host !== 'localhost') return listenOn([options.host], options);
  for (let tries = 1; ; tries++) {
    try {
      return await listenOn(['127.0.0.1', '::1'], options);
    } catch (error) {
      const taken = codeOf(error) === 'EADDRINUSE';
      if (!taken || options.port !== 0 || tries === PORT_TRIES) throw error;
    }
  }
}

/** The same port on each address. A machine without IPv6 has no `::1`, and needs none. */
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

function bind(host: string, port: number, { connected, failed }: TcpOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
    });
    server.on('connection', connected);
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve(server);
    });
  });
}

/** Tells an attendant all that happens to a socket from here on. */
export function attachHandler(socket: Socket, handler: TransportHandler): void {
  // An error is always followed by 'close', which is what counts.
  socket.on('error', noop);
  const heard = (bytes: Buffer) => handler.onData(bytes);
  // What is decrypted has a buffer of its own already.
  if ('encrypted' in socket || !readShared(socket, heard)) socket.on('data', heard);
  socket.on('drain', () => handler.onDrain());
  socket.on('end', () => handler.onEnd());
  socket.on('close', () => handler.onClose());
}

export class TcpTransport extends SocketTransport implements Transport {
  #closed = false;

  write(bytes: Bytes): boolean {
    return this.#closed || this.handOver(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.#closed = true;
    this.socket.end();
  }

  destroy(): void {
    this.#closed = true;
    this.socket.destroy();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
