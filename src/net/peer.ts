/** The client of a connection: its address is that of the socket, or the one that a trusted proxy states. */
import type { Socket } from 'node:net';
import { plainAddress } from '../util/address.js';

export interface Peer {
  readonly address: string;
  readonly port: number;
  /** The connection is encrypted, or its client's connection to the proxy is. */
  readonly isEncrypted: boolean;
}

export function peerOf(socket: Socket): Peer {
  const { remoteAddress, remotePort = 0 } = socket;
  return { address: plainAddress(remoteAddress), port: remotePort, isEncrypted: 'encrypted' in socket };
}
