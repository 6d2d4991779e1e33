/** A chat on one path of another program's HTTP server. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { certificatePair } from '../../support/certificate.js';
import { makeParty, serveParty } from '../../support/party.js';
import { DEADLINE_MS, SocketClient } from '../../support/socket-client.js';
import { refusedUpgrade, WebSocketClient } from '../../support/websocket-client.js';

/** Responds with the request's method, path and body. */
const app: RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => response.end(`app: ${request.method} ${request.url} ${body}\n`));
};

async function serveApp(
  where: { port: number; host?: string } | { path: string } = { port: 0, host: '127.0.0.1' },
) {
  const server = createServer(app);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(where);
  await once(server, 'listening');
  return { server, port: portOf(server) };
}

function portOf(server: Server | SecureServer): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Opens a WebSocket, and returns its first message. */
async function firstMessage(url: string): Promise<string> {
  const ws = new WebSocket(url);
  onTestFinished(() => ws.terminate());
  const [data] = await once(ws, 'message');
  return String(data);
}

describe('attach', () => {
  it('attach serves /mychat in the same rooms as TCP, and leaves the pages to the program', async () => {
    const { party, port: tcp } = await serveParty();
    const { server, port } = await serveApp();
    party.attach(server);
    const ann = await SocketClient.login(tcp, 'ann');
    const mina = await WebSocketClient.connect(port, '/mychat');
    mina.send('{"name": "Mina", "room": "lobby"}');
    mina.send('hello');
    await ann.until('MSG Mina hello\n');
    ann.send('MSG hi Mina\n');
    await mina.until('Mina:hello\nann:hi Mina\n');
    for (const path of ['/', '/mychat', '/metrics'])
      expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toBe(`app: GET ${path} \n`);
  });

  it('attach detects the dialect on any other path, with or without a query', async () => {
    const { server, port } = await serveApp();
    const party = makeParty();
    party.attach(server, { path: '/rooms/chat' });
    const lines = await WebSocketClient.connect(port, '/rooms/chat?token=1');
    lines.send('LOGIN ann');
    await lines.until('OK\n');
    const machat = await WebSocketClient.connect(port, '/rooms/chat');
    machat.send('{"name": "Mina", "room": "lobby"}', 'hello');
    await lines.until('MSG Mina hello\n');
    expect(await refusedUpgrade(port, '/mychat')).toBe(200);
  });

  it("attach leaves other paths to the program's own upgrade listeners, in any order", async () => {
    const { server, port } = await serveApp();
    const own = new WebSocketServer({ noServer: true });
    own.on('connection', (ws) => ws.send('not the chat'));
    const route =
      (path: string) =>
      (...[request, socket, head]: Parameters<typeof own.handleUpgrade>) => {
        if (request.url === path)
          own.handleUpgrade(request, socket, head, (ws) => own.emit('connection', ws));
      };
    server.on('upgrade', (request, socket, head) => route('/before')(request, socket, head, () => {}));
    makeParty().attach(server, { path: '/ws' });
    server.on('upgrade', (request, socket, head) => route('/after')(request, socket, head, () => {}));
    expect(await firstMessage(`ws://127.0.0.1:${port}/before`)).toBe('not the chat');
    expect(await firstMessage(`ws://127.0.0.1:${port}/after`)).toBe('not the chat');
    await WebSocketClient.login(port, 'ann');
  });

  it('attach leaves upgrades to other protocols to the program, with their body and further requests', async () => {
    const { server, port } = await serveApp();
    makeParty().attach(server);
    const client = await SocketClient.connect(port);
    for (const path of ['/', '/mychat', '/mychat']) {
      client.send(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
          'HTTP2-Settings: AAMAAABk\r\nContent-Length: 11\r\n\r\nhello',
      );
      client.send(' there');
      const response = await client.until(/app: .*\n/);
      expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(response).toContain(`app: POST ${path} hello there\n`);
    }
  });

  it('attach works on several paths, and for several chats', async () => {
    const { server, port } = await serveApp();
    const one = makeParty();
    const two = makeParty();
    one.attach(server, { path: '/mychat' });
    one.attach(server, { path: '/ws' });
    two.attach(server, { path: '/other' });
    await WebSocketClient.login(port, 'ann');
    const other = await WebSocketClient.connect(port, '/other');
    other.send('LOGIN ann');
    await other.until('OK\n');
    expect([one.userCount, two.userCount]).toEqual([1, 1]);
    for (const party of [one, two])
      expect(() => party.attach(server, { path: '/ws' })).toThrow(
        'partyline: a chat is attached to /ws of this server already; choose another path',
      );
    await one.close();
    two.attach(server, { path: '/ws' });
    other.send('PING');
    await other.until('PONG\n');
    (await WebSocketClient.connect(port, '/ws')).ws.close();
  });

  it('attach serves secure WebSockets on an HTTPS server, and leaves other upgrades to the program', async () => {
    const { cert, key } = await certificatePair();
    const server = createSecureServer({ cert, key }, app);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    const { party, port: tcp } = await serveParty();
    party.attach(server, { path: '/chat' });
    const ann = await SocketClient.login(tcp, 'ann');
    const ws = new WebSocket(`wss://127.0.0.1:${port}/chat`, {
      ca: cert,
      origin: `https://127.0.0.1:${port}`,
    });
    onTestFinished(() => ws.terminate());
    await once(ws, 'open');
    ws.send('{"name": "Mina", "room": "lobby"}');
    ws.send('hello');
    await ann.until('MSG Mina hello\n');

    const client = await SocketClient.connectTls(port, { ca: cert });
    client.send('GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    await client.until('app: GET /chat \n');
    client.send('GET /again HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until('app: GET /again \n');
  });

  it.each(['mychat', '', '/a b', '/a?b', '/a#b'])('attach refuses %j as a path', async (path) => {
    const { server } = await serveApp();
    expect(() => makeParty().attach(server, { path })).toThrow(
      `partyline: path must be a path such as /mychat, with a slash first and without blanks, ? and #; got ${JSON.stringify(path)}`,
    );
  });

  it.each([
    [[5], 'server must be an http.Server or https.Server; got 5'],
    [[null], 'server must be an http.Server or https.Server; got null'],
    [[createTcpServer()], 'server must be an http.Server or https.Server; got {'],
    [[() => {}], 'server must be an http.Server or https.Server; got function'],
    [
      [createServer(), null],
      "the options of attach() must be an object, such as { path: '/mychat' }; got null",
    ],
    [
      [createServer(), '/ws'],
      'the options of attach() must be an object, such as { path: \'/mychat\' }; got "/ws"',
    ],
    [[createServer(), { pth: '/ws' }], 'unknown option "pth"; did you mean path?'],
    [[createServer(), { path: ['/ws'] }], 'path must be a path such as /mychat, with a slash first'],
  ])('attach refuses the arguments of case %# with a ConfigError', (args, problem) => {
    const party = makeParty();
    expect(() => Reflect.apply(party.attach, party, args)).toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        message: expect.stringContaining(`partyline: ${problem}`),
      }),
    );
  });

  it('attach accepts the server of HTTP/2 that also serves HTTP/1', () => {
    const party = makeParty();
    const server = createHttp2Server({ allowHTTP1: true });
    expect(() => Reflect.apply(party.attach, party, [server])).not.toThrow();
  });

  it('attach ends with close(): open WebSockets get a notice, and the path belongs to the program again', async () => {
    const { server, port } = await serveApp();
    const party = makeParty();
    party.attach(server, { path: '/ws' });
    const ann = await WebSocketClient.login(port, 'ann');
    await party.close();
    expect(await ann.toEnd()).toMatchObject({ code: 1001, text: 'INFO server shutting down\n' });
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await refusedUpgrade(port, '/ws')).toBe(200);
    expect(() => party.attach(server)).toThrow('partyline: this Partyline is closed; make a new one');
  });

  it('attach works on a Unix socket, whose clients are exempt from limits', async () => {
    const path = join(tmpdir(), `partyline-attach-${process.pid}.sock`);
    const { server } = await serveApp({ path });
    const party = makeParty({ maxClientsPerAddress: 1, rateLimit: 1, rateBurst: 1 });
    party.attach(server, { path: '/ws' });
    for (const name of ['ann', 'bob', 'eve']) {
      const ws = new WebSocket(`ws+unix:${path}:/ws`);
      onTestFinished(() => ws.terminate());
      let received = '';
      ws.on('message', (data) => {
        received += String(data);
      });
      await once(ws, 'open');
      for (const line of [`LOGIN ${name}`, 'PING 1', 'PING 2', 'PING 3']) ws.send(line);
      await expect.poll(() => received, { timeout: DEADLINE_MS }).toBe('OKPONG 1PONG 2PONG 3');
    }
    expect(party.userCount).toBe(3);
  });
});

