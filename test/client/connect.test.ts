/** Lines over each transport; the far end is a plain listener, not a Partyline server. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo, type LineConnection } from '../../src/client/connect.js';
import { parseAddress } from '../../src/client/url.js';
import { temporaryFolder } from '../support/process.js';
import { Incoming } from '../support/socket-client.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Sends back what it gets, and what it is told to say at first. */
function echo(greeting: string): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => {});
    socket.write(greeting);
    socket.pipe(socket);
  };
}

interface Ear {
  readonly connection: LineConnection;
  /** What came, a line each; `<opened>` and `<closed: why>` among it. */
  readonly incoming: Incoming;
}

function connecting(url: string, ca: string | null = null): Ear {
  const address = parseAddress(url);
  if ('problem' in address) throw new Error(address.problem);
  const incoming = new Incoming();
  const connection = connectTo(address, { ca })({
    opened: () => incoming.push('<opened>\n'),
    heard: (line) => incoming.push(`${line}\n`),
    closed: (problem) => incoming.push(`<closed: ${problem}>\n`),
  });
  onTestFinished(() => connection.close());
  return { connection, incoming };
}

describe('a connection', () => {
  it('carries lines over TCP; one that is too long is left out', async () => {
    const port = await listening(createServer(echo(`one\r\n${'x'.repeat(40_000)}\ntwo\n`)));
    const { connection, incoming } = connecting(`localhost:${port}`);
    await incoming.until('<opened>\none\ntwo\n');
    connection.send(['three', 'four']);
    expect(await incoming.until('four\n')).toBe('three\nfour\n');
  });

  it('ends when the far end does', async () => {
    const port = await listening(createServer((socket) => socket.end('bye\n')));
    const { incoming } = connecting(`127.0.0.1:${port}`);
    expect(await incoming.until('<closed: null>\n')).toBe('<opened>\nbye\n<closed: null>\n');
  });

  it('says why there is none', async () => {
    expect(await connecting('127.0.0.1:1').incoming.until('>\n')).toBe('<closed: ECONNREFUSED>\n');
    expect(await connecting('ws://127.0.0.1:1').incoming.until('>\n')).toBe('<closed: ECONNREFUSED>\n');
  });

  it('gives up on bytes that never end a line', async () => {
    const port = await listening(
      createServer((socket) => socket.on('error', () => {}).write('x'.repeat(200_000))),
    );
    expect(await connecting(`127.0.0.1:${port}`).incoming.until('<closed: endless-line>\n')).toContain(
      '<opened>',
    );
  });

  it.skipIf(!hasOpenssl)('trusts a certificate over TLS only if it is told to (needs openssl)', async () => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    spawnSync('openssl', [...made, '-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', cert]);
    const pair = { key: readFileSync(key), cert: readFileSync(cert, 'utf8') };
    const port = await listening(createTlsServer(pair, echo('hello\n')).on('tlsClientError', () => {}));
    for (const host of ['localhost', '127.0.0.1']) {
      const trusting = connecting(`tls://${host}:${port}`, pair.cert);
      await trusting.incoming.until('<opened>\nhello\n');
      trusting.connection.send(['hi']);
      await trusting.incoming.until('hi\n');
    }
    const wary = connecting(`tls://localhost:${port}`);
    expect(await wary.incoming.until('>\n')).toBe('<closed: DEPTH_ZERO_SELF_SIGNED_CERT>\n');
  });
});
