/** A Partyline as a program holds it: listeners, its end, and others beside it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Partyline } from '../src/index.js';
import { certificatePair } from './support/certificate.js';
import { makeParty, NotedLog, serveParty } from './support/party.js';
import { DEADLINE_MS, SocketClient } from './support/socket-client.js';
import { WebSocketClient } from './support/websocket-client.js';

describe('listen', () => {
  it('takes a free port for 0 and says which; every listener leads to the same rooms', async () => {
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

  it('listens on both loopback addresses if no host is given', async () => {
    const party = makeParty();
    const { port } = await party.listen({ port: 0, host: undefined, fallback: undefined });
    for (const host of ['127.0.0.1', '::1']) {
      const client = await SocketClient.connect(port, host);
      client.send('PING\n');
      await client.until('PONG\n');
    }
  });

  it("on a port that is in use is rejected with the system's error, and the object is as good as before", async () => {
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
    [{ fallback: 'irk' }, 'fallback must be one of lines, machat, gotalk; got "irk"'],
    [{ prot: 4000 }, 'there is no option "prot" here; did you mean port?'],
  ])('given %j says what is wrong with it', async (options, problem) => {
    const party = makeParty();
    await expect(Reflect.apply(party.listen, party, [options])).rejects.toThrow(
      expect.objectContaining({ name: 'ConfigError', message: `partyline: ${problem}` }),
    );
  });

  it('closed alone lets nobody else in; who is there stays, and the port is free', async () => {
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

  it('after close is rejected, as is attach', async () => {
    const party = makeParty();
    await party.close();
    await expect(party.listen({ port: 0 })).rejects.toThrow(
      'partyline: this Partyline is closed; make a new one',
    );
  });
});

describe('listen with a certificate', () => {
  it('serves encrypted and plain clients on the same port; the pair may be text or bytes', async () => {
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

  it('refuses plain text where it is to be the only way', async () => {
    const { cert, key } = await certificatePair();
    const { party, port: plain } = await serveParty();
    const { port } = await party.listen({ port: 0, host: '127.0.0.1', tls: { cert, key, only: true } });
    const bob = await SocketClient.connect(port);
    bob.send('LOGIN bob\n');
    expect((await bob.toEnd()).text).toBe('ERR tls-required\n');
    await SocketClient.login(port, 'ann', SocketClient.connectTls(port, { ca: cert }));
    await SocketClient.login(plain, 'bob');
  });

  it('shows another when told to, and keeps the old one if that cannot be used', async () => {
    const [old, fresh] = await Promise.all([certificatePair(), certificatePair()]);
    const party = makeParty();
    const listening = await party.listen({ port: 0, host: '127.0.0.1', tls: old });
    const ann = await SocketClient.login(
      listening.port,
      'ann',
      SocketClient.connectTls(listening.port, { ca: old.cert }),
    );
    expect(() => listening.renew({ cert: fresh.cert, key: old.key })).toThrow(
      'partyline: tls.key is not the key of tls.cert; choose two that belong together',
    );
    await SocketClient.connectTls(listening.port, { ca: old.cert });
    listening.renew(fresh);
    await SocketClient.connectTls(listening.port, { ca: fresh.cert });
    expect(await ann.fence()).toBe('');
    const plain = await party.listen({ port: 0, host: '127.0.0.1' });
    expect(() => plain.renew(fresh)).toThrow('partyline: this port was opened without a certificate');
  });

  it('that cannot be used is one clear error, and no port is open', async () => {
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

describe('close', () => {
  it('tells everyone, in every dialect, and is the same the second time', async () => {
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

  it('while listen is under way leaves no port open', async () => {
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

  it('while connections come keeps none, and nobody is left hanging', async () => {
    const { party, port } = await serveParty();
    const ends: Promise<unknown>[] = [];
    let isOver = false;
    const knock = () => {
      const socket = connect({ port, host: '127.0.0.1' });
      ends.push(once(socket, 'close').catch(() => {}));
      socket.on('data', () => {});
      const words = [
        'LOGIN ann\nMSG hi\n',
        '{"name":"a","room":"b"}',
        'GET /readyz HTTP/1.1\r\n\r\n',
        'GE',
        '',
      ];
      socket.write(words[ends.length % words.length] ?? '');
      if (!isOver) setImmediate(knock);
    };
    knock();
    await expect.poll(() => ends.length, { timeout: DEADLINE_MS }).toBeGreaterThan(100);
    await party.close();
    isOver = true;
    await Promise.all(ends);
    expect(party.userCount).toBe(0);
  });

  it('cuts off whoever does not go in time: a client that never closes, a page that asks nothing', async () => {
    const { party, port } = await serveParty({ shutdownGraceMs: 100 });
    const ann = await SocketClient.login(port, 'ann');
    const [clinging, page] = ['LOGIN bob\n', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'].map((words) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => {
        socket.destroy();
      });
      socket.on('error', () => {});
      socket.write(words);
      return socket;
    });
    await Promise.all(
      [clinging, page].flatMap((socket) => socket ?? []).map((socket) => once(socket, 'data')),
    );
    await party.close();
    expect((await ann.toEnd()).text).toBe('INFO server shutting down\n');
    // Nothing but a reset tells a client that the other end is no more.
    await expect.poll(() => knocksInVain(clinging), { timeout: DEADLINE_MS }).toBe(true);
    await expect.poll(() => knocksInVain(page), { timeout: DEADLINE_MS }).toBe(true);
  });

  it('of one that never listened is at once, and logs nothing', async () => {
    const logger = new NotedLog();
    await new Partyline({ logger }).close();
    expect(logger.text).toBe('');
  });
});

describe('several in one process', () => {
  it('know nothing of each other: names, rooms, messages, events, metrics, the end', async () => {
    const one = await serveParty();
    const two = await serveParty();
    const seen: string[] = [];
    one.party.on('message', ({ text }) => seen.push(`one ${text}`));
    two.party.on('message', ({ text }) => seen.push(`two ${text}`));
    const ann = await SocketClient.login(one.port, 'ann');
    const other = await SocketClient.login(two.port, 'ann');
    // In one pass of the event loop, through the buffers that they share.
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
    expect(seen.filter((line) => !/^(\w+) \1\d+$/.test(line))).toEqual([]);
    await two.party.say('lobby', 'bot', 'more');

    const counted = async ({ port }: { port: number }) =>
      (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).match(
        /^partyline_messages_total .*$/m,
      )?.[0];
    expect(await counted(one)).toBe('partyline_messages_total 50');
    expect(await counted(two)).toBe('partyline_messages_total 51');

    await one.party.close();
    other.send('PING\n');
    await other.until('PONG\n');
    expect(await counted(two)).toBe('partyline_messages_total 51');
  });

  it('share what is said through WebSockets as little', async () => {
    const parties = await Promise.all([serveParty(), serveParty()]);
    const clients = await Promise.all(parties.map(({ port }) => WebSocketClient.login(port, 'ann')));
    const bobs = await Promise.all(parties.map(({ port }) => WebSocketClient.login(port, 'bob')));
    for (let index = 0; index < 50; index++)
      clients.forEach((client, which) => client.send(`MSG ${which} says ${index}`));
    for (const [which, bob] of bobs.entries()) {
      const heard = await bob.until('says 49\n');
      expect(
        heard.split('\n').filter((line) => line !== '' && !line.startsWith(`MSG ann ${which} `)),
      ).toEqual([]);
    }
  });
});

function addressOf(server: { address(): AddressInfo | string | null }): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address;
}

/** Writes once more; whether the other end has refused it. */
function knocksInVain(socket: Socket | undefined): boolean {
  if (socket?.destroyed === false) socket.write('x');
  return socket?.destroyed ?? false;
}
