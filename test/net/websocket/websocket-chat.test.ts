/** WebSockets end to end: the ws client, a whole server, and clients of the other transports in the same rooms. */
import { describe, expect, it, vi } from 'vitest';
import { webSocketFraming } from '../../../src/net/websocket/framing.js';
import { serveParty, storageWith } from '../../support/party.js';
import { serve } from '../../support/process.js';
import { DEADLINE_MS, SocketClient } from '../../support/socket-client.js';
import { refusedUpgrade, WebSocketClient } from '../../support/websocket-client.js';

/** A line without what differs from run to run. */
function withoutValues(line: string): string {
  return line
    .replace(/(time|expires)=[^; ]+/, '$1=T')
    .replace(/resume=[\w-]{22} /, 'resume=R ')
    .replace(/token=[\w-]{43};/, 'token=X;');
}

describe('a WebSocket on /ws', () => {
  it('a WebSocket on /ws uses the lines dialect, with one text frame per line, without its LF', async () => {
    const { port } = await serve();
    const ann = await WebSocketClient.connect(port);
    ann.send('LOGIN ann', 'PING 1\nPING 2\n', 'WHO');
    await ann.until('USER ann\n');
    expect(ann.frames).toEqual(['OK', 'PONG 1', 'PONG 2', 'USER ann']);
  });

  it('a WebSocket on /ws follows several rooms with TAGS ON, and gets labelled answers', async () => {
    const { port } = await serve();
    const ann = await WebSocketClient.connect(port);
    const bob = await SocketClient.login(port, 'bob');
    ann.send('TAGS ON', '@label=1 LOGIN bob', '@label=2 LOGIN ann', '@label=3 FOLLOW dev', '@label=p PING');
    await ann.until('PONG\n');
    bob.send('JOIN dev\nMSG hi\n');
    await ann.until('MSG bob hi\n');
    ann.send('@label=4;room=dev MSG hello', '@label=5 WHO', '@label=6;room=ops MSG x', '@label=7 QUIT');
    await bob.until('MSG ann hello\n');
    const { text } = await ann.toEnd();
    expect(text).not.toContain('ncat');
    expect(ann.frames.map(withoutValues)).toEqual([
      'OK',
      '@label=1;try=bob2 ERR username-taken',
      '@label=2;resume=R OK',
      '@label=3 OK',
      '@label=p PONG',
      '@time=T;room=lobby;event=leave;user=bob INFO bob left lobby',
      '@time=T;room=dev;event=join;user=bob INFO bob joined dev',
      '@id=1;time=T;room=dev MSG bob hi',
      '@label=4;id=2;time=T;room=dev OK',
      '@label=5 USER bob',
      '@label=5 USER ann',
      '@label=5 OK',
      '@label=6 ERR not-in-room',
      '@label=7;time=T;event=quit;user=ann INFO bye',
      '@label=7 OK',
    ]);
  });

  it('a WebSocket on /ws and a TCP connection have READ, SESSION, ROOMS ALL and resume alike', async () => {
    const { port } = await serve();
    const commands = [
      ...['TAGS ON', 'LOGIN ann', 'REGISTER red-horse', 'JOIN dev', 'TOPIC tea & cake', '@label=m MSG hi'],
      ...['@room=dev READ 1', 'READ x', '@label=r ROOMS ALL', 'SESSION', 'SESSION END', 'SESSION x'],
      ...['UNREGISTER red-horse', 'READ 1', '@label=q QUIT'],
    ];
    const web = await WebSocketClient.connect(port);
    web.send(...commands);
    const onWeb = (await web.toEnd()).text;
    const { port: other } = await serve();
    const tcp = await SocketClient.connect(other);
    tcp.send(commands.map((line) => `${line}\n`).join(''));
    const onTcp = (await tcp.toEnd()).text;
    const lines = onTcp.split('\n').slice(0, -1).map(withoutValues);
    expect(onWeb.split('\n').slice(0, -1).map(withoutValues)).toEqual(lines);
    expect(lines).toEqual([
      ...['OK', '@resume=R OK', 'OK', 'OK', 'OK', '@label=m;id=1;time=T;room=dev OK', 'OK'],
      ...['ERR usage: READ <id>', '@label=r ROOM lobby 0'],
      ...['@label=r;last=1;topic=tea%20%26%20cake;mine=1;read=1 ROOM dev 1', '@label=r OK'],
      ...['@token=X;expires=T OK', 'OK', 'ERR usage: SESSION | SESSION END', 'OK', 'ERR not-registered'],
      ...['@label=q;time=T;event=quit;user=ann INFO bye', '@label=q OK'],
    ]);
  });

  it('a WebSocket on /ws uses machat if the first frame is its handshake', async () => {
    const { port } = await serve();
    const mina = await WebSocketClient.connect(port);
    mina.send('{"name": "Mina", "room": "lobby"}', 'one\ntwo');
    await mina.until('Mina:two\n');
    expect(mina.frames).toEqual(['Mina:one', 'Mina:two']);
  });

  it.each(['LOGIN', 'GET / is what I mean', '\n', ''])(
    'a WebSocket on /ws uses lines if the first frame is %j',
    async (first) => {
      const { port } = await serve();
      const client = await WebSocketClient.connect(port);
      client.send(first);
      expect(await client.fence()).toMatch(/^(ERR [^\n]+\n)?$/);
    },
  );

  it('a WebSocket on /ws gets the login hint if it sends nothing, and is closed at the login timeout', async () => {
    const { port } = await serve({ GREETING_DELAY: '0.1', LOGIN_TIMEOUT: '0.4' });
    const silent = await WebSocketClient.connect(port);
    await silent.until('INFO type LOGIN <username> to join, HELP for help\n');
    expect(await silent.toEnd()).toMatchObject({
      // Without the hint to use ncat, which makes no sense in a browser.
      text: 'ERR login-timeout\n',
      code: 1008,
      reason: 'login-timeout',
    });
  });

  it('a WebSocket on /ws is closed by an HTTP request in a frame', async () => {
    const { port } = await serve();
    const client = await WebSocketClient.connect(port);
    client.send('GET / HTTP/1.1', 'LOGIN evil');
    expect(await client.toEnd()).toEqual({ text: '', code: 1008, reason: 'http-request' });
  });
});

