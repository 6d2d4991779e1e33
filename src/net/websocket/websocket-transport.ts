/**
 * One WebSocket as a transport. Its output is written to the socket directly, so pongs and closes wait for the end of a
 * frame.
 */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { TransportHandler, Bytes, Transport } from '../../core/ports.js';
import { type CloseReason, type InputFault, wordOf } from '../../core/reasons.js';
import { FrameEnds } from './framing.js';
import { MessageBuffer } from './message-buffer.js';
import type { Peer } from '../peer.js';
import { SocketTransport } from '../socket-transport.js';
import { type IrcSubprotocol, ircSubprotocolIn } from './subprotocols.js';

/** Browsers send fewer. Beyond this, only the last ping is answered. */
const MAX_PINGS_PER_READ = 16;
/** A read of more bytes without the end of a message consists of pings or empty fragments. */
const MAX_BYTES_WITHOUT_MESSAGE = 20 * 1024;

/**
 * A WebSocket that closes when told to. By itself, ws answers a close of the peer before the last output is written.
 */
export class ChatSocket extends WebSocket {
  /**
   * Called when the peer closes, or violates the protocol. `code` is the one that ws would answer with; a close of the peer
   * has no code or has a reason, which may be empty.
   */
  onPeerClose: ((code: number | undefined, isFault: boolean) => void) | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    if (this.onPeerClose === null) this.sendClose(code, reason);
    else this.onPeerClose(code, code !== undefined && reason === undefined);
  }

  sendClose(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
  }
}

export class WebSocketTransport extends SocketTransport implements Transport {
  readonly hasOwnHeartbeat = true;
  /** IRC's, if the handshake chose one. */
  readonly subprotocol: IrcSubprotocol | null;
  readonly #ws: ChatSocket;
  readonly #frameEnds = new FrameEnds();
  #handler: TransportHandler | null = null;
  /** Nothing more may be written. */
  #isClosed = false;
  #peerEnded = false;
  /** The code that answers the peer's close or protocol error. */
  #answerCode: number | undefined;
  /** What is wrong with the input; null if the peer has closed. */
  #fault: InputFault | null = null;
  #isPaused = false;
  /** Not read from until the other sockets were. */
  #isYielding = false;
  /** The number of pings in this read. */
  #pings = 0;
  /** The data of the last ping, if it is not answered yet. */
  #pendingPong: Buffer | null = null;
  /** Something was received since the last check. */
  #isActive = true;
  #activeAt = 0;
  #pingedAt: number | null = null;

  constructor(ws: ChatSocket, socket: Socket, peer: Peer) {
    super(socket, peer);
    this.#ws = ws;
    this.subprotocol = ircSubprotocolIn([ws.protocol]);
  }

