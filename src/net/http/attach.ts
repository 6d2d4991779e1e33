/**
 * WebSockets on another program's HTTP server: on paths of it, and nothing else of it is touched. Listening for upgrades
 * at all changes how Node treats every request that offers one, so those that are nobody's are given back.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TransportHandler, Clock, Transport, ConnectionSlot } from '../../core/ports.js';
import { plainResponse } from './http-response.js';
import { isAllowedOrigin } from './origin.js';
import { plainAddress } from '../../util/address.js';
import { LINGER_MS } from '../../util/linger.js';
import { noop } from '../../util/noop.js';
import { pathOf } from './request-path.js';
import { createWebSockets } from '../websocket/websocket-server.js';

export interface AttachOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  /** Pages elsewhere that may open a WebSocket; see `isAllowedOrigin`. */
  readonly allowedOrigins: readonly string[];
  /** Counts a connection; null turns it away without a word. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  /** A WebSocket is open. One that may not stay comes here, too, to be told so. */
  readonly accept: (transport: Transport, slot: ConnectionSlot) => TransportHandler;
}

/**
 * Serves WebSockets on a path of that server. Call what it returns to serve no more; those that are open stay.
 *
 * @throws if a chat has that path already.
 */
export function attachTo(server: Server | SecureServer, options: AttachOptions): () => void {
  const { path, clock, heartbeatIntervalMs } = options;
  const webSockets = createWebSockets({
    clock,
    heartbeatIntervalMs,
    refused: (socket) => refuse(socket, 400, 'Bad WebSocket request.\n'),
  });
  const router = routers.get(server) ?? new UpgradeRouter(server);
  routers.set(server, router);
  router.add(path, (request, head) => {
    const { socket } = request;
    const slot = admit(request, socket, options);
    if (slot === null) return;
    socket.once('close', () => slot.release());
    webSockets.upgrade(request, head, (transport) => options.accept(transport, slot));
  });
  return () => router.remove(path);
}

const routers = new WeakMap<Server | SecureServer, UpgradeRouter>();

type Serve = (request: IncomingMessage, head: Buffer) => void;

/** The one listener for upgrades on a server, however many paths of it are ours. */
class UpgradeRouter {
  readonly #server: Server | SecureServer;
  readonly #paths = new Map<string, Serve>();

  constructor(server: Server | SecureServer) {
    this.#server = server;
  }

  add(path: string, serve: Serve): void {
    if (this.#paths.has(path))
      throw new Error(`partyline: a chat is attached to ${path} of this server already; choose another path`);
    this.#paths.set(path, serve);
    if (this.#paths.size === 1) this.#server.on('upgrade', this.#upgrade);
  }

  remove(path: string): void {
    if (this.#paths.delete(path) && this.#paths.size === 0) this.#server.off('upgrade', this.#upgrade);
  }

  readonly #upgrade = (request: IncomingMessage, _socket: Duplex, head: Buffer): void => {
    const serve = isWebSocket(request) ? this.#paths.get(pathOf(request)) : undefined;
    if (serve !== undefined) serve(request, head);
    else if (this.#server.listenerCount('upgrade') === 1) giveBack(this.#server, request, head);
  };
}

/**
 * Lets the server read the request anew, without the offer to upgrade: it is answered as if nobody listened for
 * upgrades, its body and the connection's further requests too.
 */
function giveBack(server: Server | SecureServer, request: IncomingMessage, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders, socket } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}

/** Null if the request was answered: it may not come in. */
function admit(
  { headers: { origin, host } }: IncomingMessage,
  socket: Socket,
  { allowedOrigins, takeSlot }: AttachOptions,
): ConnectionSlot | null {
  if (!isAllowedOrigin(origin, host, allowedOrigins)) {
    refuse(socket, 403, 'This page may not chat here.\n');
    return null;
  }
  const slot = takeSlot(plainAddress(socket.remoteAddress));
  if (slot === null) socket.destroy();
  return slot;
}

function refuse(socket: Socket, status: number, body: string): void {
  // Node has let go of the socket: an error that nobody hears would end the process.
  socket.on('error', noop);
  socket.end(plainResponse(status, body));
  socket.resume();
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(deadline));
}

function isWebSocket({ headers: { upgrade } }: IncomingMessage): boolean {
  return /^websocket$/i.test(upgrade ?? '');
}
