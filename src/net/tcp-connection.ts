/** An accepted TCP connection, from its first byte on: its handler is replaced once its protocol is known. */
import type { Socket } from 'node:net';
import type { Bytes, Transport, TransportHandler } from '../core/ports.js';
import { noop } from '../util/noop.js';
import type { Peer } from './peer.js';

export interface TcpConnection extends Transport {
  /** Is called from now on. */
  handler: TransportHandler;
  /** The client. A trusted proxy in front of it states another one than the socket has. */
  client: Peer;
  /** The peer has closed its sending side, and the handler was told. */
  readonly hasEnded: boolean;
  /** Once paused, it reads nothing more from the system: an end stays unread. */
  readonly stopsAtPause: boolean;
  /** It is closed, although the handler may not have been told yet. */
  readonly isDestroyed: boolean;
  /**
   * Hands the connection on to a dialect. From now on, bytes are valid only until `onData` returns; before, a handler may
   * keep them.
   */
  serve(handler: TransportHandler): void;
  /** Writes the last bytes, and closes. */
  end(last: Bytes): void;
  /** Gives the connection to code that needs a socket, and that reads what follows. It must not be used afterwards. */
  toSocket(): Socket;
}

/** For a connection whose handler is not known yet, or that was handed on. */
export const NO_HANDLER: TransportHandler = { onData: noop, onDrain: noop, onEnd: noop, onClose: noop };
