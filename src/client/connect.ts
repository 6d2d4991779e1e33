/**
 * Connects to a server over the transport of its address: TCP, TLS or WebSocket. Callers see lines, and do not depend
 * on the transport.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { type RawData, WebSocket } from 'ws';
import { cleanText } from '../core/text/text.js';
import { codeOf } from '../util/error-code.js';
import { LineFramer } from '../framing/line-framer.js';
import type { ServerAddress } from './url.js';

/** The callbacks of a connection. `onClose` is the last one. */
export interface LineListener {
  onOpen(): void;
  /** A line without its line end, exactly as received: it may hold control characters. */
  onLine(line: string): void;
  /** Called once, with an error code such as ECONNREFUSED, or null if the connection ended without an error. */
  onClose(problem: string | null): void;
}

export interface LineConnection {
  /** Sends whole lines, given without their line ends, in one piece. */
  send(lines: readonly string[]): void;
  /** Sends what is still buffered and closes. The listener is not called any more. */
  close(): void;
}

/** Opens a connection for a session. Tests replace it with a fake server. */
export type Connect = (listener: LineListener) => LineConnection;

export interface Trust {
  /** Certificates (PEM) to trust besides the public ones, such as a self-signed certificate. */
  readonly ca: string | null;
}

/** The longest line that is read: eight times what a server accepts by default. */
const MAX_LINE_BYTES = 32 * 1024;
/** A WebSocket message holds one line, or a few. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** How long buffered output may take when the connection is closed. */
const CLOSE_TIMEOUT_MS = 1000;

export function connectTo(address: ServerAddress, trust: Trust): Connect {
  const isWeb = address.transport === 'ws' || address.transport === 'wss';
  return (listener) => {
    const input = new LineInput(listener);
    return isWeb ? overWebSocket(address, trust, input) : overSocket(address, trust, input);
  };
}

/** Splits received bytes into lines and passes them to a listener until the listener is detached. */
class LineInput {
  readonly #framer = new LineFramer(MAX_LINE_BYTES);
  #listener: LineListener | null;
  /** The first error; passed to `onClose`. */
  problem: string | null = null;

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  open(): void {
    this.#listener?.onOpen();
  }

  /** False if a line does not end, so that the peer does not send lines at all: the caller then disconnects. */
  push(bytes: Uint8Array): boolean {
    this.#framer.push(bytes);
    for (let framed = this.#framer.next(); framed !== null; framed = this.#framer.next()) {
      if (typeof framed === 'string') this.#listener?.onLine(framed);
      else if (framed.reason === 'endless-line') {
        this.problem = 'endless-line';
        return false;
      }
      // A line that is only too long is skipped: a cut line could have another meaning.
    }
    return true;
  }

  close(): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.onClose(this.problem);
  }

  detach(): void {
    this.#listener = null;
  }
}

function overSocket(
  { transport, host, port }: ServerAddress,
  { ca }: Trust,
  input: LineInput,
): LineConnection {
  const socket: Socket =
    transport === 'tls'
      ? connectTls({ host, port, ...caOption(ca), servername: isName(host) ? host : '' })
      : connectTcp({ host, port });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => input.open());
  socket.on('data', (bytes: Buffer) => {
    if (!input.push(bytes)) socket.destroy();
  });
  socket.on('error', (error) => {
    input.problem ??= problemOf(error);
  });
  socket.on('close', () => input.close());
  return {
    send: (lines) => void socket.write(`${lines.join('\n')}\n`),
    close: () => {
      input.detach();
      socket.destroySoon();
      setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

function overWebSocket({ shown }: ServerAddress, { ca }: Trust, input: LineInput): LineConnection {
  const socket = new WebSocket(shown, {
    ...caOption(ca),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  socket.on('open', () => input.open());
  socket.on('message', (data) => {
    const bytes = bytesOf(data);
    // The end of a message ends a line. After a message that ends with LF this adds an empty line, which is ignored.
    if (!input.push(bytes) || !input.push(Buffer.from('\n'))) socket.terminate();
  });
  socket.on('unexpected-response', (request, response) => {
    input.problem ??= `http-${response.statusCode}`;
    request.destroy();
    input.close();
  });
  socket.on('error', (error) => {
    input.problem ??= problemOf(error);
  });
  socket.on('close', () => input.close());
  return {
    send: (lines) => {
      for (const line of lines) socket.send(`${line}\n`, () => {}); // 'close' reports a failure
    },
    close: () => {
      input.detach();
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

/** Node replaces its root certificates by the ones given, so both are passed. */
function caOption(ca: string | null): { readonly ca?: string[] } {
  return ca === null ? {} : { ca: [...rootCertificates, ca] };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** Whether a host may be sent as the server name of TLS: a name, not an address (RFC 6066, section 3). */
function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(':');
}

function problemOf(error: Error): string {
  return codeOf(error) || cleanText(error.message);
}
