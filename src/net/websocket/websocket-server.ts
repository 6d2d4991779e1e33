/**
 * WebSocket: the ws package shakes hands and reads; what goes out are frames built once for all readers, written to
 * the socket as TCP's bytes are. What they mean is for whoever attends. Works on the requests of any HTTP server.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { TransportHandler, Clock, Transport } from '../../core/ports.js';
import { noop } from '../../util/noop.js';
import { readShared } from '../shared-read.js';
import { Heartbeat } from './heartbeat.js';
import { ChatSocket, WebSocketTransport } from './websocket-transport.js';

/** The longest message; a longer one closes with 1009. */
const MAX_MESSAGE_BYTES = 16 * 1024;

export interface WebSocketsOptions {
  readonly clock: Clock;
  /** Silence after which a peer is asked for a pong, and after which, without one, it is gone; 0 for never. */
  readonly heartbeatIntervalMs: number;
  /** The request asked for a WebSocket, but not as RFC 6455 wants it: answers 400. */
  readonly refused: (socket: Socket) => void;
}

export interface WebSockets {
  /** Answers an upgrade request with a handshake, and hands the connection to `accept`. */
  upgrade(request: IncomingMessage, head: Buffer, accept: (transport: Transport) => TransportHandler): void;
}

export function createWebSockets({ clock, heartbeatIntervalMs, refused }: WebSocketsOptions): WebSockets {
  const heartbeat = new Heartbeat(clock, heartbeatIntervalMs);
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: ChatSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    autoPong: false,
  });
  server.on('wsClientError', (_error, _socket, { socket }) => refused(socket));
  return {
    upgrade(request, head, accept) {
      const { socket } = request;
      server.handleUpgrade(request, socket, head, (ws) => attend(ws, socket, heartbeat, accept));
    },
  };
}

function attend(
  ws: ChatSocket,
  socket: Socket,
  heartbeat: Heartbeat,
  accept: (transport: Transport) => TransportHandler,
): void {
  const transport = new WebSocketTransport(ws, socket);
  // What goes wrong shows as a close, too.
  ws.on('error', noop);
  transport.attachHandler(accept(transport));
  // ws keeps what it cannot use yet, and gets a copy: that is cheaper than the 64 KiB Node reserves for each read.
  if (!('encrypted' in socket)) readShared(socket, (bytes) => socket.emit('data', Buffer.from(bytes)));
  heartbeat.watch(transport);
  socket.on('close', () => heartbeat.forget(transport));
}
