import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { send, toBatches } from '../../src/client/send.js';
import { parseAddress } from '../../src/client/url.js';
import { ManualClock } from '../support/manual-clock.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { partyline } from './command.js';
import { FakeServer } from './fake-server.js';

describe('toBatches', () => {
  const linesOf = (text: string, to: string | null = null) => toBatches(text, to).map(({ lines }) => lines);

  it.each([
    ['hi', [['MSG hi']]],
    ['hi\n', [['MSG hi']]],
    ['\n\nhi\r\n\n', [['MSG hi']]],
    ['  hi', [['PASTE', '  hi', '.']]],
    ['a\n\n  b\n', [['PASTE', 'a', '', '  b', '.']]],
    ['a\n.\n', [['PASTE', 'a', '..', '.']]],
    ['..\n.x\n...', [['PASTE', '...', '.x', '....', '.']]],
    ['\u001b[31mred\u001b[0m\u0007', [['MSG red']]],
    ['QUIT', [['MSG QUIT']]],
    ['', []],
    [' \n\t\n', []],
    ['\u200b\n', []],
  ])('splits %j for a room', (text, expected) => {
    expect(linesOf(text)).toEqual(expected);
  });

  it('makes a message of each line for a user, and skips empty lines', () => {
    expect(linesOf('a\n\nb\n', 'bob')).toEqual([['DM bob a', 'DM bob b']]);
  });

  it('splits a text that exceeds one PASTE into several, in order', () => {
    const batches = toBatches(Array.from({ length: 450 }, (_, index) => `${index}`).join('\n'), null);
    expect(batches.map(({ size }) => size)).toEqual([200, 200, 50]);
    expect(batches.flatMap(({ lines }) => lines.slice(1, -1))).toHaveLength(450);
    const long = toBatches(Array.from({ length: 10 }, () => 'x'.repeat(4000)).join('\n'), null);
    expect(long.map(({ size }) => size)).toEqual([4, 4, 2]);
  });
});

describe('send', () => {
  function startSend(to: string | null = null, room: string | null = null, password: string | null = null) {
    const address = parseAddress('localhost:4000');
    if ('problem' in address) throw new Error(address.problem);
    const server = new FakeServer();
    const clock = new ManualClock();
    const options = {
      server: address,
      name: 'ci',
      password,
      room,
      to,
      batches: toBatches('hi', to),
      timeoutMs: 5000,
    };
    const outcome = send(options, server.connect, clock);
    server.last.open();
    return { ...server, last: server.last, clock, outcome };
  }

  it('sends no text before it is in the room', async () => {
    const { last, outcome } = startSend(null, 'dev');
    expect(last.sent()).toEqual(['LOGIN ci']);
    last.answer('OK');
    expect(last.sent()).toEqual(['JOIN dev']);
    last.answer('ERR room-locked');
    expect(last.sent()).not.toContain('MSG hi');
    expect(await outcome).toMatch(/^not sent: the room is locked/);
  });

  it('does not finish before the PONG of its fence', async () => {
    const { last, outcome, clock } = startSend();
    last.answer('OK');
    expect(last.sent()).toEqual(['LOGIN ci', 'MSG hi']);
    last.say('PONG something-else', 'PING', 'MSG eve PONG', 'OK');
    expect(last.sent()).toEqual(['PONG']);
    clock.advance(5000);
    expect(await outcome).toMatch(
      /^possibly not sent: no confirmation from tcp:\/\/localhost:4000 within 5 s/,
    );
  });

  it('says that the server has a password of its own', async () => {
    const { last, outcome } = startSend();
    last.answer('ERR password-required');
    expect(last.sent()).toEqual(['LOGIN ci', 'LOGIN server']);
    last.answer('ERR password-required');
    expect(await outcome).toMatch(/^not sent: the server requires a password: its own, or yours/);
  });

  it('says that the given password is the one of the server, if it is and the name needs its own', async () => {
    const { last, outcome } = startSend(null, null, 'open-sesame');
    last.answer('ERR wrong-password');
    last.answer('ERR password-required');
    expect(last.sent()).toEqual(['LOGIN ci open-sesame', 'LOGIN server', 'LOGIN server open-sesame']);
    last.answer('ERR username-taken');
    expect(await outcome).toMatch(
      /^not sent: that is the password of the server, but the name is registered/,
    );
  });

  it('reports a message that was not stored as not sent', async () => {
    const { last, outcome } = startSend();
    last.answer('OK');
    last.answer('ERR not-stored');
    expect(await outcome).toMatch(/^not sent: the server could not store the message/);
  });

  it('reports a message as possibly not sent if the server disconnects before the confirmation', async () => {
    const { last, outcome } = startSend();
    last.answer('OK');
    last.say('INFO server shutting down');
    last.drop();
    expect(await outcome).toBe(
      'possibly not sent: the server is shutting down; check the chat, then try again',
    );
  });
});

