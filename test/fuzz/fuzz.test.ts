/**
 * Random input on every port: the server stays up, other clients chat on, and memory and descriptors return to what they
 * were. Here with a few hundred connections; `npm run test:fuzz` has ten thousand. FUZZ_SEED repeats a failed run.
 */
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FORBIDDEN } from '../dialects/common.js';
import { type Endpoint, ENDPOINTS, type Ports, type TestConnection } from '../dialects/endpoints.js';
import type { Speaker } from '../dialects/speakers.js';
import { sharedPair } from '../support/certificate.js';
import { launch, type PartylineProcess } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { sendCrowd } from './crowd.js';
import { randomFrom } from './script.js';

const CONNECTIONS = Number(process.env.FUZZ_CONNECTIONS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** Memory that may remain: the history of rooms that the input created, and caches of V8. */
const MAX_GROWTH_BYTES = 4 * 1024 * 1024;

it(
  `${CONNECTIONS} connections with random and nearly valid input leave nothing behind (FUZZ_SEED=${SEED})`,
  { timeout: 300_000 + 20 * CONNECTIONS },
  async () => {
    const server = await launch({
      env: {
        ...MEMORY_REPORT,
        LOG_TEXT: 'false',
        LOGIN_TIMEOUT: '1',
        // The observer only listens.
        IDLE_TIMEOUT: '600',
        GREETING_DELAY: '0.2',
        GOTALK_PORT: '0',
        MACHAT_WS_PORT: '0',
        IRC_PORT: '0',
        ...(await sharedPair()),
      },
    });
    const open = await portsOf(server);
    const ports = [open.port, open.gotalkPort, open.machatWsPort, open.ircPort];
    const random = randomFrom(SEED);
    const observer = await Observer.connect(open.port);
    const bystanders: Bystander[] = [];
    for (const [number, endpoint] of ENDPOINTS.entries()) {
      const name = `bystander${number}`;
      bystanders.push(await Bystander.connect(endpoint, open, name));
      await server.log.has({ tag: 'LOGIN', user: name });
    }

    const chatting = chatOn(bystanders);
    const descriptors = descriptorsOf(server);
    // The first connections fill what is bounded and remains, such as caches.
    await sendCrowd({ ports, connections: CONNECTIONS / 4, random });
    await descriptorsBackTo(server, descriptors);
    await replaceHistory(server);
    const before = await memoryOf(server);
    const figures = await figuresOf(server);
    await sendCrowd({ ports, connections: CONNECTIONS, random });
    await descriptorsBackTo(server, descriptors);
    await replaceHistory(server);
    const after = await memoryOf(server);
    await vi.waitFor(async () => expect(await figuresOf(server)).toEqual(figures), { timeout: 10_000 });
    const rounds = await chatting.stop();

    expect(observer.receivedBytes).toBeGreaterThan(1000);
    expect(observer.hasForbidden).toBe(false);
    expect(rounds).toBeGreaterThan(CONNECTIONS / 1000);
    expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(server.log.events.filter(({ tag, level }) => tag === 'ERROR' || level === 'fatal')).toEqual([]);
    expect(server.stderr.replace(/^memory \d+\n/gm, '')).toBe('');
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  },
);

/** Its ports, from the log, in the order in which it opens them. */
async function portsOf({ log, port }: PartylineProcess) {
  await vi.waitFor(() => expect(log.tags().filter((tag) => tag === 'LISTEN')).toHaveLength(4), {
    timeout: 10_000,
  });
  const [, gotalkPort = 0, ircPort = 0, machatWsPort = 0] = log.events
    .filter(({ tag }) => tag === 'LISTEN')
    .map((event) => Number(event.port));
  return { port, gotalkPort, ircPort, machatWsPort };
}

/** Reads everything that the crowd says in the lobby. */
class Observer {
  receivedBytes = 0;
  hasForbidden = false;

  static async connect(port: number): Promise<Observer> {
    const observer = new Observer();
    const socket = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => {
      observer.receivedBytes += text.length;
      observer.hasForbidden ||= FORBIDDEN.test(text);
    });
    socket.write('LOGIN observer\n');
    await once(socket, 'data');
    return observer;
  }
}

