/** Which hosts and origins are served: a page on a foreign name must not chat, whatever address that name points to. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../../../src/cli/self-signed.js';
import { certificatePair } from '../../support/certificate.js';
import { makeParty, NotedLog } from '../../support/party.js';
import { serve } from '../../support/process.js';
import { SocketClient } from '../../support/socket-client.js';

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Sends a request, and returns the status of its response. */
async function ask(port: number, head: string, connecting = SocketClient.connect(port)): Promise<number> {
  const client = await connecting;
  client.send(`${head}\r\n`);
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(await client.until('\r\n\r\n')) ?? [];
  client.reset();
  return Number(status);
}

const get = (host: string, path = '/metrics') => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
const upgrade = (host: string, origin: string, path = '/ws') =>
  `${get(host, path)}Origin: ${origin}\r\n${UPGRADE}`;

describe('a host name', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:4000',
    '192.0.2.7:80',
    '[::1]:4000',
    'localhost',
    'LocalHost.:4000',
    'chat.localhost:4000',
    hostname(),
    `${hostname()}.local:4000`,
    'chat.example.org',
    'Chat.Example.Org.:4000',
    'example.net',
    'a.b.example.net',
  ])('a host name of this server is served: %s', async (host) => {
    const { port } = await serve({ ALLOWED_HOSTS: 'chat.example.org,.example.net' });
    expect(await ask(port, get(host))).toBe(200);
    expect(await ask(port, upgrade(host, `http://${host}`))).toBe(101);
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    'chat.example.org.evil.example',
    'a.chat.example.org',
    'badexample.net',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.1',
    '::1',
    '[::1].evil.example',
    'localhost@evil.example',
    '',
  ])(
    'a host name that is not of this server gets 421 on every path and for every method: %j',
    async (host) => {
      const { port } = await serve({ ALLOWED_HOSTS: 'chat.example.org,.example.net' });
      for (const request of [
        get(host),
        get(host, '/'),
        get(host, '/ws'),
        `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\n`,
        `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n`,
        `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n`,
        upgrade(host, `http://${host}`),
        upgrade(host, `http://${host}`, '/mychat'),
        `${get(host)}Connection: Upgrade\r\nUpgrade: h2c\r\n`,
      ])
        expect(await ask(port, request), request).toBe(421);
    },
  );

  it('a host name of HOST or of the certificate is served, and over TLS any name is', async () => {
    const { settings } = await certificatePair(() =>
      selfSigned(['chat.example.org', '*.example.net'], Date.now()),
    );
    const { port } = await serve({ ...settings, HOST: 'localhost' });
    const names = ['localhost', 'chat.example.org', 'a.example.net', 'example.net', 'a.b.example.net'];
    const statuses = await Promise.all(names.map((name) => ask(port, get(name))));
    expect(statuses).toEqual([200, 200, 200, 421, 421]);
    const overTls = () => SocketClient.connectTls(port, { rejectUnauthorized: false });
    expect(await ask(port, get('evil.example'), overTls())).toBe(200);
    expect(await ask(port, upgrade('evil.example', 'https://evil.example'), overTls())).toBe(101);
    expect(await ask(port, upgrade('evil.example', 'http://evil.example'), overTls())).toBe(403);
  });

  it('a host name is not checked for probes, for a client without an origin, and with ALLOWED_HOSTS=*', async () => {
    const { port } = await serve();
    for (const path of ['/healthz', '/readyz', '/healthz/'])
      expect(await ask(port, get('evil.example', path))).toBe(200);
    expect(await ask(port, `${get('evil.example', '/ws')}${UPGRADE}`)).toBe(101);
    const any = await serve({ ALLOWED_HOSTS: '*' });
    expect(await ask(any.port, get('evil.example'))).toBe(200);
    expect(await ask(any.port, upgrade('evil.example', 'http://evil.example'))).toBe(101);
  });

  it('a host name may be missing with HTTP/1.0 only, and may not be given twice', async () => {
    const { port } = await serve();
    expect(await ask(port, 'GET /metrics HTTP/1.0\r\n')).toBe(200);
    expect(await ask(port, 'GET /metrics HTTP/1.1\r\n')).toBe(400);
    expect(await ask(port, `GET /ws HTTP/1.1\r\nOrigin: http://localhost\r\n${UPGRADE}`)).toBe(400);
    expect(await ask(port, `${get('localhost')}Host: localhost\r\n`)).toBe(400);
    expect(await ask(port, `${upgrade('localhost', 'http://localhost')}Host: evil.example\r\n`)).toBe(400);
  });

  it('a host name of an absolute target counts in place of the header', async () => {
    const { port } = await serve();
    expect(await ask(port, get('evil.example', 'http://localhost/metrics'))).toBe(200);
    expect(await ask(port, get('localhost', 'http://evil.example/metrics'))).toBe(421);
    expect(await ask(port, get('localhost', 'http://localhost@evil.example/metrics'))).toBe(421);
    expect(await ask(port, upgrade('localhost', 'http://localhost', 'http://evil.example/ws'))).toBe(421);
    expect(await ask(port, upgrade('localhost', 'http://evil.example', 'http://127.0.0.1/ws'))).toBe(403);
  });

  it('a host name that is refused is not echoed, is logged once in ten seconds with the setting, and is counted', async () => {
    const server = await serve();
    const client = await SocketClient.connect(server.port);
    for (let time = 0; time < 3; time++) {
      client.send(`${get('evil.example')}\r\n`);
      const response = await client.until('ALLOWED_HOSTS.\n');
      expect(response).toContain(' 421 ');
      expect(response).not.toContain('evil');
    }
    expect(await ask(server.port, upgrade('localhost', 'https://evil.example'))).toBe(403);
    const lines = server.log.events.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    expect(lines).toEqual([
      'refused a request for host "evil.example"; to allow it, add the host to ALLOWED_HOSTS',
      'refused a request of a page from "https://evil.example"; to allow it, add the origin to ALLOWED_ORIGINS',
    ]);
    client.send(`${get('localhost')}\r\n`);
    const page = await client.until(/partyline_refusals_total\{reason="proxy"\} \d+\n/);
    expect(page).toContain('partyline_refusals_total{reason="host"} 3\n');
    expect(page).toContain('partyline_refusals_total{reason="origin"} 1\n');
  });
});

