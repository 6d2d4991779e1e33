/** HTTP on the ports of a whole server: health checks, metrics, and requests that must never become chat. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch, serve } from '../../support/process.js';
import { DEADLINE_MS, SocketClient } from '../../support/socket-client.js';
import { WebSocketClient } from '../../support/websocket-client.js';

interface Response {
  readonly status: number | undefined;
  readonly body: string;
}

/** Uses a new connection, or that of an agent. */
function ask(port: number, path: string, agent: Agent | false = false): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    request.on('error', reject);
  });
}

/** One connection for all requests. */
function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** The samples of the metrics page, by name and labels. */
async function samples(port: number): Promise<Record<string, number>> {
  const { body } = await ask(port, '/metrics');
  const found = body.matchAll(/^([^#\s].*) (\S+)$/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value]) => [name, Number(value)]));
}

async function sample(port: number, name: string): Promise<number | undefined> {
  return (await samples(port))[name];
}

function soon<Value>(read: () => Value) {
  return expect.poll(read, { timeout: DEADLINE_MS });
}

describe('every listener', () => {
  it.each(['port', 'gotalkPort', 'machatWsPort'] as const)(
    'every listener has the same pages (%s)',
    async (which) => {
      const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0' });
      const port = server[which] ?? 0;
      expect(await ask(port, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
      expect(await ask(port, '/readyz')).toEqual({ status: 200, body: 'ok\n' });
      expect(await ask(port, '/metrics')).toMatchObject({ status: 200 });
      expect(await ask(port, '/nothing/here')).toEqual({
        status: 404,
        body: `This is a chat server. To chat, type in a terminal: ncat 127.0.0.1 ${port}\n`,
      });
    },
  );

  it('a GET of the short form of a room tells how to read it, and does not echo its name', async () => {
    const { port } = await serve();
    const { status, body } = await ask(port, '/my-room');
    expect([status, body.split('\n')[1]]).toEqual([
      404,
      `To read a room: curl http://127.0.0.1:${port}/rooms/NAME/messages, or /events in place of /messages to listen.`,
    ]);
    const off = await serve({ HTTP_API: 'off' });
    expect((await ask(off.port, '/my-room')).body).not.toContain('curl');
  });

  it('the metrics are served whatever credentials the scraper sends', async () => {
    const { port } = await serve({ SERVER_PASSWORD: 'open-sesame' });
    const url = `http://127.0.0.1:${port}/metrics`;
    for (const Authorization of ['Bearer abc', 'Basic cHJvbTp4', 'Digest x'])
      expect((await fetch(url, { headers: { Authorization } })).status).toBe(200);
  });

  it('a listener on all addresses names the one that the client connected to', async () => {
    const { port } = await serve({ HOST: '0.0.0.0' });
    expect((await ask(port, '/nothing')).body).toContain(`ncat 127.0.0.1 ${port}\n`);
  });

  it('every listener closes a connection whose headers are not complete within LOGIN_TIMEOUT', async () => {
    const { port } = await serve({ LOGIN_TIMEOUT: '0.2' });
    const browser = await SocketClient.connect(port);
    browser.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
    expect((await browser.toEnd()).text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a listener of a full server serves one health check per connection', async () => {
    const { port } = await serve({ MAX_CLIENTS: '1' });
    await SocketClient.login(port, 'ann');
    const probe = await SocketClient.connect(port);
    probe.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await probe.toEnd()).text).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*\r\n\r\nok\n$/,
    );
  });

  it('every listener counts HTTP connections, and releases them', async () => {
    const { port } = await serve({ MAX_CLIENTS: '2' });
    for (let count = 0; count < 20; count++) {
      const agent = keepAlive();
      await ask(port, '/healthz', agent);
      agent.destroy();
      await soon(() => sample(port, 'partyline_connections{dialect="http"}')).toBe(1);
    }
  });
});

describe('an HTTP request', () => {
  const body = 'LOGIN evil\nMSG hi\nDM ann hi\n{"name":"evil","room":"lobby"}hi\n';
  const length = `Content-Length: ${body.length}`;

  it.each([
    ['a POST', `POST / HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n${body}`],
    ['a POST to a WebSocket path', `POST /ws HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n${body}`],
    ['a GET with a body', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n${body}`],
    ['a chunked POST', `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}`],
    ['lines after a GET', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${body}`],
    ['lines in the headers', `GET / HTTP/1.1\r\n${body}\r\n`],
    ['an unknown method', `BREW /pot HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n${body}`],
    ['an HTTP/0.9 request', `get /\r\nHost: h\r\n\r\n${body}`],
    ['a Host line alone', `Host: h\r\n\r\n${body}`],
    [
      'an upgrade to something else',
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n${body}`,
    ],
  ])('an HTTP request is never read as chat: %s', async (_name, bytes) => {
    const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0' });
    const ann = await SocketClient.login(server.port, 'ann');
    for (const port of [server.port, server.gotalkPort ?? 0, server.machatWsPort ?? 0]) {
      const browser = await SocketClient.connect(port);
      browser.end(bytes);
      await browser.toEnd();
    }
    ann.send('WHO\n');
    expect(await ann.fence()).toBe('USER ann\n');
  });

  it('an HTTP request that is sent as a line before the login closes the connection', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const eve = await SocketClient.connect(port);
    eve.send('PING\nGET / HTTP/1.1\nLOGIN eve\n');
    expect((await eve.toEnd()).text).toMatch(/^PONG\n/);
    expect(await ann.fence()).toBe('');
  });

  it.each([
    ['lines', 'LOGIN eve\n', 'MSG eve hi\n'],
    ['machat', '{"name":"eve","room":"lobby"}', 'MSG eve GET / HTTP/1.1\nMSG eve MSG hi\n'],
  ])(
    'an HTTP request that is sent to %s as a line after the login runs nothing and closes nothing',
    async (_, login, received) => {
      const { port } = await serve();
      const ann = await SocketClient.login(port, 'ann');
      const eve = await SocketClient.connect(port);
      eve.send(login);
      eve.send('GET / HTTP/1.1\nMSG hi\n');
      expect(await ann.until('hi\n')).toBe(received);
    },
  );
});

describe('the metrics of a server', () => {
  it('the metrics of a server count connections, messages, bytes and commits', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    await WebSocketClient.login(port, 'bob');
    const mina = await WebSocketClient.connect(port, '/mychat');
    mina.send('{"name":"Mina","room":"dev"}', 'hi');
    await mina.until('Mina:hi\n');
    await SocketClient.connect(port);
    ann.send('MSG one\nMSG two\nDM bob three\n');
    await ann.fence();
    const page = await samples(port);
    expect(page).toMatchObject({
      'partyline_connections{dialect="lines"}': 2,
      'partyline_connections{dialect="machat"}': 1,
      'partyline_connections{dialect="gotalk"}': 0,
      'partyline_connections{dialect="http"}': 1,
      'partyline_connections{dialect="undecided"}': 1,
      partyline_users: 3,
      partyline_rooms: 2,
      partyline_messages_total: 4,
      partyline_deliveries_total: 4,
      partyline_commit_seconds_count: 2,
    });
    expect(page.partyline_received_bytes_total).toBeGreaterThan(50);
    expect(page.partyline_sent_bytes_total).toBeGreaterThan(50);
    expect(page.partyline_event_loop_delay_p99_seconds).toBeGreaterThanOrEqual(0);
  });

  it('the metrics of a server count evictions by reason', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.2', HEARTBEAT_INTERVAL: '0', MAX_CLIENTS: '2' });
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    bob.send('QUIT\n');
    await ann.toEnd();
    await bob.toEnd();
    await soon(() => sample(port, 'partyline_evictions_total{reason="idle"}')).toBe(1);
    const evictions = Object.entries(await samples(port)).filter(([name]) => name.includes('evictions'));
    expect(evictions.filter(([, count]) => count > 0)).toEqual([
      ['partyline_evictions_total{reason="idle"}', 1],
    ]);
  });
});

describe('a stopping server', () => {
  it('a stopping server reports not ready on open connections, refuses new ones, and exits', async () => {
    const server = await launch();
    const agent = keepAlive();
    expect((await ask(server.port, '/readyz', agent)).status).toBe(200);
    server.signal('SIGTERM');
    await server.log.has({ tag: 'SHUTDOWN' });
    expect(await ask(server.port, '/readyz', agent)).toEqual({ status: 503, body: 'shutting down\n' });
    await expect(ask(server.port, '/readyz')).rejects.toThrow('ECONNREFUSED');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('a stopping server serves idle connections until the last session has ended', async () => {
    const server = await launch();
    const agent = keepAlive();
    await ask(server.port, '/readyz', agent);
    // This client does not close its side, so the server waits for it for a while.
    const ann = await SocketClient.login(server.port, 'ann');
    ann.stopReading();
    server.signal('SIGTERM');
    await server.log.has({ tag: 'SHUTDOWN' });
    for (let count = 0; count < 5; count++)
      expect((await ask(server.port, '/readyz', agent)).status).toBe(503);
    expect((await ask(server.port, '/healthz', agent)).status).toBe(200);
    expect((await server.exited).code).toBe(0);
  });
});
