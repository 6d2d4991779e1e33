/**
 * Checks over real connections, once for the process, whether handles behave on this version of Node and this system as
 * HandleConnection expects. Whatever differs, the server uses sockets instead.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextPass } from 'node:timers/promises';
import type { Bytes, TransportHandler } from '../core/ports.js';
import { noop } from '../util/noop.js';
import { type HandleConnection, HandleConnections } from './handle-connection.js';
import { acceptHandles, handleBinding } from './tcp-handle.js';

/** A whole check takes some 20 ms. */
const CHECK_TIMEOUT_MS = 3_000;
const CHUNK: Bytes = Buffer.alloc(1024 * 1024, 'x');
/** More than the buffers of a connection hold. */
const MAX_CHUNKS = 64;

export type HandleCheck =
  | { readonly connections: HandleConnections }
  /** Why handles cannot be used. */
  | { readonly problem: string };

let checked: Promise<HandleCheck> | undefined;

export function checkHandles(): Promise<HandleCheck> {
  return (checked ??= check());
}

async function check(): Promise<HandleCheck> {
  const binding = handleBinding();
  if (binding === null) return { problem: 'this version of Node.js has other ones, or does not permit them' };
  const connections = new HandleConnections(binding);
  const pairs = new Pairs(connections);
  let step = 'listening';
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it takes too long')), CHECK_TIMEOUT_MS);
  });
  const run = async () => {
    await pairs.listen();
    for (const [name, check] of STEPS) {
      step = name;
      await check(pairs);
    }
    connections.onChecked();
  };
  try {
    await Promise.race([run(), timeout]);
    return { connections };
  } catch (error) {
    return { problem: `${step}: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
    pairs.close();
  }
}

const STEPS: readonly (readonly [string, (pairs: Pairs) => Promise<void>])[] = [
  ['reading and writing', readAndWrite],
  ['pausing', pauseAndResume],
  ['a write that is not finished at once', writeInParts],
  ['a text that is not written at once', writeTextInParts],
  ['the end of one side', endOneSide],
  ['a close during a write', closeDuringWrite],
  ['a reset', reset],
  ['a socket of a handle', handOver],
];

async function readAndWrite(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  expect(connection.peer === `127.0.0.1:${client.localPort}`, 'the address of the peer');
  client.write('one');
  await recorder.has('one');
  expect(connection.write(Buffer.from('ONE')), 'a write at once');
  expect(connection.unsentBytes === 0, 'no unsent bytes');
  expect((await received(client, 3)) === 'ONE', 'the written bytes');
  expect(connection.write('é') && connection.textBytes === 2, 'a text written at once');
  expect((await received(client, 2)) === '\xc3\xa9', 'the written text');
  connection.serve(recorder);
  client.write('two');
  await recorder.has('onetwo');
}

async function pauseAndResume(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  connection.pause();
  await new Promise((resolve) => client.write('one', resolve));
  for (let pass = 0; pass < 3; pass++) await nextPass();
  expect(recorder.text === '', 'no bytes during a pause');
  connection.resume();
  await recorder.has('one');
}

async function writeInParts(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.pause();
  const chunks = fill(connection);
  expect(connection.unsentBytes > 0 && connection.unsentBytes <= CHUNK.length, 'unsent bytes');
  let bytes = 0;
  client.on('data', (data: Buffer) => (bytes += data.length)).resume();
  await until(() => recorder.drains === 1);
  expect(connection.unsentBytes === 0, 'no unsent bytes after draining');
  await until(() => bytes === chunks * CHUNK.length);
}

async function writeTextInParts(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.pause();
  const chunks = fill(connection);
  const texts = Array.from({ length: 100 }, (_, index) => `${index}é`.repeat(1000));
  for (const text of texts) {
    expect(!connection.write(text), 'a text behind another write');
    expect(connection.textBytes === Buffer.byteLength(text, 'utf8'), 'the bytes of a text');
  }
  const parts: Buffer[] = [];
  let bytes = -chunks * CHUNK.length;
  client.on('data', (data: Buffer) => {
    bytes += data.length;
    if (bytes > 0) parts.push(data.subarray(-bytes));
  });
  client.resume();
  await until(() => recorder.drains === 1);
  const whole = Buffer.from(texts.join(''), 'utf8');
  await until(() => bytes >= whole.length);
  expect(Buffer.concat(parts).equals(whole), 'the written texts');
}

async function endOneSide(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.end('last');
  await until(() => recorder.isEnded);
  expect(recorder.text === 'last' && connection.hasEnded && !recorder.isClosed, 'the end of the peer');
  const ended = new Promise((resolve) => client.on('end', resolve));
  connection.end(Buffer.from('bye'));
  expect((await received(client, 3)) === 'bye', 'the bytes after the end of the peer');
  await ended;
  await until(() => recorder.isClosed);
}

async function closeDuringWrite(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.pause();
  fill(connection);
  connection.close();
  connection.destroy();
  await until(() => recorder.isClosed);
  for (let pass = 0; pass < 3; pass++) await nextPass();
  expect(connection.write(CHUNK) && connection.unsentBytes === 0, 'no write after the close');
  expect(recorder.drains === 0, 'no drain after the close');
}

async function reset(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.resetAndDestroy();
  await until(() => recorder.isClosed);
  expect(connection.write(CHUNK), 'no write after a reset');
}

async function handOver(pairs: Pairs): Promise<void> {
  const { client, connection, recorder } = await pairs.open();
  client.write('one');
  await recorder.has('one');
  const socket = connection.toSocket();
  pairs.add(socket);
  client.write('two');
  expect((await received(socket, 3)) === 'two', 'the bytes of a socket');
  socket.end('three');
  expect((await received(client, 5)) === 'three', 'the bytes from a socket');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  client.end();
  await closed;
}

/** Writes until the peer takes no more. */
function fill(connection: HandleConnection): number {
  for (let chunks = 1; chunks <= MAX_CHUNKS; chunks++) if (!connection.write(CHUNK)) return chunks;
  throw new Error('every write is finished at once');
}

async function received(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length)
    text += await new Promise<string>((resolve, reject) => {
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')));
      socket.once('close', () => reject(new Error('closed too early')));
    });
  return text;
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`not as expected: ${what}`);
}

interface Pair {
  readonly client: Socket;
  readonly connection: HandleConnection;
  readonly recorder: Recorder;
}

/** Connections of this process with itself. */
class Pairs {
  readonly #server: Server = createServer();
  readonly #connections: HandleConnections;
  readonly #open = new Set<{ destroy(): void }>();
  /** By the peer: a connection may be accepted before its client is told that it is. Other programs may connect too. */
  readonly #accepted = new Map<string, HandleConnection>();

  constructor(connections: HandleConnections) {
    this.#connections = connections;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.on('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    const accepts = acceptHandles(this.#server, noop, (handle) => {
      const connection = this.#connections.open(handle);
      connection.pause();
      this.#accepted.set(connection.peer, connection);
      this.#open.add(connection);
    });
    expect(accepts, 'the handle of a listener');
    this.#server.on('connection', (socket) => socket.destroy());
  }

  async open(): Promise<Pair> {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const client = connect({ host: '127.0.0.1', port: address.port, allowHalfOpen: true });
    client.on('error', noop);
    this.#open.add(client);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('close', () => reject(new Error('closed too early')));
    });
    const peer = `127.0.0.1:${client.localPort}`;
    await until(() => this.#accepted.has(peer) || client.destroyed);
    const connection = this.#accepted.get(peer);
    if (connection === undefined) throw new Error('no connection of the client');
    const recorder = new Recorder();
    connection.handler = recorder;
    connection.resume();
    return { client, connection, recorder };
  }

  add(socket: Socket): void {
    this.#open.add(socket);
  }

  close(): void {
    for (const one of this.#open) one.destroy();
    this.#server.close();
  }
}

/** Notes what happens to a connection. */
class Recorder implements TransportHandler {
  text = '';
  drains = 0;
  isEnded = false;
  isClosed = false;

  onData(bytes: Bytes): void {
    this.text += Buffer.from(bytes).toString('latin1');
  }

  onDrain(): void {
    this.drains++;
  }

  onEnd(): void {
    this.isEnded = true;
  }

  onClose(): void {
    this.isClosed = true;
  }

  async has(text: string): Promise<void> {
    await until(() => this.text.length >= text.length || this.isClosed);
    expect(this.text === text, 'the bytes that are read');
  }
}

/** Looks once in each pass of the event loop. */
async function until(isReached: () => boolean): Promise<void> {
  const end = performance.now() + CHECK_TIMEOUT_MS;
  while (!isReached()) {
    if (performance.now() > end) throw new Error('it takes too long');
    await nextPass();
  }
}
