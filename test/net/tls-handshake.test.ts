/** Handshakes that do not come to an end: real sockets, and a clock moved by hand. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportHandler, Transport, ConnectionSlot } from '../../src/core/ports.js';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import { type Certificate, readCertificate } from '../../src/net/certificate.js';
import { DIALECTS } from '../../src/dialects/index.js';
import { ProtocolMux } from '../../src/net/protocol-mux.js';
import { listenTcp } from '../../src/net/tcp.js';
import { Tls } from '../../src/net/tls.js';
import { certificatePair } from '../support/certificate.js';
import { ManualClock } from '../support/manual-clock.js';

const HELLO = Buffer.from([0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xfc]);

describe('a TLS hello that stops in the middle', () => {
  it('is waited for 5 s, and no longer', async () => {
    const house = await open();
    const [socket] = await house.begin(1);

    house.clock.advance(4900);
    await house.turn();
    expect(house.present()).toBe(1);
    house.clock.advance(200);

    await vi.waitFor(() => expect(house.present()).toBe(0));
    await vi.waitFor(() => expect(socket?.closed).toBe(true));
  });

  it('has no more time when it goes on a byte at a time', async () => {
    const house = await open();
    const [socket] = await house.begin(1);

    for (let second = 0; second < 4; second++) {
      house.clock.advance(1000);
      socket?.write(Buffer.from([0]));
      await house.turn();
    }
    expect(house.present()).toBe(1);
    house.clock.advance(1100);

    await vi.waitFor(() => expect(house.present()).toBe(0));
  });

  it('leaves nothing behind, a hundred times', async () => {
    const house = await open();
    const first = await house.shakeHands(); // what is made once is there
    first.destroy();
    await vi.waitFor(() => expect(house.visits()).toBe(0));
    const before = handles();
    const sockets = await house.begin(100);
    expect(house.visits()).toBe(100);
    for (const [index, socket] of sockets.entries()) if (index % 4 === 0) socket.resetAndDestroy();
    for (const [index, socket] of sockets.entries()) if (index % 4 === 1) socket.end();
    for (const [index, socket] of sockets.entries())
      if (index % 4 === 2) socket.write('no hello '.repeat(100));
    await vi.waitFor(() => expect(house.visits()).toBe(50));

    house.clock.advance(5100);

    await vi.waitFor(() => expect(house.visits()).toBe(0));
    await vi.waitFor(() => expect(handles()).toEqual(before));
    expect(house.failures).toHaveLength(100);
    await house.shakeHands();
  });

  it('ends when the server does', async () => {
    const house = await open();
    await house.begin(3);

    house.tls.close();

    await vi.waitFor(() => expect(house.visits()).toBe(0));
  });
});

describe('a handshake that is done', () => {
  it('has no deadline any more, and silence counts from then on', async () => {
    const house = await open();
    house.clock.advance(1000);
    await house.shakeHands(() => house.clock.advance(4000));

    expect(house.attended).toEqual([]);
    house.clock.advance(1900);
    expect(house.attended).toEqual([]);
    house.clock.advance(200);

    expect(house.attended).toMatchObject([{ dialect: 'lines', slot: { connectedAt: 5000, refusal: null } }]);
    house.clock.advance(60_000);
    await house.turn();
    expect(house.present()).toBe(1);
  });

  it('is known by the address it came from', async () => {
    const house = await open();
    const secure = await house.shakeHands();
    house.clock.advance(2100);

    expect(house.attended.map(({ transport }) => transport.peer)).toEqual([`127.0.0.1:${secure.localPort}`]);
  });
});

/** A front door with a certificate, and nobody behind it. */
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
  const attended: { dialect: string; transport: Transport; slot: ConnectionSlot }[] = [];
  const accepted = new Set<Socket>();
  let visits = 0;
  const door = new ProtocolMux({
    timers,
    elapsed,
    dialects: DIALECTS,
    fallback: 'lines',
    silenceMs: 2000,
    loginTimeoutMs: 60_000,
    tlsOnly: false,
    takeSlot: () => {
      visits++;
      let isHere = true;
      const release = () => {
        if (isHere) visits--;
        isHere = false;
      };
      return { refusal: null, connectedAt: clock.elapsed(), release };
    },
    open: (dialect, transport, slot) => {
      attended.push({ dialect, transport, slot });
      return leavingWith(transport);
    },
    serveHttp: (socket) => socket.destroy(),
    serveTls: (socket, first, secured) => {
      begun++;
      tls.serve(socket, first, (secure) => {
        secured(secure);
        shaken++;
      });
    },
  });
  let begun = 0;
  let shaken = 0;
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    onConnection: (socket) => {
      accepted.add(socket);
      socket.on('close', () => accepted.delete(socket));
      door.accept(socket);
    },
    onError: (error) => failures.push(error),
  });
  onTestFinished(() => {
    listener.close();
    for (const socket of accepted) socket.destroy();
  });
  const address = { host: '127.0.0.1', port: listener.port };
  return {
    clock,
    tls,
    attended,
    failures,
    present: () => accepted.size,
    visits: () => visits,
    /** Lets the event loop look at its sockets. */
    turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),

    /** So many connections that begin to say hello; the server has heard it. */
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

    /** `meanwhile` happens between the hello and the end of the handshake. */
    async shakeHands(meanwhile = () => {}) {
      const before = { begun, shaken };
      const secure = connectTls({ ...address, ca: pair.cert });
      onTestFinished(() => void secure.destroy());
      secure.on('error', () => {});
      secure.pause();
      await vi.waitFor(() => expect(begun).toBe(before.begun + 1), { interval: 0 });
      meanwhile();
      await vi.waitFor(() => expect(shaken).toBe(before.shaken + 1));
      return secure;
    },
  };
}

/** Has nothing to say, and closes when the client does. */
function leavingWith(transport: Transport): TransportHandler {
  return { onData() {}, onDrain() {}, onEnd: () => transport.destroy(), onClose() {} };
}

/** What keeps the process alive, but for the server's listener and the timers of whoever runs the tests. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCPSocket|TLS/.test(name)).length;
}

function usable(certificate: ReturnType<typeof readCertificate>): Certificate {
  if ('problem' in certificate) throw new Error(certificate.problem);
  return certificate;
}
