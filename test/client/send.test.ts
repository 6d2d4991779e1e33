import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { pack, send } from '../../src/client/send.js';
import { parseAddress } from '../../src/client/url.js';
import { ManualClock } from '../support/manual-clock.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { partyline } from './command.js';
import { FakeServer } from './fake-server.js';

describe('packing a text', () => {
  const linesOf = (text: string, to: string | null = null) => pack(text, to).map(({ lines }) => lines);

  it.each([
    ['hi', [['MSG hi']]],
    ['hi\n', [['MSG hi']]],
    ['\n\nhi\r\n\n', [['MSG hi']]],
    ['  hi', [['PASTE', '  hi', '.']]],
    ['a\n\n  b\n', [['PASTE', 'a', '', '  b', '.']]],
    ['a\n.\n', [['PASTE', 'a', '. ', '.']]],
    ['\u001b[31mred\u001b[0m\u0007', [['MSG red']]],
    ['QUIT', [['MSG QUIT']]],
    ['', []],
    [' \n\t\n', []],
    ['\u200b\n', []],
  ])('%j for a room', (text, expected) => {
    expect(linesOf(text)).toEqual(expected);
  });

  it('for a user each line is a message, and empty ones are none', () => {
    expect(linesOf('a\n\nb\n', 'bob')).toEqual([['DM bob a', 'DM bob b']]);
  });

  it('what does not fit in one PASTE goes in several, in order', () => {
    const batches = pack(Array.from({ length: 450 }, (_, index) => `${index}`).join('\n'), null);
    expect(batches.map(({ size }) => size)).toEqual([200, 200, 50]);
    expect(batches.flatMap(({ lines }) => lines.slice(1, -1))).toHaveLength(450);
    const long = pack(Array.from({ length: 10 }, () => 'x'.repeat(4000)).join('\n'), null);
    expect(long.map(({ size }) => size)).toEqual([4, 4, 2]);
  });
});

describe('sending', () => {
  function sending(to: string | null = null, room: string | null = null) {
    const address = parseAddress('localhost:4000');
    if ('problem' in address) throw new Error(address.problem);
    const server = new FakeServer();
    const clock = new ManualClock();
    const order = {
      server: address,
      name: 'ci',
      password: null,
      room,
      to,
      batches: pack('hi', to),
      timeoutMs: 5000,
    };
    const outcome = send(order, server.connect, clock);
    server.last.open();
    return { ...server, last: server.last, clock, outcome };
  }

  it('says nothing before it is in the room', async () => {
    const { last, outcome } = sending(null, 'dev');
    expect(last.sent()).toEqual(['LOGIN ci']);
    last.answer('OK');
    expect(last.sent()).toEqual(['JOIN dev']);
    last.answer('ERR room-locked');
    expect(last.sent()).not.toContain('MSG hi');
    expect(await outcome).toMatch(/^not sent: the room is locked/);
  });

  it('is not done before the fence', async () => {
    const { last, outcome, clock } = sending();
    last.answer('OK');
    expect(last.sent()).toEqual(['LOGIN ci', 'MSG hi']);
    last.say('PONG something-else', 'PING', 'MSG eve PONG', 'OK');
    expect(last.sent()).toEqual(['PONG']);
    clock.advance(5000);
    expect(await outcome).toMatch(
      /^perhaps not sent: tcp:\/\/localhost:4000 has not confirmed it within 5 s/,
    );
  });

  it('a message that was not stored is not sent', async () => {
    const { last, outcome } = sending();
    last.answer('OK');
    last.answer('ERR not-stored');
    expect(await outcome).toMatch(/^not sent: the server could not store it/);
  });

  it('a server that goes away in between leaves it open', async () => {
    const { last, outcome } = sending();
    last.answer('OK');
    last.say('INFO server shutting down');
    last.drop();
    expect(await outcome).toBe('perhaps not sent: server shutting down; look into the chat, then try again');
  });
});

