/** Tests encrypted clients against a real server: `openssl s_client`, `ncat --ssl`, `partyline chat` and `send`. */
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Values } from '../../src/config/load-config.js';
import { partyline, Running } from './command.js';
import { certificatePair, type Pair } from '../support/certificate.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { Terminal, whyNot } from '../support/terminal.js';

const programs = {
  openssl: (port: number, pair: Pair) =>
    `s_client -quiet -verify_return_error -CAfile ${pair.certFile} -connect localhost:${port}`,
  ncat: (port: number, pair: Pair) => `--ssl-verify --ssl-trustfile ${pair.certFile} localhost ${port}`,
};
type Program = keyof typeof programs;

describe.each(['openssl', 'ncat'] as const)('two clients with %s', (program) => {
  const reason = whyNot(program);

  it.skipIf(reason !== '')(`two clients chat if they trust the certificate${reason}`, async () => {
    const { port, pair } = await serveTls();
    const naman = openTerminal(program, port, pair);
    naman.type('LOGIN Naman');
    await naman.until(/^OK\n/m);
    const yudi = openTerminal(program, port, pair);
    yudi.type('LOGIN Yudi');
    await yudi.until(/^OK\n/m);

    naman.type('MSG žluťoučký kůň 🐎');
    naman.type('DM Yudi hey this is private!');
    expect(await naman.fence()).toBe('');
    expect(await yudi.fence()).toBe('MSG Naman žluťoučký kůň 🐎\nDM Naman hey this is private!\n');

    naman.type('QUIT');
    await naman.until(/^INFO bye\n/m);
    await yudi.until(/^INFO Naman disconnected\n/m);
  });

  it.skipIf(reason !== '')(`two clients do not connect with another certificate${reason}`, async () => {
    const { port } = await serveTls();
    const client = openTerminal(program, port, await certificatePair());

    expect(await client.exited).not.toBe(0);
  });
});

describe(`a script that pipes into ncat --ssl${whyNot('ncat')}`, () => {
  it.skipIf(whyNot('ncat') !== '')(
    'a script that pipes into ncat --ssl gets its replies and exits, and its message is delivered',
    async () => {
      const { port, pair } = await serveTls({ TLS_ONLY: 'true' });
      const secure = SocketClient.connectTls(port, { ca: pair.cert });
      const listener = await SocketClient.login(port, 'naman', secure);

      const pipe = `printf 'LOGIN ci\\nMSG done' | ncat ${programs.ncat(port, pair)}`;
      const script = new Terminal('sh', ['-c', pipe]);

      expect(await script.exited).toBe(0);
      expect(script.take()).toBe('OK\n');
      expect(await listener.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
    },
  );
});

describe('partyline chat and send', () => {
  it.each(['tcp', 'tls', 'ws', 'wss'])('partyline chat and send work over %s://', async (scheme) => {
    const { port, pair } = await serveTls();
    const url = `${scheme}://localhost:${port}`;
    const trust = ['tls', 'wss'].includes(scheme) ? ['--ca', pair.certFile] : [];
    const bob = await SocketClient.login(port, 'bob');
    bob.send('JOIN dev\nMSG before\n');
    await bob.until('OK\n');

    const chat = new Running(['chat', url, ...trust, '--name', 'ann', '--room', 'dev']);
    await chat.until('bob: before\n');
    chat.type('hello\n');
    await bob.until('MSG ann hello\n');
    const sent = await partyline(['send', '--url', url, ...trust, '--room', 'dev'], 'two\nlines\n');

    expect(sent).toEqual({ code: 0, stdout: '', stderr: '' });
    await chat.until(/send-\S+: two\n.*send-\S+: lines\n/);
    expect(await bob.fence()).toMatch(/^INFO send-\S+ joined dev\nMSG send-\S+ two\nMSG send-\S+ lines\n/);
    chat.end();
    expect(await chat.ended).toMatchObject({ code: 0, stderr: '' });
    await bob.until('INFO ann disconnected\n');
  });

  it.each(['tls', 'wss'])(
    'partyline chat and send reconnect over %s:// after a cut and show the missed messages',
    async (scheme) => {
      const { port, pair } = await serveTls();
      const proxy = await startProxy(port);
      const url = `${scheme}://localhost:${proxy.port}`;
      const chat = new Running(['chat', url, '--ca', pair.certFile, '--name', 'ann']);
      const bob = await SocketClient.login(port, 'bob');
      await chat.until(/you are ann/);

      proxy.cut();
      await bob.until('INFO ann disconnected\n');
      bob.send('MSG while you were away\n');

      await chat.until('bob: while you were away\n');
      chat.end('back\n');
      await bob.until('MSG ann back\n');
      expect(await chat.ended).toMatchObject({ code: 0 });
    },
  );

  it.each(['tls', 'wss'])(
    'partyline chat and send work over %s:// with a server that requires encryption',
    async (scheme) => {
      const { port, pair } = await serveTls({ TLS_ONLY: 'true' });

      const url = `${scheme}://localhost:${port}`;
      expect(await partyline(['send', '--url', url, '--ca', pair.certFile, 'hello'])).toMatchObject({
        code: 0,
      });
    },
  );

  it.each(['chat', 'send'])(
    'partyline chat and send print advice for an untrusted certificate: %s',
    async (command) => {
      const { port } = await serveTls();
      const url = `tls://localhost:${port}`;

      const ran = await partyline(command === 'chat' ? ['chat', url] : ['send', '--url', url, 'hello']);

      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(
        /^partyline: [^\n]*is not trusted; if it is your own, give its cert.pem with --ca\n$/,
      );
    },
  );

  it.each(['tls', 'wss'])(
    'partyline chat and send print advice if the server does not accept %s://',
    async (scheme) => {
      const { port } = await serve();

      const ran = await partyline(['send', '--url', `${scheme}://localhost:${port}`, 'hello']);

      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(
        /^partyline: [^\n]* for a server without a certificate use tcp:\/\/ or ws:\/\/\n$/,
      );
    },
  );

  it('partyline chat and send print advice if the server refuses ws://', async () => {
    const { port } = await serveTls({ TLS_ONLY: 'true' });

    const ran = await partyline(['send', '--url', `ws://localhost:${port}`, 'hello']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^partyline: [^\n]* if it accepts encrypted connections only, use wss:\/\/ in its address\n$/,
    );
  });

  it.each(['chat', 'send'])(
    'partyline chat and send print advice if the server refuses plain text: %s',
    async (command) => {
      const { port } = await serveTls({ TLS_ONLY: 'true' });
      const url = `localhost:${port}`;

      const ran = await partyline(command === 'chat' ? ['chat', url] : ['send', '--url', url, 'hello']);

      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(
        /^partyline: [^\n]*encrypted connections only; use tls:\/\/ or wss:\/\/ in its address\n$/,
      );
    },
  );
});

/** A TCP proxy to this port that can cut all connections. */
async function startProxy(port: number): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, cut };
}

function openTerminal(program: Program, port: number, pair: Pair): Terminal {
  return new Terminal(program, programs[program](port, pair).split(' '));
}

async function serveTls(settings: Values = {}) {
  const pair = await certificatePair();
  return { ...(await serve({ ...pair.settings, ...settings })), pair };
}
