/** Every way to come to the server, each dialect over each transport, and a table at which all of them sit and talk. */
import type { Values } from '../../src/config/load-config.js';
import type { RunningServer } from '../../src/server/server.js';
import { sharedPair } from '../support/certificate.js';
import { type Log, serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { gotalk, lines, machat, NOON, type Speaker } from './speakers.js';

/** A connection as the tests use it, whatever it runs over. */
export interface Line {
  send(bytes: string | Uint8Array): unknown;
  until(what: string | RegExp): Promise<string>;
  /** Says no more, and still listens. */
  end(): void;
  leave(): void;
  reset(): void;
  toEnd(): Promise<{ readonly text: string }>;
}

/** Where a server listens. */
export type Doors = Pick<RunningServer, 'port' | 'gotalkPort' | 'machatWsPort'>;

export interface Seat {
  readonly where: string;
  readonly speaker: Speaker;
  connect(doors: Doors): Promise<Line>;
}

const overTcp = ({ port }: Doors) => SocketClient.connect(port);
const onGotalksPort = ({ gotalkPort }: Doors) => SocketClient.connect(gotalkPort ?? 0);

/** Whom to trust is tested elsewhere. */
const TRUSTING = { rejectUnauthorized: false };
const overTls = ({ port }: Doors) => SocketClient.connectTls(port, TRUSTING);
const onGotalksPortOverTls = ({ gotalkPort }: Doors) => SocketClient.connectTls(gotalkPort ?? 0, TRUSTING);

/** What is sent at a time is one message, text or binary. It is never half open: who says no more closes it. */
const overWebSocket =
  (path: '/ws' | '/mychat', scheme: 'ws' | 'wss' = 'ws') =>
  async (doors: Doors) => {
    const port = path === '/mychat' ? doors.machatWsPort : doors.port;
    const client = await WebSocketClient.connect(port ?? 0, path, TRUSTING, scheme);
    return {
      send: (bytes: string | Uint8Array) => client.ws.send(bytes),
      until: (what: string | RegExp) => client.until(what),
      end: () => client.ws.close(),
      leave: () => client.ws.close(1001),
      reset: () => client.ws.terminate(),
      toEnd: () => client.toEnd(),
    };
  };

/** A transport more is a row more for each dialect that it carries. */
export const SEATS: readonly Seat[] = [
  { where: 'lines', speaker: lines, connect: overTcp },
  { where: 'machat', speaker: machat, connect: overTcp },
  { where: 'machat on the port of gotalk', speaker: machat, connect: onGotalksPort },
  { where: 'gotalk', speaker: gotalk, connect: onGotalksPort },
  { where: 'lines over WebSocket', speaker: lines, connect: overWebSocket('/ws') },
  { where: 'machat over WebSocket', speaker: machat, connect: overWebSocket('/ws') },
  { where: 'machat at /mychat', speaker: machat, connect: overWebSocket('/mychat') },
  { where: 'lines over TLS', speaker: lines, connect: overTls },
  { where: 'machat over TLS', speaker: machat, connect: overTls },
  { where: 'gotalk over TLS', speaker: gotalk, connect: onGotalksPortOverTls },
  { where: 'lines over WebSocket over TLS', speaker: lines, connect: overWebSocket('/ws', 'wss') },
];

export class Guest {
  /** All that it was ever sent. */
  everything = '';
  readonly name: string;
  readonly speaker: Speaker;
  readonly line: Line;

  constructor(name: string, { speaker }: Seat, line: Line) {
    this.name = name;
    this.speaker = speaker;
    this.line = line;
  }

  say(text: string): void {
    this.line.send(this.speaker.say(text));
  }
}

let fences = 0;

export class Table {
  readonly server: RunningServer & { readonly log: Log };
  /** Sees what is said in the lobby, and knows by it how far the server is. */
  readonly usher: SocketClient;
  /** One of each kind, in the lobby. */
  readonly guests: Guest[] = [];

  private constructor(server: Table['server'], usher: SocketClient) {
    this.server = server;
    this.usher = usher;
  }

  static async lay(settings: Values = {}): Promise<Table> {
    const server = await serve({
      GOTALK_PORT: '0',
      MACHAT_WS_PORT: '0',
      ...(await sharedPair()),
      ...settings,
    });
    const table = new Table(server, await SocketClient.login(server.port, 'usher'));
    for (const [number, seat] of SEATS.entries()) table.guests.push(await table.sit(seat, `guest${number}`));
    await table.heard();
    return table;
  }

  /** Comes in, by itself into the lobby; what it is told then is read. */
  async sit(seat: Seat, name: string, bytes = seat.speaker.login(name)): Promise<Guest> {
    const guest = new Guest(name, seat, await seat.connect(this.server));
    guest.line.send(bytes);
    await this.server.log.has({ tag: 'LOGIN', user: name });
    await this.hears(guest);
    return guest;
  }

  /** All that is said in the lobby up to this. */
  async seen(name: string, text: string): Promise<string> {
    return this.usher.until(lines.said(name, text));
  }

  /** What a guest was shown since it was last asked. */
  async hears(guest: Guest): Promise<string> {
    const fence = `fence-${++fences}`;
    this.usher.send(lines.tell(guest.name, fence) ?? '');
    const text = await guest.line.until(`${fence}\n`);
    guest.everything += text;
    return withoutTimes(text).slice(0, -guest.speaker.told('usher', fence).length);
  }

  /** The same for each of the guests. */
  async heard(): Promise<string[]> {
    const all: string[] = [];
    for (const guest of this.guests) all.push(await this.hears(guest));
    return all;
  }

  /** What each of the guests should be shown, put in its own words. */
  each(words: (speaker: Speaker, guest: Guest) => string): string[] {
    return this.guests.map((guest) => words(guest.speaker, guest));
  }
}

/** With every time stamp the same, so that it can be foretold. */
export function withoutTimes(text: string): string {
  return text.replace(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/g, NOON);
}
