/** Streams over real sockets: their bytes, their cursors, and their ends. */
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../../support/event-stream.js';
import { basic } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';
import { DEADLINE_MS, SocketClient } from '../../../support/socket-client.js';

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

/** Sends a request as it is, and returns what arrives until `until`. */
async function raw(port: number, head: string, until: string | RegExp): Promise<[string, SocketClient]> {
  const client = await SocketClient.connect(port);
  client.send(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`);
  return [await client.until(until), client];
}

/** Waits until a stream is open, which is when its head arrives. */
function openStream(port: number, path: string, headers = ''): Promise<[string, SocketClient]> {
  return raw(port, `GET ${path} HTTP/1.1\nHost: localhost${headers}`, '\r\n\r\n');
}

async function metric(port: number, line: string): Promise<boolean> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return page.split('\n').includes(line);
}

describe('a stream over HTTP', () => {
  it('server-sent events have the id, the kind and the object of each message', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const [head, stream] = await openStream(port, '/rooms/lobby/events', '\nAccept: text/event-stream');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const line of [
      'Content-Type: text/event-stream; charset=utf-8',
      'Cache-Control: no-store',
      'Cross-Origin-Resource-Policy: same-origin',
      'X-Accel-Buffering: no',
      'Transfer-Encoding: chunked',
      'Connection: close',
    ])
      expect(head).toContain(`${line}\r\n`);
    expect(head).not.toContain('Content-Encoding');
    expect(await stream.until('\n\n\r\n')).toBe('d\r\nretry: 2000\n\n\r\n');
    ann.send('MSG hi\n');
    const frame = await stream.until('\n\n\r\n');
    const [size = '', text = ''] = frame.split('\r\n');
    expect(Number.parseInt(size, 16)).toBe(Buffer.byteLength(text));
    expect(text).toMatch(
      new RegExp(
        `^id: 1\nevent: message\ndata: {"id":1,"time":"${TIME}","room":"lobby","name":"ann","text":"hi"}\n\n$`,
      ),
    );
  });

  it('without an Accept header a stream is lines of text, and .ndjson makes it objects', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const [textHead, text] = await openStream(port, '/rooms/lobby/events');
    const [, hist] = await openStream(port, '/rooms/lobby/events?format=hist');
    const [jsonHead, json] = await openStream(port, '/rooms/lobby/events.ndjson');
    const [, two] = await openStream(port, '/events?room=lobby&room=dev');
    expect(textHead).toContain('Content-Type: text/plain; charset=utf-8\r\n');
    expect(jsonHead).toContain('Content-Type: application/x-ndjson\r\n');
    ann.send('MSG hi\n');
    expect(await text.until('\n\r\n')).toMatch(/^[\da-f]+\r\n\d\d:\d\d:\d\d ann: hi\n\r\n$/);
    expect(await hist.until('\n\r\n')).toMatch(new RegExp(`\r\n1 ${TIME} ann hi\n\r\n$`));
    expect(await json.until('\n\r\n')).toMatch(
      new RegExp(
        `\r\n{"event":"message","id":1,"time":"${TIME}","room":"lobby","name":"ann","text":"hi"}\n\r\n$`,
      ),
    );
    expect(await two.until('\n\r\n')).toMatch(/\r\n\d\d:\d\d:\d\d #lobby ann: hi\n\r\n$/);
  });

  it('HTTP/1.0 gets no chunks, and a response that ends with its connection', async () => {
    const server = await serve();
    const ann = await SocketClient.login(server.port, 'ann');
    const [head, stream] = await raw(server.port, 'GET /rooms/lobby/events?format=hist HTTP/1.0', '\r\n\r\n');
    expect(head).not.toContain('Transfer-Encoding');
    ann.send('MSG hi\n');
    expect(await stream.until('\n')).toMatch(new RegExp(`^1 ${TIME} ann hi\n$`));
    void server.stop();
    expect(await stream.toEnd()).toEqual({ text: '* end: shutdown\n', ending: 'fin' });
  });

  it('a client that closes its sending side gets what is stored, and the end of the response', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG one\nMSG two\n');
    await ann.fence();
    const client = await SocketClient.connect(port);
    client.end('GET /rooms/lobby/events?after=0&format=hist HTTP/1.0\r\n\r\n');
    const { text, ending } = await client.toEnd();
    expect(ending).toBe('fin');
    expect(text.split('\r\n\r\n')[1]).toMatch(new RegExp(`^1 ${TIME} ann one\n2 ${TIME} ann two\n$`));
  });

  it('a stream goes on after Last-Event-ID, which is stronger than the cursor in the URL', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG 1\nMSG 2\nMSG 3\n');
    await ann.fence();
    const stream = new EventStream(2);
    await stream.open(port, '/rooms/lobby/events?after=0');
    ann.send('MSG 4\n');
    await stream.until(({ id }) => id === 4);
    expect(stream.ids).toEqual([3, 4]);
  });

  it('an empty Last-Event-ID is as none, and one that is not an id is refused', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG 1\nMSG 2\n');
    await ann.fence();
    const path = '/rooms/lobby/events.txt?format=hist';
    const [, cursor] = await openStream(port, `${path}&after=1`, '\nLast-Event-ID:');
    const [, live] = await openStream(port, path, '\nLast-Event-ID: ');
    ann.send('MSG 3\n');
    const both = new RegExp(`^[\\da-f]+\r\n2 ${TIME} ann 2\n\r\n[\\da-f]+\r\n3 ${TIME} ann 3\n\r\n$`);
    expect(await cursor.until(/ ann 3\n\r\n$/)).toMatch(both);
    expect(await live.until(/ ann 3\n\r\n$/)).toMatch(new RegExp(`^[\\da-f]+\r\n3 ${TIME} ann 3\n\r\n$`));
    for (const headers of [
      '\nLast-Event-ID: x',
      '\nLast-Event-ID: 1\nLast-Event-ID: 2',
      '\nLast-Event-ID: -1',
    ]) {
      const [head] = await openStream(port, `${path}&after=1`, headers);
      expect(head).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('presence shows who comes and goes', async () => {
    const { port } = await serve();
    const stream = new EventStream();
    await stream.open(port, '/rooms/dev/events?presence=1');
    const bob = await SocketClient.login(port, 'bob');
    bob.send('JOIN dev\nLEAVE\n');
    await stream.until(({ event }) => event === 'left');
    expect(stream.events.map(({ event, id }) => [event, id])).toEqual([
      ['joined', null],
      ['left', null],
    ]);
  });

  it('a deleted message is announced in each format, and does not move the cursor', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const events = new EventStream();
    await events.open(port, '/rooms/lobby/events');
    const [, text] = await openStream(port, '/rooms/lobby/events.txt');
    const [, json] = await openStream(port, '/rooms/lobby/events.ndjson');
    ann.send('MSG oops\nPASTE\none\ntwo\n.\nMSG last\nPING\n');
    await ann.until('PONG\n');
    ann.send('DELETE 1\nDELETE 2 a key\n');
    const first = await events.until(({ event }) => event === 'deleted');
    expect(first.id).toBeNull();
    expect(first.data).toMatch(
      new RegExp(`^{"id":1,"lastId":1,"time":"${TIME}","room":"lobby","name":"ann","reason":""}$`),
    );
    await events.until(
      ({ data }) => data.includes('"id":2,"lastId":3,') && data.includes('"reason":"a key"'),
    );
    expect(events.lastId).toBe(4);
    expect(await text.until('a key\n')).toMatch(
      /\* \d\d:\d\d:\d\d ann deleted 1\n[^]*\* \d\d:\d\d:\d\d ann deleted 2 to 3: a key\n$/,
    );
    expect(await json.until('"reason":"a key"}\n')).toContain('{"event":"deleted","id":1,"lastId":1,');
  });

  it('HEAD has the head of the stream alone', async () => {
    const { port } = await serve();
    const response = await fetch(`http://127.0.0.1:${port}/rooms/lobby/events.sse`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['/events', 400],
    [`/events?${Array.from({ length: 51 }, (_, at) => `room=r${at}`).join('&')}`, 400],
    [`/events?${Array.from({ length: 50 }, (_, at) => `room=r${at}`).join('&')}`, 200],
    ['/rooms/lobby/events?after=x', 400],
    ['/rooms/lobby/events?after=-1', 400],
    ['/rooms/a%20b/events', 400],
    ['/rooms/lobby/events?format=hist', 200],
    ['/rooms/lobby/events?format=sse', 400],
  ])('a stream of %.60s is answered by status %s', async (path, status) => {
    const { port } = await serve();
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' });
    expect(response.status).toBe(status);
  });
});

