/**
 * What MaChat's READMEs promise (shared/seeds/000_…, 001_…, 002_…), byte for byte over real sockets, spoken as its own
 * example client speaks: an object without a line end, then a line for each that was typed.
 */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** The object as the README shows it. */
const README = '{"name": "Mina", "room":"devroom"}';

/** `chattcpclient -client … -room … -address …`: Go's own JSON, and nothing behind it. */
async function chatTcpClient(port: number, name: string, room: string): Promise<SocketClient> {
  const client = await SocketClient.connect(port);
  client.send(JSON.stringify({ name, room }));
  return client;
}

/** What came before the own message, which comes back, and with it. */
async function say(client: SocketClient, name: string, text: string): Promise<string> {
  client.send(`${text}\n`);
  return client.until(`${name}:${text}\n`);
}

/** MaChat's habit is a port of its own (8989), which GoTalk's users share. */
const PORTS = ['the port of GoTalk', 'the main port'] as const;

async function server(which: (typeof PORTS)[number], settings = {}) {
  const running = await serve({ GOTALK_PORT: '0', ...settings });
  return { ...running, port: which === 'the main port' ? running.port : (running.gotalkPort ?? 0) };
}

describe.each(PORTS)('MaChat’s client on %s', (which) => {
  it('says who it is and where, and is told nothing', async () => {
    const { port } = await server(which);
    const mina = await SocketClient.connect(port);
    mina.send(README);
    expect(await say(mina, 'Mina', 'hello')).toBe('Mina:hello\n');
  });

  it('shares its messages with everyone in the room, itself too, and with nobody else', async () => {
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

  it('may have its object and its lines cut by packets anywhere, or all in one', async () => {
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

  it('is told of nobody’s coming and going', async () => {
    const { port } = await server(which);
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'one');
    const user = await chatTcpClient(port, 'User1', 'dev');
    await say(user, 'User1', 'bye');
    user.end();
    await user.closed;
    expect(await say(mina, 'Mina', 'two')).toBe('User1:bye\nMina:two\n');
  });

  it('leaves its name to the next when it goes', async () => {
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

  it('hears that the server stops, and is closed', async () => {
    const { port, stop } = await server(which);
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'hi');
    await stop();
    expect(await mina.toEnd()).toEqual({ text: '* server shutting down\n', ending: 'fin' });
  });

  it.each([
    ['invalid-handshake', '{"name":"Mina"}'],
    ['invalid-handshake', '{"name":"Mina","room":5}'],
    ['invalid-handshake', '{name:"Mina"}'],
    ['invalid-handshake', `{"name":"Mina","room":"dev","x":"${'x'.repeat(1024)}"}`],
    ['invalid-handshake', '{"a":'.repeat(10_000)],
    ['invalid-username', '{"name":"Mina Andraos","room":"dev"}'],
    ['invalid-room', '{"name":"Mina","room":"a room"}'],
    ['username-taken', '{"name":"Server","room":"dev"}'],
  ])('is refused %s once, and closed without a reset (%#)', async (code, bytes) => {
    const { port } = await server(which);
    const mina = await SocketClient.connect(port);
    mina.send(bytes);
    mina.send('hello\n');
    expect(await mina.toEnd()).toEqual({ text: `* ${code}\n`, ending: 'fin' });
  });

  it('is told in its own words that the server is full', async () => {
    const { port } = await server(which, { MAX_CLIENTS: '1' });
    const mina = await chatTcpClient(port, 'Mina', 'dev');
    await say(mina, 'Mina', 'hi');
    const late = await chatTcpClient(port, 'User1', 'dev');
    expect(await late.toEnd()).toEqual({ text: '* server-full\n', ending: 'fin' });
  });
});

it('a pipe that ends has all its lines said', async () => {
  const { port } = await serve();
  const mina = await chatTcpClient(port, 'Mina', 'dev');
  await say(mina, 'Mina', 'hi');
  const ci = await chatTcpClient(port, 'ci', 'dev');
  ci.end('build 17\nis done');
  expect(await ci.toEnd()).toEqual({ text: 'ci:build 17\nci:is done\n', ending: 'fin' });
  expect(await mina.until('ci:is done\n')).toBe('ci:build 17\nci:is done\n');
});
