/** A reader that has stopped and one that crawls, beside a thousand that read: nobody else notices them. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const READERS = 1000;
/** More than the system takes for one who does not read (4 MiB and a bit) and the server keeps for him (1 MiB). */
const MESSAGES = 6_500;
const BURST = 50;
const TEXT = 'x'.repeat(1000);
/** What the one who crawls takes at a time, ten times a second. */
const CRAWL_BYTES = 48 * 1024;

/** Counts what it hears and looks whether the order is kept, and keeps nothing of it. */
class Reader {
  readonly #socket: Socket;
  #rest = '';
  #heard = 0;
  #complete: () => void = () => {};
  inOrder = true;
  readonly ready: Promise<void>;
  readonly complete = new Promise<void>((resolve) => {
    this.#complete = resolve;
  });

  constructor(port: number, name: string, crawls = false) {
    this.#socket = connect({ host: '127.0.0.1', port });
    this.ready = new Promise((resolve, reject) => {
      this.#socket.once('connect', () => this.#socket.write(`LOGIN ${name}\n`));
      this.#socket.once('error', reject);
      this.#socket.once('data', () => {
        if (crawls) this.#crawl();
        else this.#socket.on('data', (bytes) => this.#hear(bytes));
        resolve();
      });
    });
    onTestFinished(() => {
      this.#socket.destroy();
    });
  }

  #crawl(): void {
    this.#socket.pause();
    this.#socket.on('readable', () => {});
    const timer = setInterval(() => {
      const bytes: unknown = this.#socket.read(Math.min(CRAWL_BYTES, this.#socket.readableLength));
      if (Buffer.isBuffer(bytes)) this.#hear(bytes);
    }, 100);
    onTestFinished(() => clearInterval(timer));
  }

  #hear(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('MSG ann ')) continue;
      if (!line.startsWith(`MSG ann ${this.#heard++} `)) this.inOrder = false;
      if (this.#heard === MESSAGES) this.#complete();
    }
  }
}

describe('beside a reader that has stopped and one that crawls', () => {
  it('a thousand get every message in order; the one is put out and told of, the other gets it all', async () => {
    const { port, log } = await launch({
      env: { DATA_DIR: temporaryFolder(), LOG_TEXT: 'false', IDLE_TIMEOUT: '0', HEARTBEAT_INTERVAL: '0' },
    });
    const readers = Array.from({ length: READERS }, (_, index) => new Reader(port, `r${index}`));
    const crawler = new Reader(port, 'crawler', true);
    await Promise.all([...readers, crawler].map(({ ready }) => ready));
    const stopped = await SocketClient.login(port, 'stopped');
    const bystander = await SocketClient.login(port, 'bystander');
    const ann = await SocketClient.login(port, 'ann');
    stopped.stopReading();

    for (let sent = 0; sent < MESSAGES; sent += BURST) {
      const burst = Array.from({ length: BURST }, (_, index) => `MSG ${sent + index} ${TEXT}\n`);
      void ann.send(burst.join(''));
      await ann.fence();
      await bystander.fence();
    }

    await Promise.all(readers.map(({ complete }) => complete));
    expect(readers.filter(({ inOrder }) => !inOrder)).toHaveLength(0);
    await log.has({ tag: 'DISCONNECT', user: 'stopped', why: 'reading too slowly' });
    await crawler.complete;
    expect(crawler.inOrder).toBe(true);
    expect(log.events.filter(({ tag }) => tag === 'DISCONNECT')).toHaveLength(1);
  });
});