describe('a WebSocket on /mychat', () => {
  it.each(['port', 'gotalkPort', 'machatWsPort'] as const)(
    'a WebSocket on /mychat uses machat (%s)',
    async (which) => {
      const server = await serve({ GOTALK_PORT: '0', MACHAT_WS_PORT: '0' });
      const mina = await WebSocketClient.connect(server[which] ?? 0, '/mychat');
      mina.send('{"name":"Mina","room":"dev"}', 'hello');
      await mina.until('Mina:hello\n');
      expect(mina.frames).toEqual(['Mina:hello\n']);
    },
  );

  it('a WebSocket on /mychat is closed if its first frame is not the handshake', async () => {
    const { port } = await serve();
    const client = await WebSocketClient.connect(port, '/mychat');
    client.send('LOGIN ann');
    expect(await client.toEnd()).toEqual({
      text: '* invalid-handshake\n',
      code: 1008,
      reason: 'login-refused',
    });
  });

  it('a WebSocket on /mychat stays open without sending anything', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.5', HEARTBEAT_INTERVAL: '0.3' });
    const mina = await WebSocketClient.connect(port, '/mychat');
    mina.send('{"name":"Mina","room":"lobby"}');
    await expect.poll(() => mina.pings, { timeout: DEADLINE_MS }).toBeGreaterThan(2);
    const ann = await SocketClient.login(port, 'ann');
    ann.send('MSG still there?\n');
    await mina.until('ann:still there?\n');
  });

  it('a WebSocket on /mychat has a port of its own with MACHAT_WS_PORT, which serves lines to TCP clients', async () => {
    const { machatWsPort } = await serve({ MACHAT_WS_PORT: '0' });
    const ann = await SocketClient.login(machatWsPort ?? 0, 'ann');
    expect(await ann.fence()).toBe('');
  });
});

