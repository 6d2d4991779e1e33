/** The README of SocketChat-Go, byte for byte over real sockets. */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe('the example of the README', () => {
  it('the example of SocketChat-Go’s README gives the same bytes to both clients', async () => {
    const { port } = await serve();
    const first = await SocketClient.connect(port);
    first.send('LOGIN Naman\n');
    expect(await first.until('\n')).toBe('OK\n');
    first.send('MSG hi everyone!\n');
    expect(await first.fence()).toBe('');

    const second = await SocketClient.connect(port);
    second.send('LOGIN Yudi\n');
    expect(await second.until('\n')).toBe('OK\n');
    second.send('MSG hello Naman!\n');
    expect(await second.fence()).toBe('');
    expect(await first.fence()).toBe('MSG Yudi hello Naman!\n');

    second.send('DM Naman hey this is private!\n');
    expect(await second.fence()).toBe('');
    expect(await first.fence()).toBe('DM Yudi hey this is private!\n');

    first.send('DM Yudi hey this is private!\nMSG hi everyone!\n');
    expect(await first.fence()).toBe('');
    expect(await second.fence()).toBe('DM Naman hey this is private!\nMSG Naman hi everyone!\n');
  });

  it('the example of SocketChat-Go’s README is logged with the tags of the README, names and texts', async () => {
    const { port, log } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const yudi = await SocketClient.login(port, 'Yudi');
    naman.send('MSG hi everyone!\n');
    await naman.fence();
    yudi.send('DM Naman hey this is private!\n');
    await yudi.fence();
    naman.leave();
    await log.has({ tag: 'DISCONNECT', user: 'Naman' });

    expect(log.tags()).toEqual(['LISTEN', 'CONNECT', 'LOGIN', 'CONNECT', 'LOGIN', 'MSG', 'DM', 'DISCONNECT']);
    const [, connect, login, , , msg, dm, disconnect] = log.events;
    expect(connect).toMatchObject({ msg: '[CONNECT]', addr: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(login).toMatchObject({ msg: '[LOGIN]', user: 'Naman', addr: connect?.addr });
    expect(msg).toMatchObject({ msg: '[MSG]', from: 'Naman', room: 'lobby', text: 'hi everyone!' });
    expect(dm).toMatchObject({ msg: '[DM]', from: 'Yudi', to: 'Naman', text: 'hey this is private!' });
    expect(disconnect).toMatchObject({
      msg: '[DISCONNECT]',
      user: 'Naman',
      room: 'lobby',
      addr: connect?.addr,
    });
  });
});

describe('a command', () => {
  it('LOGIN of SocketChat-Go is answered OK and not shown to other users', async () => {
    const { port } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const yudi = await SocketClient.connect(port);

    yudi.send('LOGIN Yudi\n');

    expect(await yudi.fence()).toBe('OK\n');
    expect(await naman.fence()).toBe('');
  });

  it('MSG of SocketChat-Go reaches all users except its author', async () => {
    const { port } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const others = [await SocketClient.login(port, 'Yudi'), await SocketClient.login(port, 'Asha')];

    naman.send('MSG Hello everyone!\n');

    expect(await naman.fence()).toBe('');
    for (const other of others) expect(await other.fence()).toBe('MSG Naman Hello everyone!\n');
  });

  it('DM of SocketChat-Go reaches its user only', async () => {
    const { port } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const yudi = await SocketClient.login(port, 'Yudi');
    const asha = await SocketClient.login(port, 'Asha');

    naman.send('DM Yudi hey there!\n');

    expect(await naman.fence()).toBe('');
    expect(await yudi.fence()).toBe('DM Naman hey there!\n');
    expect(await asha.fence()).toBe('');
  });

  it('WHO of SocketChat-Go lists all users, the asker included', async () => {
    const { port } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    await SocketClient.login(port, 'Yudi');
    await SocketClient.connect(port);

    naman.send('WHO\n');

    expect((await naman.lines()).sort()).toEqual(['USER Naman', 'USER Yudi']);
  });

  it('PING of SocketChat-Go is answered PONG before and after the login', async () => {
    const { port } = await serve();
    const naman = await SocketClient.connect(port);
    naman.send('PING\nLOGIN Naman\nPING\nPING 7\n');

    expect(await naman.fence()).toBe('PONG\nOK\nPONG\nPONG 7\n');
  });
});

describe('an error', () => {
  it('a name in use is ERR username-taken, and free again after its session', async () => {
    const { port } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const other = await SocketClient.connect(port);
    other.send('LOGIN Naman\n');
    expect(await other.until('\n')).toBe('ERR username-taken\n');

    naman.send('QUIT\n');
    expect(await naman.toEnd()).toEqual({ text: 'INFO bye\n', ending: 'fin' });

    other.send('LOGIN Naman\n');
    expect(await other.until('\n')).toBe('OK\n');
  });

  it.each([
    ['MSG hi', "ERR expected 'LOGIN <username>'"],
    ['WHO', "ERR expected 'LOGIN <username>'"],
    ['hello', "ERR expected 'LOGIN <username>'"],
    ['LOGIN', 'ERR usage: LOGIN <username>'],
    ['LOGIN -', 'ERR invalid-username'],
  ])('the line %s before the login is answered %s', async (line, answer) => {
    const { port } = await serve();
    const client = await SocketClient.connect(port);
    client.send(`${line}\n`);
    expect(await client.fence()).toBe(`${answer}\n`);
  });

  it.each([
    ['MSG', 'ERR usage: MSG <text>'],
    ['DM', 'ERR usage: DM <username> <text>'],
    ['DM Naman', 'ERR usage: DM <username> <text>'],
    ['DM nobody hi', 'ERR user-not-found'],
    ['LOGIN Other', 'ERR already-logged-in'],
    ['DANCE', 'ERR unknown-cmd'],
  ])('the line %s after the login is answered %s', async (line, answer) => {
    const { port } = await serve();
    const client = await SocketClient.login(port, 'Naman');
    client.send(`${line}\n`);
    expect(await client.fence()).toBe(`${answer}\n`);
  });
});

describe('the end of a session', () => {
  it.each([
    ['QUIT', (client: SocketClient) => client.send('QUIT\n')],
    ['a closed socket', (client: SocketClient) => client.end()],
    ['a lost connection', (client: SocketClient) => client.reset()],
  ])('the end of a session by %s is shown to every user, once', async (_how, end) => {
    const { port, log } = await serve();
    const naman = await SocketClient.login(port, 'Naman');
    const yudi = await SocketClient.login(port, 'Yudi');
    const asha = await SocketClient.login(port, 'Asha');

    end(naman);
    await log.has({ tag: 'DISCONNECT', user: 'Naman' });
    await naman.closed;

    for (const other of [yudi, asha]) expect(await other.fence()).toBe('INFO Naman disconnected\n');
    expect(await yudi.fence()).toBe('');
  });

  it('the end of a session follows an idle timeout, with a notice', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.3', HEARTBEAT_INTERVAL: '0' });
    const before = performance.now();
    const naman = await SocketClient.login(port, 'Naman');

    expect(await naman.toEnd()).toEqual({ text: 'INFO disconnected due to inactivity\n', ending: 'fin' });
    expect(performance.now() - before).toBeGreaterThanOrEqual(300);
  });

  it('the end of a session does not follow while the client sends PING', async () => {
    const { port } = await serve({ IDLE_TIMEOUT: '0.9', HEARTBEAT_INTERVAL: '0.2' });
    const alive = await SocketClient.login(port, 'Naman');
    const silent = await SocketClient.login(port, 'Yudi');
    // The server's heartbeat is the clock: the client answers each of its PINGs with a line.
    const answering = (async () => {
      let received = '';
      while (!received.includes('INFO Yudi disconnected\n')) {
        received += await alive.until('\n');
        if (received.endsWith('PING\n')) alive.send('PING\n');
      }
    })();

    const { text, ending } = await silent.toEnd();
    expect(text).toMatch(/^(PING\n){1,4}INFO disconnected due to inactivity\n$/);
    expect(ending).toBe('fin');
    await answering;
    expect(await alive.fence()).toMatch(/^(PING\n|PONG\n)*$/);
  });
});