describe('a locked room', () => {
  async function lockedRoom() {
    const server = await serve();
    const ann = await SocketClient.login(server.port, 'ann');
    ann.send('REGISTER ann-password\n');
    await ann.until('OK\n');
    ann.send('JOIN den\nMSG secret\nLOCK the-key\n');
    await ann.until('OK\nOK\n');
    return { ...server, ann };
  }

  it('a stream of a locked room needs its key, and is as if the room did not exist without it', async () => {
    const { port, ann } = await lockedRoom();
    const url = `http://127.0.0.1:${port}/rooms/den/events.ndjson?after=0`;
    const without = await fetch(url);
    expect(without.status).toBe(404);
    expect(await without.text()).toMatch(/^room-not-found: /);
    expect((await fetch(url, { headers: { 'Room-Key': 'wrong' } })).status).toBe(404);
    const [, stream] = await openStream(port, '/rooms/den/events.ndjson?after=0', '\nRoom-Key: the-key');
    await stream.until('"text":"secret"}\n');
    ann.send('MSG live\n');
    await stream.until('"text":"live"}\n');
  });

  it('a stream is ended when its room is locked', async () => {
    const { port, ann } = await lockedRoom();
    ann.send('UNLOCK\n');
    await ann.until('OK\n');
    const stream = new EventStream();
    await stream.open(port, '/rooms/den/events');
    ann.send('LOCK another\n');
    expect((await stream.until(({ event }) => event === 'end')).data).toBe('{"reason":"locked"}');
  });
});

