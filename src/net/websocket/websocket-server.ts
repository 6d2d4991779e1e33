/**
 * WebSockets on the upgrade requests of any HTTP server. The ws package does the handshake and reads; output consists
 * of frames built once for all readers, which are written to the socket directly.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { TransportHandler, Clock, Transport } from '../../core/ports.js';
import { noop } from '../../util/noop.js';
import type { Peer } from '../peer.js';
import { readShared } from '../shared-read.js';
import { Heartbeat } from './heartbeat.js';
import { answeredSubprotocol, type IrcSubprotocol } from './subprotocols.js';
import { ChatSocket, WebSocketTransport } from './websocket-transport.js';

/** A longer message closes the connection with code 1009. */
const MAX_MESSAGE_BYTES = 16 * 1024;

export interface WebSocketsOptions {
  readonly clock: Clock;
  /** Silence after which a peer is pinged, and again as long until a peer without a pong is closed (0 = never). */
  readonly heartbeatIntervalMs: number;
  /** Whether the path of the request is one where IRC is spoken. */
  readonly speaksIrc: (request: IncomingMessage) => boolean;
  /** Called for an upgrade request that violates RFC 6455, to respond with 400. */
  readonly onBadRequest: (socket: Socket) => void;
}

/** `subprotocol`: IRC's, if the client asked for one; null for any other. */
type Accept = (transport: Transport, subprotocol: IrcSubprotocol | null) => TransportHandler;

export interface WebSockets {
  /** Completes the handshake of an upgrade request of this client, and passes the connection to `accept`. */
  upgrade(request: IncomingMessage, head: Buffer, peer: Peer, accept: Accept): void;
}

export function createWebSockets({
  clock,
  heartbeatIntervalMs,
  speaksIrc,
  onBadRequest,
}: WebSocketsOptions): WebSockets {
  const heartbeat = new Heartbeat(clock, heartbeatIntervalMs);
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: ChatSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    autoPong: false,
    handleProtocols: (names, request) => answeredSubprotocol(names, speaksIrc(request)),
  });
  server.on('wsClientError', (_error, _socket, { socket }) => onBadRequest(socket));
  return {
    upgrade(request, head, peer, accept) {
      const { socket } = request;
      server.handleUpgrade(request, socket, head, (ws) =>
        open(new WebSocketTransport(ws, socket, peer), ws, socket, heartbeat, accept),
      );
    },
  };
}

function open(
  transport: WebSocketTransport,
  ws: ChatSocket,
  socket: Socket,
  heartbeat: Heartbeat,
  accept: Accept,
): void {
  // An error is always followed by 'close'.
  ws.on('error', noop);
  transport.attachHandler(accept(transport, transport.subprotocol));
  // ws keeps bytes that it cannot parse yet, so it gets a copy, which is cheaper than the 64 KiB of Node for each read.
  if (!('encrypted' in socket)) readShared(socket, (bytes) => socket.emit('data', Buffer.from(bytes)));
  heartbeat.add(transport);
  socket.on('close', () => heartbeat.remove(transport));
}
