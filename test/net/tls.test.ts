/** Encrypted connections on the port that also serves plain text: they work like plain ones. */
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ClientConnection } from '../../src/connection/connection.js';
import { type SelfSigned, selfSigned } from '../../src/cli/self-signed.js';
import { certificatePair } from '../support/certificate.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import type { Values } from '../../src/config/load-config.js';

describe('a port with a certificate', () => {
  it('a port with a certificate serves lines and MaChat, encrypted or not, in the same room', async () => {
    const { port, secure } = await serveTls();
    const ann = await SocketClient.login(port, 'ann', secure());
    const bob = await SocketClient.login(port, 'bob');
    const mina = await secure();

    mina.send('{"name": "Mina", "room": "lobby"}hello from Mina\n');
    expect(await mina.until('\n')).toBe('Mina:hello from Mina\n');
    expect(await ann.fence()).toBe('MSG Mina hello from Mina\n');
    expect(await bob.fence()).toBe('MSG Mina hello from Mina\n');
    bob.send('MSG hello, žluťoučký kůň 🐎\n');
    expect(await ann.until('🐎\n')).toBe('MSG bob hello, žluťoučký kůň 🐎\n');
    expect(await mina.until('🐎\n')).toBe('bob:hello, žluťoučký kůň 🐎\n');
  });

  it('a port with a certificate sends the GoTalk greeting only to a client that stays silent after the handshake', async () => {
    const { gotalkPort, secure } = await serveTls({ GOTALK_PORT: '0' });
    const mina = await secure({ port: gotalkPort ?? 0 });
    mina.send('{"name": "Mina", "room": "lobby"}');
    const bob = await secure({ port: gotalkPort ?? 0 });

    expect(await bob.until('[ENTER YOUR NAME]: ')).toMatch(/^Welcome to TCP-Chat!\n/);
    bob.send('Bob\n');
    bob.send('hello\n');

    expect(await mina.until('\n')).toBe('Bob:hello\n');
  });

  it('a port with a certificate sends the login hint to a client that stays silent after the handshake', async () => {
    const { secure } = await serveTls({ GREETING_DELAY: '0.05' });
    const ann = await secure();

    expect(await ann.until('\n')).toBe('INFO type LOGIN <username> to join, HELP for help\n');
  });

  it('a port with a certificate answers requests of telnet inside TLS', async () => {
    const { secure } = await serveTls();
    const ann = await secure();

    ann.send(Buffer.from([0xff, 0xfd, 0x06]));
    expect(await ann.until('\x06')).toBe('\ufffd\ufffd\x06');
    ann.send(Buffer.from([0xff, 0xf6]));
    expect(await ann.until('\n')).toBe('INFO here\n');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('a port with a certificate supports %s', async (version) => {
    const { port, secure } = await serveTls();
    const ann = await SocketClient.login(port, 'ann', secure({ minVersion: version, maxVersion: version }));

    expect(await ann.fence()).toBe('');
  });

  it('a port with a certificate refuses TLS 1.1', async () => {
    const { secure } = await serveTls();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

    await expect(secure(old)).rejects.toMatchObject({
      code: expect.stringMatching(/ALERT_PROTOCOL_VERSION/),
    });
  });

  it('a port with a certificate accepts a ClientHello that is sent one byte per packet, with lines after the handshake', async () => {
    const { port, pair } = await serveTls();
    const socket = connect({ host: '127.0.0.1', port });
    const client = connectTls({ socket: new Wire(socket, 1), ca: pair.cert, host: 'localhost' });
    onTestFinished(() => void client.destroy());
    let text = '';
    client.setEncoding('utf8').on('data', (more: string) => (text += more));

    client.write('LOGIN ann\nPING 1\n');

    await vi.waitFor(() => expect(text).toBe('OK\nPONG 1\n'), { timeout: 5000 });
  });

  it('a port with a certificate closes a connection with TLS inside TLS', async () => {
    const { secure } = await serveTls();
    const ann = await secure();

    ann.send(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5]));

    expect(await ann.toEnd()).toMatchObject({ text: '' });
  });

  it('a port with a certificate sends a refused client the reason in its dialect', async () => {
    const { port, gotalkPort, secure } = await serveTls({ MAX_CLIENTS: '1', GOTALK_PORT: '0' });
    await SocketClient.login(port, 'ann', secure());
    const [lines, machat, gotalk] = [await secure(), await secure(), await secure({ port: gotalkPort ?? 0 })];
    lines.send('LOGIN bob\n');
    machat.send('{"name": "Mina", "room": "dev"}');

    expect(await lines.toEnd()).toEqual({ text: 'ERR server-full\n', ending: 'fin' });
    expect(await machat.toEnd()).toEqual({ text: '* server-full\n', ending: 'fin' });
    expect((await gotalk.toEnd()).text).toMatch(/^Maximum connection limit reached/);
  });
});

