/** A server over real TCP sockets that split packets, end half-way, reset, or stop reading. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { getDefaultHighWaterMark } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientConnection } from '../../src/connection/connection.js';
import type { Values } from '../../src/config/load-config.js';
import { HandleConnection } from '../../src/net/handle-connection.js';
import { readShared } from '../../src/net/shared-read.js';
import { endpoint } from '../../src/net/unacked-bytes.js';
import { serve as serveAny } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

vi.mock(import('../../src/net/shared-read.js'), async (original) => {
  const real = await original();
  return { ...real, readShared: vi.fn(real.readShared) };
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

beforeEach(() => {
  vi.restoreAllMocks();
  vi.mocked(readShared).mockReset(); // restores the real function
});

describe.each(['over a handle', 'into a shared buffer', "by 'data' events"])(
  'a socket that is read %s',
  (how) => {
    const isHandle = how === 'over a handle';
    const isShared = how === 'into a shared buffer';
    const serve = (settings: Values = {}) =>
      serveAny({ TRANSPORT: isHandle ? 'auto' : 'public', ...settings });

    beforeEach(() => {
      if (!isShared) vi.mocked(readShared).mockReturnValue(false);
    });

    it('a socket is read by the selected method', async () => {
      const onRead = vi.spyOn(HandleConnection.prototype, 'onRead');
      const { port } = await serve();
      onRead.mockClear(); // the check at the start
      await SocketClient.login(port, 'naman');
      const [socket] = vi.mocked(readShared).mock.lastCall ?? [];

      expect(onRead.mock.calls.length > 0).toBe(isHandle);
      if (isHandle) return;
      expect(readShared).toHaveLastReturnedWith(isShared);
      expect(socket?.listenerCount('data')).toBe(isShared ? 0 : 1);
    });

    it.runIf(process.platform === 'linux')('a socket has TCP keep-alive', async () => {
      const { port } = await serve();
      const client = await SocketClient.login(port, 'naman');

      const ends = ` ${endpoint('127.0.0.1', port)} ${endpoint('127.0.0.1', client.port)} `;
      const row = () =>
        readFileSync('/proc/self/net/tcp', 'latin1')
          .split('\n')
          .find((line) => line.includes(ends));
      // After the queues comes the timer: 02 is that of keep-alive (proc_net_tcp.txt of the kernel).
      await vi.waitFor(() => expect(row()?.trim().split(/\s+/)[5]).toMatch(/^02:/));
    });

    it.each([
      ['one byte per packet', [...Buffer.from('LOGIN naman\r\nMSG Zoë says 😀 \r\n')].map((byte) => [byte])],
      ['split within a character', cut('LOGIN naman\nMSG Zoë says 😀\n', 'Zo\u00c3', '\u00f0\u009f')],
      ['split between CR and LF', cut('LOGIN naman\r\nMSG Zoë says 😀\r\n', 'naman\r', '\u0080\r')],
    ])('a socket gets lines that are sent %s', async (_split, packets) => {
      const { port } = await serve();
      const listener = await SocketClient.login(port, 'yudi');
      const naman = await SocketClient.connect(port);
      await naman.fence();

      await sendApart(
        naman,
        packets.map((bytes) => Buffer.from(bytes)),
      );

      expect(await naman.fence()).toBe('OK\n');
      expect(await listener.fence()).toBe('MSG naman Zoë says 😀\n');
    });

    it('a socket gets many lines that are sent in one packet', async () => {
      const { port } = await serve();
      const listener = await SocketClient.login(port, 'yudi');
      const naman = await SocketClient.login(port, 'naman');
      const numbers = Array.from({ length: 2000 }, (_, number) => number);

      naman.send(numbers.map((number) => `MSG ${number}\n`).join(''));

      expect(await naman.fence()).toBe('');
      expect(await listener.lines()).toEqual(numbers.map((number) => `MSG naman ${number}`));
    });

    it('a socket gets only its own lines while other sockets send parts of theirs', async () => {
      const { port } = await serve();
      const listener = await SocketClient.login(port, 'yudi');
      const names = ['ann', 'bob', 'cem'];
      const clients = await Promise.all(names.map(() => SocketClient.connect(port)));
      for (const client of clients) await client.fence();

      for (const part of ['LOG', 'IN ', 'name', '\nMS', 'G I am ', 'name', '\n'])
        for (const [index, client] of clients.entries())
          await sendApart(client, [part.replace('name', names[index] ?? '')]);

      for (const client of clients) expect(await client.fence()).toMatch(/^OK\n/);
      expect((await listener.lines()).sort()).toEqual(names.map((name) => `MSG ${name} I am ${name}`));
    });

    it('a socket is served to its last line if the client ends its side, then closed', async () => {
      const { port } = await serve();
      const listener = await SocketClient.login(port, 'yudi');
      const pipe = await SocketClient.connect(port);

      pipe.end('LOGIN ci\nMSG done\nPING 1\nDM nobody x\nPING 2'); // no LF after the last one

      expect(await pipe.toEnd()).toEqual({ text: 'OK\nPONG 1\nERR user-not-found\nPONG 2\n', ending: 'fin' });
      expect(await listener.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
    });

    it('a socket is served completely if the client ends its side after requesting more output than a socket holds', async () => {
      const { port } = await serve();
      const onData = vi.spyOn(ClientConnection.prototype, 'onData');
      const pipe = await SocketClient.login(port, 'ci');
      const [connection] = onData.mock.contexts;
      pipe.send(`MSG ${'x'.repeat(1000)}\n`.repeat(500));
      await pipe.fence();
      pipe.stopReading();
      pipe.end('HISTORY 500\n'.repeat(16));
      await vi.waitFor(() =>
        expect(connection instanceof ClientConnection && connection.unsentBytes).toBeGreaterThan(0),
      );
      pipe.readOn();

      const { text, ending } = await pipe.toEnd();

      expect(text.match(/^HIST \d+ \S+ ci x{1000}$/gm)).toHaveLength(8000);
      expect(text.match(/^OK$/gm)).toHaveLength(16);
      expect(ending).toBe('fin');
    });

    it('a socket is read to its last line if it sends faster than the rate limit', async () => {
      const { port } = await serve({ EXEMPT_ADDRESSES: '', RATE_LIMIT: '500', RATE_BURST: '5' });
      const pipe = await SocketClient.connect(port);
      const before = performance.now();

      pipe.end(`LOGIN ci\n${'PING\n'.repeat(99)}PING last`);

      expect(await pipe.toEnd()).toEqual({ text: `OK\n${'PONG\n'.repeat(99)}PONG last\n`, ending: 'fin' });
      expect(performance.now() - before).toBeGreaterThan(((101 - 5) / 500) * 1000);
    });

    it('a socket gets its last output even if it keeps sending', async () => {
      const { port } = await serve();
      const naman = await SocketClient.login(port, 'naman');

      naman.send(`QUIT\n${'MSG never read\n'.repeat(500_000)}`);

      expect(await naman.toEnd()).toEqual({ text: 'INFO bye\n', ending: 'fin' });
    });

    it('a socket gets its last output even if the rate limit keeps it from being read', async () => {
      const { port, stop } = await serve({ EXEMPT_ADDRESSES: '', RATE_LIMIT: '1', RATE_BURST: '2' });
      const naman = await SocketClient.login(port, 'naman');
      await naman.fence();
      naman.send('MSG too much at once\n'.repeat(500_000));

      await stop();

      expect(await naman.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
    });

    it('a socket is disconnected by a reset', async () => {
      const { port, log } = await serve();
      const listener = await SocketClient.login(port, 'yudi');
      const naman = await SocketClient.login(port, 'naman');
      await sendApart(naman, ['MSG half a line']);

      naman.reset();

      await log.has({ tag: 'DISCONNECT', user: 'naman', why: 'connection lost' });
      expect(await listener.fence()).toBe('INFO naman disconnected\n');
      expect(log.events.filter(({ level }) => level !== 'info')).toEqual([]);
    });

    it('a socket whose client stops reading is closed, within its memory limit, and other readers get every line', async () => {
      const bound = 256 * 1024;
      const { port, log } = await serve({ WRITE_QUEUE_BYTES: String(bound) });
      const onData = vi.spyOn(ClientConnection.prototype, 'onData');
      const stopped = await SocketClient.login(port, 'stopped');
      const [connection] = onData.mock.contexts;
      const unread = () =>
        connection instanceof ClientConnection ? connection.client.unreadBytes : Number.NaN;
      const talker = await SocketClient.login(port, 'talker');
      const others = [await SocketClient.login(port, 'ann'), await SocketClient.login(port, 'bob')];
      stopped.stopReading();

      const lines = 64;
      const received = new Map<SocketClient, string[]>(others.map((other) => [other, []]));
      const textOf = (number: number) => `${number} ${'x'.repeat(1000)}`;
      let sent = 0;
      let peak = 0;
      const sendMore = async () => {
        let batch = '';
        for (let count = 0; count < lines; count++) batch += `MSG ${textOf(sent++)}\n`;
        talker.send(batch);
        await talker.fence();
        peak = Math.max(peak, unread());
        for (const other of others) received.get(other)?.push(...(await other.lines()));
      };
      const isEvicted = () => log.events.some(({ tag, user }) => tag === 'DISCONNECT' && user === 'stopped');
      while (!isEvicted()) await sendMore();
      const sentToStopped = sent;
      for (let more = 0; more < 20; more++) await sendMore();

      expect(log.events).toContainEqual(
        expect.objectContaining({ tag: 'DISCONNECT', user: 'stopped', why: 'reading too slowly' }),
      );
      expect(peak).toBeGreaterThan(bound / 2);
      expect(peak).toBeLessThan(2 * bound);
      const all = Array.from({ length: sent }, (_, number) => `MSG talker ${textOf(number)}`);
      for (const lines of received.values()) {
        expect(lines.filter((line) => line.startsWith('INFO'))).toEqual(['INFO stopped disconnected']);
        expect(lines.filter((line) => line.startsWith('MSG'))).toEqual(all);
      }
      // The parts that were handed to the socket: it takes one more while it is below its high-water mark.
      expect(unread()).toBeLessThanOrEqual(64 * 1024 + getDefaultHighWaterMark(false));
      stopped.readOn();
      const got = (await stopped.toEnd()).text
        .split('\n')
        .filter((line) => /^MSG talker \d+ x{1000}$/.test(line));
      expect(got.length).toBeLessThanOrEqual(sentToStopped);
      expect(got).toEqual(all.slice(0, got.length));
    });
  },
);

describe('the shared buffer', () => {
  it('the shared buffer is one for all sockets on this version of Node', async () => {
    const { port } = await serveAny();
    const clients = [await SocketClient.login(port, 'ann'), await SocketClient.login(port, 'bob')];
    const onData = vi.spyOn(ClientConnection.prototype, 'onData');

    for (const client of clients) await client.fence();

    const memories = onData.mock.calls.map(([bytes]) => bytes.buffer);
    expect(new Set(onData.mock.contexts).size).toBe(2);
    expect(new Set(memories).size).toBe(1);
  });
});

describe('a refused connection', () => {
  it('a refused connection gets server-full and is closed, and a freed place is used again', async () => {
    const { port } = await serveAny({ MAX_CLIENTS: '2' });
    const [naman] = [await SocketClient.login(port, 'naman'), await SocketClient.login(port, 'yudi')];
    const third = await SocketClient.connect(port);
    third.send('LOGIN asha\n');
    expect(await third.toEnd()).toEqual({ text: 'ERR server-full\n', ending: 'fin' });

    naman.send('QUIT\n');
    await naman.toEnd();

    await vi.waitFor(async () => {
      const fourth = await SocketClient.connect(port);
      expect(await fourth.fence()).toBe('');
    });
  });

  it('a refused connection gets its reason also among 100 at once, of which 64 per address are admitted', async () => {
    const { port } = await serveAny({ EXEMPT_ADDRESSES: '' });
    const crowd = await Promise.all(Array.from({ length: 100 }, () => SocketClient.connect(port)));
    for (const client of crowd) client.send('PING\n');

    const answers = await Promise.all(crowd.map((client) => client.until('\n')));

    expect(answers.filter((answer) => answer === 'PONG\n')).toHaveLength(64);
    expect(answers.filter((answer) => answer === 'ERR too-many-connections\n')).toHaveLength(36);
  });

  it('a refused connection gets too-many-connections if its address has too many', async () => {
    const { port } = await serveAny({ MAX_CLIENTS_PER_ADDRESS: '1', EXEMPT_ADDRESSES: '' });
    await SocketClient.login(port, 'naman');
    const second = await SocketClient.connect(port);
    second.send('LOGIN yudi\n');

    expect(await second.toEnd()).toEqual({ text: 'ERR too-many-connections\n', ending: 'fin' });
  });
});

describe('HOST=localhost', () => {
  it.skipIf(!hasIPv6)('HOST=localhost listens on 127.0.0.1 and ::1 (skipped without ::1)', async () => {
    const { port } = await serveAny({ HOST: 'localhost' });

    for (const host of ['127.0.0.1', '::1']) {
      const client = await SocketClient.connect(port, host);
      client.send('PING\n');
      expect(await client.until('\n')).toBe('PONG\n');
    }
  });

  it('HOST=localhost is an error if the port is taken on one of the two addresses', async () => {
    const { port } = await serveAny({ HOST: '127.0.0.1' });

    await expect(serveAny({ HOST: 'localhost', PORT: String(port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

/** The bytes of a text, split after each of these byte sequences. */
function cut(text: string, ...places: readonly string[]): number[][] {
  let rest = Buffer.from(text).toString('latin1');
  const parts = places.map((place) => {
    const end = rest.indexOf(place) + place.length;
    const part = rest.slice(0, end);
    rest = rest.slice(end);
    return part;
  });
  return [...parts, rest].map((part) => [...Buffer.from(part, 'latin1')]);
}

/** Sends each packet after the server received the one before. */
async function sendApart(client: SocketClient, packets: readonly (string | Uint8Array)[]): Promise<void> {
  const onData = vi.spyOn(ClientConnection.prototype, 'onData');
  for (const packet of packets) {
    const before = onData.mock.calls.length;
    client.send(packet);
    await vi.waitFor(() => expect(onData.mock.calls.length).toBe(before + 1), { interval: 1 });
  }
}
