/** Clients behind proxies: the PROXY protocol on every listener, and the X-Forwarded headers over HTTP. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { beginsProxyHeader, holdsProxyHeader, readProxyHeader } from '../../src/net/proxy-header.js';
import { sharedPair } from '../support/certificate.js';
import { serveParty, storageWith } from '../support/party.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { refusedUpgrade, WebSocketClient } from '../support/websocket-client.js';
import { connect } from 'node:net';

const TRUSTED = { TRUSTED_PROXIES: '127.0.0.1' };
const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 50000 4000\r\n';
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

/** A version 2 header: command and family, then the bytes after the length. */
function version2(command: number, family: number, rest: readonly number[]): Buffer {
  return Buffer.concat([
    SIGNATURE,
    Buffer.from([command, family, rest.length >> 8, rest.length & 255, ...rest]),
  ]);
}

const IPV4 = [192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0x50, 0x0f, 0xa0];
const IPV6 = [
  0x20,
  1,
  0x0d,
  0xb8,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  7,
  ...Array<number>(16).fill(1),
  0xc3,
  0x50,
  0,
  1,
];
const MAPPED = [
  ...Array<number>(10).fill(0),
  255,
  255,
  192,
  0,
  2,
  7,
  ...Array<number>(16).fill(1),
  0xc3,
  0x50,
  0,
  1,
];
const SSL = [0x04, 0, 1, 9, 0x20, 0, 5, 1, 0, 0, 0, 0];

