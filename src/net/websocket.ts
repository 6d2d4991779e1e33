/**
 * WebSocket: the ws package shakes hands and reads; what goes out are frames built once for all readers, written to
 * the socket as TCP's bytes are. What they mean is for whoever attends.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Attendant, Bytes, Clock, Transport } from '../core/ports.js';
import type { CloseReason } from '../core/reasons.js';
import { FrameEnds } from '../wire/websocket-framing.js';
import { peerName, plainAddress } from './peer.js';
import { readShared } from './shared-read.js';

/** The longest message; a longer one closes with 1009. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** What one read of a socket can hold, and a message that began before it. */
const GATHER_BYTES = 96 * 1024;
/** How often in a heartbeat's interval the silent are looked for. */
const SWEEPS = 8;
const LF = 10;

export interface WebSocketsOptions {
  readonly clock: Clock;
  /** Silence after which a peer is asked for a pong, and after which, without one, it is gone; 0 for never. */
  readonly heartbeatIntervalMs: number;
  /** The request asked for a WebSocket, but not as RFC 6455 wants it: answers 400. */
  readonly refused: (socket: Socket) => void;
}

/** Whoever attends to a WebSocket may want to know that the peer lives, though it says nothing. */
export interface WebSocketAttendant extends Attendant {
  /** A ping or a pong came. */
  alive?(): void;
}

export interface WebSockets {
  /** Answers an upgrade request with a handshake, and hands the connection to `accept`. */
  upgrade(request: IncomingMessage, head: Buffer, accept: (transport: Transport) => WebSocketAttendant): void;
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

/** A WebSocket that says goodbye when it is told to: by itself, ws does so before the last answers are out. */
class ChatSocket extends WebSocket {
  /** The peer closes, or has sent what is no WebSocket; `code` is how ws would answer. */
  closing: ((code: number | undefined) => void) | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    if (this.closing === null) this.sayClose(code, reason);
    else this.closing(code);
  }

  sayClose(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
  }
}

function attend(
  ws: ChatSocket,
  socket: Socket,
  heartbeat: Heartbeat,
  accept: (transport: Transport) => WebSocketAttendant,
): void {
  const transport = new WebSocketTransport(ws, socket);
  // What goes wrong shows as a close, too.
  ws.on('error', ignore);
  transport.attendedBy(accept(transport));
  // ws keeps what it cannot use yet, and gets a copy: that is cheaper than the 64 KiB Node reserves for each read.
  if (!('encrypted' in socket)) readShared(socket, (bytes) => socket.emit('data', Buffer.from(bytes)));
  heartbeat.watch(transport);
  socket.on('close', () => heartbeat.forget(transport));
}

class WebSocketTransport implements Transport {
  /** It pings by itself: nobody need ask its user for a sign of life. */
  readonly hasOwnHeartbeat = true;
  readonly address: string;
  readonly #port: number;
  readonly #ws: ChatSocket;
  readonly #socket: Socket;
  readonly #ends = new FrameEnds();
  #attendant: WebSocketAttendant | null = null;
  /** Nothing more may be written. */
  #closed = false;
  #peerEnded = false;
  /** The code that the peer's close or fault is to be answered with. */
  #answer: number | undefined;
  #paused = false;
  /** The peer's last ping, if it could not be answered yet. */
  #owedPong: Buffer | null = null;
  /** Something came since the last look. */
  #heard = true;
  #aliveAt = 0;
  #pingedAt: number | null = null;

  constructor(ws: ChatSocket, socket: Socket) {
    this.#ws = ws;
    this.#socket = socket;
    this.address = plainAddress(socket.remoteAddress);
    this.#port = socket.remotePort ?? 0;
  }

