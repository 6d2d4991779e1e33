import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportHandler, Transport, ConnectionSlot } from '../../../src/core/ports.js';
import { createHttp, type Http, type HttpOptions } from '../../../src/net/http/http-server.js';
import { plainResponse } from '../../../src/net/http/http-response.js';
import { isAllowedOrigin } from '../../../src/net/http/origin.js';
import { ManualClock } from '../../support/manual-clock.js';

const HINT: unknown = expect.stringMatching(
  /^This is a chat server\. To chat, type in a terminal: ncat chat\.example\.org \d+\n$/,
);
const NOBODY: TransportHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

interface House {
  readonly http: Http;
  readonly port: number;
  readonly clock: ManualClock;
  readonly accepted: { transport: Transport; path: string; slot: ConnectionSlot }[];
  readonly failures: unknown[];
}

/** A port whose connections are handed to an http once their first bytes are there, as the front door does. */
async function open({
  refusal = null,
  connectedAt = 0,
  ...more
}: Partial<HttpOptions> & Partial<ConnectionSlot> = {}): Promise<House> {
  const clock = new ManualClock();
  const accepted: House['accepted'] = [];
  const failures: unknown[] = [];
  const http = createHttp({
    clock,
    host: 'chat.example.org',
    loginTimeoutMs: 5_000,
    heartbeatIntervalMs: 0,
    allowedOrigins: [],
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'partyline_users 3\n' }),
    accept: (transport, path, slot) => {
      accepted.push({ transport, path, slot });
      return NOBODY;
    },
    onError: (error) => failures.push(error),
    ...more,
  });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const slot = { refusal, connectedAt, release() {} };
    arrived.push(socket);
    socket.once('data', (first) => {
      socket.pause();
      setImmediate(() => http.handle(socket, first, slot));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    void http.close();
    for (const { transport } of accepted) transport.destroy();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { http, port, clock, accepted, failures };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A browser, or somebody who types like one. */
class Visitor {
  readonly socket: Socket;
  #text = '';
  #ended = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
    });
    this.socket.on('end', () => {
      this.#ended = true;
    });
    this.socket.on('error', () => {});
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  send(...lines: string[]): this {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''));
    return this;
  }

  get(path: string, ...headers: string[]): this {
    return this.send(`GET ${path} HTTP/1.1`, 'Host: h', ...headers, '');
  }

  /** The next whole answer. */
  async answer(): Promise<Answer> {
    for (;;) {
      const [, head, rest] = /^([^]*?)\r\n\r\n([^]*)$/.exec(this.#text) ?? [];
      if (head !== undefined && rest !== undefined) {
        const [first = '', ...lines] = head.split('\r\n');
        const headers = Object.fromEntries(
          lines.map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
          }),
        );
        const length = Number(headers['content-length'] ?? 0);
        if (rest.length >= length) {
          this.#text = rest.slice(length);
          return { status: Number(first.split(' ')[1]), headers, body: rest.slice(0, length) };
        }
      }
      if (this.#ended || this.socket.destroyed) throw new Error(`closed after ${JSON.stringify(this.#text)}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  /** What is left to read once the server has closed. */
  async toEnd(): Promise<string> {
    if (!this.#ended && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]);
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('pages', () => {
  it.each([
    ['/healthz', 200, 'ok\n'],
    ['/readyz', 200, 'ok\n'],
    ['/readyz?verbose', 200, 'ok\n'],
    ['/metrics', 200, 'partyline_users 3\n'],
    ['/', 404, HINT],
    ['/ws', 404, HINT],
    ['/healthz/', 404, HINT],
    ['/<script>alert(1)</script>', 404, HINT],
    ['http://elsewhere/healthz', 404, HINT],
  ])('GET %s is %i', async (path, status, body) => {
    const { port } = await open();
    const answer = await new Visitor(port).get(path).answer();
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': path === '/metrics' ? 'text/plain; version=0.0.4' : 'text/plain; charset=utf-8',
    });
  });

  it('one connection asks for many, some of them at once', async () => {
    const { port } = await open();
    const visitor = new Visitor(port);
    visitor.get('/metrics').get('/healthz').get('/nothing');
    expect((await visitor.answer()).body).toBe('partyline_users 3\n');
    expect((await visitor.answer()).body).toBe('ok\n');
    expect((await visitor.answer()).status).toBe(404);
    expect((await visitor.get('/healthz').answer()).status).toBe(200);
  });

  it('who asks for more than it reads is closed', async () => {
    const { port } = await open({ metrics: () => new Promise(() => {}) });
    const visitor = new Visitor(port);
    for (let asked = 0; asked < 65; asked++) visitor.get('/metrics');
    expect(await visitor.toEnd()).toBe('');
    expect((await new Visitor(port).get('/healthz').answer()).status).toBe(200);
  });

  it('HEAD has the headers and no body', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).send('HEAD /healthz HTTP/1.1', 'Host: h', 'Connection: close', '');
    const text = await visitor.toEnd();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('Content-Length: 3\r\n');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('a pipe that ends is answered all the same', async () => {
    const late = lateMetrics();
    const { port } = await open(late);
    const visitor = new Visitor(port);
    visitor.socket.end('GET /metrics HTTP/1.0\r\n\r\n');
    await late.asked;
    await new Promise((resolve) => setTimeout(resolve, 30));
    late.finish();
    expect(await visitor.toEnd()).toMatch(/200 OK[^]*\r\n\r\nlate\n$/);
  });

  it('metrics that cannot be read are a 500, and are reported', async () => {
    const broken = new Error('no numbers');
    const { port, failures } = await open({ metrics: () => Promise.reject(broken) });
    expect((await new Visitor(port).get('/metrics').answer()).status).toBe(500);
    expect(failures).toEqual([broken]);
  });

  it('neither the path nor the Host header is said back', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).send(
      'GET /evilpath HTTP/1.1',
      'Host: evilhost',
      'Connection: close',
      '',
    );
    expect(await visitor.toEnd()).not.toContain('evil');
  });

  it('the first bytes may be any part of the request', async () => {
    const { port } = await open();
    const visitor = new Visitor(port);
    visitor.socket.setNoDelay(true);
    for (const byte of 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n') {
      visitor.socket.write(byte);
      await new Promise(setImmediate);
    }
    expect((await visitor.answer()).body).toBe('ok\n');
  });
});

