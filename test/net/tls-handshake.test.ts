/** TLS handshakes that stop half-way, over real sockets and with a manual clock. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportHandler, Transport, ConnectionSlot } from '../../src/core/ports.js';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import { type Certificate, readCertificate } from '../../src/net/certificate.js';
import { DIALECTS } from '../../src/dialects/index.js';
import { ProtocolMux } from '../../src/net/protocol-mux.js';
import { checkHandles } from '../../src/net/handle-check.js';
import type { HandleConnections } from '../../src/net/handle-connection.js';
import { listenTcp } from '../../src/net/tcp.js';
import { TrustedProxies } from '../../src/util/trusted-proxies.js';
import { Tls } from '../../src/net/tls.js';
import { certificatePair } from '../support/certificate.js';
import { ManualClock } from '../support/manual-clock.js';

const HELLO = Buffer.from([0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xfc]);

describe('an incomplete TLS handshake', () => {
  it('an incomplete TLS handshake is closed after 5 s', async () => {
    const server = await open();
    const [socket] = await server.begin(1);

    server.clock.advance(4900);
    await server.poll();
    expect(server.slotCount()).toBe(1);
    server.clock.advance(200);

    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
    await vi.waitFor(() => expect(socket?.closed).toBe(true));
  });

  it('an incomplete TLS handshake has 5 s more after a pause of the process', async () => {
    const server = await open();
    await server.begin(1);

    server.clock.pause(60_000);
    server.clock.advance(4900);
    await server.poll();
    expect(server.slotCount()).toBe(1);
    server.clock.advance(200);

    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
  });

  it('an incomplete TLS handshake gets no more time if it goes on one byte at a time', async () => {
    const server = await open();
    const [socket] = await server.begin(1);

    for (let second = 0; second < 4; second++) {
      server.clock.advance(1000);
      socket?.write(Buffer.from([0]));
      await server.poll();
    }
    expect(server.slotCount()).toBe(1);
    server.clock.advance(1100);

    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
  });

  it('an incomplete TLS handshake leaves no socket behind, in a hundred cases', async () => {
    const server = await open();
    const first = await server.handshake(); // creates what Node creates once
    first.destroy();
    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
    const before = handles();
    const sockets = await server.begin(100);
    expect(server.slotCount()).toBe(100);
    for (const [index, socket] of sockets.entries()) if (index % 4 === 0) socket.resetAndDestroy();
    for (const [index, socket] of sockets.entries()) if (index % 4 === 1) socket.end();
    for (const [index, socket] of sockets.entries())
      if (index % 4 === 2) socket.write('no hello '.repeat(100));
    await vi.waitFor(() => expect(server.slotCount()).toBe(50));

    server.clock.advance(5100);

    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
    await vi.waitFor(() => expect(handles()).toEqual(before));
    expect(server.failures).toHaveLength(100);
    await server.handshake();
  });

  it('an incomplete TLS handshake is closed when the server stops', async () => {
    const server = await open();
    await server.begin(3);

    server.tls.close();

    await vi.waitFor(() => expect(server.slotCount()).toBe(0));
  });
});

describe('a complete TLS handshake', () => {
  it('a complete TLS handshake has no deadline, and the silence of the client counts from its end', async () => {
    const server = await open();
    server.clock.advance(1000);
    await server.handshake(() => server.clock.advance(4000));

    expect(server.opened).toEqual([]);
    server.clock.advance(1900);
    expect(server.opened).toEqual([]);
    server.clock.advance(200);

    expect(server.opened).toMatchObject([{ dialect: 'lines', slot: { connectedAt: 5000, refusal: null } }]);
    server.clock.advance(60_000);
    await server.poll();
    expect(server.slotCount()).toBe(1);
  });

  it('a complete TLS handshake keeps the address and port of the TCP connection', async () => {
    const server = await open();
    const secure = await server.handshake();
    server.clock.advance(2100);

    expect(server.opened.map(({ transport }) => transport.peer)).toEqual([`127.0.0.1:${secure.localPort}`]);
  });
});

/** A protocol mux with a certificate, over a listener, without a hub. */
async function open() {
  const clock = new ManualClock();
  const timers = new TimerWheel(clock);
  const pair = await certificatePair();
  const failures: unknown[] = [];
  const elapsed = () => clock.elapsed();
  const tls = new Tls({
    timers,
    elapsed,
    certificate: usable(readCertificate(pair.certFile, pair.keyFile)),
    onHandshakeError: (_peer, error) => failures.push(error),
  });
  const opened: { dialect: string; transport: Transport; slot: ConnectionSlot }[] = [];
  let slots = 0;
  const mux = new ProtocolMux({
    timers,
    elapsed,
    dialects: DIALECTS,
    fallback: 'lines',
    silenceMs: 2000,
    loginTimeoutMs: 60_000,
    proxies: new TrustedProxies([]),
    onUntrustedProxy() {},
    onProbe() {},
    onRead() {},
    greeting: () => '',
    tlsOnly: false,
    takeSlot: () => {
      slots++;
      let isReleased = false;
      const release = () => {
        if (!isReleased) slots--;
        isReleased = true;
      };
      return { refusal: null, connectedAt: clock.elapsed(), release };
    },
    open: (dialect, transport, slot) => {
      opened.push({ dialect, transport, slot });
      return closingHandler(transport);
    },
    serveHttp: (socket) => socket.destroy(),
    serveTls: (socket, first, peer, onSecured) => {
      begun++;
      tls.serve(socket, first, peer, (secure) => {
        onSecured(secure);
        finished++;
      });
    },
  });
  let begun = 0;
  let finished = 0;
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    handles: await tcpHandles(),
    onConnection: (connection) => mux.accept(connection),
    onError: (error) => failures.push(error),
  });
  onTestFinished(() => {
    listener.close();
    tls.close();
  });
  const address = { host: '127.0.0.1', port: listener.port };
  return {
    clock,
    tls,
    opened,
    failures,
    slotCount: () => slots,
    /** Lets the event loop poll its sockets. */
    poll: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),

    /** Connections that sent a part of a ClientHello, which the server has received. */
    async begin(count: number): Promise<Socket[]> {
      const before = begun;
      const sockets = Array.from({ length: count }, () => {
        const socket = connect(address);
        socket.on('error', () => {});
        socket.resume();
        socket.write(HELLO);
        onTestFinished(() => void socket.destroy());
        return socket;
      });
      await vi.waitFor(() => expect(begun).toBe(before + count));
      return sockets;
    },

    /** @param meanwhile runs between the ClientHello and the end of the handshake */
    async handshake(meanwhile = () => {}) {
      const before = { begun, finished };
      const secure = connectTls({ ...address, ca: pair.cert });
      onTestFinished(() => void secure.destroy());
      secure.on('error', () => {});
      secure.pause();
      await vi.waitFor(() => expect(begun).toBe(before.begun + 1), { interval: 0 });
      meanwhile();
      await vi.waitFor(() => expect(finished).toBe(before.finished + 1));
      return secure;
    },
  };
}

async function tcpHandles(): Promise<HandleConnections | null> {
  if (process.env.TRANSPORT === 'public') return null;
  const check = await checkHandles();
  return 'connections' in check ? check.connections : null;
}

/** Closes when the client does. */
function closingHandler(transport: Transport): TransportHandler {
  return { onData() {}, onDrain() {}, onEnd: () => transport.destroy(), onClose() {} };
}

/** The number of open sockets in this process. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCPSocket|TLS/.test(name)).length;
}

function usable(certificate: ReturnType<typeof readCertificate>): Certificate {
  if ('problem' in certificate) throw new Error(certificate.problem);
  return certificate;
}
