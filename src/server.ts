/** The only place where the parts meet: start, drain, stop. */
import type { Socket } from 'node:net';
import { readBanner } from './banner-file.js';
import { systemClock } from './clock.js';
import { Alone } from './cluster/alone.js';
import type { Config } from './config.js';
import { isEveryAddress } from './config-kinds.js';
import { Hub } from './core/hub.js';
import type { Framing, Transport, Visit } from './core/ports.js';
import { Voices } from './core/voice.js';
import { GotalkDialect } from './dialects/gotalk-words.js';
import { conversationIn, DIALECT_NAMES, type DialectName, type DialectOptions } from './dialects/index.js';
import { Admission } from './gateway/admission.js';
import { Gateway } from './gateway/gateway.js';
import { Wheel } from './gateway/wheel.js';
import { MemoryHistory } from './history/memory.js';
import { type Logger, logEvent } from './log.js';
import { LogWitness } from './log-witness.js';
import { Metrics } from './metrics.js';
import { connectionsWithin, describeShortage } from './net/descriptors.js';
import { FirstFrames } from './net/first-frame.js';
import { FrontDoor } from './net/front-door.js';
import { createHttp } from './net/http.js';
import { listenTcp, type TcpListener } from './net/tcp.js';
import { rawFraming } from './wire/framing.js';
import { webSocketFraming } from './wire/websocket-framing.js';

/** A client that speaks first does so within this; the others are greeted by GoTalk. */
const GOTALK_SILENCE_MS = 300;

export interface RunningServer {
  readonly port: number;
  /** Where GoTalk's clients are greeted; null if nowhere. */
  readonly gotalkPort: number | null;
  /** The port of MaChat's WebSocket clients; null if they have none of their own. */
  readonly machatWsPort: number | null;
  /** Accepts no more, tells everyone, flushes, closes; at most for the shutdown grace. */
  stop(): Promise<void>;
}

/** Rejects with the system's error if the port or the address cannot be had, with a ConfigError if a file cannot be used. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const dialects = dialectOptions(config);
  const clock = systemClock;
  const wheel = new Wheel(clock);
  const history = new MemoryHistory();
  const report = (error: unknown) => log.error({ tag: 'ERROR', err: error }, '[ERROR]');
  const doors: FrontDoor[] = [];
  const metrics: Metrics = new Metrics({
    users: () => hub.userCount,
    rooms: () => hub.roomCount,
    connections: () =>
      new Map([
        ...DIALECT_NAMES.map((dialect) => [dialect, 0] as const),
        ...gateway.connections(),
        ['http', http.connections],
        ['undecided', [firstFrames, ...doors].reduce((sum, { undecided }) => sum + undecided, 0)],
      ]),
  });
  const hub = new Hub({
    history,
    sequencer: (settle) => new Alone(settle, history.lastId()),
    witnesses: log.isLevelEnabled('info') ? [new LogWitness(log, config)] : [],
    defer: setImmediate,
    now: clock.now,
    writeQueueBytes: config.writeQueueBytes,
    announceLogin: config.announceLogin,
    historyFailed: report,
    meter: metrics,
  });
  const descriptors = connectionsWithin(config.maxClients);
  const gateway = new Gateway({
    hub,
    wheel,
    clock,
    voices: new Voices(),
    timeouts: config,
    meter: metrics,
    report,
    admission: new Admission({ ...config, maxClients: descriptors.connections }),
    turnedAway: (count) =>
      log.warn(`${count} connections were closed unheard: more were refused at once than can be told why`),
  });
  const attendIn = (framing: Framing) => (dialect: DialectName, transport: Transport, visit: Visit) =>
    gateway.attend(transport, framing, conversationIn(dialect, dialects), visit);
  const attendWebSocket = attendIn(webSocketFraming);
  const firstFrames = new FirstFrames({
    wheel,
    silenceMs: config.greetingDelayMs,
    loginTimeoutMs: config.loginTimeoutMs,
    attend: attendWebSocket,
  });
  const http = createHttp({
    clock,
    host: isEveryAddress(config.host) ? null : config.host,
    loginTimeoutMs: config.loginTimeoutMs,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    allowedOrigins: config.allowedOrigins,
    metrics: () => metrics.page(),
    accept: (transport, path, visit) =>
      path === '/mychat' ? attendWebSocket('machat', transport, visit) : firstFrames.attend(transport, visit),
    failed: report,
  });
  const listeners: TcpListener[] = [];
  const open = async (port: number, fallback: DialectName, silenceMs: number) => {
    const door = new FrontDoor({
      wheel,
      fallback,
      silenceMs,
      loginTimeoutMs: config.loginTimeoutMs,
      enter: (address) => gateway.enter(address),
      attend: attendIn(rawFraming),
      serveHttp: (socket, first, visit) => http.handle(socket, first, visit),
      serveTls: null,
    });
    const connected = (socket: Socket) => door.enter(socket);
    const listener = await listenTcp({ host: config.host, port, connected, failed: report });
    logEvent(log, 'LISTEN', { host: config.host, port: listener.port, fallback });
    doors.push(door);
    listeners.push(listener);
    return listener.port;
  };
  const { port, gotalkPort, machatWsPort } = await openAll(config, open).catch((error: unknown) => {
    for (const listener of listeners) listener.close();
    metrics.close();
    throw error;
  });
  const shortage = describeShortage(descriptors);
  if (shortage !== null) log.warn(shortage);

  let stopped: Promise<void> | null = null;
  const stop = async () => {
    logEvent(log, 'SHUTDOWN', { users: hub.userCount });
    for (const listener of listeners) listener.close();
    http.drain();
    for (const waiting of [firstFrames, ...doors]) waiting.close();
    await within(
      config.shutdownGraceMs,
      gateway.close().then(() => http.close()),
    );
    wheel.stop();
    metrics.close();
  };
  return {
    port,
    gotalkPort,
    machatWsPort,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

type Open = (port: number, fallback: DialectName, silenceMs: number) => Promise<number>;

/** All the listeners that are wanted; the one that must be there comes first. */
async function openAll({ port, gotalkPort, machatWsPort, greetingDelayMs }: Config, open: Open) {
  return {
    port: await open(port, 'lines', greetingDelayMs),
    gotalkPort: gotalkPort === null ? null : await open(gotalkPort, 'gotalk', GOTALK_SILENCE_MS),
    machatWsPort: machatWsPort === null ? null : await open(machatWsPort, 'lines', greetingDelayMs),
  };
}

/** How each dialect is spoken on this server. */
function dialectOptions({ maxLineBytes, historyReplay, bannerFile }: Config): DialectOptions {
  const banner = bannerFile === null ? {} : { banner: readBanner(bannerFile) };
  return { maxLineBytes, gotalk: { dialect: new GotalkDialect({ historyReplay }), ...banner } };
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