describe('a PROXY header of a trusted proxy', () => {
  it.each([
    ['version 1', V1, '192.0.2.7:50000'],
    ['version 1 with IPv6', 'PROXY TCP6 2001:DB8:0::7 ::1 50000 1\r\n', '[2001:db8::7]:50000'],
    [
      'version 1 with an IPv4 address in IPv6',
      'PROXY TCP6 ::ffff:192.0.2.7 ::1 50000 1\r\n',
      '192.0.2.7:50000',
    ],
    ['version 2', version2(0x21, 0x11, IPV4), '192.0.2.7:50000'],
    ['version 2 with IPv6', version2(0x21, 0x21, IPV6), '[2001:db8::7]:50000'],
    ['version 2 with an IPv4 address in IPv6', version2(0x21, 0x21, MAPPED), '192.0.2.7:50000'],
    ['version 2 with attributes', version2(0x21, 0x11, [...IPV4, ...SSL]), '192.0.2.7:50000'],
    ['version 1 UNKNOWN', 'PROXY UNKNOWN\r\n', null],
    ['version 1 UNKNOWN with addresses', 'PROXY UNKNOWN ffff::1 ::1 1 2\r\n', null],
    ['version 2 LOCAL', version2(0x20, 0x11, IPV4), null],
    ['version 2 without addresses', version2(0x21, 0, []), null],
    ['no header', '', null],
  ])(
    'a PROXY header of a trusted proxy gives the client its address on every listener, in one packet or in bytes: %s',
    async (_name, header, addr) => {
      const server = await serve({ ...TRUSTED, GOTALK_PORT: '0' });
      const bytes = Buffer.from(header);
      for (const [index, packets] of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))].entries()) {
        const ann = await SocketClient.connect(server.port);
        for (const packet of packets) await ann.sent(packet);
        ann.send(`LOGIN ann${index}\n`);
        await ann.until('OK\n');
        const mina = await SocketClient.connect(server.gotalkPort ?? 0);
        mina.send(Buffer.concat([bytes, Buffer.from(`{"name":"mina${index}","room":"lobby"}hi\n`)]));
        await mina.until('hi\n');
      }
      for (const user of ['ann0', 'ann1', 'mina0', 'mina1'])
        expect((await server.log.has({ tag: 'LOGIN', user })).addr).toMatch(addr ?? /^127\.0\.0\.1:\d+$/);
    },
  );

  it('a PROXY header of a trusted proxy names the client in the log of a failed TLS handshake', async () => {
    const server = await serve({ ...TRUSTED, LOG_LEVEL: 'debug', ...(await sharedPair()) });
    const client = await SocketClient.connect(server.port);
    client.send(Buffer.concat([Buffer.from(V1), Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0])]));
    expect(await server.log.has({ msg: 'TLS handshake failed' })).toMatchObject({ addr: '192.0.2.7:50000' });
  });

  it('a PROXY header of a trusted proxy comes before TLS, and the greeting of gotalk waits as for other clients', async () => {
    const server = await serve({ ...TRUSTED, GOTALK_PORT: '0', ...(await sharedPair()) });
    const socket = connect(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(V1);
    const ann = await SocketClient.connectTls(server.port, { socket, rejectUnauthorized: false });
    ann.send('LOGIN ann\n');
    await ann.until('OK\n');
    expect(await server.log.has({ tag: 'LOGIN', user: 'ann' })).toMatchObject({ addr: '192.0.2.7:50000' });
    const bob = await SocketClient.connect(server.gotalkPort ?? 0);
    bob.send(V1);
    await bob.until('[ENTER YOUR NAME]: ');
  });

  it('a PROXY header of a trusted proxy counts as encryption for TLS_ONLY if it says that the client uses TLS', async () => {
    const { port } = await serve({ ...TRUSTED, ...(await sharedPair()), TLS_ONLY: 'true' });
    const secure = await SocketClient.connect(port);
    secure.send(Buffer.concat([version2(0x21, 0x11, [...IPV4, ...SSL]), Buffer.from('LOGIN ann\n')]));
    await secure.until('OK\n');
    const plain = await SocketClient.connect(port);
    plain.send(Buffer.concat([version2(0x21, 0x11, IPV4), Buffer.from('LOGIN bob\n')]));
    expect(await plain.toEnd()).toMatchObject({ text: 'ERR tls-required\n' });
  });

  it('a PROXY header of a trusted proxy makes limits and bans apply to the client, whose IPv6 /64 is one address', async () => {
    const storage = storageWith(({ bans }) => {
      const target = bans.blockOf('2001:db8:0:9::1') ?? '';
      bans.add({ kind: 'banned-address', target, shown: target, until: Infinity, by: 'op', reason: '' });
    });
    const { port } = await serveParty(
      { trustedProxies: ['127.0.0.1'], maxClientsPerAddress: 2 },
      { storage },
    );
    const from = async (address: string, name: string) => {
      const client = await SocketClient.connect(port);
      client.send(`PROXY TCP6 ${address} ::1 1 2\r\nLOGIN ${name}\n`);
      return client.until('\n');
    };
    expect(await from('2001:db8::1', 'a')).toBe('OK\n');
    expect(await from('2001:db8::2', 'b')).toBe('OK\n');
    expect(await from('2001:db8::3', 'c')).toBe('ERR too-many-connections\n');
    expect(await from('2001:db8:0:1::3', 'c')).toBe('OK\n');
    expect(await from('2001:db8:0:9:1234::2', 'd')).toBe('ERR banned\n');
    expect(await from('2001:db8:0:8::2', 'd')).toBe('OK\n');
  });

  it('an invalid or incomplete PROXY header of a trusted proxy closes the connection', async () => {
    const { port } = await serve({ ...TRUSTED, LOGIN_TIMEOUT: '0.5' });
    for (const header of [
      'PROXY TCP4 192.0.2.7 198.51.100.1 50000\r\n',
      'PROXY TCP4 2001:db8::1 ::1 1 2\r\n',
      'PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n',
      `PROXY TCP4 ${'1'.repeat(200)}`,
      'PROXY hello\r\n',
      'PROXY TCP4 192.0.2.7',
      version2(0x31, 0x11, IPV4),
      version2(0x21, 0x11, IPV4.slice(1)),
      version2(0x21, 0x11, IPV4).subarray(0, 20),
    ]) {
      const client = await SocketClient.connect(port);
      client.send(header);
      expect((await client.toEnd()).text).toBe('');
    }
  });
});

describe('a PROXY header of anyone else', () => {
  it.each([V1, 'PROXY UNKNOWN\r\n', version2(0x21, 0x11, IPV4), version2(0x20, 0, [])])(
    'a PROXY header of an untrusted peer is refused in one line and logged with the setting: %j',
    async (header) => {
      const server = await serve({ TRUSTED_PROXIES: '192.0.2.1', GOTALK_PORT: '0', ...(await sharedPair()) });
      const overTls = () => SocketClient.connectTls(server.port, { rejectUnauthorized: false });
      for (const connecting of [
        SocketClient.connect(server.port),
        SocketClient.connect(server.gotalkPort ?? 0),
        overTls(),
      ]) {
        const client = await connecting;
        client.send(Buffer.concat([Buffer.from(header), Buffer.from('LOGIN ann\n')]));
        expect(await client.toEnd()).toMatchObject({ text: 'ERR proxy-not-trusted\n', ending: 'fin' });
      }
      const warnings = server.log.events.filter(({ level }) => level === 'warn');
      expect(warnings.map(({ msg }) => msg)).toEqual([expect.stringContaining('TRUSTED_PROXIES')]);
    },
  );
});

