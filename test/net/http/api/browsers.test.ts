/** What web pages of other origins can do over HTTP: nothing, unless ALLOWED_ORIGINS lists them. */
import { describe, expect, it } from 'vitest';
import { basic, http } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

const OTHER = 'https://app.example.org';

describe('a page of another origin', () => {
  it.each([
    ['another host', { origin: 'http://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['a file or a sandboxed frame', { origin: 'null' }],
    ['an image, a script or a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['another port of the same host', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
    ['a link to something else', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('a page of another origin says nothing and reads nothing: %s', async (_what, headers) => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const forms = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'];
    for (const type of forms) {
      const reply = await http(port, '/lobby', { body: 'hi', headers: { ...headers, 'content-type': type } });
      expect(reply).toMatchObject({ status: 403, text: expect.stringMatching(/^other-origin: /) });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    }
    for (const path of [
      '/rooms.json',
      '/rooms/lobby/messages',
      '/about',
      '/openapi.json',
      '/metrics',
      '/nothing',
    ])
      expect((await http(port, path, { headers })).status).toBe(403);
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    expect((await http(port, '/lobby', { method: 'OPTIONS', headers: preflight })).status).toBe(403);
    for (const path of ['/healthz', '/readyz'])
      expect((await http(port, path, { headers })).status).toBe(200);
    expect(await ann.fence()).toBe('');
  });

  it('a page of another origin may link to the page of the server, and to nothing else', async () => {
    const { port } = await serve();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await http(port, '/', { headers })).status).toBe(200);
    expect((await http(port, '/', { method: 'HEAD', headers })).status).toBe(200);
    expect((await http(port, '/', { body: 'hi', headers })).status).toBe(403);
    expect((await http(port, '/', { headers: { ...headers, 'sec-fetch-mode': 'no-cors' } })).status).toBe(
      403,
    );
  });

  it('a page of another origin that ALLOWED_ORIGINS lists posts and reads, and may ask beforehand', async () => {
    const { port } = await serve({ ALLOWED_ORIGINS: OTHER });
    const headers = { origin: OTHER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    const reply = await http(port, '/lobby', { body: 'hi', headers });
    expect(reply).toMatchObject({
      status: 201,
      headers: {
        'access-control-allow-origin': OTHER,
        'access-control-expose-headers': 'Location, Link, Retry-After',
        vary: 'Origin',
      },
    });
    expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
    const refused = await http(port, '/rooms/a%20b/messages', { headers });
    expect(refused).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': OTHER } });
    const preflight = await http(port, '/rooms/ops/messages', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': OTHER,
        'access-control-allow-methods': 'POST, GET, HEAD, OPTIONS',
        'access-control-allow-headers':
          'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Room-Key',
        'access-control-max-age': '600',
      },
    });
    const other = await http(port, '/rooms', { headers: { ...headers, origin: 'https://evil.example' } });
    expect(other).toMatchObject({ status: 403, headers: { vary: 'Origin' } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['GET', '/healthz', 200],
    ['HEAD', '/readyz', 200],
    ['GET', '/nothing/here', 404],
    ['GET', '/lobby', 404],
    ['POST', '/nothing/here', 404],
    ['PUT', '/rooms', 405],
    ['OPTIONS', '/healthz', 204],
    ['GET', '/ws', 426],
  ])(
    'every answer to a page of another origin that ALLOWED_ORIGINS lists names the origin: %s %s',
    async (method, path, status) => {
      const { port } = await serve({ ALLOWED_ORIGINS: OTHER });
      const ask = (headers: Record<string, string>) => http(port, path, { method, headers });
      const reply = await ask({ origin: OTHER });
      expect(reply).toMatchObject({
        status,
        headers: { 'access-control-allow-origin': OTHER, vary: 'Origin' },
      });
      const own = await ask({});
      expect(own).toMatchObject({ status, headers: { vary: 'Origin' } });
      expect(own.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('the metrics name no origin, also not one that ALLOWED_ORIGINS lists', async () => {
    const { port } = await serve({ ALLOWED_ORIGINS: OTHER });
    const reply = await http(port, '/metrics', { headers: { origin: OTHER } });
    expect(reply).toMatchObject({ status: 200, headers: { vary: 'Origin' } });
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('every answer varies with the origin, also a refusal and without ALLOWED_ORIGINS', async () => {
    const { port } = await serve();
    for (const path of ['/rooms', '/nothing/here', '/ws', '/metrics'])
      for (const [headers, isRefused] of [
        [{}, false],
        [{ origin: OTHER }, true],
        [{ 'sec-fetch-site': 'cross-site' }, true],
      ] as const) {
        const reply = await http(port, path, { headers });
        expect(reply.headers.vary).toBe('Origin');
        expect(reply.status === 403).toBe(isRefused);
      }
  });
});

describe('a request of a browser', () => {
  it('a request of a browser is served from the own page, and where the user typed the address', async () => {
    const { port } = await serve();
    const own = {
      origin: `http://127.0.0.1:${port}`,
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
    };
    expect((await http(port, '/lobby', { body: 'hi', headers: own })).status).toBe(201);
    expect((await http(port, '/rooms', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
    expect((await http(port, '/rooms', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
  });

  it('a request of a browser is not authenticated by Basic, which it remembers, and opens no login window', async () => {
    const { port } = await serve({ SERVER_PASSWORD: 'open-sesame' });
    const authorization = basic('ci', 'open-sesame');
    const ask = (headers: Record<string, string>) => http(port, '/rooms', { headers });
    expect((await ask({ authorization })).status).toBe(200);
    expect((await ask({ authorization, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const typed = await ask({ authorization, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' });
    expect(typed).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  it('every response says that it may not be read by other origins, nor taken for another type', async () => {
    const { port } = await serve();
    for (const path of ['/rooms.json', '/nothing', '/metrics', '/lobby'])
      expect((await http(port, path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
  });
});

describe('a refusal', () => {
  it.each([
    ['application/json', 'application/problem+json'],
    ['application/problem+json', 'application/problem+json'],
    ['text/html,application/json;q=0.9,*/*;q=0.8', 'application/problem+json'],
    ['*/*', 'text/plain; charset=utf-8'],
    ['text/plain, application/json', 'text/plain; charset=utf-8'],
  ])('a refusal for a client with Accept: %s is %s', async (accept, type) => {
    const { port } = await serve();
    const reply = await http(port, '/rooms/a%20b/messages', { headers: { accept } });
    expect(reply).toMatchObject({ status: 400, headers: { 'content-type': type } });
    if (type.startsWith('text')) return;
    expect(JSON.parse(reply.text)).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid-room',
      detail: expect.any(String),
    });
  });

  it('a refusal of a foreign host or origin is problem+json, too', async () => {
    const { port } = await serve();
    const accept = { accept: 'application/json' };
    const host = await http(port, '/rooms', { headers: { ...accept, host: 'evil.example' } });
    expect(JSON.parse(host.text)).toMatchObject({ status: 421, code: 'unknown-host' });
    const origin = await http(port, '/rooms', { headers: { ...accept, origin: 'http://evil.example' } });
    expect(JSON.parse(origin.text)).toMatchObject({ status: 403, code: 'other-origin' });
  });
});

describe('RATE_LIMIT', () => {
  it('RATE_LIMIT holds a client over all its connections, then refuses it, and exempt addresses never', async () => {
    const limits = { RATE_LIMIT: '1', RATE_BURST: '2' };
    const { port } = await serve({ ...limits, EXEMPT_ADDRESSES: '' });
    const started = performance.now();
    const replies = await Promise.all(Array.from({ length: 12 }, () => http(port, '/users')));
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(7).fill(200), ...Array<number>(5).fill(429)]);
    expect(performance.now() - started).toBeGreaterThan(4000);
    const refused = replies.find(({ status }) => status === 429);
    expect(refused?.text).toMatch(/^rate-limited: /);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const free = await serve(limits);
    const all = await Promise.all(Array.from({ length: 12 }, () => http(free.port, '/users')));
    expect(all.every(({ status }) => status === 200)).toBe(true);
  });
});