  /** Writes frames from `webSocketFraming`, whole or in consecutive parts. */
  write(frames: Bytes): boolean {
    if (this.#isClosed) return true;
    this.#frameEnds.follow(frames);
    return this.writeToSocket(frames);
  }

  pause(): void {
    this.#isPaused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#isActive = true;
    if (!this.#isYielding) this.#ws.resume();
  }

  /** Sends a close frame after the output. The peer's close frame ends the connection. */
  close(why?: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.socket.destroyed) return;
    // A close frame cannot be sent in the middle of a frame.
    if (!this.#frameEnds.isAtEnd) this.socket.end();
    else if (this.#peerEnded) this.#ws.sendClose(this.#answerCode, this.#fault ?? undefined);
    else this.#ws.sendClose(codeFor(why), why && wordOf(why));
  }

  destroy(): void {
    this.#isClosed = true;
    this.#ws.terminate();
  }

  attachHandler(handler: TransportHandler): void {
    this.#handler = handler;
    const ws = this.#ws;
    const socket = this.socket;
    ws.onPeerClose = (code, isFault) => this.#onPeerClose(code, isFault);
    if (this.subprotocol === null)
      ws.on('message', (message, isBinary) => messageBuffer.add(message, isBinary, handler));
    else ws.on('message', (message) => messageBuffer.addLine(message, handler));
    ws.on('ping', (data) => {
      handler.onPong?.();
      this.#pendingPong = Buffer.from(data);
      if (++this.#pings <= MAX_PINGS_PER_READ) this.#sendPong();
    });
    ws.on('pong', () => handler.onPong?.());
    // Runs after the listener of ws, so all messages of this read are collected.
    socket.on('data', (bytes: Buffer) => {
      this.#isActive = true;
      const isFlood =
        this.#pings > MAX_PINGS_PER_READ ||
        (messageBuffer.isEmpty && bytes.length > MAX_BYTES_WITHOUT_MESSAGE);
      messageBuffer.deliver(handler);
      if (isFlood) this.#yield();
      this.#pings = 0;
      this.#sendPong();
    });
    socket.on('drain', () => {
      handler.onDrain();
      this.#sendPong();
    });
    socket.on('end', () => {
      // ws has ended the other direction too: a WebSocket is never half open.
      this.#isClosed = true;
      this.#endInput();
    });
    socket.on('close', () => {
      messageBuffer.deliver(handler);
      this.#isClosed = true;
      handler.onClose();
    });
  }

  /** Pings a peer that was silent for the interval, and closes if a ping has no answer for as long. */
  checkAlive(elapsed: number, intervalMs: number, isLate: boolean): void {
    // A peer that is not read from, or has unread output, cannot be expected to answer.
    if (this.#isActive || this.#isPaused || this.unsentBytes > 0 || isLate) {
      this.#isActive = false;
      this.#activeAt = elapsed;
      this.#pingedAt = null;
      return;
    }
    if (this.#isClosed) return;
    if (this.#pingedAt !== null) {
      if (elapsed >= this.#pingedAt + intervalMs) this.destroy();
    } else if (elapsed >= this.#activeAt + intervalMs && this.#frameEnds.isAtEnd) {
      this.#pingedAt = elapsed;
      this.#ws.ping();
    }
  }

  #onPeerClose(code: number | undefined, isFault: boolean): void {
    // The close frame is sent already, and this is the answer: ws ends the connection.
    if (this.#isClosed) {
      this.#ws.sendClose(code);
      return;
    }
    this.#answerCode = code;
    this.#fault = isFault ? faultOf(code) : null;
    this.#endInput();
  }

  #endInput(): void {
    if (this.#peerEnded || this.#handler === null) return;
    this.#peerEnded = true;
    messageBuffer.deliver(this.#handler);
    this.#handler.onEnd(this.#fault ?? undefined);
  }

  /**
   * Pauses reading for one pass of the event loop. Frames without a line do not count towards the rate limit, and libuv
   * would read two megabytes of them before it reads from other sockets.
   */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#ws.pause();
    setImmediate(() => {
      this.#isYielding = false;
      if (!this.#isPaused) this.#ws.resume();
    });
  }

  /** Answers the last ping at the end of a frame, and only as fast as the peer reads. */
  #sendPong(): void {
    if (
      this.#pendingPong === null ||
      this.#isClosed ||
      !this.#frameEnds.isAtEnd ||
      this.socket.writableNeedDrain
    )
      return;
    const data = this.#pendingPong;
    this.#pendingPong = null;
    this.#ws.pong(data);
  }
}

/** One for all connections: it is empty between two reads. */
const messageBuffer = new MessageBuffer();

function faultOf(code: number | undefined): InputFault {
  return code === 1007 ? 'not-utf8' : code === 1009 ? 'message-too-long' : 'bad-frame';
}

/** RFC 6455, 7.4.1. For the reasons that are not listed, the server closes against the peer's will: 1008. */
function codeFor(why: CloseReason | undefined): number {
  switch (why) {
    case undefined:
    case 'quit':
    case 'left':
    case 'lost':
      return 1000;
    case 'shutdown':
    case 'cut-off':
      return 1001;
    case 'internal-error':
      return 1011;
    default:
      return 1008;
  }
}