describe('the client of an HTTP request', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7:0'],
    ['10.9.9.9, 192.0.2.7', '192.0.2.7:0'],
    ['192.0.2.7, 10.0.0.2, 127.0.0.1', '192.0.2.7:0'],
    ['192.0.2.7:1234', '192.0.2.7:0'],
    ['[2001:DB8::7]:1234', '[2001:db8::7]:0'],
    ['::ffff:192.0.2.7', '192.0.2.7:0'],
    ['192.0.2.7, unknown', null],
    ['10.0.0.2', null],
    ['', null],
  ])(
    'the client of an HTTP request is the rightmost address in X-Forwarded-For that is not a trusted proxy: %j',
    async (list, addr) => {
      const server = await serve({ TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/30' });
      const headers = { 'X-Forwarded-For': list };
      const ann = await WebSocketClient.connect(server.port, '/ws', { headers });
      ann.send('LOGIN ann');
      expect((await server.log.has({ tag: 'LOGIN', user: 'ann' })).addr).toMatch(
        addr ?? /^127\.0\.0\.1:\d+$/,
      );
    },
  );

  it('the client of an HTTP request is not taken from the headers of an untrusted peer', async () => {
    const server = await serve({ TRUSTED_PROXIES: '192.0.2.1' });
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' };
    const ann = await WebSocketClient.connect(server.port, '/ws', { headers });
    ann.send('LOGIN ann');
    expect((await server.log.has({ tag: 'LOGIN', user: 'ann' })).addr).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('the client of an HTTP request has its own limit, and the proxy has none', async () => {
    const { port } = await serveParty({
      trustedProxies: ['127.0.0.1'],
      exemptAddresses: [],
      maxClientsPerAddress: 1,
    });
    const from = async (address: string, name: string) => {
      const client = await WebSocketClient.connect(port, '/ws', { headers: { 'X-Forwarded-For': address } });
      client.send(`LOGIN ${name}`);
      return client.until('\n');
    };
    expect(await from('192.0.2.7', 'a')).toBe('OK\n');
    expect(await from('192.0.2.7', 'b')).toBe('ERR too-many-connections\n');
    expect(await from('192.0.2.8', 'c')).toBe('OK\n');
  });

  it('the client of an HTTP request passes TLS_ONLY if the proxy says that its connection is encrypted', async () => {
    const settings = { ...(await sharedPair()), TLS_ONLY: 'true' };
    const { port } = await serve({ ...TRUSTED, ...settings });
    const ask = async (proto: string) => {
      const client = await SocketClient.connect(port);
      client.send(`GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: ${proto}\r\n\r\n`);
      return (await client.until('\r\n')).split(' ')[1];
    };
    expect([await ask('https'), await ask('http'), await ask('https, http')]).toEqual(['200', '403', '403']);
    expect(await refusedUpgrade(port, '/ws')).toBe(403);
    await WebSocketClient.connect(port, '/ws', { headers: { 'X-Forwarded-Proto': 'https' } });
    const untrusted = await serve(settings);
    const headers = { 'X-Forwarded-Proto': 'https' };
    expect(await refusedUpgrade(untrusted.port, '/ws', { headers })).toBe(403);
  });
});

describe('a health check', () => {
  it('a health check that connects and closes is logged at debug alone', async () => {
    const server = await serve({ ...TRUSTED, LOG_LEVEL: 'debug' });
    for (const header of ['', version2(0x20, 0, [])]) {
      const probe = await SocketClient.connect(server.port);
      probe.end(header);
      expect((await probe.toEnd()).text).toBe('');
    }
    const reset = await SocketClient.connect(server.port);
    reset.reset();
    await server.log.has({ level: 'debug', msg: 'a connection closed without sending anything' });
    const ann = await SocketClient.login(server.port, 'ann');
    expect(await ann.fence()).toBe('');
    expect(server.log.tags().filter((tag) => tag === 'CONNECT' || tag === 'DISCONNECT')).toEqual(['CONNECT']);
  });
});

it('a PROXY header is recognised in any split', () => {
  for (const header of [Buffer.from(V1), version2(0x21, 0x21, [...IPV6, ...SSL])]) {
    for (let length = 1; length < header.length; length++) {
      expect(holdsProxyHeader(header.subarray(0, length))).toBe('more');
      expect(beginsProxyHeader(header.subarray(0, length))).not.toBe('no');
    }
    const whole = Buffer.concat([header, Buffer.from('LOGIN')]);
    expect(holdsProxyHeader(whole)).toBe('yes');
    expect(readProxyHeader(whole)).toMatchObject({ length: header.length });
  }
});
