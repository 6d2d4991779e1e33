/**
 * Whatever comes, on whatever port, the server stays up, the others chat on, and when it is over nothing is left of it.
 * A few hundred connections here; `npm run test:fuzz` has ten thousand. FUZZ_SEED repeats what failed.
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
/** What may stay in memory: the histories of rooms that were made up on the way, and what V8 keeps for later. */
const MAY_STAY_BYTES = 4 * 1024 * 1024;

it(
  `${CONNECTIONS} connections of noise and of near sense leave nothing behind (FUZZ_SEED=${SEED})`,
  { timeout: 60_000 + 20 * CONNECTIONS },
  async () => {
    const server = await launch({
      env: {
        ...TELLS_ITS_MEMORY,
        LOG_TEXT: 'false',
        LOGIN_TIMEOUT: '1',
        GREETING_DELAY: '0.2',
        GOTALK_PORT: '0',
        MACHAT_WS_PORT: '0',
        ...(await sharedPair()),
      },
    });
    const doors = await doorsOf(server);
    const ports = [doors.port, doors.gotalkPort, doors.machatWsPort];
    const random = randomFrom(SEED);
    const onlooker = await Onlooker.come(doors.port);
    const bystanders: Bystander[] = [];
    for (const [number, endpoint] of ENDPOINTS.entries()) {
      const name = `bystander${number}`;
      bystanders.push(await Bystander.come(endpoint, doors, name));
      await server.log.has({ tag: 'LOGIN', user: name });
    }

    const chatting = chatOn(bystanders);
    const descriptors = descriptorsOf(server);
    // The first of them fill what is bounded and stays, such as caches.
    await sendCrowd({ ports, connections: CONNECTIONS / 4, random });
    await descriptorsBackTo(server, descriptors);
    await forgetWhatWasSaid(server);
    const before = await memoryOf(server);
    await sendCrowd({ ports, connections: CONNECTIONS, random });
    await descriptorsBackTo(server, descriptors);
    await forgetWhatWasSaid(server);
    const after = await memoryOf(server);
    const rounds = await chatting.stop();

    expect(onlooker.heardBytes).toBeGreaterThan(1000);
    expect(onlooker.heardForbidden).toBe(false);
    expect(rounds).toBeGreaterThan(CONNECTIONS / 200);
    expect(after - before).toBeLessThan(MAY_STAY_BYTES);
    expect(server.log.events.filter(({ tag, level }) => tag === 'ERROR' || level === 'fatal')).toEqual([]);
    expect(server.stderr.replace(/^memory \d+\n/gm, '')).toBe('');
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  },
);

/** Its ports, in the order in which it opens them. */
async function doorsOf({ log, port }: PartylineProcess) {
  await vi.waitFor(() => expect(log.tags().filter((tag) => tag === 'LISTEN')).toHaveLength(3), {
    timeout: 10_000,
  });
  const [, gotalkPort = 0, machatWsPort = 0] = log.events
    .filter(({ tag }) => tag === 'LISTEN')
    .map((event) => Number(event.port));
  return { port, gotalkPort, machatWsPort };
}

/** Reads all that the crowd says to the lobby. */
class Onlooker {
  heardBytes = 0;
  heardForbidden = false;

  static async come(port: number): Promise<Onlooker> {
    const onlooker = new Onlooker();
    const socket = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => {
      onlooker.heardBytes += text.length;
      onlooker.heardForbidden ||= FORBIDDEN.test(text);
    });
    socket.write('LOGIN onlooker\n');
    await once(socket, 'data');
    return onlooker;
  }
}

/** Someone who was there before, in a room of their own. */
class Bystander {
  readonly #speaker: Speaker;
  readonly #line: TestConnection;

  private constructor(speaker: Speaker, line: TestConnection) {
    this.#speaker = speaker;
    this.#line = line;
  }

  static async come({ speaker, connect }: Endpoint, doors: Ports, name: string): Promise<Bystander> {
    const line = await connect(doors);
    line.send(speaker.enter(name, 'quiet'));
    return new Bystander(speaker, line);
  }

  say(text: string): void {
    this.#line.send(this.#speaker.say(text));
  }

  async hears(text: string): Promise<void> {
    expect(await this.#line.until(`${text}\n`)).not.toMatch(FORBIDDEN);
  }
}

/** Each says something, and all the others hear it, over and over. */
function chatOn(bystanders: readonly Bystander[]): { stop(): Promise<number> } {
  let on = true;
  let rounds = 0;
  const chat = async () => {
    for (; on; rounds++) {
      await pause(5);
      for (const speaker of bystanders) {
        speaker.say(`round ${rounds}`);
        for (const other of bystanders) if (other !== speaker) await other.hears(`round ${rounds}`);
      }
    }
    return rounds;
  };
  const chatting = chat();
  // It is looked at in the end; a failure before that is not left without anyone to catch it.
  chatting.catch(() => {});
  return {
    stop: () => {
      on = false;
      return chatting;
    },
  };
}

/** The last 1,000 messages of a room are kept: makes them small ones, in the rooms that many came to. */
async function forgetWhatWasSaid({ port }: PartylineProcess): Promise<void> {
  const client = await SocketClient.connect(port);
  client.send('LOGIN sweeper\n');
  for (const room of ['lobby', 'dev']) client.send(`JOIN ${room}\n${'MSG swept\n'.repeat(1000)}`);
  client.end('QUIT\n');
  await client.toEnd();
}

/** Waits until the process has as many open as before; those who do not read may take it its ten seconds. */
async function descriptorsBackTo(server: PartylineProcess, before: number): Promise<void> {
  await vi.waitFor(() => expect(descriptorsOf(server)).toBe(before), { timeout: 20_000, interval: 50 });
}

/** Where the system does not tell, none. */
function descriptorsOf({ pid }: PartylineProcess): number {
  const folder = `/proc/${pid}/fd`;
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** Bytes that the process cannot do without: what a collection leaves of the heap, and buffers. */
async function memoryOf(server: PartylineProcess): Promise<number> {
  const told = server.stderr.length;
  server.signal('SIGUSR2');
  const figure = () => Number(/memory (\d+)\n/.exec(server.stderr.slice(told))?.[1]);
  await vi.waitFor(() => expect(figure()).toBeGreaterThan(0), { timeout: 10_000 });
  return figure();
}

/** A module that the process loads before the server, which knows nothing of it. */
const TELLS_ITS_MEMORY = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    import { writeSync } from 'node:fs';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.on('SIGUSR2', () => {
      collect();
      collect(); // what is outside of the heap goes with the second one
      const { heapUsed, external } = process.memoryUsage();
      writeSync(2, 'memory ' + (heapUsed + external) + '\\n');
    });
  `)}`,
};
