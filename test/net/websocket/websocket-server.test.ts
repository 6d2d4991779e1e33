/** The WebSocket server alone: handshake, frames in both directions, close codes and heartbeat. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { TransportHandler, Bytes, Transport } from '../../../src/core/ports.js';
import { createHttp } from '../../../src/net/http/http-server.js';
import { FrameEnds, webSocketFraming, webSocketFramingWithLf } from '../../../src/net/websocket/framing.js';
import { TrustedProxies } from '../../../src/util/trusted-proxies.js';
import { peerOf } from '../../../src/net/peer.js';
import { openGate } from '../../support/open-gate.js';
import { silentApi } from '../../support/silent-api.js';
import { ManualClock } from '../../support/manual-clock.js';
import { DEADLINE_MS } from '../../support/socket-client.js';

const INTERVAL_MS = 1_000;

/** The server's side of a connection: its callbacks, and its transport. */
class ServerSide implements TransportHandler {
  readonly transport: Transport;
  readonly path: string;
  readonly calls: string[] = [];
  text = '';
  pongs = 0;
  bytes = Buffer.alloc(0);

  constructor(transport: Transport, path: string) {
    this.transport = transport;
    this.path = path;
  }

  onData(bytes: Bytes): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    this.text = this.bytes.toString();
    this.calls.push('data');
  }

  onPong(): void {
    this.pongs++;
  }

  onDrain(): void {
    this.calls.push('drain');
  }

  onEnd(): void {
    this.calls.push('end');
  }

  onClose(): void {
    this.calls.push('close');
  }

  has(text: string): Promise<void> {
    return soon(() => expect(this.text).toBe(text));
  }

  called(...calls: string[]): Promise<void> {
    return soon(() => expect(this.calls.filter((call) => call !== 'data')).toEqual(calls));
  }
}