describe('partyline send', () => {
  it('exits 0 once it is stored', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const ran = await partyline(['send', '--url', `localhost:${port}`, '--name', 'ci', 'build', 'done']);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await ann.until('disconnected\n')).toBe('MSG ci build done\nINFO ci disconnected\n');
  });

  it('finds the server in PARTYLINE_URL, goes to the room, and takes several lines together from its input', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN dev\n');
    await ann.until('OK\n');
    const args = ['send', '--room', '#dev', '--name', 'ci'];
    const ran = await partyline(args, 'def f():\n    return 1\n\n.\nend\n', {
      PARTYLINE_URL: `tcp://127.0.0.1:${port}`,
    });
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await ann.until('disconnected\n')).toBe(
      [
        'INFO ci joined dev',
        'MSG ci def f():',
        'MSG ci     return 1',
        'MSG ci ',
        'MSG ci . ',
        'MSG ci end',
        '',
      ].join('\n') + 'INFO ci disconnected\n',
    );
  });

  it('more than a PASTE holds arrives whole and in order', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const lines = Array.from({ length: 450 }, (_, index) => `line ${index}`);
    expect(await partyline(['send', '--url', `:${port}`, '--name', 'ci'], lines.join('\n'))).toMatchObject({
      code: 0,
    });
    const heard = await ann.until('disconnected\n');
    expect(heard.split('\n').slice(0, -2)).toEqual(lines.map((line) => `MSG ci ${line}`));
  });

  it('tells one user alone; a name is made up where none is given', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    expect(await partyline(['send', '--url', `:${port}`, '--to', 'Ann', 'psst'])).toMatchObject({ code: 0 });
    expect(await ann.until('disconnected\n')).toMatch(/^DM (send-[0-9a-f]{8}) psst\nINFO \1 disconnected\n$/);
  });

  it.each([
    ['nobody to tell', ['--to', 'nobody', 'hi'], 'not sent: there is no such user here; check the name'],
    ['a name in use', ['--name', 'ANN', 'hi'], 'not sent: the name is in use'],
    ['a line that is too long', ['x'.repeat(5000)], 'not sent: a line is too long for the server'],
  ])('exits 1 for %s', async (_, args, stderr) => {
    const { port } = await serve();
    await SocketClient.login(port, 'ann');
    const ran = await partyline(['send', '--url', `:${port}`, ...args]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`partyline: ${stderr}`);
    expect(ran.stderr).toMatch(/^[^\n]*\n$/);
  });

  it('exits 1 where nobody listens, and where nobody answers', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const late = await partyline(['send', '--url', `127.0.0.1:${port}`, '--timeout', '0.3', 'hi']);
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/^partyline: not sent: no answer from tcp:.* within 0\.3 s; [^\n]*\n$/);
    await new Promise((resolve) => silent.close(resolve));
    const dead = await partyline(['send', '--url', `127.0.0.1:${port}`, 'hi']);
    expect(dead.code).toBe(1);
    expect(dead.stderr).toMatch(/^partyline: not sent: nobody listens at tcp:[^\n]*\n$/);
  });

  it.each([
    ['no text', []],
    ['an empty text', ['']],
    ['an unknown scheme', ['--url', 'ftp://host', 'hi']],
    ['no address', ['--url', 'host:99999', 'hi']],
    ['no time', ['--timeout', 'soon', 'hi']],
    ['no name', ['--name', 'a b', 'hi']],
    ['no room', ['--room', 'a b', 'hi']],
    ['an unknown option', ['--frobnicate', 'hi']],
    ['a password with a space', ['--password', 'a b', 'hi']],
    ['a certificate that is not there', ['--ca', '/nowhere/cert.pem', 'hi']],
  ])('exits 2 for %s, with a line that says what to do', async (_, args) => {
    const ran = await partyline(['send', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^partyline: [^\n]*\n$/);
  });

  it('talks over a WebSocket, whose messages may hold a line, a few, or one without its end', async () => {
    const web = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws' });
    onTestFinished(() => web.close());
    await once(web, 'listening');
    const heard: string[] = [];
    web.on('connection', (socket) => {
      socket.on('message', (data) => {
        const line = String(data);
        heard.push(line);
        if (line.startsWith('LOGIN')) socket.send('OK\nMSG eve hi\n');
        else if (line.startsWith('PING')) socket.send(line.replace('PING', 'PONG').trimEnd());
      });
    });
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ran = await partyline(['send', '--url', `ws://127.0.0.1:${port}`, '--name', 'ci', 'hi']);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(heard.filter((line) => !line.startsWith('PING'))).toEqual(['LOGIN ci\n', 'MSG hi\n', 'QUIT\n']);
    const lost = await partyline(['send', '--url', `ws://127.0.0.1:${port}/nowhere`, 'hi']);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/^partyline: not sent: cannot talk to ws:[^\n]*http-400[^\n]*\n$/);
  });
});
