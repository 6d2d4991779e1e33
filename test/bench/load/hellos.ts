/** Measures how long others wait while many clients begin a TLS handshake at once. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { inParallel } from './audience.js';
import type { HellosJob, Order, Report } from './job.js';
import { Pinging } from './pinging.js';
import { moment, rates } from './usage.js';

/** The load sends this many hellos between two looks at the answers, so that it does not stall itself. */
const helloesAtOnce = 50;

/** The clients with a ping in flight log in first; the others only connect, and then all send their hello. */
export async function hellos(order: Order, job: HellosJob): Promise<Report> {
  const pinging = await Pinging.start(order, job.pingers);
  const hello = await recordedHello();
  const sockets: Socket[] = [];
  await inParallel(job.clients, order.loginsAtOnce, async () => {
    sockets.push(await open(order.host, order.port));
  });
  await pinging.reset();

  const before = moment(order);
  const answers = sockets.map(
    (socket) => new Promise<void>((resolve) => socket.once('data', () => resolve()).once('close', resolve)),
  );
  for (const [index, socket] of sockets.entries()) {
    socket.write(hello);
    if (index % helloesAtOnce === helloesAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(answers);
  const after = moment(order);
  const longestMs = await pinging.longestMs();
  return { values: { ...rates(job.clients, before, after), longestMs }, remarks: [] };
}

/** The first message of a TLS client, which a server can answer as often as it arrives. */
async function recordedHello(): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  client.on('error', () => {});
  const hello = await new Promise<Buffer>((resolve) =>
    server.once('connection', (socket) => socket.once('data', resolve)),
  );
  client.destroy();
  server.close();
  return hello;
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => resolve(socket)).on('error', reject);
  });
}