describe('an encrypted connection', () => {
  it('an encrypted connection gets lines that are split at every byte', async () => {
    const { port, secure } = await serveTls();
    const listener = await SocketClient.login(port, 'yudi');
    const naman = await secure();

    for (const byte of Buffer.from('LOGIN naman\r\nMSG Zoë says 😀\r\n')) naman.send(Buffer.from([byte]));

    expect(await naman.fence()).toBe('OK\n');
    expect(await listener.fence()).toBe('MSG naman Zoë says 😀\n');
  });

  it('an encrypted connection gets many lines that are sent at once', async () => {
    const { port, secure } = await serveTls();
    const listener = await SocketClient.login(port, 'yudi', secure());
    const naman = await SocketClient.login(port, 'naman', secure());
    const numbers = Array.from({ length: 20_000 }, (_, number) => number);

    naman.send(numbers.map((number) => `MSG ${number}\n`).join(''));

    expect(await naman.fence()).toBe('');
    expect(await listener.lines()).toEqual(numbers.map((number) => `MSG naman ${number}`));
  });

  it.each([
    ['with a TLS close alert', false],
    ['by closing the TCP connection, as ncat does', true],
  ])('an encrypted connection is served to its last line if the client ends %s', async (_how, endsTcp) => {
    const { port, pair } = await serveTls();
    const listener = await SocketClient.login(port, 'yudi');
    const wire = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const pipe = await SocketClient.connectTls(port, { socket: new Wire(wire), ca: pair.cert });

    await pipe.sent('LOGIN ci\nMSG done\nPING 1\nDM nobody x\nPING 2'); // no LF after the last one
    if (endsTcp) wire.end();
    else pipe.end();

    expect(await pipe.toEnd()).toEqual({ text: 'OK\nPONG 1\nERR user-not-found\nPONG 2\n', ending: 'fin' });
    expect(await listener.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
  });

  it('an encrypted connection is served completely if the client ends after requesting more output than a socket holds', async () => {
    const { port, secure } = await serveTls();
    const pipe = await SocketClient.login(port, 'ci', secure());
    pipe.send(`MSG ${'x'.repeat(1000)}\n`.repeat(500));
    await pipe.fence();
    pipe.stopReading();
    pipe.end('HISTORY 500\n'.repeat(16));
    pipe.readOn();

    const { text, ending } = await pipe.toEnd();

    expect(text.match(/^HIST \d+ \S+ ci x{1000}$/gm)).toHaveLength(8000);
    expect(text.match(/^OK$/gm)).toHaveLength(16);
    expect(ending).toBe('fin');
  });

  it('an encrypted connection is read to its last line if it sends faster than the rate limit', async () => {
    const { secure } = await serveTls({ EXEMPT_ADDRESSES: '', RATE_LIMIT: '500', RATE_BURST: '5' });
    const pipe = await secure();

    pipe.end(`LOGIN ci\n${'PING\n'.repeat(99)}PING last`);

    expect(await pipe.toEnd()).toEqual({ text: `OK\n${'PONG\n'.repeat(99)}PONG last\n`, ending: 'fin' });
  });

  it('an encrypted connection gets its last output even if it keeps sending', async () => {
    const { port, secure } = await serveTls();
    const naman = await SocketClient.login(port, 'naman', secure());

    naman.send(`QUIT\n${'MSG never read\n'.repeat(500_000)}`);

    expect(await naman.toEnd()).toEqual({ text: 'INFO bye\n', ending: 'fin' });
  });

  it('an encrypted connection gets a notice when the server stops', async () => {
    const { port, secure, stop } = await serveTls();
    const naman = await SocketClient.login(port, 'naman', secure());

    await stop();

    expect(await naman.toEnd()).toEqual({ text: 'INFO server shutting down\n', ending: 'fin' });
  });

  it('an encrypted connection is disconnected by a reset', async () => {
    const { port, pair, log } = await serveTls();
    const listener = await SocketClient.login(port, 'yudi');
    const socket = connect({ host: '127.0.0.1', port });
    await SocketClient.login(port, 'naman', SocketClient.connectTls(port, { socket, ca: pair.cert }));

    socket.resetAndDestroy();

    await log.has({ tag: 'DISCONNECT', user: 'naman' });
    expect(await listener.fence()).toBe('INFO naman disconnected\n');
    expect(log.events.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('an encrypted connection is closed by bytes that are not TLS', async () => {
    const { port, pair, log } = await serveTls();
    const wire = connect({ host: '127.0.0.1', port });
    const naman = await SocketClient.login(
      port,
      'naman',
      SocketClient.connectTls(port, { socket: new Wire(wire), ca: pair.cert }),
    );

    wire.write('MSG in plain text\n'.repeat(10));

    expect(await log.has({ tag: 'DISCONNECT', user: 'naman' })).toMatchObject({ why: 'connection lost' });
    await naman.closed;
  });

  it('an encrypted client that stops reading is disconnected within its memory limit; other readers get every line', async () => {
    const bound = 256 * 1024;
    const { port, secure, log } = await serveTls({ WRITE_QUEUE_BYTES: String(bound) });
    const onData = vi.spyOn(ClientConnection.prototype, 'onData');
    onTestFinished(() => onData.mockRestore());
    const stopped = await SocketClient.login(port, 'stopped', secure());
    const [connection] = onData.mock.contexts;
    const unread = () =>
      connection instanceof ClientConnection ? connection.client.unreadBytes : Number.NaN;
    const talker = await SocketClient.login(port, 'talker', secure());
    const other = await SocketClient.login(port, 'ann', secure());
    stopped.stopReading();

    const received: string[] = [];
    const textOf = (number: number) => `${number} ${'x'.repeat(1000)}`;
    let sent = 0;
    let peak = 0;
    const isEvicted = () => log.events.some(({ tag, user }) => tag === 'DISCONNECT' && user === 'stopped');
    while (!isEvicted()) {
      talker.send(Array.from({ length: 64 }, () => `MSG ${textOf(sent++)}\n`).join(''));
      await talker.fence();
      peak = Math.max(peak, unread());
      received.push(...(await other.lines()));
    }

    expect(await log.has({ tag: 'DISCONNECT', user: 'stopped' })).toMatchObject({
      why: 'reading too slowly',
    });
    expect(peak).toBeGreaterThan(bound / 2);
    expect(peak).toBeLessThan(2 * bound);
    received.push(...(await other.lines()));
    expect(received.filter((line) => line.startsWith('MSG'))).toEqual(
      Array.from({ length: sent }, (_, number) => `MSG talker ${textOf(number)}`),
    );
  });

  it('an encrypted connection is closed even if its client does not close in time', async () => {
    const { port, pair } = await serveTls();
    const wire = new Wire(connect({ host: '127.0.0.1', port, allowHalfOpen: true }));
    const lingering = await SocketClient.login(
      port,
      'lingering',
      SocketClient.connectTls(port, { socket: wire, ca: pair.cert }),
    );
    const before = performance.now();
    lingering.send('QUIT\n');
    await lingering.until('INFO bye\n');

    const closed = lingering.closed;
    // The server drops these lines, and in the end the system answers them with a reset.
    const sending = setInterval(() => lingering.send('MSG are you there?\n'), 100);
    onTestFinished(() => clearInterval(sending));

    expect(await closed).not.toBe('fin');
    expect(performance.now() - before).toBeLessThan(6000);
  });
});

describe('TLS_ONLY', () => {
  it('TLS_ONLY refuses plain text in the dialect of the client, and accepts no login by it', async () => {
    const { port, gotalkPort, log } = await serveTls({ TLS_ONLY: 'true', GOTALK_PORT: '0' });
    const send = async (to: number, text: string) => {
      const client = await SocketClient.connect(to);
      if (text !== '') client.send(text);
      return client.toEnd();
    };

    for (const to of [port, gotalkPort ?? 0]) {
      const refused = await send(to, '{"name": "Mina", "room": "dev"}hello\n');
      expect(refused).toEqual({ text: '* tls-required\n', ending: 'fin' });
    }
    expect(await send(port, 'LOGIN ann\nMSG hi\nWHO\n')).toEqual({
      text: 'ERR tls-required\n',
      ending: 'fin',
    });
    const incomplete = await SocketClient.connect(port);
    incomplete.end('GE');
    expect(await incomplete.toEnd()).toEqual({ text: 'ERR tls-required\n', ending: 'fin' });
    expect(await send(gotalkPort ?? 0, '')).toEqual({
      text: 'ERR tls-required\n',
      ending: 'fin',
    });
    const { text } = await send(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(text).toMatch(
      /\r\n\r\ntls-required: this server takes encrypted connections only: use https:\/\/ or wss:\/\/\n$/,
    );
    expect(log.tags()).not.toContain('LOGIN');
  });

  it('TLS_ONLY refuses plain HTTP in JSON where the client prefers that, and closes', async () => {
    const { port } = await serveTls({ TLS_ONLY: 'true' });
    const send = async (head: string, body = '') => {
      const client = await SocketClient.connect(port);
      client.send(`${head}\r\nHost: localhost\r\n\r\n${body}`);
      return client.toEnd();
    };

    for (const head of [
      'GET /rooms HTTP/1.1\r\nAccept: application/json',
      'POST /ops HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 13',
    ]) {
      const { text, ending } = await send(head, head.startsWith('POST') ? '{"text":"hi"}' : '');
      expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nContent-Type: application\/problem\+json\r\n/);
      expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({
        status: 403,
        code: 'tls-required',
        detail: 'this server takes encrypted connections only: use https:// or wss://',
      });
      expect(ending).toBe('fin');
    }
    const { text } = await send('HEAD / HTTP/1.1');
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text.split('\r\n\r\n')[1]).toBe('');
    for (const head of ['CONNECT chat.example.org:443 HTTP/1.1', 'OPTIONS * HTTP/1.1', 'GET /ws HTTP/1.1'])
      expect((await send(head)).text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  });

  it('TLS_ONLY also refuses a client that stays silent', async () => {
    const { port } = await serveTls({ TLS_ONLY: 'true', GREETING_DELAY: '0.05' });
    const ann = await SocketClient.connect(port);

    expect(await ann.toEnd()).toEqual({ text: 'ERR tls-required\n', ending: 'fin' });
  });

  it('TLS_ONLY changes nothing for encrypted clients', async () => {
    const { port, secure } = await serveTls({ TLS_ONLY: 'true' });
    const ann = await SocketClient.login(port, 'ann', secure());

    expect(await ann.fence()).toBe('');
  });
});

describe('a reload of the certificate', () => {
  it('a reload of the certificate uses the new certificate for new connections, and disconnects no client', async () => {
    const { port, pair, secure, reload, log } = await serveTls();
    const ann = await SocketClient.login(port, 'ann', secure());
    const renewed = await selfSigned(['127.0.0.1'], Date.now());
    replace(pair, renewed);
    await secure();

    reload();

    expect(log.events.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^the certificate was reloaded; it is valid until \d{4}-\d\d-\d\d$/),
    );
    await expect(secure()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const bob = await SocketClient.login(port, 'bob', secure({ ca: renewed.cert }));
    bob.send('MSG still here?\n');
    await bob.fence();
    expect(await ann.fence()).toBe('MSG bob still here?\n');
  });

  it.each([
    ['the key of another certificate', 'key', 'is not the key of TLS_CERT'],
    ['an invalid certificate', 'cert', 'holds no certificate in PEM'],
  ])(
    'a reload of the certificate with %s keeps the old pair, and logs an error',
    async (_what, bad, problem) => {
      const { port, pair, secure, reload, log } = await serveTls();
      const ann = await SocketClient.login(port, 'ann', secure());
      const { key } = await selfSigned(['127.0.0.1'], Date.now());
      replace(pair, bad === 'key' ? { cert: pair.cert, key } : { cert: 'no PEM', key: pair.key });

      reload();

      const logged = log.events.find(({ level }) => level === 'error');
      expect(logged?.msg).toMatch(/^the old certificate stays in use: .*TLS_/);
      expect(logged?.msg).toContain(problem);
      const bob = await SocketClient.login(port, 'bob', secure());
      expect(await bob.fence()).toBe('');
      expect(await ann.fence()).toBe('');
    },
  );

  function replace(
    pair: { certFile: string; keyFile: string },
    { cert, key }: Pick<SelfSigned, 'cert' | 'key'>,
  ) {
    writeFileSync(pair.certFile, cert);
    writeFileSync(pair.keyFile, key);
  }
});

/** A server with a certificate, and how to connect to it. */
async function serveTls(settings: Values = {}) {
  const pair = await certificatePair();
  const server = await serve({ ...pair.settings, ...settings });
  const secure = ({ port = server.port, ...options }: ConnectionOptions = {}) =>
    SocketClient.connectTls(port, { ca: pair.cert, ...options });
  return { ...server, pair, secure };
}

/** The stream under a client's TLS, so that a test can split its packets and end its socket. */
class Wire extends Duplex {
  readonly #socket: Socket;
  readonly #pieceBytes: number;

  /** @param pieceBytes the size of the pieces that are sent one by one */
  constructor(socket: Socket, pieceBytes = Number.POSITIVE_INFINITY) {
    super();
    this.#socket = socket;
    this.#pieceBytes = pieceBytes;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.push(bytes));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(bytes: Buffer, encoding: BufferEncoding, done: () => void): void {
    const piece = bytes.subarray(0, this.#pieceBytes);
    const rest = bytes.subarray(piece.length);
    this.#socket.write(piece, () => {
      if (rest.length === 0) done();
      else setImmediate(() => this._write(rest, encoding, done));
    });
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
