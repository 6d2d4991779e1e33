/** What the server sends to browsers: the page, with headers that let it load nothing else. */
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { files } from '../../support/page-files.js';
import { serve } from '../../support/process.js';
import { SocketClient } from '../../support/socket-client.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { Accept: BROWSER, ...headers } });
}

/** The raw response: fetch decompresses, and hides lengths. */
async function raw(port: number, head: string): Promise<Buffer> {
  const client = await SocketClient.connect(port);
  client.end(`${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  const { text } = await client.toEnd();
  return Buffer.from(text);
}

describe('the page over HTTP', () => {
  it('a browser gets the page with every header that keeps other origins out', async () => {
    const { port } = await serve();
    const response = await get(port, '/', { 'Accept-Encoding': 'gzip, deflate, br' });
    expect(response.status).toBe(200);
    const headers = Object.fromEntries(response.headers);
    delete headers.date;
    expect(headers).toEqual({
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'content-encoding': 'br',
      'content-length': expect.stringMatching(/^\d+$/),
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      etag: expect.stringMatching(/^W\/"[\da-f]{32}"$/),
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      'referrer-policy': 'no-referrer',
      vary: 'Accept, Accept-Encoding',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const html = await response.text();
    expect(html).toMatch(/<script type="module" src="\/assets\/app-[\da-f]{10}\.js">/);
    expect(html).not.toMatch(/<script>|style=|\son\w+=|https?:|\{\w+\}/);
  });

  it('each file that the page names is served with the same headers, and may be kept for ever', async () => {
    const { port } = await serve();
    const page = await get(port, '/');
    const policy = page.headers.get('content-security-policy');
    const names = [...(await page.text()).matchAll(/\/assets\/[\w.-]+/g)].map(([name]) => name);
    expect(names.length).toBe(5);
    for (const name of names) {
      const response = await get(port, name, { Accept: '*/*' });
      expect([name, response.status]).toEqual([name, 200]);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('content-security-policy')).toBe(policy);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(name).toContain(createHash('sha256').update(bytes).digest('hex').slice(0, 10));
    }
  });

  it('a file is sent compressed as the browser accepts it, and plain otherwise', async () => {
    const { port } = await serve();
    const plain = await (await get(port, '/')).text();
    const encodings: readonly (readonly [string, string | null])[] = [
      ['br, gzip', 'br'],
      ['gzip, deflate', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['identity', null],
      ['br;q=0.0, gzip;q=0', null],
    ];
    for (const [accepted, expected] of encodings) {
      const response = await get(port, '/', { 'Accept-Encoding': accepted });
      expect([accepted, response.headers.get('content-encoding')]).toEqual([accepted, expected]);
      expect(await response.text()).toBe(plain);
    }
    for (const { plain: bytes, gz, br } of files()) {
      expect(gunzipSync(gz).equals(bytes)).toBe(true);
      expect(brotliDecompressSync(br).equals(bytes)).toBe(true);
    }
  });

  it('a browser that has the page is told so, without the page', async () => {
    const { port } = await serve();
    const etag = (await get(port, '/')).headers.get('etag') ?? '';
    for (const tags of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const head = `GET / HTTP/1.1\r\nAccept: text/html\r\nIf-None-Match: ${tags}`;
      const response = (await raw(port, head)).toString();
      expect(response).toMatch(/^HTTP\/1\.1 304 Not Modified\r\n/);
      expect(response).toContain(`\r\nETag: ${etag}\r\n`);
      expect(response).not.toMatch(/\nContent-(?:Length|Type|Encoding)/i);
      expect(response.endsWith('\r\n\r\n')).toBe(true);
    }
    expect((await get(port, '/', { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('a program that does not name HTML gets a text, and HEAD no body', async () => {
    const { port } = await serve();
    for (const accept of ['*/*', 'text/plain', 'text/html;q=0', 'application/json']) {
      const response = await get(port, '/', { Accept: accept });
      expect([accept, response.headers.get('content-type')]).toEqual([accept, 'text/plain; charset=utf-8']);
      expect(await response.text()).toContain(`ncat 127.0.0.1 ${port}`);
    }
    const head = (await raw(port, 'HEAD / HTTP/1.1\r\nAccept: text/html')).toString();
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: [1-9]\d*\r\n/);
    expect(head.endsWith('\r\n\r\n')).toBe(true);
  });

  it('no path leads to another file', async () => {
    const { port } = await serve();
    const paths = [
      '/index.html',
      '/assets',
      '/assets/',
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/assets/..%2f..%2fpackage.json',
      '/assets/app.js',
      '/assets/files.json',
      '/assets/constructor',
      '//assets/app.js',
    ];
    for (const path of paths) {
      const response = (await raw(port, `GET ${path} HTTP/1.1\r\nAccept: text/html`)).toString();
      expect([path, response.slice(9, 12)]).toEqual([path, '404']);
      expect(response).not.toContain('<');
    }
  });

  it('a POST to the page changes nothing and is not answered with it', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { Accept: 'text/html' },
      body: 'LOGIN evil\nMSG owned\n',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toContain('<html');
    expect(await ann.fence()).toBe('');
  });

  it('a name that is not of this server gets no page', async () => {
    const { port } = await serve();
    const client = await SocketClient.connect(port);
    client.end('GET / HTTP/1.1\r\nHost: evil.test\r\nAccept: text/html\r\nConnection: close\r\n\r\n');
    const { text } = await client.toEnd();
    expect(text).toMatch(/^HTTP\/1\.1 421 /);
    expect(text).not.toContain('<html');
  });
});
