/** HTTP on the ports of a whole server: probes, metrics, and that no request is ever heard as chat. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch, serve } from '../../support/process.js';
import { DEADLINE_MS, SocketClient } from '../../support/socket-client.js';
import { WebSocketClient } from '../../support/websocket-client.js';

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Over a connection of its own, if there is no agent with another. */
function ask(port: number, path: string, agent: Agent | false = false): Promise<Answer> {
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

/** One connection for all that is asked. */
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

function soon<Value>(look: () => Value) {
  return expect.poll(look, { timeout: DEADLINE_MS });
}

describe('every listener', () => {
  it.each(['port', 'gotalkPort', 'machatWsPort'] as const)('has the same pages: the %s', async (which) => {
    const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0' });
    const port = server[which] ?? 0;
    expect(await ask(port, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await ask(port, '/readyz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await ask(port, '/metrics')).toMatchObject({ status: 200 });
    expect(await ask(port, '/nothing')).toEqual({
      status: 404,
      body: `This is a chat server. To chat, type in a terminal: ncat 127.0.0.1 ${port}\n`,
    });
  });

  it('is open under the address one came to, where it listens on all', async () => {
    const { port } = await serve({ HOST: '0.0.0.0' });
    expect((await ask(port, '/')).body).toContain(`ncat 127.0.0.1 ${port}\n`);
  });

  it('is waited for until its headers are complete, for LOGIN_TIMEOUT', async () => {
    const { port } = await serve({ LOGIN_TIMEOUT: '0.2' });
    const browser = await SocketClient.connect(port);
    browser.send('GET /healthz HTTP/1.1\r\nHost: h\r\n');
    expect((await browser.toEnd()).text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('of a full server still says that it lives, once', async () => {
    const { port } = await serve({ MAX_CLIENTS: '1' });
    await SocketClient.login(port, 'ann');
    const probe = await SocketClient.connect(port);
    probe.send('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
    expect((await probe.toEnd()).text).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*\r\n\r\nok\n$/,
    );
  });

  it('counts connections that speak HTTP, and lets them go', async () => {
    const { port } = await serve({ MAX_CLIENTS: '2' });
    for (let count = 0; count < 20; count++) {
      const agent = keepAlive();
      await ask(port, '/healthz', agent);
      agent.destroy();
      await soon(() => sample(port, 'partyline_connections{dialect="http"}')).toBe(1);
    }
  });
});

describe('no request is heard as chat', () => {
  const body = 'LOGIN evil\nMSG hi\nDM ann hi\n{"name":"evil","room":"lobby"}hi\n';
  const length = `Content-Length: ${body.length}`;

  it.each([
    ['a POST', `POST / HTTP/1.1\r\nHost: h\r\n${length}\r\n\r\n${body}`],
    ['a POST to a WebSocket path', `POST /ws HTTP/1.1\r\nHost: h\r\n${length}\r\n\r\n${body}`],
    ['a GET with a body', `GET /healthz HTTP/1.1\r\nHost: h\r\n${length}\r\n\r\n${body}`],
    ['a chunked one', `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${body}`],
    ['lines behind one', `GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n${body}`],
    ['lines in the headers', `GET / HTTP/1.1\r\n${body}\r\n`],
    ['an unknown method', `BREW /pot HTTP/1.1\r\nHost: h\r\n${length}\r\n\r\n${body}`],
    ['an old one', `get /\r\nHost: h\r\n\r\n${body}`],
    ['a Host line alone', `Host: h\r\n\r\n${body}`],
    [
      'an upgrade to something else',
      `GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n${body}`,
    ],
  ])('%s', async (_name, bytes) => {
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

  it.each([
    ['lines', 'LOGIN eve\n'],
    ['machat', '{"name":"eve","room":"lobby"}'],
  ])('a request line typed to %s closes the connection; one in a message is text', async (dialect, login) => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const eve = await SocketClient.connect(port);
    eve.send(login);
    if (dialect === 'lines') eve.send('MSG GET / HTTP/1.1\nDM ann Host: h\n');
    eve.send('GET / HTTP/1.1\nMSG hi\n');
    await eve.toEnd();
    const heard = dialect === 'lines' ? 'MSG eve GET / HTTP/1.1\nDM eve Host: h\n' : '';
    expect(await ann.fence()).toBe(`${heard}INFO eve disconnected\n`);
  });
});

describe('metrics', () => {
  it('say what the server did', async () => {
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
    expect(page['partyline_event_loop_delay_seconds{quantile="0.99"}']).toBeGreaterThanOrEqual(0);
  });

  it('count evictions by reason', async () => {
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

describe('a stop', () => {
  it('shows on a connection that was open before, refuses new ones, and then ends', async () => {
    const server = await launch();
    const agent = keepAlive();
    expect((await ask(server.port, '/readyz', agent)).status).toBe(200);
    server.signal('SIGTERM');
    await server.log.has({ tag: 'SHUTDOWN' });
    expect(await ask(server.port, '/readyz', agent)).toEqual({ status: 503, body: 'shutting down\n' });
    await expect(ask(server.port, '/readyz')).rejects.toThrow('ECONNREFUSED');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('keeps idle connections to the last', async () => {
    const server = await launch();
    const agent = keepAlive();
    await ask(server.port, '/readyz', agent);
    // It does not close its side: the server waits for it a little.
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
