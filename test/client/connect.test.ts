/** Tests `connectTo` over TCP and TLS against plain listeners, without a Partyline server. */
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
import { isInstalled } from '../support/programs.js';
import { Incoming } from '../support/socket-client.js';

const hasOpenssl = isInstalled('openssl', 'version');

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Sends a greeting, then echoes its input. */
function echo(greeting: string): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => {});
    socket.write(greeting);
    socket.pipe(socket);
  };
}

interface TestConnection {
  readonly connection: LineConnection;
  /** The received lines, with `<opened>` and `<closed: problem>` among them. */
  readonly incoming: Incoming;
}

function connectTest(url: string, ca: string | null = null): TestConnection {
  const address = parseAddress(url);
  if ('problem' in address) throw new Error(address.problem);
  const incoming = new Incoming();
  const connection = connectTo(address, { ca })({
    onOpen: () => incoming.push('<opened>\n'),
    onLine: (line) => incoming.push(`${line}\n`),
    onClose: (problem) => incoming.push(`<closed: ${problem}>\n`),
  });
  onTestFinished(() => connection.close());
  return { connection, incoming };
}

describe('connectTo', () => {
  it('connectTo passes lines over TCP and skips a line that is too long', async () => {
    const port = await listening(createServer(echo(`one\r\n${'x'.repeat(40_000)}\ntwo\n`)));
    const { connection, incoming } = connectTest(`localhost:${port}`);
    await incoming.until('<opened>\none\ntwo\n');
    connection.send(['three', 'four']);
    expect(await incoming.until('four\n')).toBe('three\nfour\n');
  });

  it('connectTo reports the end of the connection', async () => {
    const port = await listening(createServer((socket) => socket.end('bye\n')));
    const { incoming } = connectTest(`127.0.0.1:${port}`);
    expect(await incoming.until('<closed: null>\n')).toBe('<opened>\nbye\n<closed: null>\n');
  });

  it('connectTo reports why a connection failed', async () => {
    expect(await connectTest('127.0.0.1:1').incoming.until('>\n')).toBe('<closed: ECONNREFUSED>\n');
    expect(await connectTest('ws://127.0.0.1:1').incoming.until('>\n')).toBe('<closed: ECONNREFUSED>\n');
  });

  it('connectTo disconnects from a peer that never ends a line', async () => {
    const port = await listening(
      createServer((socket) => socket.on('error', () => {}).write('x'.repeat(200_000))),
    );
    expect(await connectTest(`127.0.0.1:${port}`).incoming.until('<closed: endless-line>\n')).toContain(
      '<opened>',
    );
  });

  it.skipIf(!hasOpenssl)(
    'connectTo trusts a self-signed certificate only if it is given (needs openssl)',
    async () => {
      const folder = temporaryFolder();
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
      spawnSync('openssl', [
        ...made,
        '-subj',
        '/CN=localhost',
        '-addext',
        names,
        '-keyout',
        key,
        '-out',
        cert,
      ]);
      const pair = { key: readFileSync(key), cert: readFileSync(cert, 'utf8') };
      const port = await listening(createTlsServer(pair, echo('hello\n')).on('tlsClientError', () => {}));
      for (const host of ['localhost', '127.0.0.1']) {
        const withCa = connectTest(`tls://${host}:${port}`, pair.cert);
        await withCa.incoming.until('<opened>\nhello\n');
        withCa.connection.send(['hi']);
        await withCa.incoming.until('hi\n');
      }
      const withoutCa = connectTest(`tls://localhost:${port}`);
      expect(await withoutCa.incoming.until('>\n')).toBe('<closed: DEPTH_ZERO_SELF_SIGNED_CERT>\n');
    },
  );
});