describe('bodies', () => {
  it.each(['/healthz', '/metrics', '/ws', '/'])('a POST to %s is turned away unheard', async (path) => {
    const { port } = await open();
    const visitor = new Visitor(port).send(
      `POST ${path} HTTP/1.1`,
      'Host: h',
      'Content-Type: text/plain',
      'Content-Length: 26',
      '',
      'LOGIN evil\nMSG hi\nMSG ho',
    );
    const answer = await visitor.answer();
    expect(answer).toMatchObject({ status: 404, body: HINT });
    expect(answer.headers.connection).toBe('close');
    expect(await visitor.toEnd()).toBe('');
  });

  it('a GET with a body is turned away, too, and what follows it is no request', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).get('/healthz', 'Content-Length: 2').send('').get('/healthz');
    expect(await visitor.answer()).toMatchObject({ status: 404, headers: { connection: 'close' } });
    expect(await visitor.toEnd()).toBe('');
  });

  it('a body that never comes is not waited for', async () => {
    const { port, clock } = await open();
    const visitor = new Visitor(port).send('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', '');
    expect((await visitor.answer()).status).toBe(404);
    clock.advance(2_000);
    expect(await visitor.toEnd()).toBe('');
  });

  it('a body that asks first is not asked for', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).send(
      'POST / HTTP/1.1',
      'Host: h',
      'Content-Length: 4',
      'Expect: 100-continue',
      '',
    );
    expect((await visitor.answer()).status).toBe(404);
  });

  it('a POST without a body is a 404', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).send('POST /healthz HTTP/1.1', 'Host: h', 'Content-Length: 0', '');
    expect(await visitor.answer()).toMatchObject({ status: 404, body: HINT });
  });
});

describe('what is no request', () => {
  it.each([
    ['a broken one', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['endless headers', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['CONNECT', 'CONNECT elsewhere:80 HTTP/1.1\r\nHost: h\r\n\r\n', 404],
  ])('%s is answered and closed', async (_name, bytes, status) => {
    const { port } = await open();
    const visitor = new Visitor(port);
    visitor.socket.write(bytes);
    expect((await visitor.toEnd()).split(' ')[1]).toBe(String(status));
    expect((await new Visitor(port).get('/healthz').answer()).status).toBe(200);
  });

  it('a reset in the middle of a request disturbs nobody', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).send('GET / HTTP/1.1');
    await once(visitor.socket, 'connect');
    visitor.socket.resetAndDestroy();
    expect((await new Visitor(port).get('/healthz').answer()).status).toBe(200);
  });
});

