/** How the first lines and the ends of a crowd of connections are spread over the turns of the event loop. */
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TimerWheel } from '../../src/connection/timer-wheel.js';
import type { TransportHandler } from '../../src/core/ports.js';
import { DIALECTS } from '../../src/dialects/index.js';
import { InputQueue } from '../../src/util/input-queue.js';
import { ProtocolMux } from '../../src/net/protocol-mux.js';
import { NO_HANDLER, type TcpConnection } from '../../src/net/tcp-connection.js';
import { TrustedProxies } from '../../src/util/trusted-proxies.js';
import { ManualClock } from '../support/manual-clock.js';

it('the input of a crowd takes 5 ms of a turn, in the order of arrival', async () => {
  const { add, handled } = queue(2);

  for (let number = 1; number <= 7; number++) add(number);

  expect(handled).toEqual([1, 2, 3]);
  await turn();
  expect(handled).toEqual([1, 2, 3, 4, 5, 6]);
  await turn();
  expect(handled).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it('input is deferred only in a turn that has no time left', async () => {
  const { inputs, defer, handled } = queue(1);
  expect(defer(1)).toBe(false);
  inputs.exhaust();
  expect(defer(2)).toBe(true);
  await turn();

  expect(handled).toEqual([2]);
  expect(defer(3)).toBe(false);
});

it('an exhausted queue begins nothing more in its turn', async () => {
  const { inputs, add, handled } = queue(1);
  inputs.exhaust();
  add(1);
  expect(handled).toEqual([]);
  await turn();
  expect(handled).toEqual([1]);
});

it('a connection that arrives after others wait is handled after them', async () => {
  const { add, handled } = queue(5);
  for (let number = 1; number <= 2; number++) add(number);
  await turn();
  add(3);

  expect(handled).toEqual([1, 2]);
  await turn();
  expect(handled).toEqual([1, 2, 3]);
});

it('a connection after a pause is opened at once', async () => {
  const { add, handled } = queue(20);
  add(1);
  await turn();

  add(2);

  expect(handled).toEqual([1, 2]);
});

it('the lines of a waiting connection are read in order, however they are split', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const bob = crowd.connect();

  bob.receive('LOGIN');
  bob.receive(' bob\n');
  expect(crowd.received).toEqual(['LOGIN ann\n']);
  expect(bob.isPaused).toBe(true);
  await turn();

  expect(crowd.received).toEqual(['LOGIN ann\n', 'LOGIN bob\n']);
  expect(bob.isPaused).toBe(false);
});

it('a waiting connection that ends its side is served to its last line', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const bob = crowd.connect();
  bob.receive('LOGIN bob\n');
  bob.endSide();
  await turn();

  expect(crowd.received).toEqual(['LOGIN ann\n', 'LOGIN bob\n', 'end']);
});

it('a waiting connection that ends its side in the middle of a handshake falls back to the default dialect', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const bob = crowd.connect();
  bob.receive('{"na');
  bob.endSide();
  await turn();

  expect(crowd.received).toEqual(['LOGIN ann\n', '{"na', 'end']);
});

it('a waiting connection that closes is not handled, and gives its place back', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const bob = crowd.connect();
  bob.receive('LOGIN bob\n');
  bob.handler.onClose();
  await turn();

  expect(crowd.received).toEqual(['LOGIN ann\n']);
  expect(crowd.slots).toBe(1);
});

it('a waiting connection meets no deadline of its first bytes', () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  crowd.connect().receive('{"name"');
  crowd.clock.advance(100_000);

  expect(crowd.received).toEqual(['LOGIN ann\n']);
});

it('HTTP and the header of a proxy wait without reading on, so that their end is not lost', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const [page, slow, untrusted] = [crowd.connect(), crowd.connect(), crowd.connect()];
  page.receive('GET / HTTP/1.0\r\n\r\n');
  slow.receive('GE');
  untrusted.receive('PROXY TCP4 10.0.0.2 10.0.0.1 1 2\r\n');
  expect([page.isPaused, slow.isPaused, untrusted.isPaused]).toEqual([true, false, true]);
  slow.receive('T /rooms HTTP/1.0\r\n\r\n');
  expect(slow.isPaused).toBe(true);
  expect(crowd.requests).toEqual([]);
  await turn();

  expect(crowd.requests).toEqual(['GET / HTTP/1.0\r\n\r\n', 'GET /rooms HTTP/1.0\r\n\r\n']);
  expect(untrusted.written).toContain('ERR proxy-not-trusted');
});

