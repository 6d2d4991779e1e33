/** One WebSocket as a transport: frames out as TCP's bytes go, lines in, pongs and goodbyes only where a frame ends. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { TransportHandler, Bytes, Transport } from '../../core/ports.js';
import type { CloseReason } from '../../core/reasons.js';
import { FrameEnds } from './framing.js';
import { MessageBuffer } from './message-buffer.js';
import { SocketTransport } from '../socket-transport.js';

/** A peer that sends more of them at once is no browser: of the rest the last is answered. */
const MAX_PINGS_PER_READ = 16;
/** A read of more bytes than this that holds no message's end holds pings, or pieces of nothing. */
const MUCH = 20 * 1024;

/** A WebSocket that says goodbye when it is told to: by itself, ws does so before the last answers are out. */
export class ChatSocket extends WebSocket {
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

export class WebSocketTransport extends SocketTransport implements Transport {
  /** It pings by itself. */
  readonly hasOwnHeartbeat = true;
  readonly #ws: ChatSocket;
  readonly #ends = new FrameEnds();
  #handler: TransportHandler | null = null;
  /** Nothing more may be written. */
  #closed = false;
  #peerEnded = false;
  /** The code that the peer's close or fault is to be answered with. */
  #answer: number | undefined;
  #paused = false;
  /** Nothing is read before the others have had their turn. */
  #resting = false;
  /** In this read. */
  #pings = 0;
  /** The peer's last ping, if it could not be answered yet. */
  #owedPong: Buffer | null = null;
  /** Something came since the last look. */
  #heard = true;
  #aliveAt = 0;
  #pingedAt: number | null = null;

  constructor(ws: ChatSocket, socket: Socket) {
    super(socket);
    this.#ws = ws;
  }

  /** Takes frames, or parts of them in their order, as `webSocketFraming` makes them. */
  write(frames: Bytes): boolean {
    if (this.#closed) return true;
    this.#ends.follow(frames);
    return this.writeToSocket(frames);
  }

  pause(): void {
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard = true;
    if (!this.#resting) this.#ws.resume();
  }

  /** Says goodbye after what was handed over. The peer's goodbye ends the connection. */
  close(why?: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.socket.destroyed) return;
    // In the middle of a frame there is no place for a goodbye.
    if (!this.#ends.atEnd) this.socket.end();
    else if (this.#peerEnded) this.#ws.sayClose(this.#answer);
    else this.#ws.sayClose(codeOf(why), why);
  }

  destroy(): void {
    this.#closed = true;
    this.#ws.terminate();
  }

  attachHandler(handler: TransportHandler): void {
    this.#handler = handler;
    const ws = this.#ws;
    const socket = this.socket;
    ws.closing = (code) => this.#peerCloses(code);
    ws.on('message', (message, isBinary) => messageBuffer.add(message, isBinary, handler));
    ws.on('ping', (data) => {
      handler.onPong?.();
      this.#owedPong = Buffer.from(data);
      if (++this.#pings <= MAX_PINGS_PER_READ) this.#payPong();
    });
    ws.on('pong', () => handler.onPong?.());
    // These come after ws's own listeners: all messages of a read have been gathered by then.
    socket.on('data', (bytes: Buffer) => {
      this.#heard = true;
      const isFlood = this.#pings > MAX_PINGS_PER_READ || (messageBuffer.isEmpty && bytes.length > MUCH);
      messageBuffer.deliver(handler);
      if (isFlood) this.#rest();
      this.#pings = 0;
      this.#payPong();
    });
    socket.on('drain', () => {
      handler.onDrain();
      this.#payPong();
    });
    socket.on('end', () => {
      // ws has ended the other direction, too: a WebSocket is never half open.
      this.#closed = true;
      this.#endsHere();
    });
    socket.on('close', () => {
      messageBuffer.deliver(handler);
      this.#closed = true;
      handler.onClose();
    });
  }

  /** Pings a peer that was silent for long; one that left a ping unanswered for as long is gone. */
  look(elapsed: number, intervalMs: number): void {
    // One that we do not read, or that has not read what we said, cannot be expected to answer.
    if (this.#heard || this.#paused || this.unsentBytes > 0) {
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
    if (this.#peerEnded || this.#handler === null) return;
    this.#peerEnded = true;
    messageBuffer.deliver(this.#handler);
    this.#handler.onEnd();
  }

  /** What is no line takes nothing of a client's rate, and libuv reads two megabytes of it before anyone else is heard. */
  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#ws.pause();
    setImmediate(() => {
      this.#resting = false;
      if (!this.#paused) this.#ws.resume();
    });
  }

  /** The last ping is answered where a frame ends, and only as fast as the peer reads. */
  #payPong(): void {
    if (this.#owedPong === null || this.#closed || !this.#ends.atEnd || this.socket.writableNeedDrain) return;
    const data = this.#owedPong;
    this.#owedPong = null;
    this.#ws.pong(data);
  }
}

/** One for all connections: it is empty whenever another one is read. */
const messageBuffer = new MessageBuffer();

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