  get peer(): string {
    return peerName(this.address, this.#port);
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Takes frames, or parts of them in their order, as `webSocketFraming` makes them. */
  write(frames: Bytes): boolean {
    if (this.#closed) return true;
    this.#ends.follow(frames);
    return this.#socket.write(frames) || this.#socket.writableLength === 0;
  }

  pause(): void {
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard = true;
    this.#ws.resume();
  }

  /** Says goodbye after what was handed over. The peer's goodbye ends the connection. */
  close(why?: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#socket.destroyed) return;
    // In the middle of a frame there is no place for a goodbye.
    if (!this.#ends.atEnd) this.#socket.end();
    else if (this.#peerEnded) this.#ws.sayClose(this.#answer);
    else this.#ws.sayClose(codeOf(why), why);
  }

  destroy(): void {
    this.#closed = true;
    this.#ws.terminate();
  }

  attendedBy(attendant: WebSocketAttendant): void {
    this.#attendant = attendant;
    const ws = this.#ws;
    const socket = this.#socket;
    ws.closing = (code) => this.#peerCloses(code);
    ws.on('message', (message) => gathered.add(message, attendant));
    ws.on('ping', (data) => {
      attendant.alive?.();
      this.#owedPong = Buffer.from(data);
      this.#payPong();
    });
    ws.on('pong', () => attendant.alive?.());
    // These come after ws's own listeners: all messages of a read have been gathered by then.
    socket.on('data', () => {
      this.#heard = true;
      gathered.deliver(attendant);
    });
    socket.on('drain', () => {
      attendant.drained();
      this.#payPong();
    });
    socket.on('end', () => {
      // ws has ended the other direction, too: a WebSocket is never half open.
      this.#closed = true;
      this.#endsHere();
    });
    socket.on('close', () => {
      gathered.deliver(attendant);
      this.#closed = true;
      attendant.lost();
    });
  }

  /** Pings a peer that was silent for long; one that left a ping unanswered for as long is gone. */
  look(elapsed: number, intervalMs: number): void {
    // One that we do not read, or that has not read what we said, cannot be expected to answer.
    if (this.#heard || this.#paused || this.unsent > 0) {
      this.#heard = false;
      this.#aliveAt = elapsed;
      this.#pingedAt = null;
      return;
    }
    if (this.#closed) return;
    if (this.#pingedAt !== null) {
      if (elapsed >= this.#pingedAt + intervalMs) this.destroy();
    } else if (elapsed >= this.#aliveAt + intervalMs && this.#ends.atEnd) {
      this.#pingedAt = elapsed;
      this.#ws.ping();
    }
  }

  #peerCloses(code: number | undefined): void {
    // Our goodbye is out already, and this is the answer to it: ws ends the connection.
    if (this.#closed) {
      this.#ws.sayClose(code);
      return;
    }
    this.#answer = code;
    this.#endsHere();
  }

  #endsHere(): void {
    if (this.#peerEnded || this.#attendant === null) return;
    this.#peerEnded = true;
    gathered.deliver(this.#attendant);
    this.#attendant.ended();
  }

  /** The last ping is answered where a frame ends, and only as fast as the peer reads. */
  #payPong(): void {
    if (this.#owedPong === null || this.#closed || !this.#ends.atEnd || this.#socket.writableNeedDrain)
      return;
    const data = this.#owedPong;
    this.#owedPong = null;
    this.#ws.pong(data);
  }
}

/**
 * The messages of one read, in one buffer for all connections: one call tells of all of them. The end of a message is
 * the end of a line.
 */
class Gathered {
  readonly #bytes = Buffer.allocUnsafeSlow(GATHER_BYTES);
  #filled = 0;

  add(message: RawData, attendant: Attendant): void {
    // With ws's default `binaryType` it always is one.
    if (!Buffer.isBuffer(message) || message.length === 0) return;
    const { length } = message;
    if (this.#filled + length + 1 > GATHER_BYTES) this.deliver(attendant);
    this.#bytes.set(message, this.#filled);
    this.#filled += length;
    if (message[length - 1] !== LF) this.#bytes[this.#filled++] = LF;
  }

  deliver(attendant: Attendant): void {
    if (this.#filled === 0) return;
    const bytes = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    attendant.heard(bytes);
  }
}

const gathered = new Gathered();

/** One timer for all connections, and none while there are none. */
class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #watched = new Set<WebSocketTransport>();
  #timer: { cancel(): void } | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  watch(transport: WebSocketTransport): void {
    if (this.#intervalMs === 0) return;
    transport.look(this.#clock.elapsed(), this.#intervalMs);
    this.#watched.add(transport);
    this.#timer ??= this.#next();
  }

  forget(transport: WebSocketTransport): void {
    this.#watched.delete(transport);
    if (this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #next(): { cancel(): void } {
    return this.#clock.after(this.#intervalMs / SWEEPS, () => {
      const elapsed = this.#clock.elapsed();
      for (const transport of this.#watched) transport.look(elapsed, this.#intervalMs);
      this.#timer = this.#watched.size > 0 ? this.#next() : null;
    });
  }
}

/** RFC 6455, 7.4.1. A reason that is not named here ended the connection against the peer's will. */
function codeOf(why: CloseReason | undefined): number {
  switch (why) {
    case undefined:
    case 'quit':
    case 'left':
    case 'lost':
      return 1000;
    case 'shutdown':
      return 1001;
    case 'internal-error':
      return 1011;
    default:
      return 1008;
  }
}

function ignore(): void {}
