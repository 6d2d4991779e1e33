/**
 * WebSockets on paths of another program's HTTP server, without a change to its other requests. A listener for
 * 'upgrade' changes how Node handles every request with an Upgrade header, so the requests for other paths are given
 * back.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TransportHandler, Clock, Transport, ConnectionSlot } from '../../core/ports.js';
import { clientOf } from './forwarded.js';
import { giveBack } from './give-back.js';
import { type HttpResponse, responseOf } from './http-response.js';
import { LINGER_MS } from '../../util/linger.js';
import { noop } from '../../util/noop.js';
import type { TrustedProxies } from '../../util/trusted-proxies.js';
import { type Peer, peerOf } from '../peer.js';
import type { RequestGate } from './request-gate.js';
import { isUpgrade, pathOf, withoutLastSlash } from './request-target.js';
import type { IrcSubprotocol } from '../websocket/subprotocols.js';
import { createWebSockets } from '../websocket/websocket-server.js';

export interface AttachOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  readonly gate: RequestGate;
  readonly proxies: TrustedProxies;
  /** Counts a connection; null closes it without a reply. */
  readonly takeSlot: (address: string) => ConnectionSlot | null;
  /** Called for each open WebSocket, also for a refused one, which gets the reason. */
  readonly accept: (
    transport: Transport,
    slot: ConnectionSlot,
    subprotocol: IrcSubprotocol | null,
  ) => TransportHandler;
  /** Whether IRC is spoken on the path. */
  readonly speaksIrc: boolean;
}

/**
 * Serves WebSockets on a path of a server. Returns a function that stops this; open WebSockets stay.
 *
 * @throws if a chat is attached to the path already
 */
export function attachTo(server: Server | SecureServer, options: AttachOptions): () => void {
  const { clock, heartbeatIntervalMs } = options;
  const path = withoutLastSlash(options.path);
  const webSockets = createWebSockets({
    clock,
    heartbeatIntervalMs,
    speaksIrc: () => options.speaksIrc,
    onBadRequest: (socket) => refuse(socket, { status: 400, body: 'Bad WebSocket request.\n' }),
  });
  const router = routers.get(server) ?? new UpgradeRouter(server);
  routers.set(server, router);
  router.add(path, (request, head) => {
    const { socket } = request;
    const peer = clientOf(request, peerOf(socket), options.proxies);
    const slot = admit(request, socket, peer, options);
    if (slot === null) return;
    socket.once('close', () => slot.release());
    webSockets.upgrade(request, head, peer, (transport, subprotocol) =>
      options.accept(transport, slot, subprotocol),
    );
  });
  return () => router.remove(path);
}

const routers = new WeakMap<Server | SecureServer, UpgradeRouter>();

type UpgradeHandler = (request: IncomingMessage, head: Buffer) => void;

/** The one 'upgrade' listener of a server, for all paths with a chat. */
class UpgradeRouter {
  readonly #server: Server | SecureServer;
  readonly #paths = new Map<string, UpgradeHandler>();

  constructor(server: Server | SecureServer) {
    this.#server = server;
  }

  add(path: string, handler: UpgradeHandler): void {
    if (this.#paths.has(path))
      throw new Error(`partyline: a chat is attached to ${path} of this server already; choose another path`);
    this.#paths.set(path, handler);
    if (this.#paths.size === 1) this.#server.on('upgrade', this.#onUpgrade);
  }

  remove(path: string): void {
    if (this.#paths.delete(path) && this.#paths.size === 0) this.#server.off('upgrade', this.#onUpgrade);
  }

  readonly #onUpgrade = (request: IncomingMessage, _socket: Duplex, head: Buffer): void => {
    const handler = isUpgrade(request) ? this.#paths.get(pathOf(request)) : undefined;
    if (handler !== undefined) handler(request, head);
    else if (this.#server.listenerCount('upgrade') === 1) this.#giveBack(request, head);
  };

  #giveBack(request: IncomingMessage, head: Buffer): void {
    const { socket } = request;
    giveBack(request, head, () =>
      this.#server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket),
    );
  }
}

/** Null if the connection was refused; the request then has its response. */
function admit(
  request: IncomingMessage,
  socket: Socket,
  { address, isEncrypted }: Peer,
  { gate, takeSlot }: AttachOptions,
): ConnectionSlot | null {
  const refusal = gate.refusalOf(request, isEncrypted);
  if (refusal !== null) {
    refuse(socket, refusal);
    return null;
  }
  const slot = takeSlot(address);
  if (slot === null) socket.destroy();
  return slot;
}

function refuse(socket: Socket, response: HttpResponse): void {
  // Node has removed its listeners from the socket, and an 'error' event without one ends the process.
  socket.on('error', noop);
  socket.end(responseOf(response));
  socket.resume();
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(deadline));
}