describe('a room', () => {
  it('a room contains clients of every transport and dialect', async () => {
    const server = await serve({ GOTALK_PORT: '0' });
    const ann = await SocketClient.login(server.port, 'ann');
    const bob = await WebSocketClient.login(server.port, 'bob');
    const mina = await WebSocketClient.connect(server.port, '/mychat');
    mina.send('{"name":"Mina","room":"lobby"}');
    const gus = await SocketClient.connect(server.gotalkPort ?? 0);
    await gus.until('[ENTER YOUR NAME]: ');
    gus.send('Gus\nhello\n');
    await ann.until('MSG Gus hello\n');
    mina.send('Zoë says 😀');
    await ann.until('MSG Mina Zoë says 😀\n');
    await bob.until('MSG Mina Zoë says 😀\n');
    await mina.until('Mina:Zoë says 😀\n');
    await gus.until('[Mina]: Zoë says 😀\n');
    ann.send('DM Mina psst\n');
    await mina.until('* ann (private): psst\n');
    mina.ws.close();
    await ann.until('INFO Mina disconnected\n');
    await bob.until('INFO Mina disconnected\n');
    await gus.until('[system]: Mina has left our chat...\n');
  });

  it('a room is encoded as frames once for all readers with the same output', async () => {
    const { port } = await serve();
    const readers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => WebSocketClient.login(port, `reader${index}`)),
    );
    const ann = await SocketClient.login(port, 'ann');
    const encode = vi.spyOn(webSocketFraming, 'encode');
    ann.send('MSG one\nMSG two\n');
    for (const reader of readers) await reader.until('MSG ann two\n');
    const framed = webSocketFraming.frame('MSG ann one\nMSG ann two\n');
    expect(encode.mock.calls).toEqual([[framed]]);
    encode.mockRestore();
  });
});

describe('a WebSocket message', () => {
  it('a WebSocket message may be fragmented, binary, or binary with invalid UTF-8', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await WebSocketClient.login(port, 'bob');
    bob.ws.send('MSG in three ', { fin: false });
    bob.ws.send('pieces: ü'.slice(0, 6), { fin: false });
    bob.ws.send('pieces: ü'.slice(6), { fin: true });
    bob.send(Buffer.from('MSG binary'), Buffer.from([...Buffer.from('MSG '), 0xff, 0x61]));
    expect(await bob.fence()).toBe('');
    expect(await ann.fence()).toBe('MSG bob in three pieces: ü\nMSG bob binary\nMSG bob \ufffda\n');
  });

  it('a WebSocket message may be a line of a paste, also an empty one', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await WebSocketClient.login(port, 'bob');
    bob.send('PASTE', 'one', '', '  three', '.');
    await bob.until('OK\n');
    expect(await ann.fence()).toBe('MSG bob one\nMSG bob \nMSG bob   three\n');
  });

  it('a WebSocket message over the line limit is a line that is too long; one over 16 KiB closes the connection', async () => {
    const { port } = await serve();
    const bob = await WebSocketClient.login(port, 'bob');
    bob.send(`MSG ${'x'.repeat(16 * 1024 - 4)}`);
    expect(await bob.fence()).toBe('ERR line-too-long\n');
    bob.send('x'.repeat(16 * 1024 + 1));
    expect(await bob.toEnd()).toMatchObject({ text: '', code: 1009, reason: 'message-too-long' });
  });

  it('a WebSocket message from the server is neither compressed nor binary', async () => {
    const { port } = await serve();
    const bob = await WebSocketClient.connect(port, '/ws', { perMessageDeflate: true });
    expect(bob.ws.extensions).toBe('');
    bob.send('LOGIN bob');
    await bob.until('OK\n');
    expect(bob.frames).toEqual(['OK']);
  });
});

