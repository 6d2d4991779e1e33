/** A client that stops reading and one that reads slowly, beside hundreds of others that they must not delay. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { shortened } from './form.js';

const READERS = shortened(200, 1000);
/** More than the socket buffers of a client that does not read (about 4 MiB) and the server's write queue (1 MiB). */
const MESSAGES = 6_500;
const BURST = 50;
const TEXT = 'x'.repeat(1000);
/** The slow client is at most this many messages behind: less than what the server and its socket hold for a client. */
const SLOW_BEHIND = 2_000;
/** The slow client reads this many bytes, ten times per second. */
const SLOW_READ_BYTES = 48 * 1024;

/** Counts the messages it receives and checks their order, without storing them. */
class Reader {
  readonly #socket: Socket;
  #partialLine = '';
  count = 0;
  #complete: () => void = () => {};
  inOrder = true;
  readonly ready: Promise<void>;
  readonly complete = new Promise<void>((resolve) => {
    this.#complete = resolve;
  });

  constructor(port: number, name: string, isSlow = false) {
    this.#socket = connect({ host: '127.0.0.1', port });
    this.ready = new Promise((resolve, reject) => {
      this.#socket.once('connect', () => this.#socket.write(`LOGIN ${name}\n`));
      this.#socket.once('error', reject);
      this.#socket.once('data', () => {
        if (isSlow) this.#readSlowly();
        else this.#socket.on('data', (bytes) => this.#onData(bytes));
        resolve();
      });
    });
    onTestFinished(() => {
      this.#socket.destroy();
    });
  }

  #readSlowly(): void {
    this.#socket.pause();
    this.#socket.on('readable', () => {});
    const timer = setInterval(() => {
      const bytes: unknown = this.#socket.read(Math.min(SLOW_READ_BYTES, this.#socket.readableLength));
      if (Buffer.isBuffer(bytes)) this.#onData(bytes);
    }, 100);
    onTestFinished(() => clearInterval(timer));
  }

  #onData(bytes: Buffer): void {
    const lines = (this.#partialLine + bytes.toString('latin1')).split('\n');
    this.#partialLine = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('MSG ann ')) continue;
      if (!line.startsWith(`MSG ann ${this.count++} `)) this.inOrder = false;
      if (this.count === MESSAGES) this.#complete();
    }
  }
}

describe('beside a client that does not read and one that reads slowly', () => {
  it(`${READERS} readers get all messages in order beside a client that does not read, which is disconnected`, async () => {
    const { port, log } = await launch({
      env: { DATA_DIR: temporaryFolder(), LOG_TEXT: 'false', IDLE_TIMEOUT: '0', HEARTBEAT_INTERVAL: '0' },
    });
    const readers = Array.from({ length: READERS }, (_, index) => new Reader(port, `r${index}`));
    const slowReader = new Reader(port, 'slow', true);
    await Promise.all([...readers, slowReader].map(({ ready }) => ready));
    const stopped = await SocketClient.login(port, 'stopped');
    const bystander = await SocketClient.login(port, 'bystander');
    const ann = await SocketClient.login(port, 'ann');
    stopped.stopReading();

    for (let sent = 0; sent < MESSAGES; sent += BURST) {
      if (slowReader.count < sent - SLOW_BEHIND)
        await expect.poll(() => slowReader.count, { timeout: 60_000 }).toBeGreaterThan(sent - SLOW_BEHIND);
      const burst = Array.from({ length: BURST }, (_, index) => `MSG ${sent + index} ${TEXT}\n`);
      void ann.send(burst.join(''));
      await ann.fence();
      await bystander.fence();
    }

    await Promise.all(readers.map(({ complete }) => complete));
    expect(readers.filter(({ inOrder }) => !inOrder)).toHaveLength(0);
    await log.has({ tag: 'DISCONNECT', user: 'stopped', why: 'reading too slowly' });
    await slowReader.complete;
    expect(slowReader.inOrder).toBe(true);
    expect(log.events.filter(({ tag }) => tag === 'DISCONNECT')).toHaveLength(1);
  });
});