describe('a refused WebSocket', () => {
  it('a refused WebSocket from a foreign origin gets 403, unless the origin is listed', async () => {
    const { server, port } = await serveApp();
    makeParty({ allowedOrigins: ['https://chat.example.org/'] }).attach(server);
    const from = (origin: string): ClientOptions => ({ origin });
    expect(await refusedUpgrade(port, '/mychat', from('https://evil.example'))).toBe(403);
    expect(await refusedUpgrade(port, '/mychat', from('null'))).toBe(403);
    await WebSocketClient.connect(port, '/mychat', from('https://chat.example.org'));
    await WebSocketClient.connect(port, '/mychat', from(`http://127.0.0.1:${port}`));
  });

  it('a refused WebSocket over the limit gets the reason in its dialect and code 1008, and a freed place is used again', async () => {
    const { server, port } = await serveApp();
    makeParty({ maxClients: 1 }).attach(server, { path: '/ws' });
    const ann = await WebSocketClient.login(port, 'ann');
    const bob = await WebSocketClient.connect(port);
    bob.send('LOGIN bob');
    expect(await bob.toEnd()).toMatchObject({ code: 1008, text: 'ERR server-full\n' });
    ann.send('QUIT');
    await ann.closed;
    await expect
      .poll(async () => (await WebSocketClient.login(port, 'carl').catch(() => null)) !== null, {
        timeout: DEADLINE_MS,
      })
      .toBe(true);
  });

  it('a refused WebSocket with an invalid handshake gets 400, and the program goes on', async () => {
    const { server, port } = await serveApp();
    makeParty().attach(server);
    const client = await SocketClient.connect(port);
    client.send('GET /mychat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const { text, ending } = await client.toEnd();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nBad WebSocket request\.\n$/);
    expect(ending).toBe('fin');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  it('a refused WebSocket of a client that prefers JSON gets problem+json, and its type', async () => {
    const { server, port } = await serveApp();
    makeParty().attach(server);
    const client = await SocketClient.connect(port);
    client.send(
      'GET /mychat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Origin: http://evil.example\r\nAccept: application/json\r\n\r\n',
    );
    const { text } = await client.toEnd();
    expect(text).toMatch(/^HTTP\/1\.1 403 [^]*"code":"other-origin"[^]*$/);
    expect(text).toContain('\r\nContent-Type: application/problem+json\r\n');
  });

  it('a WebSocket that is reset, also right after the handshake, does not affect others', async () => {
    const { server, port } = await serveApp();
    const party = makeParty();
    party.attach(server);
    const upgrade = (extra: string) =>
      `GET /mychat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${extra}\r\n`;
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';
    for (const request of [upgrade('Origin: https://evil.example\r\n'), upgrade(''), upgrade(key)]) {
      for (let times = 0; times < 20; times++) {
        const socket = connect({ port, host: '127.0.0.1' });
        await once(socket, 'connect');
        socket.write(request + upgrade(''));
        if (times % 2 === 0) await once(socket, 'readable');
        socket.resetAndDestroy();
        await once(socket, 'close');
      }
    }
    const mina = await WebSocketClient.connect(port, '/mychat');
    mina.send('{"name": "Mina", "room": "lobby"}', 'hello');
    await mina.until('Mina:hello\n');
    expect(party.userCount).toBe(1);
  });
});