describe('a WebSocket is closed', () => {
  it('a WebSocket is closed with 1000 after QUIT and its last output', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await WebSocketClient.login(port, 'bob');
    bob.send('QUIT');
    expect(await bob.toEnd()).toEqual({ text: 'INFO bye\n', code: 1000, reason: 'quit' });
    expect(await ann.fence()).toBe('INFO bob disconnected\n');
  });

  it('a WebSocket is closed with 1001 when the server stops, also before its first frame', async () => {
    const server = await serve({ SHUTDOWN_GRACE: '5' });
    const bob = await WebSocketClient.login(server.port, 'bob');
    const mina = await WebSocketClient.connect(server.port, '/mychat');
    const silent = await WebSocketClient.connect(server.port);
    await server.stop();
    const close = { code: 1001, reason: 'shutdown' };
    expect(await bob.toEnd()).toEqual({ text: 'INFO server shutting down\n', ...close });
    expect(await mina.toEnd()).toEqual({ text: '* server shutting down\n', ...close });
    expect(await silent.toEnd()).toMatchObject(close);
  });

  it('a WebSocket is closed with 1007 by invalid UTF-8 in a text message, after the messages before it', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await WebSocketClient.login(port, 'bob');
    bob.send('MSG before');
    bob.ws.send(Buffer.from([0x4d, 0xff]), { binary: false });
    expect(await bob.closed).toMatchObject({ code: 1007, reason: 'not-utf8' });
    expect(await ann.fence()).toBe('MSG bob before\nINFO bob disconnected\n');
  });

  it('a WebSocket is closed with 1002 by an invalid frame, which is counted', async () => {
    const { port, log } = await serve();
    const bob = await WebSocketClient.login(port, 'bob');
    bob.ws.send('unmasked', { mask: false });
    expect(await bob.closed).toMatchObject({ code: 1002, reason: 'bad-frame' });
    await log.has({ tag: 'DISCONNECT', user: 'bob', why: 'invalid WebSocket frame' });
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(page).toContain('partyline_evictions_total{reason="bad-frame"} 1\n');
  });

  it('a WebSocket is closed if it does not answer pings, and its name is free then', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0.1', IDLE_TIMEOUT: '0' });
    const unresponsive = await WebSocketClient.connect(port, '/ws', { autoPong: false });
    unresponsive.send('LOGIN ann');
    const bob = await SocketClient.login(port, 'bob');
    await bob.until('INFO ann disconnected\n');
    expect((await unresponsive.closed).code).toBe(1006);
    expect(unresponsive.frames).toEqual(['OK']);
    await WebSocketClient.login(port, 'ann');
  });

  it('a WebSocket is not closed while it answers pings, and it gets no PING line', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0.3', IDLE_TIMEOUT: '0.8' });
    const bob = await WebSocketClient.login(port, 'bob');
    await expect.poll(() => bob.pings, { timeout: DEADLINE_MS }).toBeGreaterThan(4);
    expect(await bob.fence()).toBe('');
    expect(bob.frames.filter((frame) => frame.startsWith('PING'))).toEqual([]);
  });

  it('a WebSocket that answers no ping is closed at IDLE_TIMEOUT without HEARTBEAT_INTERVAL', async () => {
    const { port } = await serve({ HEARTBEAT_INTERVAL: '0', IDLE_TIMEOUT: '0.2' });
    const bob = await WebSocketClient.connect(port, '/ws', { autoPong: false });
    bob.send('LOGIN bob');
    await bob.until('OK\n');
    const text = 'INFO disconnected due to inactivity\n';
    // The end of the session and that of a peer without pongs are due at the same time.
    expect([
      { text, code: 1008, reason: 'idle' },
      { text: '', code: 1006, reason: '' },
    ]).toContainEqual(await bob.toEnd());
  });

  it('a WebSocket is closed if it reads too slowly, and other readers are not delayed', async () => {
    const { port } = await serve({ WRITE_QUEUE_BYTES: '65536' });
    const [ann, bob] = [await SocketClient.login(port, 'ann'), await SocketClient.login(port, 'bob')];
    const slow = await WebSocketClient.login(port, 'slow');
    slow.ws.pause();
    const flood = `MSG ${'x'.repeat(4_000)}\n`.repeat(500);
    let received = '';
    while (!received.includes('INFO slow disconnected\n')) {
      ann.send(flood);
      await ann.fence();
      received = await bob.fence();
    }
    slow.ws.resume();
    expect(await slow.closed).toMatchObject({
      code: expect.toSatisfy((code) => code === 1008 || code === 1006),
    });
  });
});

