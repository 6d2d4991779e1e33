/** WebSockets on another program's HTTP server: on one path of it, and nothing else of it is touched. */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Attendant, Clock, Transport, Visit } from '../core/ports.js';
import { plainResponse } from './http-reply.js';
import { isAllowedOrigin } from './origin.js';
import { plainAddress } from './peer.js';
import { createWebSockets } from './websocket.js';

export interface AttachOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  /** Pages elsewhere that may open a WebSocket; see `isAllowedOrigin`. */
  readonly allowedOrigins: readonly string[];
  /** Counts a connection; null turns it away without a word. */
  readonly enter: (address: string) => Visit | null;
  /** A WebSocket is open. One that may not stay comes here, too, to be told so. */
  readonly accept: (transport: Transport, visit: Visit) => Attendant;
}

/** Serves WebSockets on a path of that server. Call what it returns to serve no more; those that are open stay. */
export function attachTo(server: Server | SecureServer, options: AttachOptions): () => void {
  const { path, clock, heartbeatIntervalMs } = options;
  const webSockets = createWebSockets({
    clock,
    heartbeatIntervalMs,
    refused: (socket) => socket.end(plainResponse(400, 'Bad WebSocket request.\n')),
  });
  const upgrade = (request: IncomingMessage, _socket: Duplex, head: Buffer) => {
    if (pathOf(request) !== path) return;
    const { socket } = request;
    const visit = admit(request, socket, options);
    if (visit === null) return;
    socket.once('close', () => visit.leave());
    webSockets.upgrade(request, head, (transport) => options.accept(transport, visit));
  };
  server.on('upgrade', upgrade);
  return () => server.off('upgrade', upgrade);
}

/** Null if the request was answered: it may not come in. */
function admit(
  { headers: { origin, host } }: IncomingMessage,
  socket: Socket,
  { allowedOrigins, enter }: AttachOptions,
): Visit | null {
  if (!isAllowedOrigin(origin, host, allowedOrigins)) {
    socket.end(plainResponse(403, 'This page may not chat here.\n'));
    return null;
  }
  const visit = enter(plainAddress(socket.remoteAddress));
  if (visit === null) socket.destroy();
  return visit;
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
