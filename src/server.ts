/** The only place where the parts meet: start, drain, stop. */
import type { Socket } from 'node:net';
import { systemClock } from './clock.js';
import { Alone } from './cluster/alone.js';
import type { Config } from './config.js';
import { Hub } from './core/hub.js';
import { Voices } from './core/voice.js';
import { conversationIn, type DialectName } from './dialects/index.js';
import { Admission } from './gateway/admission.js';
import { Gateway } from './gateway/gateway.js';
import { Wheel } from './gateway/wheel.js';
import { MemoryHistory } from './history/memory.js';
import { type Logger, logEvent } from './log.js';
import { LogWitness } from './log-witness.js';
import { connectionsWithin, describeShortage } from './net/descriptors.js';
import { FrontDoor } from './net/front-door.js';
import { listenTcp } from './net/tcp.js';
import { rawFraming } from './wire/framing.js';

/** A client that speaks first does so within this; the others are greeted by GoTalk. */
const GOTALK_SILENCE_MS = 300;

export interface RunningServer {
  readonly port: number;
  /** Where GoTalk's clients are greeted; null if nowhere. */
  readonly gotalkPort: number | null;
  /** Accepts no more, tells everyone, flushes, closes; at most for the shutdown grace. */
  stop(): Promise<void>;
}

/** Rejects with the system's error if the port or the address cannot be had. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const clock = systemClock;
  const wheel = new Wheel(clock);
  const history = new MemoryHistory();
  const report = (error: unknown) => log.error({ tag: 'ERROR', err: error }, '[ERROR]');
  const hub = new Hub({
    history,
    sequencer: (settle) => new Alone(settle, history.lastId()),
    witnesses: log.isLevelEnabled('info') ? [new LogWitness(log, config)] : [],
    defer: setImmediate,
    now: clock.now,
    writeQueueBytes: config.writeQueueBytes,
    announceLogin: config.announceLogin,
    historyFailed: report,
  });
  const descriptors = connectionsWithin(config.maxClients);
  const gateway = new Gateway({
    hub,
    wheel,
    clock,
    voices: new Voices(),
    timeouts: config,
    report,
    admission: new Admission({ ...config, maxClients: descriptors.connections }),
    turnedAway: (count) =>
      log.warn(`${count} connections were closed unheard: more were refused at once than can be told why`),
  });
  const open = async (port: number, fallback: DialectName, silenceMs: number) => {
    const door = new FrontDoor({
      wheel,
      fallback,
      silenceMs,
      loginTimeoutMs: config.loginTimeoutMs,
      enter: (address) => gateway.enter(address),
      attend: (dialect, transport, visit) =>
        gateway.attend(transport, rawFraming, conversationIn(dialect, config), visit),
      // A browser has nothing to say here.
      serveHttp: (socket) => socket.destroy(),
      serveTls: null,
    });
    const connected = (socket: Socket) => door.enter(socket);
    const listener = await listenTcp({ host: config.host, port, connected, failed: report });
    logEvent(log, 'LISTEN', { host: config.host, port: listener.port, fallback });
    return {
      port: listener.port,
      close() {
        listener.close();
        door.close();
      },
    };
  };
  const main = await open(config.port, 'lines', config.greetingDelayMs);
  const listeners = [main];
  if (config.gotalkPort !== null) {
    try {
      listeners.push(await open(config.gotalkPort, 'gotalk', GOTALK_SILENCE_MS));
    } catch (error) {
      main.close();
      throw error;
    }
  }
  const shortage = describeShortage(descriptors);
  if (shortage !== null) log.warn(shortage);

  let stopped: Promise<void> | null = null;
  const stop = async () => {
    logEvent(log, 'SHUTDOWN', { users: hub.userCount });
    for (const listener of listeners) listener.close();
    await within(config.shutdownGraceMs, gateway.close());
    wheel.stop();
  };
  return {
    port: main.port,
    gotalkPort: listeners[1]?.port ?? null,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Settles with the promise, or when the time is over. */
function within(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