/** A server from which `ted` and an address are banned. */
function servePartyWithBans(address = '192.0.2.7') {
  const until = Number.POSITIVE_INFINITY;
  const storage = storageWith(({ bans }) => {
    for (const [kind, target] of [
      ['banned-name', 'ted'],
      ['banned-address', address],
    ] as const)
      bans.add({ kind, target, shown: target, until, by: 'op', reason: '' });
  });
  return serveParty({}, { storage });
}

describe('a WebSocket that is refused', () => {
  it.each([
    ['/ws', '', 'ERR server-full\n'],
    ['/ws', 'LOGIN late', 'ERR server-full\n'],
    ['/ws', '{"name":"late","room":"lobby"}', '* server-full\n'],
    ['/mychat', '{"name":"late","room":"lobby"}', '* server-full\n'],
  ] as const)(
    'a WebSocket that is refused gets the reason at %s in the dialect of %j',
    async (path, first, text) => {
      const { port } = await serve({ MAX_CLIENTS: '1' });
      await SocketClient.login(port, 'ann');
      const late = await WebSocketClient.connect(port, path);
      if (first !== '') late.send(first);
      expect(await late.toEnd()).toEqual({ text, code: 1008, reason: 'server-full' });
    },
  );

  it('a WebSocket that is refused of a banned name or address gets the same word in the line and in the close frame', async () => {
    const { port } = await servePartyWithBans();
    const named = await WebSocketClient.connect(port);
    named.send('LOGIN ted');
    const text = 'ERR banned\n';
    expect(await named.toEnd()).toEqual({ text, code: 1008, reason: 'banned' });
    const machat = await WebSocketClient.connect(port, '/mychat');
    machat.send('{"name":"ted","room":"lobby"}');
    expect(await machat.toEnd()).toEqual({ text: '* banned\n', code: 1008, reason: 'banned' });
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(page).toContain('partyline_evictions_total{reason="banned"} 2\n');
    const elsewhere = await servePartyWithBans('127.0.0.1');
    const late = await WebSocketClient.connect(elsewhere.port);
    late.send('LOGIN ann');
    expect(await late.toEnd()).toEqual({ text, code: 1008, reason: 'banned' });
  });

  it('a WebSocket that is refused per address gets the reason, and a freed place is used again', async () => {
    const { port } = await serve({ MAX_CLIENTS_PER_ADDRESS: '1', EXEMPT_ADDRESSES: '' });
    const first = await WebSocketClient.login(port, 'first');
    const late = await WebSocketClient.connect(port);
    const text = 'ERR too-many-connections\n';
    expect(await late.toEnd()).toEqual({ text, code: 1008, reason: 'too-many-connections' });
    first.send('QUIT');
    await first.closed;
    await vi.waitFor(() => WebSocketClient.login(port, 'second'));
  });
});

describe('a foreign origin', () => {
  it('a foreign origin is refused, unless it is listed', async () => {
    const { port } = await serve({ ALLOWED_ORIGINS: 'https://chat.example.org' });
    expect(await refusedUpgrade(port, '/ws', { origin: 'https://evil.example' })).toBe(403);
    expect(await refusedUpgrade(port, '/mychat', { origin: 'null' })).toBe(403);
    for (const origin of ['https://chat.example.org', `http://127.0.0.1:${port}`])
      await WebSocketClient.connect(port, '/ws', { origin });
  });
});
