/** The HTTP server alone, over real sockets and with a manual clock. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportHandler, Transport, ConnectionSlot } from '../../../src/core/ports.js';
import { createHttp, type Http, type HttpOptions } from '../../../src/net/http/http-server.js';
import { responseOf } from '../../../src/net/http/http-response.js';
import { isAllowedOrigin } from '../../../src/net/http/origin.js';
import { TrustedProxies } from '../../../src/util/trusted-proxies.js';
import { peerOf } from '../../../src/net/peer.js';
import { openGate } from '../../support/open-gate.js';
import { silentApi } from '../../support/silent-api.js';
import { ManualClock } from '../../support/manual-clock.js';

const HINT: unknown = expect.stringMatching(
  /^This is a chat server\. To chat, type in a terminal: ncat chat\.example\.org \d+\n$/,
);
const NOT_ALLOWED = 'method-not-allowed: this path takes GET, HEAD, and OPTIONS\n';
const ROOM_HINT: unknown = expect.stringMatching(
  /^This is a chat server\.[^\n]*\nTo read a room: curl http:[^\n]*\n$/,
);
const PATH_HINT: unknown = expect.stringMatching(
  /^This is a chat server\.[^\n]*\nThis path does not exist\.[^\n]*\/openapi\.json,[^\n]*\n$/,
);
const USAGE: unknown = expect.stringMatching(/^This is a chat server\.[^]*\nTo read: curl http:/);
const NEEDS_UPGRADE = 'This path is for WebSockets: connect with a WebSocket client.\n';
const NO_OP_HANDLER: TransportHandler = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

interface TestServer {
  readonly http: Http;
  readonly port: number;
  readonly clock: ManualClock;
  readonly accepted: { transport: Transport; path: string; slot: ConnectionSlot }[];
  readonly failures: unknown[];
}

/** A port that passes its connections to the HTTP server with their first bytes, as the protocol mux does. */
async function open({
  refusal = null,
  connectedAt = 0,
  ...more
}: Partial<HttpOptions> & Partial<ConnectionSlot> = {}): Promise<TestServer> {
  const clock = new ManualClock();
  const accepted: TestServer['accepted'] = [];
  const failures: unknown[] = [];
  const http = createHttp({
    clock,
    host: 'chat.example.org',
    loginTimeoutMs: 5_000,
    heartbeatIntervalMs: 0,
    gate: openGate(),
    api: silentApi(clock),
    proxies: new TrustedProxies([]),
    takeSlot: () => null,
    tlsOnly: false,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'partyline_users 3\n' }),
    unreadiness: () => null,
    accept: (transport, path, slot) => {
      accepted.push({ transport, path, slot });
      return NO_OP_HANDLER;
    },
    onError: (error) => failures.push(error),
    ...more,
  });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const slot = { refusal, connectedAt, release() {} };
    serverSockets.push(socket);
    socket.once('data', (first) => {
      socket.pause();
      setImmediate(() => http.handle(socket, first, slot, peerOf(socket)));
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

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An HTTP client that sends the bytes of the test. */
class HttpClient {
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

  /** The next complete response. */
  async response(): Promise<Response> {
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

  /** The rest of the output, after the server has closed. */
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

describe('the HTTP server', () => {
  it.each([
    ['/healthz', 200, 'ok\n'],
    ['/readyz', 200, 'ok\n'],
    ['/readyz?verbose', 200, 'ok\n'],
    ['/metrics', 200, 'partyline_users 3\n'],
    ['/', 200, USAGE],
    ['/nothing/here', 404, HINT],
    ['/nothing', 404, ROOM_HINT],
    ['/ws', 426, NEEDS_UPGRADE],
    ['/mychat/', 426, NEEDS_UPGRADE],
    ['/healthz/', 200, 'ok\n'],
    ['/healthz//', 404, HINT],
    ['/<script>alert(1)</script>', 404, HINT],
    ['http://elsewhere/healthz', 200, 'ok\n'],
    ['HTTP://elsewhere:80/readyz/?verbose', 200, 'ok\n'],
    ['http://elsewhere', 200, USAGE],
  ])('the HTTP server responds to GET %s with %i', async (path, status, body) => {
    const { port } = await open();
    const response = await new HttpClient(port).get(path).response();
    expect(response).toMatchObject({ status, body });
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': path === '/metrics' ? 'text/plain; version=0.0.4' : 'text/plain; charset=utf-8',
    });
  });

  it.each([
    ['*', 'GET, HEAD, POST, DELETE, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
    ['/metrics', 'GET, HEAD, OPTIONS'],
    ['/ws', 'GET, HEAD, OPTIONS'],
    ['/', 'GET, HEAD, OPTIONS'],
  ])('the HTTP server responds to OPTIONS %s with the methods', async (target, allow) => {
    const { port } = await open();
    const client = new HttpClient(port).send(`OPTIONS ${target} HTTP/1.1`, 'Host: h', '');
    expect(await client.response()).toMatchObject({ status: 204, headers: { allow } });
  });

  it('the HTTP server serves many requests on one connection, also pipelined ones', async () => {
    const { port } = await open();
    const client = new HttpClient(port);
    client.get('/metrics').get('/healthz').get('/nothing');
    expect((await client.response()).body).toBe('partyline_users 3\n');
    expect((await client.response()).body).toBe('ok\n');
    expect((await client.response()).status).toBe(404);
    expect((await client.get('/healthz').response()).status).toBe(200);
  });

  it('the HTTP server closes a client with more than 64 requests without a response', async () => {
    const { port } = await open({ metrics: () => new Promise(() => {}) });
    const client = new HttpClient(port);
    for (let sent = 0; sent < 65; sent++) client.get('/metrics');
    expect(await client.toEnd()).toBe('');
    expect((await new HttpClient(port).get('/healthz').response()).status).toBe(200);
  });

  it('the HTTP server responds to HEAD with the headers only', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send('HEAD /healthz HTTP/1.1', 'Host: h', 'Connection: close', '');
    const text = await client.toEnd();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('Content-Length: 3\r\n');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('the HTTP server responds to a client that has ended its side', async () => {
    const late = lateMetrics();
    const { port } = await open(late);
    const client = new HttpClient(port);
    client.socket.end('GET /metrics HTTP/1.0\r\n\r\n');
    await late.requested;
    await new Promise((resolve) => setTimeout(resolve, 30));
    late.finish();
    expect(await client.toEnd()).toMatch(/200 OK[^]*\r\n\r\nlate\n$/);
  });

  it('the HTTP server keeps nothing of each piece of broken input behind a request', async () => {
    const late = lateMetrics();
    const { port } = await open(late);
    const client = new HttpClient(port).get('/metrics');
    await late.requested;
    const socket = serverSockets.at(-1);
    for (let piece = 0; piece < 20; piece++) {
      const before = socket?.bytesRead ?? 0;
      client.socket.write('\x01\r\n\r\n');
      await expect.poll(() => socket?.bytesRead, { interval: 1 }).toBeGreaterThan(before);
    }
    expect(socket?.listenerCount('error')).toBeLessThan(5);
    late.finish();
    expect(await client.toEnd()).toMatch(/200 OK[^]*\r\n\r\nlate\n$/);
  });

  it('the HTTP server responds with 500 if the metrics cannot be read, and reports the error', async () => {
    const broken = new Error('no numbers');
    const { port, failures } = await open({ metrics: () => Promise.reject(broken) });
    expect((await new HttpClient(port).get('/metrics').response()).status).toBe(500);
    expect(failures).toEqual([broken]);
  });

  it('the HTTP server repeats neither the path nor the Host header', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send(
      'GET /evilpath HTTP/1.1',
      'Host: evilhost',
      'Connection: close',
      '',
    );
    expect(await client.toEnd()).not.toContain('evil');
  });

  it('the HTTP server accepts a request that is sent one byte at a time', async () => {
    const { port } = await open();
    const client = new HttpClient(port);
    client.socket.setNoDelay(true);
    for (const byte of 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n') {
      client.socket.write(byte);
      await new Promise(setImmediate);
    }
    expect((await client.response()).body).toBe('ok\n');
  });
});

describe('another method than those of a path', () => {
  const paths = ['/healthz', '/readyz', '/metrics', '/ws', '/mychat'];

  it.each(paths)('another method than those of %s is 405 with the methods that it has', async (path) => {
    const { port } = await open();
    const client = new HttpClient(port);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      client.send(`${method} ${path} HTTP/1.1`, 'Host: h', '');
      expect(await client.response()).toMatchObject({
        status: 405,
        body: NOT_ALLOWED,
        headers: { allow: 'GET, HEAD, OPTIONS' },
      });
    }
    client.send(`POST ${path} HTTP/1.1`, 'Host: h', 'Accept: application/json', '');
    expect((await client.response()).headers['content-type']).toBe('application/problem+json');
    client.get('/healthz');
    expect((await client.response()).status).toBe(200);
  });
});

describe('a request body', () => {
  it.each([
    ['/healthz', 405, NOT_ALLOWED],
    ['/metrics', 405, NOT_ALLOWED],
    ['/ws', 405, NOT_ALLOWED],
    ['/rooms/dev', 404, PATH_HINT],
  ])('a request body of a POST to %s is not read: the response is %i', async (path, status, body) => {
    const { port } = await open();
    const client = new HttpClient(port).send(
      `POST ${path} HTTP/1.1`,
      'Host: h',
      'Content-Type: text/plain',
      'Content-Length: 26',
      '',
      'LOGIN evil\nMSG hi\nMSG ho',
    );
    const response = await client.response();
    expect(response).toMatchObject({ status, body });
    expect(response.headers.connection).toBe('close');
    expect(await client.toEnd()).toBe('');
  });

  it('a request body of a GET is not read either, and nothing after it is a request', async () => {
    const { port } = await open();
    const client = new HttpClient(port).get('/healthz', 'Content-Length: 2').send('').get('/healthz');
    expect(await client.response()).toMatchObject({ status: 404, headers: { connection: 'close' } });
    expect(await client.toEnd()).toBe('');
  });

  it('a request body that is never sent does not keep the connection open', async () => {
    const { port, clock } = await open();
    const client = new HttpClient(port).send(
      'POST /healthz HTTP/1.1',
      'Host: h',
      'Transfer-Encoding: chunked',
      '',
    );
    expect((await client.response()).status).toBe(405);
    clock.advance(2_000);
    expect(await client.toEnd()).toBe('');
  });

  it('a request body is refused with 417 if the client expects anything but 100-continue', async () => {
    const { port } = await open();
    const head = ['POST /lobby HTTP/1.1', 'Host: h', 'Expect: 200-ok', 'Content-Length: 2', ''];
    const client = new HttpClient(port).send(...head);
    expect(await client.response()).toMatchObject({ status: 417, headers: { connection: 'close' } });
  });

  it('a request body is refused with 405 if the client expects 100-continue', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send(
      'POST /healthz HTTP/1.1',
      'Host: h',
      'Content-Length: 4',
      'Expect: 100-continue',
      '',
    );
    expect((await client.response()).status).toBe(405);
  });

  it('a request body is not needed for a 405 to a POST', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send('POST /healthz HTTP/1.1', 'Host: h', 'Content-Length: 0', '');
    expect(await client.response()).toMatchObject({ status: 405, body: NOT_ALLOWED });
  });
});