describe('deadlines', () => {
  it('headers that do not end are given up', async () => {
    const { port, clock } = await open();
    const visitor = new Visitor(port).send('GET / HTTP/1.1', 'Host: h');
    await handled(visitor);
    clock.advance(4_999);
    visitor.send('X: y');
    clock.advance(1);
    expect(await visitor.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('an idle connection is kept for a minute', async () => {
    const { port, clock } = await open();
    const visitor = new Visitor(port);
    await visitor.get('/healthz').answer();
    clock.advance(59_000);
    await visitor.get('/healthz').answer();
    clock.advance(59_000);
    await visitor.get('/healthz').answer();
    clock.advance(60_000);
    expect(await visitor.toEnd()).toBe('');
  });

  it('the time that the first bytes took counts', async () => {
    const { port, clock } = await open({ connectedAt: -3_000 });
    const visitor = new Visitor(port).send('GET / HTTP/1.1');
    await handled(visitor);
    clock.advance(2_000);
    expect(await visitor.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a later request that does not end is given up, too', async () => {
    const { port, clock } = await open();
    const visitor = new Visitor(port);
    await visitor.get('/healthz').answer();
    visitor.send('GET / HTTP/1.1');
    await handled(visitor);
    clock.advance(60_000);
    clock.advance(5_000);
    expect(await visitor.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('LOGIN_TIMEOUT=0 sets none', async () => {
    const { port, clock } = await open({ loginTimeoutMs: 0 });
    const visitor = new Visitor(port).send('GET /healthz HTTP/1.1');
    await handled(visitor);
    clock.advance(1_000_000);
    expect((await visitor.send('Host: h', '').answer()).status).toBe(200);
  });
});

describe('a connection that may not stay', () => {
  it('has one answer, so that a probe of a full server knows it alive', async () => {
    const { port } = await open({ refusal: 'server-full' });
    const visitor = new Visitor(port).get('/healthz').get('/healthz');
    expect(await visitor.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await visitor.toEnd()).toBe('');
  });

  it('has two seconds to ask', async () => {
    const { port, clock } = await open({ refusal: 'too-many-connections', loginTimeoutMs: 0 });
    const visitor = new Visitor(port).send('GET / HTTP/1.1', 'Host: h');
    await handled(visitor);
    clock.advance(2_000);
    expect(await visitor.toEnd()).toBe('');
  });

  it('opens a WebSocket, to be told there why not', async () => {
    const { port, accepted } = await open({ refusal: 'server-full' });
    expect((await new Visitor(port).get('/ws', ...UPGRADE).answer()).status).toBe(101);
    expect(accepted[0]?.slot.refusal).toBe('server-full');
  });
});

describe('a stop', () => {
  it('shows on connections that were open before', async () => {
    const { port, http } = await open();
    const visitor = new Visitor(port);
    expect((await visitor.get('/readyz').answer()).status).toBe(200);
    http.drain();
    expect(await visitor.get('/readyz').answer()).toMatchObject({ status: 503, body: 'shutting down\n' });
    expect((await visitor.get('/healthz').answer()).status).toBe(200);
    const late = new Visitor(port).get('/ws', ...UPGRADE);
    expect((await late.answer()).status).toBe(503);
  });

  it('closes idle connections, and the others when they are answered', async () => {
    const late = lateMetrics();
    const { port, http, clock } = await open(late);
    const idle = new Visitor(port);
    await idle.get('/healthz').answer();
    const busy = new Visitor(port).get('/metrics');
    await late.asked;
    let isClosed = false;
    const closed = http.close().then(() => {
      isClosed = true;
    });
    clock.advance(1_000);
    expect(await idle.toEnd()).toBe('');
    expect([http.connections, isClosed]).toEqual([1, false]);
    late.finish();
    expect(await busy.answer()).toMatchObject({ body: 'late\n', headers: { connection: 'close' } });
    expect(await busy.toEnd()).toBe('');
    busy.socket.end();
    await closed;
  });

  it('answers what was on its way to an idle connection, once', async () => {
    const { port, http, clock } = await open();
    const idle = new Visitor(port);
    await idle.get('/healthz').answer();
    const closed = http.close();
    clock.advance(999);
    expect(await idle.get('/readyz').answer()).toMatchObject({
      status: 503,
      headers: { connection: 'close' },
    });
    expect(await idle.toEnd()).toBe('');
    idle.socket.end();
    await closed;
  });

  it('without a connection is over at once', async () => {
    const { http } = await open();
    await http.close();
  });
});

describe('upgrades', () => {
  it.each(['/ws', '/mychat', '/ws?a=b'])('%s opens a WebSocket', async (path) => {
    const { port, accepted } = await open();
    const answer = await new Visitor(port).get(path, ...UPGRADE).answer();
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(accepted.map((one) => one.path)).toEqual([path.replace(/\?.*/, '')]);
    expect(accepted[0]?.transport.address).toBe('127.0.0.1');
  });

  it.each([
    ['another path', '/', UPGRADE, 404],
    ['no key', '/ws', UPGRADE.slice(0, 3), 400],
    ['an old version', '/ws', [...UPGRADE.slice(0, 2), 'Sec-WebSocket-Version: 7', ...UPGRADE.slice(3)], 400],
    ['a body', '/ws', [...UPGRADE, 'Content-Length: 3'], 404],
    ['a page from elsewhere', '/ws', [...UPGRADE, 'Origin: http://evil.example'], 403],
    ['a page from elsewhere at MaChat’s path', '/mychat', [...UPGRADE, 'Origin: null'], 403],
  ])('%s opens none', async (_name, path, headers, status) => {
    const { port, accepted } = await open();
    const visitor = new Visitor(port).get(path, ...headers);
    const answer = await visitor.answer();
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' });
    expect(await visitor.toEnd()).toBe('');
    expect(accepted).toEqual([]);
  });

  it('to something else is not taken up: the page is served', async () => {
    const { port } = await open();
    const visitor = new Visitor(port).get('/healthz', 'Connection: Upgrade', 'Upgrade: h2c');
    expect(await visitor.answer()).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await visitor.toEnd()).toBe('');
  });

  it('behind an unanswered request opens none: the answer would land among the frames', async () => {
    const { port, accepted } = await open({
      metrics: () =>
        new Promise((resolve) => {
          setTimeout(() => resolve({ contentType: 'text/plain', body: 'partyline_users 3\n' }), 20);
        }),
    });
    const visitor = new Visitor(port).get('/metrics').get('/ws', ...UPGRADE);
    const answer = await visitor.toEnd();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\npartyline_users 3\n$/);
    expect(accepted).toEqual([]);
  });

  it('begins a visit: what came before it was HTTP', async () => {
    const { port, accepted, clock } = await open();
    const visitor = new Visitor(port);
    await visitor.get('/healthz').answer();
    clock.advance(55_000);
    expect((await visitor.get('/ws', ...UPGRADE).answer()).status).toBe(101);
    expect(accepted[0]?.slot.connectedAt).toBe(55_000);
    clock.advance(1_000_000);
    expect(visitor.socket.destroyed).toBe(false);
  });

  it('a listed origin may', async () => {
    const { port, accepted } = await open({ allowedOrigins: ['https://chat.example.org'] });
    const visitor = new Visitor(port).get('/ws', ...UPGRADE, 'Origin: https://chat.example.org');
    expect((await visitor.answer()).status).toBe(101);
    expect(accepted).toHaveLength(1);
  });
});

describe('origins', () => {
  it.each([
    [undefined, 'chat:4000', true],
    [undefined, undefined, true],
    ['http://chat:4000', 'chat:4000', true],
    ['https://chat:4000', 'chat:4000', true],
    ['http://CHAT:4000', 'chat:4000', true],
    ['http://chat', 'chat:80', true],
    ['https://chat', 'chat', true],
    ['https://chat', 'chat:443', true],
    ['http://[::1]:4000', '[::1]:4000', true],
    ['https://chat', 'chat:80', false],
    ['http://chat', 'chat:4000', false],
    ['http://chat:4001', 'chat:4000', false],
    ['http://evil', 'chat:4000', false],
    ['http://chat:4000.evil', 'chat:4000', false],
    ['http://chat:4000@evil', 'chat:4000', false],
    ['http://evil, http://chat:4000', 'chat:4000', false],
    ['http://chat:4000', 'evil@chat:4000', false],
    ['http://chat:4000', undefined, false],
    ['http://chat:4000', '', false],
    ['file://', 'chat:4000', false],
    ['null', 'chat:4000', false],
    ['', 'chat:4000', false],
    ['chrome-extension://chat', 'chat', false],
    ['https://listed.example', 'chat:4000', true],
    ['https://listed.example:444', 'chat:4000', false],
    ['https://listed.example.evil', 'chat:4000', false],
  ])('%s at %s: %s', (origin, host, allowed) => {
    expect(isAllowedOrigin(origin, host, ['https://listed.example'])).toBe(allowed);
  });
});

it('a whole response for those who have no server', () => {
  expect(plainResponse(403, 'TLS only.\n')).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n[^]*Content-Length: 10\r\n[^]*Connection: close\r\n\r\nTLS only\.\n$/,
  );
});

/** Metrics that come when the test says so. */
function lateMetrics() {
  let ask = () => {};
  let finish = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const metrics = async () => {
    ask();
    await finished;
    return { contentType: 'text/plain', body: 'late\n' };
  };
  return { metrics, asked, finish };
}

/** The server's ends of all connections. */
const arrived: Socket[] = [];

/** The server has read what was sent. */
function handled({ socket }: Visitor): Promise<void> {
  const theirs = () => arrived.findLast(({ remotePort }) => remotePort === socket.localPort);
  return vi.waitFor(() => expect(theirs()?.bytesRead).toBe(socket.bytesWritten));
}
