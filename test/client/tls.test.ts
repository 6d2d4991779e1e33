/** The programs that people encrypt with: `openssl s_client`, `ncat --ssl` and our own, against a real server. */
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

describe.each(['openssl', 'ncat'] as const)('two people with %s', (program) => {
  const reason = whyNot(program);

  it.skipIf(reason !== '')(`trust the certificate that was made, and chat${reason}`, async () => {
    const { port, pair } = await serveTls();
    const naman = person(program, port, pair);
    naman.type('LOGIN Naman');
    await naman.until(/^OK\n/m);
    const yudi = person(program, port, pair);
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

  it.skipIf(reason !== '')(`do not trust another certificate${reason}`, async () => {
    const { port } = await serveTls();
    const stranger = person(program, port, await certificatePair());

    expect(await stranger.exited).not.toBe(0);
  });
});

describe(`a script that pipes into ncat --ssl${whyNot('ncat')}`, () => {
  it.skipIf(whyNot('ncat') !== '')('gets its answers and ends, and what it said was heard', async () => {
    const { port, pair } = await serveTls({ TLS_ONLY: 'true' });
    const secure = SocketClient.connectTls(port, { ca: pair.cert });
    const listener = await SocketClient.login(port, 'naman', secure);

    const pipe = `printf 'LOGIN ci\\nMSG done' | ncat ${programs.ncat(port, pair)}`;
    const script = new Terminal('sh', ['-c', pipe]);

    expect(await script.exited).toBe(0);
    expect(script.take()).toBe('OK\n');
    expect(await listener.fence()).toBe('MSG ci done\nINFO ci disconnected\n');
  });
});

describe('partyline chat and send', () => {
  it.each(['tcp', 'tls', 'ws', 'wss'])('talk over %s://', async (scheme) => {
    const { port, pair } = await serveTls();
    const where = `${scheme}://localhost:${port}`;
    const trust = ['tls', 'wss'].includes(scheme) ? ['--ca', pair.certFile] : [];
    const bob = await SocketClient.login(port, 'bob');
    bob.send('JOIN dev\nMSG before\n');
    await bob.until('OK\n');

    const chat = new Running(['chat', where, ...trust, '--name', 'ann', '--room', 'dev']);
    await chat.until('bob: before\n');
    chat.type('hello\n');
    await bob.until('MSG ann hello\n');
    const sent = await partyline(['send', '--url', where, ...trust, '--room', 'dev'], 'two\nlines\n');

    expect(sent).toEqual({ code: 0, stdout: '', stderr: '' });
    await chat.until(/send-\S+: two\n.*send-\S+: lines\n/);
    expect(await bob.fence()).toMatch(/^INFO send-\S+ joined dev\nMSG send-\S+ two\nMSG send-\S+ lines\n/);
    chat.end();
    expect(await chat.ended).toMatchObject({ code: 0, stderr: '' });
    await bob.until('INFO ann disconnected\n');
  });

  it.each(['tls', 'wss'])(
    'come back over %s:// when the connection breaks, and show what was missed',
    async (scheme) => {
      const { port, pair } = await serveTls();
      const cable = await cableTo(port);
      const url = `${scheme}://localhost:${cable.port}`;
      const chat = new Running(['chat', url, '--ca', pair.certFile, '--name', 'ann']);
      const bob = await SocketClient.login(port, 'bob');
      await chat.until(/you are ann/);

      cable.cut();
      await bob.until('INFO ann disconnected\n');
      bob.send('MSG while you were away\n');

      await chat.until('bob: while you were away\n');
      chat.end('back\n');
      await bob.until('MSG ann back\n');
      expect(await chat.ended).toMatchObject({ code: 0 });
    },
  );

  it.each(['tls', 'wss'])('talk over %s:// to a server that only encrypts', async (scheme) => {
    const { port, pair } = await serveTls({ TLS_ONLY: 'true' });

    const url = `${scheme}://localhost:${port}`;
    expect(await partyline(['send', '--url', url, '--ca', pair.certFile, 'hello'])).toMatchObject({
      code: 0,
    });
  });

  it.each(['chat', 'send'])('%s says what to do where the certificate is not known', async (command) => {
    const { port } = await serveTls();
    const url = `tls://localhost:${port}`;

    const ran = await partyline(command === 'chat' ? ['chat', url] : ['send', '--url', url, 'hello']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^partyline: [^\n]*is signed by nobody known; if it is yours, give its cert.pem with --ca\n$/,
    );
  });

  it.each(['tls', 'wss'])('say what to do where %s:// is not spoken', async (scheme) => {
    const { port } = await serve();

    const ran = await partyline(['send', '--url', `${scheme}://localhost:${port}`, 'hello']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^partyline: [^\n]* a server without a certificate has tcp:\/\/ or ws:\/\/\n$/,
    );
  });

  it('say what to do where ws:// is refused', async () => {
    const { port } = await serveTls({ TLS_ONLY: 'true' });

    const ran = await partyline(['send', '--url', `ws://localhost:${port}`, 'hello']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^partyline: [^\n]* if it takes encrypted connections only, use wss:\/\/ in its address\n$/,
    );
  });

  it.each(['chat', 'send'])('%s says what to do where plain text is refused', async (command) => {
    const { port } = await serveTls({ TLS_ONLY: 'true' });
    const url = `localhost:${port}`;

    const ran = await partyline(command === 'chat' ? ['chat', url] : ['send', '--url', url, 'hello']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^partyline: [^\n]*encrypted connections only; use tls:\/\/ or wss:\/\/ in its address\n$/,
    );
  });
});

/** A connection to that port which can be cut. */
async function cableTo(port: number): Promise<{ port: number; cut(): void }> {
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

function person(program: Program, port: number, pair: Pair): Terminal {
  return new Terminal(program, programs[program](port, pair).split(' '));
}

async function serveTls(settings: Values = {}) {
  const pair = await certificatePair();
  return { ...(await serve({ ...pair.settings, ...settings })), pair };
}
