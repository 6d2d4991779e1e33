/** Posts over HTTP, as users see them. */
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FragileHistory } from '../../../support/fragile-history.js';
import { basic, http, json } from '../../../support/http-request.js';
import { serveParty } from '../../../support/party.js';
import { launch, serve } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

/** What `curl -d` sends. */
const CURL = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'curl/8.5.0' };

/** A user in the room ops, who reads what is posted there. */
async function reader(port: number, room = 'ops'): Promise<SocketClient> {
  const ann = await SocketClient.login(port, 'ann');
  ann.send(`JOIN ${room}\n`);
  await ann.fence();
  return ann;
}

/** Sends bytes, and returns the response as text once the server has closed. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    onTestFinished(() => void socket.destroy());
  });
}

describe('a post', () => {
  it('a post is answered by its id once it is stored, and the room sees it under the name of the program', async () => {
    const { port } = await serve();
    const ann = await reader(port);
    const reply = await http(port, '/ops', { body: 'build 42 is green', headers: CURL });
    expect(reply).toMatchObject({ status: 201, text: '1\n', headers: { location: '/rooms/ops/messages/1' } });
    expect(await ann.fence()).toBe('MSG curl build 42 is green\n');
    ann.send('HISTORY\n');
    expect(await ann.fence()).toMatch(/^HIST 1 \S+ curl build 42 is green\nOK\n$/);
  });

  it('a post as JSON is answered in JSON, and may give a name', async () => {
    const { port } = await serve();
    const { status, value } = await json(port, '/rooms/ops/messages', {
      value: { text: 'one\n\ntwo', name: 'ci', more: 1 },
    });
    expect(status).toBe(201);
    expect(value).toEqual({
      id: 1,
      lastId: 2,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      room: 'ops',
      name: 'ci',
      count: 2,
    });
  });

  it('a post as JSON with a field twice has the last one', async () => {
    const { port } = await serve();
    const headers = { 'content-type': 'application/json' };
    await http(port, '/ops', { body: '{"text":"a","name":"x","text":"b","name":"ci"}', headers });
    expect((await http(port, '/rooms/ops/messages')).text).toMatch(/^1 \S+ ci b\n$/);
  });

  it('a post is never read as a command', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const body = 'LOGIN eve\nMSG hi\r\nQUIT\n';
    expect((await http(port, '/lobby', { body, headers: CURL })).status).toBe(201);
    ann.send('WHO\n');
    expect(await ann.fence()).toBe('MSG curl LOGIN eve\nMSG curl MSG hi\nMSG curl QUIT\nUSER ann\n');
  });

  it('a post is cleaned like every text, and a body of a form is not taken apart', async () => {
    const { port } = await serve();
    const ann = await reader(port);
    await http(port, '/ops', { body: '\ufefftext=a\u001b[2Jb+c%20d', headers: CURL });
    await http(port, '/ops', { body: 'a\rMSG eve b\n \n  indented ', headers: CURL });
    expect(await ann.fence()).toBe('MSG curl text=a[2Jb+c%20d\nMSG curl aMSG eve b\nMSG curl   indented \n');
  });

  it.each([
    ['?as=', { 'user-agent': 'curl/8' }, '?as=ci', 'ci'],
    ['the name of Basic', { 'user-agent': 'curl/8', authorization: basic('ci', '') }, '?as=other', 'ci'],
    ['the product of the User-Agent', { 'user-agent': 'Wget/1.21 (linux)' }, '', 'Wget'],
    ['http without one', {}, '', 'http'],
    ['http where the product is no name', { 'user-agent': '***/1' }, '', 'http'],
    ['http where the product is a user', { 'user-agent': 'ann/1' }, '', 'http'],
  ])('a post has the name of %s', async (_what, headers, query, name) => {
    const { port } = await serve();
    const ann = await reader(port);
    expect((await http(port, `/ops${query}`, { body: 'hi', headers })).status).toBe(201);
    expect(await ann.fence()).toBe(`MSG ${name} hi\n`);
    ann.send('WHO\n');
    expect(await ann.fence()).toBe('USER ann\n');
  });

  it.each([
    ['/ops?as=ann', 'hi', CURL, 409, 'username-taken'],
    ['/ops?as=4nn', 'hi', CURL, 201, ''],
    ['/ops?as=http', 'hi', CURL, 409, 'username-taken'],
    ['/ops?as=server', 'hi', CURL, 409, 'username-taken'],
    ['/ops?as=a+b', 'hi', CURL, 400, 'invalid-username'],
    ['/rooms/a%20b/messages', 'hi', CURL, 400, 'invalid-room'],
    ['/rooms/a%2fb/messages', 'hi', CURL, 400, 'invalid-room'],
    ['/rooms/%ff/messages', 'hi', CURL, 400, 'invalid-room'],
    ['/rooms/%2564ev/messages', 'hi', CURL, 400, 'invalid-room'],
    ['/ops', '', CURL, 400, 'usage'],
    ['/ops', ' \n\u200b\n', CURL, 400, 'usage'],
    ['/ops', Buffer.from('caf\xe9', 'latin1'), CURL, 400, 'not-utf8'],
    ['/ops', 'hi', { 'content-type': 'text/plain; charset=iso-8859-1' }, 400, 'not-utf8'],
    ['/ops', 'hi', { 'content-type': 'text/markdown; charset=UTF-8' }, 201, ''],
    ['/ops', 'hi', { 'content-type': 'image/png' }, 415, 'unsupported-type'],
    ['/ops', 'hi', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'unsupported-type'],
    ['/ops', 'hi', { 'content-encoding': 'gzip' }, 415, 'unsupported-type'],
    ['/ops', '{"text":', { 'content-type': 'application/json' }, 400, 'usage'],
    ['/ops', '[]', { 'content-type': 'application/json' }, 400, 'usage'],
    ['/ops', '{"text":5}', { 'content-type': 'application/json' }, 400, 'usage'],
    ['/ops', '{"text":"hi","name":5}', { 'content-type': 'application/json' }, 400, 'usage'],
    ['/ops', '{"text":"no","text":"hi"}', { 'content-type': 'application/json' }, 201, ''],
    ['/ops', 'x'.repeat(4097), CURL, 413, 'line-too-long'],
    ['/ops', 'x\n'.repeat(201), CURL, 413, 'paste-too-long'],
    ['/ops', 'x\n'.repeat(200), CURL, 201, ''],
    ['/ops', `${'x'.repeat(4000)}\n`.repeat(5), CURL, 413, 'paste-too-long'],
    ['/ops', 'x\n'.repeat(40_000), CURL, 413, 'paste-too-long'],
  ] as const)(
    'a post that breaks a rule changes nothing: %s %j %j is %i %s (%#)',
    async (path, body, headers, status, code) => {
      const { port } = await serve();
      const ann = await reader(port);
      const reply = await http(port, path, { body, headers });
      expect(reply.status).toBe(status);
      if (status === 201) return;
      if (headers !== CURL && 'content-type' in headers && headers['content-type'] === 'application/json')
        expect(JSON.parse(reply.text)).toMatchObject({ status, code });
      else expect(reply.text).toMatch(new RegExp(`^${code}: .+\\n$`));
      if (status === 413) expect(reply.headers.connection).toBe('close');
      ann.send('HISTORY\n');
      expect(await ann.fence()).toBe('OK\n');
    },
  );

  it('a post that cannot be stored is shown to nobody: 503 with Retry-After', async () => {
    const history = new FragileHistory();
    const { port } = await serveParty({}, { history });
    const ann = await SocketClient.login(port, 'ann');
    history.broken = true;
    const { status, headers, text } = await http(port, '/lobby', { body: 'lost' });
    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '1' });
    expect(text).toMatch(/^not-stored: /);
    history.broken = false;
    expect((await http(port, '/lobby', { body: 'kept' })).status).toBe(201);
    expect(await ann.fence()).toBe('MSG http kept\n');
  });

  it('a post is logged as a message of its connection', async () => {
    const { port, log } = await serve();
    await http(port, '/ops', { body: 'hi', headers: CURL });
    const line = await log.has({ tag: 'MSG' });
    expect(line).toMatchObject({ user: 'curl', room: 'ops', text: 'hi', dialect: 'http' });
    expect(line.addr).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

describe('a stopping server', () => {
  it('a stopping server refuses posts on open connections with Retry-After', async () => {
    const server = await launch({ flags: ['--history', 'memory'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect((await http(server.port, '/ops', { body: 'one', agent })).status).toBe(201);
    // A client that does not close its side keeps the server waiting for a while.
    const ann = await SocketClient.login(server.port, 'ann');
    ann.stopReading();
    server.signal('SIGTERM');
    await server.log.has({ tag: 'SHUTDOWN' });
    const late = await http(server.port, '/ops', { body: 'two', agent });
    expect(late).toMatchObject({
      status: 503,
      text: expect.stringMatching(/^shutting-down: /),
      headers: { 'retry-after': '5' },
    });
    expect((await server.exited).code).toBe(0);
  });
});

describe('the body of a post', () => {
  it('the body of a post may be chunked, and is counted', async () => {
    const { port } = await serve();
    const head =
      'POST /ops HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    expect(await raw(port, `${head}3\r\none\r\n4\r\n\ntwo\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 201 /);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    expect(await raw(port, head + chunk.repeat(5))).toMatch(
      /^HTTP\/1\.1 413 [^]*\r\n\r\n[^]*paste-too-long: /,
    );
  });

  it('the body of a post is asked for with 100 only if it will be taken', async () => {
    const { port } = await serve();
    const expecting = (path: string, length: number, more = '') =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n${more}Expect: 100-continue\r\nConnection: close\r\n\r\n`;
    const client = await SocketClient.connect(port);
    client.send(expecting('/ops', 2));
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hi');
    expect((await client.toEnd()).text).toMatch(/^HTTP\/1\.1 201 /);
    for (const [request, status] of [
      [expecting('/ops', 100_000), 413],
      [expecting('/about', 2), 405],
      [expecting('/nothing/here', 2), 404],
      [expecting('/users/ann/messages', 2), 401],
      [expecting('/ops', 2, 'Origin: http://evil.example\r\n'), 403],
      [expecting('/ops', 2, 'Content-Type: image/png\r\n'), 415],
    ] as const)
      expect(await raw(port, request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('the body of a post must arrive within LOGIN_TIMEOUT', async () => {
    const { port } = await serve({ LOGIN_TIMEOUT: '0.3' });
    const text = await raw(port, 'POST /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhi');
    expect(text).toMatch(/^HTTP\/1\.1 408 [^]*request-timeout: /);
  });

  it('the body of a post that breaks off posts nothing', async () => {
    const { port } = await serve();
    const ann = await reader(port);
    const client = await SocketClient.connect(port);
    client.end('POST /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nhalf a text');
    expect((await client.toEnd()).text).toMatch(/^HTTP\/1\.1 400 [^]*usage: /);
    expect(await ann.fence()).toBe('');
  });

  it.each(['gzip, chunked', 'identity', 'xchunked'])(
    'the body of a post with the transfer coding %s is refused at once, and nothing is posted',
    async (coding) => {
      const { port } = await serve();
      const head = `POST /ops HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
      expect(await raw(port, `${head}2\r\nhi\r\n0\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 415 [^]*\r\n\r\nunsupported-type: /,
      );
      expect((await http(port, '/rooms/ops/messages')).text).toBe('');
    },
  );

  it.each(['FFFFFFFFFFFFFFFFF\r\nhi', '2\nhi\n0\n\n', 'x\r\n', `2;${'x'.repeat(20_000)}\r\nhi\r\n0\r\n\r\n`])(
    'the body of a post whose chunks are malformed is refused at once: %.20j',
    async (chunks) => {
      const { port } = await serve();
      const head = 'POST /ops HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
      expect(await raw(port, head + chunks)).toMatch(
        /^HTTP\/1\.1 400 [^]*\r\n\r\nusage: the body is malformed/,
      );
      expect((await http(port, '/rooms/ops/messages')).text).toBe('');
    },
  );

  it.each([
    ['is malformed', 'nonsense\r\n\r\n'],
    [
      'asks for a WebSocket',
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ],
  ])(
    'the body of a post is taken, and the connection closed, if the request behind it %s',
    async (_what, next) => {
      const { port } = await serve();
      const head = 'POST /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n';
      expect(await raw(port, `${head}hi${next}`)).toMatch(/^HTTP\/1\.1 201 [^]*\r\n\r\n1\n$/);
    },
  );

  it('the body of a post is read, and an offer of HTTP/2 with it ignored', async () => {
    const { port } = await serve();
    const head =
      'POST /ops HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n';
    const client = await SocketClient.connect(port);
    client.send(`${head}on`);
    await client.until('\r\n\r\n1\n');
    client.send(`${head}tw`);
    await client.until('\r\n\r\n2\n');
    expect((await http(port, '/rooms/ops/messages')).text).toMatch(/ on\n.* tw\n$/);
  });

  it('several posts on one connection are answered in their order', async () => {
    const { port } = await serve();
    const post = (text: string) =>
      `POST /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
    const client = await SocketClient.connect(port);
    client.send(Array.from({ length: 20 }, (_, index) => post(`m${index + 10}`)).join(''));
    const ids: string[] = [];
    for (let count = 0; count < 20; count++)
      ids.push(/(\d+)\n$/.exec(await client.until(/\r\n\r\n\d+\n/))?.[1] ?? '');
    expect(ids.map(Number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const { text } = await http(port, '/rooms/ops/messages');
    expect(Array.from(text.matchAll(/m(\d+)\n/g), ([, number]) => Number(number))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 10),
    );
  });
});

describe('the paths of the HTTP interface', () => {
  it.each([
    ['PUT', '/rooms/ops/messages', 'POST, GET, HEAD, OPTIONS'],
    ['DELETE', '/rooms/ops/messages/1', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/rooms/ops/messages/1', 'GET, HEAD, OPTIONS'],
    ['POST', '/about', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['PUT', '/ops', 'POST, OPTIONS'],
    ['POST', '/metrics', 'GET, HEAD, OPTIONS'],
    ['PUT', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405 with the methods that the path has', async (method, path, allow) => {
    const { port } = await serve();
    const { status, headers, text } = await http(port, path, { method });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow });
    expect(text).toMatch(/^method-not-allowed: /);
    expect(await http(port, path, { method: 'OPTIONS' })).toMatchObject({ status: 204, headers: { allow } });
  });

  it('a path that is no room and no route is 404, and names how to connect', async () => {
    const { port } = await serve();
    for (const path of ['/events/x', '/rooms/ops', '/a%20b', '/assets', '/Rooms'])
      expect(await http(port, path, { body: 'hi' })).toMatchObject({
        status: 404,
        text: expect.stringContaining('ncat'),
      });
    expect((await http(port, '/ops')).status).toBe(404);
  });

  it('GET / tells programs how to use the server', async () => {
    const { port } = await serve();
    const { status, text } = await http(port, '/', { headers: { accept: '*/*' } });
    expect(status).toBe(200);
    for (const part of [
      `ncat 127.0.0.1 ${port}`,
      `curl -d 'hello' http://127.0.0.1:${port}/lobby`,
      'In a browser: ',
    ])
      expect(text).toContain(part);
  });

  it.each([
    [{ HTTP_API: 'token' }, 'curl -u name:password -N '],
    [{ SERVER_PASSWORD: 'open-sesame' }, "curl -u name:password -d 'hello' "],
  ])('GET / with %o names the password in its commands', async (settings, command) => {
    const { port } = await serve(settings);
    expect((await http(port, '/')).text).toContain(`${command}http://127.0.0.1:${port}/`);
  });

  it('GET / with HTTP_API=off names no command of the interface', async () => {
    const { port } = await serve({ HTTP_API: 'off' });
    const { text } = await http(port, '/');
    expect(text).toContain(`ncat 127.0.0.1 ${port}`);
    expect(text).toContain('In a browser: ');
    expect(text).not.toContain('curl');
  });

  it('a path that does not exist is refused in JSON where that is preferred, and leads to the paths that do', async () => {
    const { port } = await serve();
    const { status, headers, value } = await json(port, '/rooms/ops/nosuch');
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(value).toMatchObject({ status: 404, code: 'not-found' });
    expect((await json(port, '/nosuch', { value: {}, method: 'PUT' })).value).toMatchObject({ status: 405 });
    const { text } = await http(port, '/rooms/ops');
    expect(text).toMatch(
      /^This is a chat server\.[^\n]*\nThis path does not exist\.[^\n]* curl http:[^\n]*\/openapi\.json,/,
    );
    const off = await serve({ HTTP_API: 'off' });
    expect((await http(off.port, '/rooms/ops')).text).not.toContain('openapi.json');
  });

  it('a method that a path does not have is refused with those that it has', async () => {
    const { port } = await serve();
    expect(await http(port, '/ops', { method: 'PUT', body: 'hi' })).toMatchObject({
      status: 405,
      text: 'method-not-allowed: this path takes POST and OPTIONS\n',
    });
    expect((await json(port, '/rooms', { method: 'DELETE' })).value).toMatchObject({
      code: 'method-not-allowed',
      detail: 'this path takes GET, HEAD, and OPTIONS',
    });
  });

  it('GET /about describes the server', async () => {
    const { port } = await serve({
      SERVER_PASSWORD: 'open-sesame',
      HISTORY: 'memory',
      HISTORY_DAYS: '7',
      MIN_PASSWORD_LENGTH: '12',
    });
    const { value } = await json(port, '/about');
    expect(value).toEqual({
      name: 'Partyline',
      version: expect.stringMatching(/^\d+\./),
      needsPassword: true,
      maxLineBytes: 4096,
      pasteLines: 200,
      pasteBytes: 16_384,
      minPasswordLength: 12,
      historyDays: 7,
      motd: '',
    });
  });

  it('every response is counted by its route and status', async () => {
    const { port } = await serve();
    await http(port, '/ops', { body: 'hi' });
    await http(port, '/ops', { body: '' });
    await http(port, '/rooms/dev/messages');
    await http(port, '/nothing');
    await http(port, '/healthz');
    const { text } = await http(port, '/metrics');
    for (const sample of [
      '{route="/{room}",status="201"} 1',
      '{route="/{room}",status="400"} 1',
      '{route="/rooms/{room}/messages",status="200"} 1',
      '{route="other",status="404"} 1',
      '{route="/healthz",status="200"} 1',
    ])
      expect(text).toContain(`partyline_http_requests_total${sample}\n`);
  });
});