describe('partyline send', () => {
  it('exits with 0 once the message is stored', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const ran = await partyline(['send', '--url', `localhost:${port}`, '--name', 'ci', 'build', 'done']);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await ann.until('disconnected\n')).toBe('MSG ci build done\nINFO ci disconnected\n');
  });

  it('reads PARTYLINE_URL, joins the room, and sends several lines of its input as one block', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN dev\n');
    await ann.until('OK\n');
    const args = ['send', '--room', '#dev', '--name', 'ci'];
    const ran = await partyline(args, 'def f():\n    return 1\n\nend\n', {
      PARTYLINE_URL: `tcp://127.0.0.1:${port}`,
    });
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await ann.until('disconnected\n')).toBe(
      ['INFO ci joined dev', 'MSG ci def f():', 'MSG ci     return 1', 'MSG ci ', 'MSG ci end', ''].join(
        '\n',
      ) + 'INFO ci disconnected\n',
    );
  });

  it('delivers a text longer than one PASTE completely and in order', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const lines = Array.from({ length: 450 }, (_, index) => `line ${index}`);
    expect(await partyline(['send', '--url', `:${port}`, '--name', 'ci'], lines.join('\n'))).toMatchObject({
      code: 0,
    });
    const received = await ann.until('disconnected\n');
    expect(received.split('\n').slice(0, -2)).toEqual(lines.map((line) => `MSG ci ${line}`));
  });

  it('sends a direct message with --to, under a generated name', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    expect(await partyline(['send', '--url', `:${port}`, '--to', 'Ann', 'psst'])).toMatchObject({ code: 0 });
    expect(await ann.until('disconnected\n')).toMatch(/^DM (send-[0-9a-f]{8}) psst\nINFO \1 disconnected\n$/);
  });

  it.each([
    ['an unknown user', ['--to', 'nobody', 'hi'], 'not sent: user not found; check the name'],
    ['a name in use', ['--name', 'ANN', 'hi'], 'not sent: the name is in use'],
    ['a line that is too long', ['x'.repeat(5000)], 'not sent: a line is longer than the server accepts'],
  ])('exits with 1 for %s', async (_, args, stderr) => {
    const { port } = await serve();
    await SocketClient.login(port, 'ann');
    const ran = await partyline(['send', '--url', `:${port}`, ...args]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`partyline: ${stderr}`);
    expect(ran.stderr).toMatch(/^[^\n]*\n$/);
  });

  it('exits with 1 if no server listens or the server does not answer', async () => {
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
    expect(dead.stderr).toMatch(/^partyline: not sent: no server listens at tcp:[^\n]*\n$/);
  });

  it.each([
    ['no text', []],
    ['an empty text', ['']],
    ['an unknown scheme', ['--url', 'ftp://host', 'hi']],
    ['an invalid port', ['--url', 'host:99999', 'hi']],
    ['an invalid timeout', ['--timeout', 'soon', 'hi']],
    ['an invalid name', ['--name', 'a b', 'hi']],
    ['an invalid room', ['--room', 'a b', 'hi']],
    ['an unknown option', ['--frobnicate', 'hi']],
    ['a password with a space', ['--password', 'a b', 'hi']],
    ['a missing certificate', ['--ca', '/nowhere/cert.pem', 'hi']],
  ])('exits with 2 and one line of advice for %s', async (_, args) => {
    const ran = await partyline(['send', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^partyline: [^\n]*\n$/);
  });

  it('works over a WebSocket with several lines in a message, or a line without its end', async () => {
    const web = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws' });
    onTestFinished(() => web.close());
    await once(web, 'listening');
    const received: string[] = [];
    web.on('connection', (socket) => {
      socket.on('message', (data) => {
        const line = String(data);
        received.push(line);
        if (line.startsWith('LOGIN')) socket.send('OK\nMSG eve hi\n');
        else if (line.startsWith('PING')) socket.send(line.replace('PING', 'PONG').trimEnd());
      });
    });
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ran = await partyline(['send', '--url', `ws://127.0.0.1:${port}`, '--name', 'ci', 'hi']);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(received.filter((line) => !line.startsWith('PING'))).toEqual(['LOGIN ci\n', 'MSG hi\n', 'QUIT\n']);
    const lost = await partyline(['send', '--url', `ws://127.0.0.1:${port}/nowhere`, 'hi']);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/^partyline: not sent: connection to ws:[^\n]*http-400[^\n]*\n$/);
  });
});