describe('the place of a stream among the connections', () => {
  it('a stream counts as a connection of its format, is logged, and is no user', async () => {
    const { port, log } = await serve();
    const stream = new EventStream();
    await stream.open(port, '/rooms/lobby/events');
    expect(await metric(port, 'partyline_connections{dialect="sse"} 1')).toBe(true);
    expect(await metric(port, 'partyline_users 0')).toBe(true);
    await log.has({ tag: 'CONNECT', dialect: 'sse' });
    stream.close();
    await log.has({ tag: 'DISCONNECT', dialect: 'sse', why: 'left' });
    await expect.poll(() => metric(port, 'partyline_connections{dialect="sse"} 0')).toBe(true);
  });

  it('a stream holds a place in MAX_CLIENTS until it ends', async () => {
    const { port } = await serve({ MAX_CLIENTS: '1' });
    const [, stream] = await openStream(port, '/rooms/lobby/events');
    expect((await fetch(`http://127.0.0.1:${port}/rooms`)).status).toBe(503);
    stream.leave();
    const status = async () => (await fetch(`http://127.0.0.1:${port}/rooms`)).status;
    await expect.poll(status, { timeout: DEADLINE_MS }).toBe(200);
  });

  it('the streams of a client behind a proxy count towards the limit of its own address', async () => {
    const { port } = await serve({
      TRUSTED_PROXIES: '127.0.0.1',
      EXEMPT_ADDRESSES: '',
      MAX_CLIENTS_PER_ADDRESS: '1',
    });
    const from = (address: string) =>
      raw(port, `GET /rooms/lobby/events HTTP/1.1\nHost: localhost\nX-Forwarded-For: ${address}`, '\r\n\r\n');
    expect((await from('192.0.2.7'))[0]).toMatch(/^HTTP\/1\.1 200 /);
    const [refused, client] = await from('192.0.2.7');
    expect(refused).toMatch(/^HTTP\/1\.1 429 /);
    expect((await client.toEnd()).text).toMatch(/^too-many-connections: /);
    expect((await from('192.0.2.8'))[0]).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('a stream is told that the server stops, and its response ends', async () => {
    const server = await serve();
    const stream = new EventStream();
    const response = await stream.open(server.port, '/rooms/lobby/events');
    const ended = new Promise((resolve) => response.once('end', resolve));
    await server.stop();
    await ended;
    expect(stream.events.at(-1)).toEqual({ id: null, event: 'end', data: '{"reason":"shutdown"}' });
  });

  it('a stream that does not read is disconnected, and others are not delayed', async () => {
    const { port, log } = await serve({ WRITE_QUEUE_BYTES: '100000' });
    const [, slow] = await openStream(port, '/rooms/lobby/events');
    slow.stopReading();
    const quick = new EventStream();
    await quick.open(port, '/rooms/lobby/events');
    const ann = await SocketClient.login(port, 'ann');
    for (let sent = 0; sent < 5000; sent += 100) {
      ann.send(`MSG ${'x'.repeat(2000)}\n`.repeat(100));
      await ann.fence();
    }
    await log.has({ tag: 'DISCONNECT', dialect: 'text', why: 'reading too slowly' });
    await quick.until(({ id }) => id === 5000);
    expect(quick.ids).toHaveLength(5000);
  });

  it('a request behind a stream on its connection ends the connection', async () => {
    const { port } = await serve();
    const [, stream] = await openStream(port, '/rooms/lobby/events');
    stream.send('GET /rooms HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await stream.toEnd()).text).toBe('');
  });
});

describe('the stream of an inbox', () => {
  it('an inbox sends the direct messages that wait, then those that are stored, and keeps them', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('REGISTER ann-password\nQUIT\n');
    await ann.closed;
    const bob = await SocketClient.login(port, 'bob');
    bob.send('DM ann one\n');
    await bob.fence();
    const path = '/inbox/events.ndjson';
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(401);
    const owner = `\nAuthorization: ${basic('ann', 'ann-password')}`;
    const [, stream] = await openStream(port, path, owner);
    await stream.until('"name":"bob","text":"one"}\n');
    bob.send('DM ann two\n');
    expect(await stream.until('"text":"two"}\n')).not.toContain('"room"');
    bob.send('DM ann three\nDELETE 3 oops\n');
    expect(await stream.until('"reason":"oops"}\n')).toMatch(
      /{"event":"deleted","id":3,"lastId":3,"time":"[^"]+","name":"bob","reason":"oops"}\n/,
    );
    const [, again] = await openStream(port, `${path}?after=1`, owner);
    expect(await again.until('\n\r\n')).toMatch(
      /{"event":"message","id":2,"time":"[^"]+","name":"bob","text":"two"}\n\r\n$/,
    );
  });
});

describe('a long poll', () => {
  it('a poll is answered when a message is stored, and with none when its time is over', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const url = `http://127.0.0.1:${port}/rooms/lobby/messages.json`;
    const waiting = fetch(`${url}?after=0&wait=30`);
    await ann.fence();
    ann.send('MSG hi\n');
    expect(await (await waiting).json()).toMatchObject([{ id: 1, room: 'lobby', name: 'ann', text: 'hi' }]);
    const before = performance.now();
    expect(await (await fetch(`${url}?after=1&wait=1`)).json()).toEqual([]);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(await (await fetch(`${url}?after=0&wait=30`)).json()).toHaveLength(1);
  });

  it('a poll waits for messages of its own room alone', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    const waiting = fetch(`http://127.0.0.1:${port}/rooms/dev/messages.json?after=0&wait=30`);
    bob.send('MSG elsewhere\nJOIN dev\nMSG here\n');
    expect(await (await waiting).json()).toMatchObject([{ room: 'dev', text: 'here' }]);
  });

  it('polls that wait are answered at once when the server stops', async () => {
    const server = await serve();
    const ann = await SocketClient.login(server.port, 'ann');
    const waiting = fetch(`http://127.0.0.1:${server.port}/rooms/lobby/messages.json?after=0&wait=60`);
    await ann.fence();
    // The request is being served when the metrics count its connection.
    while (!(await metric(server.port, 'partyline_connections{dialect="http"} 2'))) await ann.fence();
    void server.stop();
    const response = await waiting;
    expect([response.status, await response.json()]).toEqual([200, []]);
  });

  it.each(['wait=5', 'before=7&wait=5', 'after=0&wait=61', 'after=0&wait=x', 'after=0&wait=-1'])(
    'a poll with %s is a usage error',
    async (query) => {
      const { port } = await serve();
      const response = await fetch(`http://127.0.0.1:${port}/rooms/lobby/messages?${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/^usage: /);
    },
  );
});
