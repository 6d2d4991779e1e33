/**
 * The READMEs of MaChat, byte for byte over real sockets, with a client that behaves as MaChat's example client does: an
 * object without a line end, then line by line.
 */
import { ROOM_NAME_RULE, USER_NAME_RULE } from '../../src/dialects/shared/name-rules.js';
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** The object in the README. */
const README = '{"name": "Mina", "room":"devroom"}';

/** `chattcpclient -client … -room … -address …`: the output of Go's JSON encoder, without a line end. */
async function chatTcpClient(port: number, name: string, room: string): Promise<SocketClient> {
  const client = await SocketClient.connect(port);
  client.send(JSON.stringify({ name, room }));
  return client;
}

/** Sends a message, and returns the output up to the sender's own copy of it. */
async function say(client: SocketClient, name: string, text: string): Promise<string> {
  client.send(`${text}\n`);
  return client.until(`${name}:${text}\n`);
}

/** MaChat's usual port is 8989, as GoTalk's. */
const PORTS = ['the port of GoTalk', 'the main port'] as const;

async function server(which: (typeof PORTS)[number], settings = {}) {
  const running = await serve({ GOTALK_PORT: '0', ...settings });
  return { ...running, port: which === 'the main port' ? running.port : (running.gotalkPort ?? 0) };
}

/** The text after a code: the rule for names. */
const ALLOWED: Readonly<Record<string, string>> = {
  'invalid-username': ` ${USER_NAME_RULE}`,
  'invalid-room': ` ${ROOM_NAME_RULE}`,
};

describe.each(PORTS)('a client of MaChat on %s', (which) => {
  it('a client of MaChat sends its name and room, and gets no reply', async () => {
    const { port } = await server(which);
    const mina = await SocketClient.connect(port);
    mina.send(README);
    expect(await say(mina, 'Mina', 'hello')).toBe('Mina:hello\n');
  });

  it('a client of MaChat reaches all members of its room, itself included, and no other user', async () => {
    const { port } = await server(which);
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'is anyone here?');
    const andraos = await chatTcpClient(port, 'Andraos', 'dev');
    expect(await say(andraos, 'Andraos', 'I am')).toBe('Andraos:I am\n');
    const elsewhere = await chatTcpClient(port, 'User17', 'lounge');
    expect(await say(elsewhere, 'User17', 'hello?')).toBe('User17:hello?\n');

    expect(await say(mina, 'Mina', 'hi: Andraos')).toBe('Andraos:I am\nMina:hi: Andraos\n');
    expect(await andraos.until('\n')).toBe('Mina:hi: Andraos\n');
    expect(await say(elsewhere, 'User17', 'still here')).toBe('User17:still here\n');
  });

  it('a client of MaChat may send its object and lines byte by byte, or in one packet', async () => {
    const { port } = await server(which);
    const mina = await SocketClient.connect(port);
    const bytes = Buffer.from(`${README}grüße\n`);
    for (let at = 0; at < bytes.length; at++) await mina.sent(bytes.subarray(at, at + 1));
    expect(await mina.until('\n')).toBe('Mina:grüße\n');
    const zoe = await SocketClient.connect(port);
    zoe.send('{"name":"zoe","room":"devroom"}\r\none\ntwo\n');
    expect(await zoe.until('zoe:two\n')).toBe('zoe:one\nzoe:two\n');
    expect(await mina.until('zoe:two\n')).toBe('zoe:one\nzoe:two\n');
  });

  it('a client of MaChat sees no joins and leaves', async () => {
    const { port } = await server(which);
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'one');
    const user = await chatTcpClient(port, 'User1', 'dev');
    await say(user, 'User1', 'bye');
    user.end();
    await user.closed;
    expect(await say(mina, 'Mina', 'two')).toBe('User1:bye\nMina:two\n');
  });

  it('a client of MaChat frees its name when it disconnects', async () => {
    const { port, log } = await server(which);
    const first = await chatTcpClient(port, 'Mina', 'dev');
    await say(first, 'Mina', 'one');
    const twin = await chatTcpClient(port, 'Mina', 'dev');
    expect(await twin.toEnd()).toEqual({ text: '* username-taken\n', ending: 'fin' });
    first.leave();
    await log.has({ tag: 'DISCONNECT', user: 'Mina' });
    const next = await chatTcpClient(port, 'Mina', 'dev');
    expect(await say(next, 'Mina', 'two')).toBe('Mina:two\n');
  });

  it('a client of MaChat gets the notice of a shutdown, and is disconnected', async () => {
    const { port, stop } = await server(which);
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'hi');
    await stop();
    expect(await mina.toEnd()).toEqual({ text: '* server shutting down\n', ending: 'fin' });
  });

  it.each([
    ['invalid-handshake', '{"room":"dev"}'],
    ['invalid-handshake', '{"name":"Mina","room":5}'],
    ['invalid-handshake', '{name:"Mina"}'],
    ['invalid-handshake', `{"name":"Mina","room":"dev","x":"${'x'.repeat(1024)}"}`],
    ['invalid-handshake', '{"a":'.repeat(10_000)],
    ['invalid-username', '{"name":"Mina Andraos","room":"dev"}'],
    ['invalid-room', '{"name":"Mina","room":"a room"}'],
    ['username-taken', '{"name":"Server","room":"dev"}'],
  ])('a client of MaChat is refused %s once, and closed without a reset (%#)', async (code, bytes) => {
    const { port } = await server(which);
    const mina = await SocketClient.connect(port);
    mina.send(bytes);
    mina.send('hello\n');
    expect(await mina.toEnd()).toEqual({ text: `* ${code}${ALLOWED[code] ?? ''}\n`, ending: 'fin' });
  });

  it('a client of MaChat is refused in its own dialect by a full server', async () => {
    const { port } = await server(which, { MAX_CLIENTS: '1' });
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'hi');
    const late = await chatTcpClient(port, 'User1', 'dev');
    expect(await late.toEnd()).toEqual({ text: '* server-full\n', ending: 'fin' });
  });
});

it('a client of MaChat that closes its sending side has all its lines sent', async () => {
  const { port } = await serve();
  const mina = await chatTcpClient(port, 'Mina', 'dev');
  await say(mina, 'Mina', 'hi');
  const ci = await chatTcpClient(port, 'ci', 'dev');
  ci.end('build 17\nis done');
  expect(await ci.toEnd()).toEqual({ text: 'ci:build 17\nci:is done\n', ending: 'fin' });
  expect(await mina.until('ci:is done\n')).toBe('ci:build 17\nci:is done\n');
});