describe('a page from a file', () => {
  it('a page from a file chats if ALLOWED_ORIGINS lists null', async () => {
    const { port } = await serve({ ALLOWED_ORIGINS: 'null' });
    expect(await ask(port, upgrade('localhost', 'null'))).toBe(101);
    expect(await ask((await serve()).port, upgrade('localhost', 'null'))).toBe(403);
  });
});

describe('an attached chat', () => {
  it('an attached chat checks hosts and origins of upgrades on its path, and leaves other requests to the program', async () => {
    const server = createServer((_request, response) => response.end('app\n')).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const log = new NotedLog();
    makeParty({ allowedHosts: ['chat.example.org'], logger: log }).attach(server, { path: '/chat' });
    const from = (host: string) => ask(port, upgrade(host, `http://${host}`, '/chat/'));
    expect(await from('evil.example')).toBe(421);
    const client = await SocketClient.connect(port);
    client.send(`${upgrade('evil.example', 'http://evil.example', '/chat')}\r\n`);
    expect((await client.toEnd()).text).toContain('add the name to allowedHosts.\n');
    expect(await from('chat.example.org')).toBe(101);
    expect(await from('localhost')).toBe(101);
    expect(await ask(port, upgrade('localhost', 'http://evil.example', '/chat'))).toBe(403);
    expect(log.text).toContain('add the host to allowedHosts');
    expect(log.text).toContain('add the origin to allowedOrigins');
    expect(await ask(port, `${get('evil.example', '/chat')}${UPGRADE}`)).toBe(101);
    expect(await ask(port, get('evil.example', '/chat'))).toBe(200);
  });
});