/** A client that was connected before, in a room that the crowd does not enter. */
class Bystander {
  readonly #speaker: Speaker;
  readonly #connection: TestConnection;

  private constructor(speaker: Speaker, connection: TestConnection) {
    this.#speaker = speaker;
    this.#connection = connection;
  }

  static async connect({ speaker, connect }: Endpoint, ports: Ports, name: string): Promise<Bystander> {
    const connection = await connect(ports);
    connection.send(speaker.enter(name, 'quiet'));
    return new Bystander(speaker, connection);
  }

  say(text: string): void {
    this.#connection.send(this.#speaker.say(text, 'quiet'));
  }

  async receives(text: string): Promise<void> {
    const received = await this.#connection.until(new RegExp(`${text}\\r?\\n`));
    expect(received.replaceAll('\r\n', '\n')).not.toMatch(FORBIDDEN);
  }
}

/** Again and again, each client says something, and all others must receive it. */
function chatOn(bystanders: readonly Bystander[]): { stop(): Promise<number> } {
  let on = true;
  let rounds = 0;
  const chat = async () => {
    for (; on; rounds++) {
      await pause(5);
      for (const speaker of bystanders) {
        speaker.say(`round ${rounds}`);
        for (const other of bystanders) if (other !== speaker) await other.receives(`round ${rounds}`);
      }
    }
    return rounds;
  };
  const chatting = chat();
  // A failure is reported by `stop`; without this it would be an unhandled rejection until then.
  chatting.catch(() => {});
  return {
    stop: () => {
      on = false;
      return chatting;
    },
  };
}

/** Fills the history of the common rooms, which is bounded by its number of messages, with short messages. */
async function replaceHistory({ port }: PartylineProcess): Promise<void> {
  const client = await SocketClient.connect(port);
  client.send('LOGIN sweeper\n');
  for (const room of ['lobby', 'dev']) client.send(`JOIN ${room}\n${'MSG swept\n'.repeat(1000)}`);
  client.end('QUIT\n');
  await client.toEnd();
}

/**
 * Waits until the process has as many descriptors as before. Clients that do not read may take ten seconds, and those that
 * guessed passwords and keys 15 for each of five guesses.
 */
async function descriptorsBackTo(server: PartylineProcess, before: number): Promise<void> {
  await vi.waitFor(() => expect(descriptorsOf(server)).toBeLessThanOrEqual(before), {
    timeout: 100_000,
    interval: 50,
  });
}

/** The number of open descriptors; 0 on systems that do not list them. */
function descriptorsOf({ pid }: PartylineProcess): number {
  const folder = `/proc/${pid}/fd`;
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** The users, rooms and connections that the server counts. */
async function figuresOf({ port }: PartylineProcess): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } });
  const lines = (await response.text()).split('\n');
  // The request itself is a connection of HTTP.
  return lines.filter((line) => /^partyline_(?:users|rooms|connections\{(?!.*http))/.test(line));
}

/** The bytes of the heap and of buffers after a garbage collection. */
async function memoryOf(server: PartylineProcess): Promise<number> {
  const start = server.stderr.length;
  server.signal('SIGUSR2');
  const figure = () => Number(/memory (\d+)\n/.exec(server.stderr.slice(start))?.[1]);
  await vi.waitFor(() => expect(figure()).toBeGreaterThan(0), { timeout: 10_000 });
  return figure();
}

/** A module that the process loads before the server: SIGUSR2 writes the memory in use to stderr. */
const MEMORY_REPORT = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    import { writeSync } from 'node:fs';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.on('SIGUSR2', () => {
      collect();
      collect(); // the second one frees buffers outside of the heap
      const { heapUsed, external } = process.memoryUsage();
      writeSync(2, 'memory ' + (heapUsed + external) + '\\n');
    });
  `)}`,
};
