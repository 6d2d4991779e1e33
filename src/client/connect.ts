/**
 * Lines to and from a server, over whichever transport its address names. What is above this file does not know whether
 * it talks over TCP, TLS or a WebSocket.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { type RawData, WebSocket } from 'ws';
import { cleanText } from '../core/text/text.js';
import { codeOf } from '../util/error-code.js';
import { LineFramer } from '../framing/line-framer.js';
import type { ServerAddress } from './url.js';

/** What a connection tells; nothing after `closed`. */
export interface LineListener {
  opened(): void;
  /** A line as it came, without its end: not cleaned yet. */
  heard(line: string): void;
  /** Once. A code such as ECONNREFUSED, or null when it simply ended. */
  closed(problem: string | null): void;
}

export interface LineConnection {
  /** Whole lines, without their ends, in one go: nothing comes between them. */
  send(lines: readonly string[]): void;
  /** Sends what is left and closes. The listener hears nothing more. */
  close(): void;
}

/** How a session gets its connections; tests put a server of their own here. */
export type Connect = (listener: LineListener) => LineConnection;

export interface Trust {
  /** Certificates (PEM) to trust besides the usual ones: a server's own, if it made one itself. */
  readonly ca: string | null;
}

/** The longest line that is read; the server's own default for those it takes is an eighth of it. */
const MAX_LINE_BYTES = 32 * 1024;
/** A WebSocket message holds a line, or a few. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const HANDSHAKE_MS = 30_000;
/** What waited for the network gets so long when we leave. */
const LEAVE_MS = 1000;

export function connectTo(address: ServerAddress, trust: Trust): Connect {
  const isWeb = address.transport === 'ws' || address.transport === 'wss';
  return (listener) => {
    const ear = new Ear(listener);
    return isWeb ? overWebSocket(address, trust, ear) : overSocket(address, trust, ear);
  };
}

/** Bytes to lines for a listener, who may stop listening. */
class Ear {
  readonly #framer = new LineFramer(MAX_LINE_BYTES);
  #listener: LineListener | null;
  /** What went wrong, to be told when the connection is gone. */
  problem: string | null = null;

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  opened(): void {
    this.#listener?.opened();
  }

  /** False when what comes is no lines at all, and is not worth reading on. */
  push(bytes: Uint8Array): boolean {
    this.#framer.push(bytes);
    for (let framed = this.#framer.next(); framed !== null; framed = this.#framer.next()) {
      if (typeof framed === 'string') this.#listener?.heard(framed);
      else if (framed.reason === 'endless-line') {
        this.problem = 'endless-line';
        return false;
      }
      // A line that is merely too long is left out: to cut it could turn it into another.
    }
    return true;
  }

  closed(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.closed(this.problem);
  }

  mute(): void {
    this.#listener = null;
  }
}

function overSocket({ transport, host, port }: ServerAddress, { ca }: Trust, ear: Ear): LineConnection {
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ host, port, ...trusting(ca), servername: isName(host) ? host : '' })
      : connectTcp({ host, port });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => ear.opened());
  socket.on('data', (bytes: Buffer) => {
    if (!ear.push(bytes)) socket.destroy();
  });
  socket.on('error', (error) => {
    ear.problem ??= problemOf(error);
  });
  socket.on('close', () => ear.closed());
  return {
    send: (lines) => void socket.write(`${lines.join('\n')}\n`),
    close: () => {
      ear.mute();
      socket.destroySoon();
      setTimeout(() => socket.destroy(), LEAVE_MS).unref();
    },
  };
}

function overWebSocket({ shown }: ServerAddress, { ca }: Trust, ear: Ear): LineConnection {
  const socket = new WebSocket(shown, {
    ...trusting(ca),
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  socket.on('open', () => ear.opened());
  socket.on('message', (data) => {
    const bytes = bytesOf(data);
    // The end of a message ends a line; where it ended with an LF, this is an empty line, which says nothing.
    if (!ear.push(bytes) || !ear.push(Buffer.from('\n'))) socket.terminate();
  });
  socket.on('unexpected-response', (request, response) => {
    ear.problem ??= `http-${response.statusCode}`;
    request.destroy();
    ear.closed();
  });
  socket.on('error', (error) => {
    ear.problem ??= problemOf(error);
  });
  socket.on('close', () => ear.closed());
  return {
    send: (lines) => {
      for (const line of lines) socket.send(`${line}\n`, () => {}); // what fails is told by 'close'
    },
    close: () => {
      ear.mute();
      socket.close();
      setTimeout(() => socket.terminate(), LEAVE_MS).unref();
    },
  };
}

/** Node takes the certificates given for all there are. */
function trusting(ca: string | null): { readonly ca?: string[] } {
  return ca === null ? {} : { ca: [...rootCertificates, ca] };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** TLS names a host in its hello only if it is a name. */
function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(':');
}

function problemOf(error: Error): string {
  return codeOf(error) || cleanText(error.message);
}
