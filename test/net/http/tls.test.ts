/** HTTP and WebSocket inside TLS, on the port that serves all protocols. */
import { Agent, get } from 'node:https';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Values } from '../../../src/config/load-config.js';
import { certificatePair } from '../../support/certificate.js';
import { serve } from '../../support/process.js';
import { DEADLINE_MS, SocketClient } from '../../support/socket-client.js';
import { refusedUpgrade, WebSocketClient } from '../../support/websocket-client.js';

describe('HTTPS', () => {
  it('HTTPS serves several requests on one connection', async () => {
    const { port, ca } = await serveTls();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
    onTestFinished(() => agent.destroy());
    const ask = (path: string) =>
      new Promise<[status: number | undefined, body: string, port: number | undefined]>((resolve, reject) => {
        const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
          const { localPort } = response.socket;
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => (body += text));
          response.on('end', () => resolve([response.statusCode, body, localPort]));
        });
        request.on('error', reject);
      });

    const [healthz, other, metrics] = [
      await ask('/healthz'),
      await ask('/nothing/here'),
      await ask('/metrics'),
    ];

    expect(healthz.slice(0, 2)).toEqual([200, 'ok\n']);
    expect(other.slice(0, 2)).toEqual([
      404,
      `This is a chat server. To chat, type in a terminal: ncat --ssl 127.0.0.1 ${port}\n`,
    ]);
    expect(metrics[1]).toContain('partyline_connections{dialect="http"} 1\n');
    expect(new Set([healthz[2], other[2], metrics[2]]).size).toBe(1);
  });

  it('HTTPS serves a request whose client has already ended its side', async () => {
    const { secure } = await serveTls();
    const client = await secure();

    client.end('GET /healthz HTTP/1.0\r\n\r\n');

    expect(await client.toEnd()).toEqual({
      text: expect.stringMatching(/^HTTP\/1\.1 200 [^]*ok\n$/),
      ending: 'fin',
    });
  });
});

describe('a secure WebSocket', () => {
  it('a secure WebSocket chats with all other clients, on /ws and /mychat', async () => {
    const { port, ca } = await serveTls();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await WebSocketClient.connect(port, '/ws', { ca });
    bob.send('LOGIN bob', 'MSG hi from bob');
    await ann.until('MSG bob hi from bob\n');
    const mina = await WebSocketClient.connect(port, '/mychat', { ca });
    mina.send('{"name": "Mina", "room": "lobby"}', 'hi from Mina');
    expect(await mina.until('\n')).toBe('Mina:hi from Mina\n');

    ann.send('MSG žluťoučký kůň 🐎\n');

    expect(await bob.until('🐎\n')).toBe('OK\nMSG Mina hi from Mina\nMSG ann žluťoučký kůň 🐎\n');
    expect(await mina.until('🐎\n')).toBe('ann:žluťoučký kůň 🐎\n');
  });

  it('a secure WebSocket gets a long reply completely', async () => {
    const { port, ca, secure } = await serveTls();
    const talker = await SocketClient.login(port, 'talker', secure());
    talker.send(`MSG ${'x'.repeat(4000)}\n`.repeat(500));
    await talker.fence();
    const ann = await WebSocketClient.connect(port, '/ws', { ca });

    ann.send('LOGIN ann', 'HISTORY 500', 'HISTORY 500', 'PING done');

    await vi.waitFor(() => expect(ann.frames.at(-1)).toBe('PONG done'), { timeout: DEADLINE_MS });
    const whole = ann.frames.filter((frame) => /^HIST \d+ \S+ talker x{4000}$/.test(frame));
    expect(whole).toHaveLength(1000);
  });

  it('a secure WebSocket gets a notice when the server stops', async () => {
    const { port, ca, stop } = await serveTls();
    const ann = await WebSocketClient.connect(port, '/ws', { ca });
    ann.send('LOGIN ann');
    await ann.until('OK\n');

    await stop();

    expect(await ann.toEnd()).toMatchObject({ text: 'INFO server shutting down\n', code: 1001 });
  });

  it('a secure WebSocket whose client stops reading is closed, and other readers get every line', async () => {
    const { port, ca, log, secure } = await serveTls({ WRITE_QUEUE_BYTES: '64KiB' });
    const stopped = await WebSocketClient.connect(port, '/ws', { ca });
    stopped.send('LOGIN stopped');
    await stopped.until('OK\n');
    const talker = await SocketClient.login(port, 'talker', secure());
    const other = await WebSocketClient.connect(port, '/ws', { ca });
    other.send('LOGIN other');
    await other.until('OK\n');
    stopped.ws.pause();

    let sent = 0;
    const received: string[] = [];
    while (!log.events.some(({ tag, user }) => tag === 'DISCONNECT' && user === 'stopped')) {
      talker.send(Array.from({ length: 64 }, () => `MSG ${sent++} ${'x'.repeat(1000)}\n`).join(''));
      await talker.fence();
      received.push(...(await other.fence()).split('\n'));
    }

    expect(await log.has({ tag: 'DISCONNECT', user: 'stopped' })).toMatchObject({
      why: 'reading too slowly',
    });
    received.push(...(await other.fence()).split('\n'));
    const numbers = received
      .filter((line) => line.startsWith('MSG'))
      .map((line) => Number(line.split(' ')[2]));
    expect(numbers).toEqual(Array.from({ length: sent }, (_, number) => number));
  });

  it('a secure WebSocket is accepted with TLS_ONLY, and a plain one is not', async () => {
    const { port, ca } = await serveTls({ TLS_ONLY: 'true', MACHAT_WS_PORT: '0' });
    const ann = await WebSocketClient.connect(port, '/ws', { ca });
    ann.send('LOGIN ann');

    expect(await ann.until('\n')).toBe('OK\n');
    expect(await refusedUpgrade(port, '/ws')).toBe(403);
    expect(await refusedUpgrade(port, '/mychat')).toBe(403);
  });
});

async function serveTls(settings: Values = {}) {
  const { cert: ca, settings: pair } = await certificatePair();
  const server = await serve({ ...pair, ...settings });
  return { ...server, ca, secure: () => SocketClient.connectTls(server.port, { ca }) };
}