it('HTTP does not wait on a connection that reads on while it is paused', () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const page = crowd.connect(false);
  page.receive('GE');
  expect(crowd.requests).toEqual([]);
  page.receive('T / HTTP/1.0\r\n\r\n');

  expect(crowd.requests).toEqual(['GET / HTTP/1.0\r\n\r\n']);
});

it('a request that was reset while it waited is not answered, and gives its place back', async () => {
  const crowd = new Crowd();
  crowd.connect().receive('LOGIN ann\n');
  const page = crowd.connect();
  page.receive('GET / HTTP/1.0\r\n\r\n');
  page.isDestroyed = true;
  await turn();
  page.handler.onClose();

  expect(crowd.requests).toEqual([]);
  expect(crowd.slots).toBe(1);
});

it('a server that stops opens the waiting connections at once', () => {
  const crowd = new Crowd();
  for (const name of ['ann', 'bob', 'cat']) crowd.connect().receive(`LOGIN ${name}\n`);
  crowd.connect().receive('{"na');

  crowd.mux.close();

  expect(crowd.received).toEqual(['LOGIN ann\n', 'LOGIN bob\n', 'LOGIN cat\n', '{"na']);
});

/** A queue whose inputs take `ms` each to handle. */
function queue(ms: number) {
  let now = 0;
  const handled: number[] = [];
  const inputs = new InputQueue(() => now);
  const input = (number: number) => ({
    handle() {
      handled.push(number);
      now += ms;
    },
  });
  return {
    inputs,
    handled,
    add: (number: number) => inputs.add(input(number)),
    defer: (number: number) => inputs.defer(input(number)),
  };
}

/** A mux whose connections take 5 ms each to open, and what they receive. */
class Crowd {
  readonly clock = new ManualClock();
  readonly received: string[] = [];
  readonly requests: string[] = [];
  slots = 0;
  #spentMs = 0;
  readonly #dialect: TransportHandler = {
    ...NO_HANDLER,
    onData: (bytes) => this.received.push(Buffer.from(bytes).toString()),
    onEnd: () => this.received.push('end'),
  };
  readonly mux = new ProtocolMux({
    dialects: DIALECTS,
    fallback: 'lines',
    timers: new TimerWheel(this.clock),
    elapsed: () => this.clock.elapsed() + this.#spentMs,
    silenceMs: 2000,
    loginTimeoutMs: 60_000,
    proxies: new TrustedProxies([]),
    takeSlot: () => {
      this.slots++;
      return { refusal: null, connectedAt: this.clock.elapsed(), release: () => this.slots-- };
    },
    open: () => {
      this.#spentMs += 5;
      return this.#dialect;
    },
    serveHttp: (_socket, first) => this.requests.push(first.toString()),
    serveTls: null,
    tlsOnly: false,
    greeting: () => '',
    onRead() {},
    onUntrustedProxy() {},
    onProbe() {},
  });

  connect(stopsAtPause = true): FakeConnection {
    const connection = new FakeConnection(stopsAtPause);
    this.mux.accept(connection);
    return connection;
  }
}

class FakeConnection implements TcpConnection {
  handler = NO_HANDLER;
  readonly textBytes = 0;
  readonly address = '10.0.0.1';
  readonly peer = '10.0.0.1:50000';
  client = { address: this.address, port: 50_000, isEncrypted: false };
  readonly unsentBytes = 0;
  hasEnded = false;
  readonly stopsAtPause: boolean;
  isDestroyed = false;
  isPaused = false;

  constructor(stopsAtPause: boolean) {
    this.stopsAtPause = stopsAtPause;
  }

  receive(text: string): void {
    this.handler.onData(Buffer.from(text));
  }

  endSide(): void {
    this.hasEnded = true;
    this.handler.onEnd();
  }

  serve(handler: TransportHandler): void {
    this.handler = handler;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  written = '';

  write = () => true;
  close(): void {}

  end(last: Uint8Array): void {
    this.written += Buffer.from(last).toString();
  }

  destroy(): void {}

  toSocket(): Socket {
    return new Socket();
  }
}