describe('an invalid request', () => {
  it.each([
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n', 400],
    [
      'a second Host behind thousands of headers',
      `GET / HTTP/1.1\r\nHost: h\r\n${'a:b\r\n'.repeat(2100)}Host: h\r\n\r\n`,
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['a target that is not encoded', 'GET /rooms?q=gr\u00fcn HTTP/1.1\r\nHost: h\r\n\r\n', 400],
    ['endless headers', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['CONNECT', 'CONNECT elsewhere:80 HTTP/1.1\r\nHost: h\r\n\r\n', 404],
  ])('an invalid request gets a response and is closed: %s', async (_name, bytes, status) => {
    const { port } = await open();
    const client = new HttpClient(port);
    client.socket.write(bytes);
    expect((await client.toEnd()).split(' ')[1]).toBe(String(status));
    expect((await new HttpClient(port).get('/healthz').response()).status).toBe(200);
  });

  it('an invalid request whose target is not percent-encoded is told how to encode it', async () => {
    const { port } = await open();
    const client = new HttpClient(port);
    client.socket.write('GET /rooms/ops/messages?q=gr\u00fcn HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(await client.toEnd()).toMatch(/\r\n\r\nusage: percent-encode [^\n]* --data-urlencode [^\n]*\n$/);
  });

  it('an invalid request without a Host header is told what is missing', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send('GET / HTTP/1.1', 'Connection: close', '');
    expect(await client.toEnd()).toMatch(
      /^HTTP\/1\.1 400 [^]*\r\n\r\nBad request: it needs one Host header\.\n$/,
    );
  });

  it('an invalid request that ends with a reset does not affect other connections', async () => {
    const { port } = await open();
    const client = new HttpClient(port).send('GET / HTTP/1.1');
    await once(client.socket, 'connect');
    client.socket.resetAndDestroy();
    expect((await new HttpClient(port).get('/healthz').response()).status).toBe(200);
  });
});

describe('a connection in time', () => {
  it('an HTTP connection gets 408 if the headers are not complete within the login timeout', async () => {
    const { port, clock } = await open();
    const client = new HttpClient(port).send('GET / HTTP/1.1', 'Host: h');
    await handled(client);
    clock.advance(4_999);
    client.send('X: y');
    clock.advance(1);
    expect(await client.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('an HTTP connection stays open for a minute between two requests', async () => {
    const { port, clock } = await open();
    const client = new HttpClient(port);
    await client.get('/healthz').response();
    clock.advance(59_000);
    await client.get('/healthz').response();
    clock.advance(59_000);
    await client.get('/healthz').response();
    clock.advance(60_000);
    expect(await client.toEnd()).toBe('');
  });

  it('an HTTP connection has its login timeout from the moment it was accepted', async () => {
    const { port, clock } = await open({ connectedAt: -3_000 });
    const client = new HttpClient(port).send('GET / HTTP/1.1');
    await handled(client);
    clock.advance(2_000);
    expect(await client.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('an HTTP connection gets 408 also for an incomplete later request', async () => {
    const { port, clock } = await open();
    const client = new HttpClient(port);
    await client.get('/healthz').response();
    client.send('GET / HTTP/1.1');
    await handled(client);
    clock.advance(60_000);
    clock.advance(5_000);
    expect(await client.toEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('an HTTP connection has no deadline with LOGIN_TIMEOUT=0', async () => {
    const { port, clock } = await open({ loginTimeoutMs: 0 });
    const client = new HttpClient(port).send('GET /healthz HTTP/1.1');
    await handled(client);
    clock.advance(1_000_000);
    expect((await client.send('Host: h', '').response()).status).toBe(200);
  });
});

describe('a refused HTTP connection', () => {
  it('a refused HTTP connection gets one response, so that a health check of a full server succeeds', async () => {
    const { port } = await open({ refusal: 'server-full' });
    const client = new HttpClient(port).get('/healthz').get('/healthz');
    expect(await client.response()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await client.toEnd()).toBe('');
  });

  it('a refused HTTP connection is closed after 2 s without a request', async () => {
    const { port, clock } = await open({ refusal: 'too-many-connections', loginTimeoutMs: 0 });
    const client = new HttpClient(port).send('GET / HTTP/1.1', 'Host: h');
    await handled(client);
    clock.advance(2_000);
    expect(await client.toEnd()).toBe('');
  });

  it('a refused HTTP connection can open a WebSocket, which gets the reason', async () => {
    const { port, accepted } = await open({ refusal: 'server-full' });
    expect((await new HttpClient(port).get('/ws', ...UPGRADE).response()).status).toBe(101);
    expect(accepted[0]?.slot.refusal).toBe('server-full');
  });
});

describe('a server of a cluster', () => {
  it('a server of a cluster is not ready while it is cut off, and is alive', async () => {
    let why: string | null = 'cut off from the other servers';
    const { port } = await open({ unreadiness: () => why });
    const client = new HttpClient(port);
    expect(await client.get('/readyz').response()).toMatchObject({
      status: 503,
      body: 'cut off from the other servers\n',
    });
    expect((await client.get('/healthz').response()).status).toBe(200);
    why = null;
    expect((await client.get('/readyz').response()).status).toBe(200);
  });
});

describe('a stop of the HTTP server', () => {
  it('a stop of the HTTP server is reported on open connections', async () => {
    const { port, http } = await open();
    const client = new HttpClient(port);
    expect((await client.get('/readyz').response()).status).toBe(200);
    http.drain();
    expect(await client.get('/readyz').response()).toMatchObject({ status: 503, body: 'shutting down\n' });
    expect((await client.get('/healthz').response()).status).toBe(200);
    const late = new HttpClient(port).get('/ws', ...UPGRADE);
    expect((await late.response()).status).toBe(503);
  });

  it('a stop of the HTTP server closes idle connections, and the others after their response', async () => {
    const late = lateMetrics();
    const { port, http, clock } = await open(late);
    const idle = new HttpClient(port);
    await idle.get('/healthz').response();
    const busy = new HttpClient(port).get('/metrics');
    await late.requested;
    let isClosed = false;
    const closed = http.close().then(() => {
      isClosed = true;
    });
    clock.advance(1_000);
    expect(await idle.toEnd()).toBe('');
    expect([http.connections, isClosed]).toEqual([1, false]);
    late.finish();
    expect(await busy.response()).toMatchObject({ body: 'late\n', headers: { connection: 'close' } });
    expect(await busy.toEnd()).toBe('');
    busy.socket.end();
    await closed;
  });

  it('a stop of the HTTP server serves one more request on an idle connection', async () => {
    const { port, http, clock } = await open();
    const idle = new HttpClient(port);
    await idle.get('/healthz').response();
    const closed = http.close();
    clock.advance(999);
    expect(await idle.get('/readyz').response()).toMatchObject({
      status: 503,
      headers: { connection: 'close' },
    });
    expect(await idle.toEnd()).toBe('');
    idle.socket.end();
    await closed;
  });

  it('a stop of the HTTP server settles at once without a connection', async () => {
    const { http } = await open();
    await http.close();
  });
});

describe('after a pause of the process', () => {
  it('after a pause of the process, an HTTP connection has the whole time again for its headers, then gets 408', async () => {
    const { port, clock } = await open();
    const [late, silent] = [new HttpClient(port), new HttpClient(port)];
    for (const client of [late, silent]) client.send('GET /healthz HTTP/1.1');
    await vi.waitFor(() => expect(clock.alarms).toBe(2));
    clock.pause(100_000);
    late.send('Host: h', '');
    expect((await late.response()).status).toBe(200);
    clock.advance(4900);
    silent.send('Host: h', '');
    expect((await silent.response()).status).toBe(200);
    const other = new HttpClient(port).send('GET /healthz HTTP/1.1');
    await vi.waitFor(() => expect(clock.alarms).toBe(3));
    clock.pause(100_000);
    clock.advance(5100);
    expect((await other.response()).status).toBe(408);
  });

  it('after a pause of the process, an idle HTTP connection stays open for one more interval', async () => {
    const { port, clock } = await open();
    const client = new HttpClient(port);
    await client.get('/healthz').response();
    await vi.waitFor(() => expect(clock.alarms).toBe(1));
    clock.pause(1_000_000);
    expect((await client.get('/healthz').response()).status).toBe(200);
  });
});

describe('the offer of another protocol', () => {
  // curl --http2, and by default the HTTP client of Java.
  const OFFER = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAA'];

  it('the offer of another protocol is ignored, and the connection goes on', async () => {
    const { port } = await open();
    const client = new HttpClient(port).get('/healthz', ...OFFER);
    expect(await client.response()).toMatchObject({ status: 200, body: 'ok\n' });
    client.get('/', ...OFFER);
    expect(await client.response()).toMatchObject({ status: 200, body: USAGE });
    client.get('/nothing/here', ...OFFER).get('/healthz');
    expect(await client.response()).toMatchObject({ status: 404, body: HINT });
    expect((await client.response()).status).toBe(200);
  });

  it('the offer of another protocol does not pass the rules for hosts and origins', async () => {
    const { port } = await open();
    const foreign = new HttpClient(port).get('/about', ...OFFER, 'Origin: http://evil.example');
    expect((await foreign.response()).status).toBe(403);
  });
});

describe('an upgrade request', () => {
  it.each(['/ws', '/mychat', '/ws?a=b', '/ws/', '/mychat/?a=b', 'http://h/ws'])(
    'an upgrade request for %s opens a WebSocket',
    async (path) => {
      const { port, accepted } = await open();
      const response = await new HttpClient(port).get(path, ...UPGRADE).response();
      expect(response.status).toBe(101);
      expect(response.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
      expect(accepted.map((one) => one.path)).toEqual([path.replace(/\/?\?.*|\/$|http:..h/g, '')]);
      expect(accepted[0]?.transport.address).toBe('127.0.0.1');
    },
  );

  it.each([
    ['another path', '/', UPGRADE, 404],
    ['no key', '/ws', UPGRADE.slice(0, 3), 400],
    ['an old version', '/ws', [...UPGRADE.slice(0, 2), 'Sec-WebSocket-Version: 7', ...UPGRADE.slice(3)], 400],
    ['a body', '/ws', [...UPGRADE, 'Content-Length: 3'], 404],
    ['a foreign origin', '/ws', [...UPGRADE, 'Origin: http://evil.example'], 403],
    ['a foreign origin on the path of MaChat', '/mychat', [...UPGRADE, 'Origin: null'], 403],
  ])('an upgrade request with %s opens no WebSocket', async (_name, path, headers, status) => {
    const { port, accepted } = await open();
    const client = new HttpClient(port).get(path, ...headers);
    const response = await client.response();
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' });
    expect(await client.toEnd()).toBe('');
    expect(accepted).toEqual([]);
  });

  it('an upgrade request is required at a WebSocket path: the response is 426 and names the protocol', async () => {
    const { port } = await open();
    const client = new HttpClient(port);
    for (const path of ['/ws', '/mychat'])
      expect((await client.get(path).response()).headers).toMatchObject({ upgrade: 'websocket' });
    const other = new HttpClient(port).get('/ws', 'Connection: Upgrade', 'Upgrade: h2c');
    expect(await other.response()).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
  });

  it.each([
    ['HTTP/1.0', 'GET /ws HTTP/1.0', []],
    ['Connection: close', 'GET /mychat HTTP/1.1', ['Connection: close']],
    ['HTTP/1.0 and HEAD', 'HEAD /ws HTTP/1.0', []],
  ])(
    'an upgrade request is required, and the connection closes as asked by %s',
    async (_name, line, headers) => {
      const { port } = await open();
      const text = await new HttpClient(port).send(line, 'Host: h', ...headers, '').toEnd();
      expect(text).toMatch(/^HTTP\/1\.1 426 /);
      expect(text).toContain('\r\nConnection: Upgrade, close\r\n');
    },
  );

  it.each([
    ['/healthz', 200],
    ['/nothing/here', 404],
    ['/about', 200],
    ['/rooms/ops/messages', 503],
    ['/ws', 426],
  ])(
    'the response to GET %s closes the connection of HTTP/1.0, and leaves another one open',
    async (path, status) => {
      const { port } = await open();
      const once = new HttpClient(port).send(`GET ${path} HTTP/1.0`, '');
      expect((await once.response()).status).toBe(status);
      expect(await once.toEnd()).toBe('');
      const client = new HttpClient(port).get(path);
      expect((await client.response()).status).toBe(status);
      expect((await client.get(path).response()).status).toBe(status);
    },
  );

  it('an upgrade request is required, and the last response before a stop says that it is the last', async () => {
    const { http, port } = await open();
    const client = new HttpClient(port);
    await client.get('/healthz').response();
    void http.close();
    expect((await client.get('/ws').response()).headers.connection).toBe('Upgrade, close');
    expect(await client.toEnd()).toBe('');
  });

  it('an upgrade request after a request without a response opens no WebSocket, whose frames the response would mix with', async () => {
    const { port, accepted } = await open({
      metrics: () =>
        new Promise((resolve) => {
          setTimeout(() => resolve({ contentType: 'text/plain', body: 'partyline_users 3\n' }), 20);
        }),
    });
    const client = new HttpClient(port).get('/metrics').get('/ws', ...UPGRADE);
    const response = await client.toEnd();
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\npartyline_users 3\n$/);
    expect(accepted).toEqual([]);
  });

  it('an upgrade request starts a slot of its own, so that earlier HTTP does not count', async () => {
    const { port, accepted, clock } = await open();
    const client = new HttpClient(port);
    await client.get('/healthz').response();
    clock.advance(55_000);
    expect((await client.get('/ws', ...UPGRADE).response()).status).toBe(101);
    expect(accepted[0]?.slot.connectedAt).toBe(55_000);
    clock.advance(1_000_000);
    expect(client.socket.destroyed).toBe(false);
  });

  it('an upgrade request from a listed origin opens a WebSocket', async () => {
    const { port, accepted } = await open({ gate: openGate(['https://chat.example.org']) });
    const client = new HttpClient(port).get('/ws', ...UPGRADE, 'Origin: https://chat.example.org');
    expect((await client.response()).status).toBe(101);
    expect(accepted).toHaveLength(1);
  });
});

describe('an origin', () => {
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
  ])('the origin %s at host %s is allowed: %s', (origin, host, allowed) => {
    expect(isAllowedOrigin(origin, host, ['https://listed.example'], false)).toBe(allowed);
  });

  it('an origin must be https where the connection is encrypted, unless it is listed', () => {
    const allowed = (origin: string) => isAllowedOrigin(origin, 'chat:4000', ['http://listed'], true);
    expect(['https://chat:4000', 'http://chat:4000', 'http://listed'].map(allowed)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

it('a plain response is a whole HTTP response that closes the connection', () => {
  expect(String(responseOf({ status: 403, body: 'TLS only.\n' }))).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n[^]*Content-Length: 10\r\n[^]*Connection: close\r\n\r\nTLS only\.\n$/,
  );
});

/** Metrics that are ready when the test calls `finish`. */
function lateMetrics() {
  let onRequest = () => {};
  let finish = () => {};
  const requested = new Promise<void>((resolve) => {
    onRequest = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const metrics = async () => {
    onRequest();
    await finished;
    return { contentType: 'text/plain', body: 'late\n' };
  };
  return { metrics, requested, finish };
}

/** The server's sockets of all connections. */
const serverSockets: Socket[] = [];

/** Waits until the server has read everything sent. */
function handled({ socket }: HttpClient): Promise<void> {
  return vi.waitFor(() => {
    // Neither port is known before the connection is made, or after it is closed.
    expect(socket.localPort).toBeDefined();
    const serverSocket = serverSockets.findLast(({ remotePort }) => remotePort === socket.localPort);
    expect(serverSocket?.bytesRead).toBe(socket.bytesWritten);
  });
}
