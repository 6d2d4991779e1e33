/** Tests the class Partyline: listeners, certificates, close(), and several instances in one process. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Partyline } from '../src/index.js';
import { certificatePair } from './support/certificate.js';
import { makeParty, NotedLog, serveParty } from './support/party.js';
import { DEADLINE_MS, SocketClient } from './support/socket-client.js';
import { WebSocketClient } from './support/websocket-client.js';

describe('listen()', () => {
  it('listen() picks a free port for 0, and all listeners share the same rooms', async () => {
    const { party, port } = await serveParty();
    const second = await party.listen({ port: 0, host: '127.0.0.1', fallback: 'gotalk' });
    const third = await party.listen({ port: 0 });
    expect(new Set([port, second.port, third.port, 0]).size).toBe(4);
    const ann = await SocketClient.login(port, 'ann');
    const gus = await SocketClient.connect(second.port);
    await gus.until('[ENTER YOUR NAME]: ');
    gus.send('Gus\nhello\n');
    await ann.until('MSG Gus hello\n');
    const web = await WebSocketClient.connect(third.port, '/mychat');
    web.send('{"name":"Wes","room":"lobby"}', 'hi all');
    await ann.until('MSG Wes hi all\n');
    await gus.until('[Wes]: hi all\n');
  });

  it('listen() tells a client of IRC nothing of the users before it has given the password of the server', async () => {
    const { port } = await serveParty({ serverPassword: 'team-secret' });
    const ann = await SocketClient.connect(port);
    ann.send('LOGIN ann team-secret\n');
    await ann.until('OK\n');
    const stranger = await SocketClient.connect(port);
    stranger.send('CAP LS 302\r\nNICK ann\r\nUSER x 0 * :x\r\nCAP END\r\n');
    const { text } = await stranger.toEnd();
    expect(text).toContain(' 464 * :Password required');
    expect(text).not.toContain(' 433 ');
  });

  it('listen() listens on both loopback addresses without a host', async () => {
    const party = makeParty();
    const { port } = await party.listen({ port: 0, host: undefined, fallback: undefined });
    for (const host of ['127.0.0.1', '::1']) {
      const client = await SocketClient.connect(port, host);
      client.send('PING\n');
      await client.until('PONG\n');
    }
  });

  it('listen() rejects with the system error for a port in use, and may be called again', async () => {
    const { party, port } = await serveParty();
    await expect(party.listen({ port, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(party.listen({ port: 0, host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
    const other = await party.listen({ port: 0, host: '127.0.0.1' });
    await SocketClient.login(other.port, 'ann');
    expect(party.userCount).toBe(1);
  });

  it.each([
    [{ port: 70_000 }, 'port must be a whole number from 0 to 65535 (0 = any free port); got 70000'],
    [{ port: -1 }, 'port must be a whole number from 0 to 65535 (0 = any free port); got -1'],
    [{ port: '4000' }, 'port must be a whole number from 0 to 65535 (0 = any free port); got "4000"'],
    [{ port: Number.NaN }, 'port must be a whole number from 0 to 65535 (0 = any free port); got NaN'],
    [{ host: 'two words' }, 'host must be a host name or an address, without brackets; got "two words"'],
    [{ fallback: 'irk' }, 'fallback must be one of lines, machat, gotalk, irc; got "irk"'],
    [{ prot: 4000 }, 'unknown option "prot"; did you mean port?'],
    [null, 'the options of listen() must be an object, such as { port: 4000 }; got null'],
    [4000, 'the options of listen() must be an object, such as { port: 4000 }; got 4000'],
    [{ fallback: null }, 'fallback must be one of lines, machat, gotalk, irc; got null'],
    [{ tls: null }, 'tls must be an object, such as { cert, key } with both in PEM; got null'],
    [{ tls: { only: 'yes' } }, 'tls.only must be true or false; got "yes"'],
  ])('listen() rejects invalid options with a ConfigError: %j', async (options, problem) => {
    const party = makeParty();
    await expect(Reflect.apply(party.listen, party, [options])).rejects.toThrow(
      expect.objectContaining({ name: 'ConfigError', message: `partyline: ${problem}` }),
    );
  });

  it('listen() returns a listener that can be closed alone: its clients stay, and its port is free', async () => {
    const { party, port } = await serveParty();
    const ann = await SocketClient.login(port, 'ann');
    const second = await party.listen({ port: 0, host: '127.0.0.1' });
    const bob = await SocketClient.login(second.port, 'bob');
    second.close();
    await expect(SocketClient.connect(second.port)).rejects.toThrow('ECONNREFUSED');
    bob.send('MSG still here\n');
    await ann.until('MSG bob still here\n');
    expect((await party.listen({ port: second.port, host: '127.0.0.1' })).port).toBe(second.port);
  });

  it('listen() rejects after close()', async () => {
    const party = makeParty();
    await party.close();
    await expect(party.listen({ port: 0 })).rejects.toThrow(
      'partyline: this Partyline is closed; make a new one',
    );
  });
});

describe('listen() with a certificate', () => {
  it('listen() with a certificate serves encrypted and plain clients on one port, with a certificate as text or bytes', async () => {
    const { cert, key } = await certificatePair();
    for (const tls of [
      { cert, key },
      { cert: Buffer.from(cert), key: Buffer.from(key) },
    ]) {
      const party = makeParty();
      const { port } = await party.listen({ port: 0, host: '127.0.0.1', tls });
      const ann = await SocketClient.login(port, 'ann', SocketClient.connectTls(port, { ca: cert }));
      const bob = await SocketClient.login(port, 'bob');
      bob.send('MSG hello\n');
      await ann.until('MSG bob hello\n');
    }
  });

  it('listen() with a certificate refuses plain text if TLS is required', async () => {
    const { cert, key } = await certificatePair();
    const { party, port: plain } = await serveParty();
    const { port } = await party.listen({ port: 0, host: '127.0.0.1', tls: { cert, key, only: true } });
    const bob = await SocketClient.connect(port);
    bob.send('LOGIN bob\n');
    expect((await bob.toEnd()).text).toBe('ERR tls-required\n');
    await SocketClient.login(port, 'ann', SocketClient.connectTls(port, { ca: cert }));
    await SocketClient.login(plain, 'bob');
  });

  it('listen() with a certificate uses a renewed certificate, and keeps the old one if the new one is invalid', async () => {
    const [old, fresh] = await Promise.all([certificatePair(), certificatePair()]);
    const party = makeParty();
    const listening = await party.listen({ port: 0, host: '127.0.0.1', tls: old });
    const ann = await SocketClient.login(
      listening.port,
      'ann',
      SocketClient.connectTls(listening.port, { ca: old.cert }),
    );
    expect(() => listening.renew({ cert: fresh.cert, key: old.key })).toThrow(
      'partyline: tls.key is not the key of tls.cert; give a certificate and its own key',
    );
    await SocketClient.connectTls(listening.port, { ca: old.cert });
    listening.renew(fresh);
    await SocketClient.connectTls(listening.port, { ca: fresh.cert });
    expect(await ann.fence()).toBe('');
    expect(() => Reflect.apply(listening.renew, listening, [null])).toThrow(
      'partyline: the certificate must be an object, such as { cert, key } with both in PEM; got null',
    );
    const plain = await party.listen({ port: 0, host: '127.0.0.1' });
    expect(() => plain.renew(fresh)).toThrow('partyline: this port was opened without a certificate');
  });

  it('listen() with a certificate rejects an invalid certificate with a ConfigError', async () => {
    const { cert, key, keyFile } = await certificatePair();
    const party = makeParty();
    for (const [tls, problem] of [
      [{ cert: keyFile, key }, 'tls.cert holds no certificate in PEM'],
      [{ cert, key: cert }, 'tls.key holds no private key in PEM'],
      [{ cert: cert.replace(/[a-z]/g, 'A'), key }, 'tls.cert cannot be parsed'],
      [{ key }, 'tls.cert holds no certificate in PEM'],
      [{}, 'tls.cert holds no certificate in PEM'],
    ] as const)
      await expect(Reflect.apply(party.listen, party, [{ port: 0, tls }])).rejects.toThrow(
        expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(problem) }),
      );
    await party.listen({ port: 0, tls: undefined });
  });
});

describe('close()', () => {
  it('close() notifies the clients of every dialect, and may be called twice', async () => {
    const { party, port } = await serveParty();
    const gotalk = await party.listen({ port: 0, host: '127.0.0.1', fallback: 'gotalk' });
    const ann = await SocketClient.login(port, 'ann');
    const web = await WebSocketClient.login(port, 'wes');
    const gus = await SocketClient.connect(gotalk.port);
    await gus.until('[ENTER YOUR NAME]: ');
    gus.send('Gus\n');
    const silent = await SocketClient.connect(port);
    const [first, second] = [party.close(), party.close()];
    await Promise.all([first, second]);
    expect((await ann.toEnd()).text).toMatch(/INFO server shutting down\n$/);
    expect(await web.toEnd()).toMatchObject({ code: 1001, text: 'INFO server shutting down\n' });
    expect((await gus.toEnd()).text).toMatch(/\[system\]: server shutting down\n$/);
    await silent.closed;
    await expect(SocketClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('close() leaves no port open if called during listen()', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = addressOf(taken);
    taken.close();
    await once(taken, 'close');
    for (const host of ['127.0.0.1', 'localhost']) {
      const party = new Partyline();
      const listening = party.listen({ port, host });
      const outcome = expect(listening).rejects.toThrow('partyline: this Partyline is closed');
      await party.close();
      await outcome;
      await expect(SocketClient.connect(port)).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('close() closes all connections that arrive during close()', async () => {
    const { party, port } = await serveParty();
    const ends: Promise<unknown>[] = [];
    let isClosed = false;
    const connectAgain = () => {
      const socket = connect({ port, host: '127.0.0.1' });
      ends.push(once(socket, 'close').catch(() => {}));
      socket.on('data', () => {});
      const inputs = [
        'LOGIN ann\nMSG hi\n',
        '{"name":"a","room":"b"}',
        'GET /readyz HTTP/1.1\r\n\r\n',
        'GE',
        '',
      ];
      socket.write(inputs[ends.length % inputs.length] ?? '');
      if (!isClosed) setImmediate(connectAgain);
    };
    connectAgain();
    await expect.poll(() => ends.length, { timeout: DEADLINE_MS }).toBeGreaterThan(100);
    await party.close();
    isClosed = true;
    await Promise.all(ends);
    expect(party.userCount).toBe(0);
  });

  it('close() resets clients that do not close in time: a chat client and a keep-alive HTTP connection', async () => {
    const { party, port } = await serveParty({ shutdownGraceMs: 100 });
    const ann = await SocketClient.login(port, 'ann');
    const [chat, http] = ['LOGIN bob\n', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'].map((input) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => {
        socket.destroy();
      });
      socket.on('error', () => {});
      socket.write(input);
      return socket;
    });
    await Promise.all([chat, http].flatMap((socket) => socket ?? []).map((socket) => once(socket, 'data')));
    await party.close();
    expect((await ann.toEnd()).text).toBe('INFO server shutting down\n');
    // A half-open client notices the end of the server only by a reset.
    await expect.poll(() => isReset(chat), { timeout: DEADLINE_MS }).toBe(true);
    await expect.poll(() => isReset(http), { timeout: DEADLINE_MS }).toBe(true);
  });

  it('close() resolves immediately and logs nothing if nothing was listening', async () => {
    const logger = new NotedLog();
    await new Partyline({ logger }).close();
    expect(logger.text).toBe('');
  });
});

describe('several Partylines in one process', () => {
  it('several Partylines in one process are independent in names, rooms, messages, events, metrics and close()', async () => {
    const one = await serveParty();
    const two = await serveParty();
    const recorded: string[] = [];
    one.party.on('message', ({ text }) => recorded.push(`one ${text}`));
    two.party.on('message', ({ text }) => recorded.push(`two ${text}`));
    const ann = await SocketClient.login(one.port, 'ann');
    const other = await SocketClient.login(two.port, 'ann');
    // Both chats send in the same pass of the event loop, through the buffers that they share.
    const bobs = await Promise.all([one, two].map(({ port }) => SocketClient.login(port, 'bob')));
    for (let index = 0; index < 50; index++) {
      ann.send(`MSG one${index}\n`);
      other.send(`MSG two${index}\n`);
    }
    const [first, second] = await Promise.all(bobs.map((bob) => bob.until('49\n')));
    expect(first?.match(/one\d+/g)).toHaveLength(50);
    expect(second?.match(/two\d+/g)).toHaveLength(50);
    expect(first).not.toContain('two');
    expect(second).not.toContain('one');
    expect(recorded.filter((line) => !/^(\w+) \1\d+$/.test(line))).toEqual([]);
    await two.party.say('lobby', 'bot', 'more');

    const messageCount = async ({ port }: { port: number }) =>
      (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).match(
        /^partyline_messages_total .*$/m,
      )?.[0];
    expect(await messageCount(one)).toBe('partyline_messages_total 50');
    expect(await messageCount(two)).toBe('partyline_messages_total 51');

    await one.party.close();
    other.send('PING\n');
    await other.until('PONG\n');
    expect(await messageCount(two)).toBe('partyline_messages_total 51');
  });

  it('several Partylines in one process are independent for WebSocket clients', async () => {
    const parties = await Promise.all([serveParty(), serveParty()]);
    const clients = await Promise.all(parties.map(({ port }) => WebSocketClient.login(port, 'ann')));
    const bobs = await Promise.all(parties.map(({ port }) => WebSocketClient.login(port, 'bob')));
    for (let index = 0; index < 50; index++)
      clients.forEach((client, which) => client.send(`MSG ${which} says ${index}`));
    for (const [which, bob] of bobs.entries()) {
      const received = await bob.until('says 49\n');
      expect(
        received.split('\n').filter((line) => line !== '' && !line.startsWith(`MSG ann ${which} `)),
      ).toEqual([]);
    }
  });
});

function addressOf(server: { address(): AddressInfo | string | null }): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address;
}

/** Writes once more, and returns whether the connection was reset. */
function isReset(socket: Socket | undefined): boolean {
  if (socket?.destroyed === false) socket.write('x');
  return socket?.destroyed ?? false;
}