async function open() {
  const clock = new ManualClock();
  const serverSides: ServerSide[] = [];
  const waiting: ((serverSide: ServerSide) => void)[] = [];
  const http = createHttp({
    clock,
    host: 'localhost',
    loginTimeoutMs: 0,
    heartbeatIntervalMs: INTERVAL_MS,
    gate: openGate(),
    api: silentApi(clock),
    proxies: new TrustedProxies([]),
    takeSlot: () => null,
    tlsOnly: false,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    unreadiness: () => null,
    accept: (transport, path) => {
      const serverSide = new ServerSide(transport, path);
      serverSides.push(serverSide);
      waiting.shift()?.(serverSide);
      return serverSide;
    },
    onError: (error) => {
      throw error;
    },
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const slot = { refusal: null, connectedAt: clock.elapsed(), release() {} };
    socket.once('data', (first) => http.handle(socket, first, slot, peerOf(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const { transport } of serverSides) transport.destroy();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const next = () => new Promise<ServerSide>((resolve) => waiting.push(resolve));

  /** A client of the ws package, and the server's side of it. */
  const join = async (path = '/ws') => {
    const accepted = next();
    const client = new Client(port, path);
    return { client, serverSide: await accepted };
  };
  /** A client that writes its frames itself. */
  const joinRaw = async (after: Uint8Array = Buffer.alloc(0)) => {
    const accepted = next();
    const client = new RawClient(port, after);
    const serverSide = await accepted;
    await client.isOpen;
    return { client, serverSide };
  };
  return { clock, serverSides, join, joinRaw };
}

class Client {
  readonly ws: WebSocket;
  readonly messages: string[] = [];
  pings = 0;
  end: { readonly code: number; readonly reason: string } | null = null;

  constructor(port: number, path: string) {
    this.ws = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    this.ws.on('message', (data, isBinary) => this.messages.push(isBinary ? 'binary!' : String(data)));
    this.ws.on('ping', () => this.pings++);
    this.ws.on('close', (code, reason) => {
      this.end = { code, reason: String(reason) };
    });
    this.ws.on('error', () => {});
    onTestFinished(() => this.ws.terminate());
  }

  async send(data: string | Buffer, options = {}): Promise<this> {
    if (this.ws.readyState === WebSocket.CONNECTING) await once(this.ws, 'open');
    this.ws.send(data, options);
    return this;
  }

  has(...messages: string[]): Promise<void> {
    return soon(() => expect(this.messages).toEqual(messages));
  }

  ended(code: number, reason = ''): Promise<void> {
    return soon(() => expect(this.end).toEqual({ code, reason }));
  }
}

class RawClient {
  readonly socket: Socket;
  readonly isOpen: Promise<void>;
  /** Received after the handshake. */
  bytes = Buffer.alloc(0);
  ended = false;

  constructor(port: number, after: Uint8Array) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('end', () => {
      this.ended = true;
    });
    this.isOpen = new Promise((resolve) => {
      this.socket.on('data', (chunk: Buffer) => {
        this.bytes = Buffer.concat([this.bytes, chunk]);
        const end = this.bytes.indexOf('\r\n\r\n');
        if (!this.bytes.toString('latin1', 0, 5).startsWith('HTTP/') || end === -1) return;
        this.bytes = this.bytes.subarray(end + 4);
        resolve();
      });
    });
    const head = [
      'GET /ws HTTP/1.1',
      'Host: h',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n');
    this.socket.write(Buffer.concat([Buffer.from(head), after]));
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  send(...frames: Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  has(hex: string): Promise<void> {
    return soon(() => expect(this.bytes.toString('hex')).toBe(hex));
  }
}

/** A masked frame of fewer than 126 bytes; the mask is 0, so that the payload can be read. */
function frame(opcode: number, payload: string | Uint8Array = '', fin = true): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function closeFrame(code: number): Buffer {
  return frame(CLOSE, Buffer.from([code >> 8, code & 255]));
}

/** The unmasked frame of the server. */
function closeHex(code: number, reason = ''): string {
  const length = (2 + reason.length).toString(16).padStart(2, '0');
  return `88${length}${code.toString(16).padStart(4, '0')}${Buffer.from(reason).toString('hex')}`;
}

/** The words of the close frame for what is wrong in the input. */
const FAULTS = new Map([
  [1002, 'bad-frame'],
  [1007, 'not-utf8'],
  [1009, 'message-too-long'],
]);

function frames(text: string): Bytes {
  return webSocketFramingWithLf.encode(webSocketFramingWithLf.frame(text));
}

function soon(check: () => void): Promise<void> {
  return expect.poll(() => attempt(check), { timeout: DEADLINE_MS, interval: 5 }).toBe('');
}

function attempt(check: () => void): string {
  try {
    check();
    return '';
  } catch (error) {
    return String(error);
  }
}

/** Gives both sides the time to handle everything sent. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

describe('received messages', () => {
  it('received WebSocket messages end a line, as does each LF in them', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    for (const message of ['one', 'two\n', 'three\nfour', '', 'five\r\n\n', '\n']) await client.send(message);
    await serverSide.has('one\ntwo\nthree\nfour\n\nfive\r\n\n\n');
  });

  it('received WebSocket messages may be text or binary; invalid UTF-8 in binary is replaced, and no line end is lost', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    await client.send('grüß');
    await client.send(Buffer.from('binary'));
    await client.send(Buffer.from([0x61, 0xff, 0xfb, 0x62, 0xff]));
    await client.send('next');
    await serverSide.has('grüß\nbinary\na\ufffd\ufffdb\ufffd\nnext\n');
  });

  it('received WebSocket messages may be fragmented, with a ping in between and a character split in two', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    const umlaut = Buffer.from('ü');
    client.send(frame(TEXT, 'MSG gr', false), frame(CONTINUATION, umlaut.subarray(0, 1), false));
    client.send(frame(PING, '?'));
    await client.has('8a013f');
    expect(serverSide.text).toBe('');
    client.send(frame(CONTINUATION, umlaut.subarray(1), false), frame(CONTINUATION, 'n', true));
    await serverSide.has('MSG grün\n');
  });

  it('received WebSocket messages of one read are passed on in one call', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    client.send(...Array.from({ length: 1_000 }, (_, index) => frame(TEXT, `line ${index}`)));
    await soon(() => expect(serverSide.text.split('\n')).toHaveLength(1_001));
    expect(serverSide.calls.length).toBeLessThan(10);
  });

  it('received WebSocket messages in the packet of the handshake are not lost', async () => {
    const { joinRaw } = await open();
    const { serverSide } = await joinRaw(Buffer.concat([frame(TEXT, '{"name":"Mina"}'), frame(TEXT, 'hi')]));
    await serverSide.has('{"name":"Mina"}\nhi\n');
  });

  it('received WebSocket messages may have 16 KiB, and not more', async () => {
    const { join } = await open();
    const { client, serverSide } = await join('/mychat');
    await client.send('x'.repeat(16 * 1024));
    await serverSide.has(`${'x'.repeat(16 * 1024)}\n`);
    await client.send('y'.repeat(16 * 1024 + 1));
    await serverSide.called('end');
    serverSide.transport.close('left');
    await client.ended(1009, 'message-too-long');
    expect(serverSide.path).toBe('/mychat');
  });

  it.each([
    ['text that is not UTF-8', frame(TEXT, Buffer.from([0x61, 0xff])), 1007],
    ['a frame without a mask', Buffer.from([0x81, 1, 0x61]), 1002],
    ['a reserved bit', Buffer.concat([Buffer.from([0xc1]), frame(TEXT, 'a').subarray(1)]), 1002],
    ['a reserved opcode', frame(3, 'a'), 1002],
    ['a continuation of nothing', frame(CONTINUATION, 'a'), 1002],
    ['a fragmented ping', frame(PING, 'a', false), 1002],
    ['a close frame with a reserved code', closeFrame(1006), 1002],
    ['a length beyond 2^53', Buffer.from([0x81, 0xff, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ['a long fragmented message', longFragments(), 1009],
  ])(
    'received WebSocket messages that are invalid close the connection with a code, after the messages before: %s',
    async (_name, bytes, code) => {
      const { joinRaw } = await open();
      const { client, serverSide } = await joinRaw();
      client.send(frame(TEXT, 'before'), bytes, frame(TEXT, 'after'));
      await serverSide.called('end');
      expect(serverSide.text).toBe('before\n');
      serverSide.transport.write(frames('answer\n'));
      serverSide.transport.close('left');
      await client.has(`8107${Buffer.from('answer\n').toString('hex')}${closeHex(code, FAULTS.get(code))}`);
      await soon(() => expect(client.ended).toBe(true));
      client.socket.end();
      await serverSide.called('end', 'close');
    },
  );

  it('received WebSocket messages that are random bytes do not affect other connections', async () => {
    const { join, joinRaw, serverSides } = await open();
    const { client: other, serverSide } = await join();
    for (let seed = 1; seed <= 60; seed++) {
      const { client } = await joinRaw();
      client.send(Buffer.from(Array.from({ length: 200 }, (_, index) => (index * seed * 37 + seed) & 255)));
      client.socket.end();
    }
    await soon(() => expect(serverSides.filter(({ calls }) => calls.includes('close'))).toHaveLength(60));
    for (const { calls } of serverSides.slice(1))
      expect(calls.filter((call) => call === 'close')).toHaveLength(1);
    await other.send('still here');
    await serverSide.has('still here\n');
  });
});

describe('a close', () => {
  it.each([
    ['shutdown', 1001],
    ['idle', 1008],
    ['too-slow', 1008],
    ['server-full', 1008],
    ['login-refused', 1008],
    ['cut-off', 1001],
    ['internal-error', 1011],
    ['quit', 1000],
  ] as const)('a WebSocket close for the reason %s has code %i', async (why, code) => {
    const { join } = await open();
    const { client, serverSide } = await join();
    serverSide.transport.write(frames('INFO bye\n'));
    serverSide.transport.close(why);
    serverSide.transport.write(frames('too late\n'));
    await client.ended(code, why);
    await client.has('INFO bye\n');
    await serverSide.called('end', 'close');
  });

  it('a WebSocket close without a reason has code 1000', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    serverSide.transport.close();
    await client.ended(1000);
  });

  it('a WebSocket close by the peer is answered after the output, with the same code', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    await client.send('MSG last');
    client.ws.close(4000, 'so long');
    await serverSide.called('end');
    expect(serverSide.text).toBe('MSG last\n');
    serverSide.transport.write(frames('OK\n'));
    serverSide.transport.close('left');
    await client.ended(4000);
    await client.has('OK\n');
    await serverSide.called('end', 'close');
  });

  it('a WebSocket close by a peer that is not read from comes after its messages', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    serverSide.transport.pause();
    client.send(frame(TEXT, 'hi'), closeFrame(1000));
    await settled();
    expect(serverSide.calls).toEqual([]);
    serverSide.transport.resume();
    await serverSide.called('end');
    expect(serverSide.text).toBe('hi\n');
  });

  it('a WebSocket close by a peer without a close frame ends the input, and then the connection', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    client.send(frame(TEXT, 'hi'));
    client.socket.end();
    await serverSide.called('end', 'close');
    serverSide.transport.write(frames('OK\n'));
    serverSide.transport.close('left');
    expect(serverSide.text).toBe('hi\n');
    expect(serverSide.calls.at(-1)).toBe('close');
  });

  it('a WebSocket close by a reset is reported once', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    client.socket.resetAndDestroy();
    await serverSide.called('close');
  });

  it('a WebSocket close by destroy() comes at once', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    serverSide.transport.destroy();
    await serverSide.called('close');
    await client.ended(1006);
  });

  it('a WebSocket close by the server lets further input be read, so that no reset overtakes the close frame', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    serverSide.transport.close('shutdown');
    client.send(frame(TEXT, 'x'.repeat(100)), closeFrame(1001));
    await soon(() => expect(client.ended).toBe(true));
    expect(client.bytes.toString('latin1', 4)).toBe('shutdown');
  });
});

describe('the WebSocket heartbeat', () => {
  it('the WebSocket heartbeat pings a silent peer, whose pong counts as activity', async () => {
    const { join, clock } = await open();
    const { client, serverSide } = await join();
    clock.advance(INTERVAL_MS - 1);
    await settled();
    expect(client.pings).toBe(0);
    clock.advance(1);
    for (let pings = 1; pings <= 4; pings++) {
      await soon(() => expect([client.pings, serverSide.pongs]).toEqual([pings, pings]));
      // Activity is noticed an eighth of the interval later at most.
      clock.advance(INTERVAL_MS * 1.125);
    }
    expect(serverSide.calls).toEqual([]);
  });

  it('the WebSocket heartbeat closes a peer that answers no ping for an interval', async () => {
    const { joinRaw, clock } = await open();
    const { client, serverSide } = await joinRaw();
    clock.advance(INTERVAL_MS);
    await client.has('8900');
    clock.advance(INTERVAL_MS - 1);
    await settled();
    expect(serverSide.calls).toEqual([]);
    clock.advance(1);
    await serverSide.called('close');
    await client.has('8900');
  });

  it('the WebSocket heartbeat grants a peer one more interval for its pong after a pause of the process', async () => {
    const { joinRaw, clock } = await open();
    const { client, serverSide } = await joinRaw();
    clock.advance(INTERVAL_MS);
    await client.has('8900');
    clock.pause(INTERVAL_MS * 10);
    clock.advance(INTERVAL_MS - 1);
    await settled();
    expect(serverSide.calls).toEqual([]);
    clock.advance(INTERVAL_MS * 0.125 + 1);
    await client.has('89008900');
    clock.advance(INTERVAL_MS);
    await serverSide.called('close');
  });

  it('the WebSocket heartbeat pings neither a peer that sends nor one that is not read from', async () => {
    const { join, clock } = await open();
    const { client, serverSide } = await join();
    for (let count = 1; count <= 5; count++) {
      await client.send('x');
      await serverSide.has('x\n'.repeat(count));
      clock.advance(INTERVAL_MS * 0.8);
    }
    serverSide.transport.pause();
    clock.advance(INTERVAL_MS * 10);
    await settled();
    expect(client.pings).toBe(0);
    expect(serverSide.calls).not.toContain('close');
  });

  it('the WebSocket heartbeat answers a ping with its payload, and an unsolicited pong counts as activity', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    client.send(frame(PING, 'abc'), frame(PONG));
    await client.has('8a03616263');
    await soon(() => expect(serverSide.pongs).toBe(2));
    expect(serverSide.calls).toEqual([]);
  });
});

describe('the output of a WebSocket', () => {
  it('the output of a WebSocket has one text frame per line, line end included, in one buffer for all readers', async () => {
    const { join } = await open();
    const readers = await Promise.all(Array.from({ length: 100 }, () => join()));
    const bytes = frames('MSG ann hi\nMSG ann grüß dich\nprompt: ');
    for (const { serverSide } of readers) expect(serverSide.transport.write(bytes)).toBe(true);
    for (const { client } of readers) await client.has('MSG ann hi\n', 'MSG ann grüß dich\n', 'prompt: ');
  });

  it('the output of a WebSocket drains when a slow reader has read it', async () => {
    const { join } = await open();
    const { client, serverSide } = await join();
    await client.send('x');
    client.ws.pause();
    const bytes = frames(`${'x'.repeat(60_000)}\n`);
    let written = 0;
    do written++;
    while (serverSide.transport.write(bytes) && written < 1_000);
    expect(serverSide.transport.unsentBytes).toBeGreaterThan(0);
    expect(serverSide.calls).not.toContain('drain');
    client.ws.resume();
    await serverSide.called('drain');
    expect(serverSide.transport.unsentBytes).toBe(0);
    await soon(() => expect(client.messages).toHaveLength(written));
  });

  it('the output of a WebSocket has pongs only between two frames, and for a peer that reads', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    const bytes = frames(`${'x'.repeat(100_000)}\n`);
    serverSide.transport.write(bytes.subarray(0, 5));
    client.send(frame(PING, 'one'), frame(PING, 'two'));
    await soon(() => expect(serverSide.pongs).toBe(2));
    expect(client.bytes.length).toBe(5);
    serverSide.transport.write(bytes.subarray(5));
    await soon(() => expect(client.bytes.length).toBe(bytes.length));
    // Only the last need be answered (RFC 6455, 5.5.3).
    client.send(frame(PING, 'three'));
    await soon(() => expect(client.bytes.subarray(bytes.length).toString('latin1')).toBe('\x8a\x05three'));
  });

  it('the output of a WebSocket stays small for a flood of pings from a peer that reads no pongs', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame(PING, 'x'.repeat(125))));
    for (let sent = 0; sent < 200; sent++)
      await new Promise<void>((resolve) => {
        client.socket.write(pings, () => resolve());
      });
    await soon(() => expect(serverSide.pongs).toBe(200_000));
    expect(serverSide.transport.unsentBytes).toBeLessThan(20_000);
  });

  it.each([
    ['pings', frame(PING, ''), Buffer.alloc(0)],
    ['empty fragments', frame(CONTINUATION, '', false), frame(TEXT, 'a', false)],
  ])(
    'the output of a WebSocket is not delayed by a flood of %s from another client',
    async (_, piece, first) => {
      const { join, joinRaw } = await open();
      const flood = await joinRaw();
      const other = await join();
      flood.client.socket.on('error', () => {});
      flood.client.send(first);
      const resume = vi.spyOn(WebSocket.prototype, 'resume');
      onTestFinished(() => resume.mockRestore());
      flood.client.socket.write(Buffer.concat(Array.from({ length: 200_000 }, () => piece)));
      await other.client.send('hello');
      await other.serverSide.has('hello\n');
      await soon(() => expect(resume).toHaveBeenCalled());
    },
  );

  it('the output of a WebSocket has no close frame within another frame', async () => {
    const { joinRaw } = await open();
    const { client, serverSide } = await joinRaw();
    const bytes = frames(`${'x'.repeat(1_000)}\n`);
    serverSide.transport.write(bytes.subarray(0, 500));
    serverSide.transport.close('too-slow');
    await soon(() => expect(client.ended).toBe(true));
    expect(client.bytes.equals(bytes.subarray(0, 500))).toBe(true);
  });
});

describe('the WebSocket framing', () => {
  it.each([0, 1, 124, 125, 126, 65_534, 65_535, 65_536, 70_000])(
    'the WebSocket framing makes frames of lines with %i characters',
    (length) => {
      for (const letter of ['x', 'ü']) {
        const line = `${letter.repeat(length)}\n`;
        const bytes = Buffer.from(frames(line + line));
        const size = Buffer.byteLength(line);
        const header = size < 126 ? 2 : size < 65_536 ? 4 : 10;
        expect(bytes.length).toBe(2 * (header + size));
        expect(bytes[0]).toBe(0x81);
        const written =
          header === 2 ? bytes[1] : header === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
        expect(written).toBe(size);
        expect(bytes.toString('utf8', header, header + size)).toBe(line);
        expect(bytes.subarray(header + size).equals(bytes.subarray(0, header + size))).toBe(true);
      }
    },
  );

  it('the WebSocket framing makes no frame of an empty text, and a valid one of half a character', () => {
    expect(frames('')).toHaveLength(0);
    expect(Buffer.from(frames('\ud800\n')).toString('hex')).toBe('8104efbfbd0a');
  });

  it('the WebSocket framing omits the LF of each line, except for MaChat; an empty line is an empty frame', () => {
    const hex = (text: string) => Buffer.from(webSocketFraming.frame(text), 'latin1').toString('hex');
    expect(hex('ab\n\nc')).toBe(['81026162', '8100', '810163'].join(''));
    expect(hex('')).toBe('');
  });

  it('the WebSocket framing finds the ends of frames in any split', () => {
    const text = ['', 'a', 'x'.repeat(200), 'x'.repeat(70_000), 'ü', ''].join('\n');
    const bytes = frames(text);
    const boundaries = new Set<number>([0]);
    for (let at = 0, from = 0; from < text.length;) {
      const line = text.slice(from, text.indexOf('\n', from) + 1 || undefined);
      from += line.length;
      at += frames(line).length;
      boundaries.add(at);
    }
    for (const step of [1, 2, 3, 7, 1_000, 65_536, bytes.length]) {
      const ends = new FrameEnds();
      for (let at = 0; at < bytes.length; at += step) {
        ends.follow(bytes.subarray(at, at + step));
        const reached = Math.min(bytes.length, at + step);
        if (ends.isAtEnd !== boundaries.has(reached))
          throw new Error(`wrong at ${reached} in steps of ${step}`);
      }
      expect(ends.isAtEnd).toBe(true);
    }
  });
});

/** 16 KiB and one byte more, in fragments. */
function longFragments(): Buffer {
  const pieces = [frame(TEXT, 'x', false)];
  for (let length = 0; length < 16 * 1024; length += 125)
    pieces.push(frame(CONTINUATION, 'x'.repeat(125), false));
  return Buffer.concat(pieces);
}
