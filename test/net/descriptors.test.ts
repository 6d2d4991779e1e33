/** File descriptors: none is left open, however a client leaves. */
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { launch } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** Each visit with each way to leave 20 times, at once and after an answer. */
const CONNECTIONS = 1_200;
const AT_ONCE = 200;
const STAY_MS = 50;

/** What a client does before it leaves; the server answers each. */
const VISITS: readonly ((socket: Socket) => void)[] = [
  () => {},
  (socket) => socket.write('LOG'),
  (socket) => socket.write('LOGIN ann\nPING\n'),
  (socket) => socket.write('HELP\n'.repeat(1000)),
  (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  (socket) => socket.write('GET /healthz HT'),
  (socket) => socket.write(Buffer.from([0x16, 3, 1, 0, 200, 1, 0])),
  (socket) => socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 50000 4000\r\n'),
  (socket) => socket.write('NICK ann\r\nUSER ann 0 * :Ann\r\n'),
  (socket) => socket.end('LOGIN ann\nQUIT\n'),
];

const LEAVES: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => {
    socket.end();
    setTimeout(() => socket.destroy(), STAY_MS);
  },
  (socket) => socket.destroy(),
];

describe.runIf(process.platform === 'linux')('file descriptors', () => {
  it.each(['auto', 'public'])(
    'file descriptors of many clients that leave in all ways are closed, with TRANSPORT=%s',
    async (transport) => {
      const server = await launch({
        env: { TRANSPORT: transport, LOG_LEVEL: 'info', LOGIN_TIMEOUT: '2', HISTORY: 'memory' },
      });
      const open = () => readdirSync(`/proc/${server.pid}/fd`).length;
      const fence = async () => (await SocketClient.login(server.port, 'fence')).fence();
      await fence();
      const before = open();

      let next = 0;
      const visitInTurn = async () => {
        while (next < CONNECTIONS) await visit(server.port, next++);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, visitInTurn));

      await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(before + 1), { timeout: 20_000 });
      expect(await (await SocketClient.login(server.port, 'zoe')).fence()).toBe('');
      expect(server.log.events.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    },
  );
});

function visit(port: number, number: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const leave = () => LEAVES[number % LEAVES.length]?.(socket);
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.once('connect', () => {
      VISITS[number % VISITS.length]?.(socket);
      // Some leave at once, some after an answer.
      if (number % 4 === 0) setImmediate(leave);
      else {
        socket.once('data', leave);
        setTimeout(leave, STAY_MS);
      }
    });
  });
}
