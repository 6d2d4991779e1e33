/** Every way to connect to the server, each dialect over each transport, and a room with a client of each. */
import type { Values } from '../../src/config/load-config.js';
import type { RunningServer } from '../../src/server/server.js';
import { sharedPair } from '../support/certificate.js';
import { type Log, serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { withoutHosts } from '../support/world.js';
import { gotalk, irc, lines, machat, NOON, type Speaker } from './speakers.js';

/** A connection, over any transport. */
export interface TestConnection {
  send(bytes: string | Uint8Array): unknown;
  until(what: string | RegExp): Promise<string>;
  /** Closes the sending side. */
  end(): void;
  leave(): void;
  reset(): void;
  toEnd(): Promise<{ readonly text: string }>;
}

/** Where a server listens. */
export type Ports = Pick<RunningServer, 'port' | 'gotalkPort' | 'machatWsPort' | 'ircPort'>;

export interface Endpoint {
  /** A client of this kind, as the subject of a test's title. */
  readonly name: string;
  readonly speaker: Speaker;
  connect(ports: Ports): Promise<TestConnection>;
}

const overTcp = ({ port }: Ports) => SocketClient.connect(port);
const onGotalkPort = ({ gotalkPort }: Ports) => SocketClient.connect(gotalkPort ?? 0);

const onIrcPort = ({ ircPort }: Ports) => SocketClient.connect(ircPort ?? 0);

/** The verification of certificates has its own tests. */
const UNVERIFIED = { rejectUnauthorized: false };
const overTls = ({ port }: Ports) => SocketClient.connectTls(port, UNVERIFIED);
const onGotalkPortOverTls = ({ gotalkPort }: Ports) => SocketClient.connectTls(gotalkPort ?? 0, UNVERIFIED);

/** Each send is one message, text or binary. A WebSocket is never half open: `end` closes it. */
const overWebSocket =
  (path: '/ws' | '/mychat', scheme: 'ws' | 'wss' = 'ws') =>
  async (ports: Ports) => {
    const port = path === '/mychat' ? ports.machatWsPort : ports.port;
    const client = await WebSocketClient.connect(port ?? 0, path, UNVERIFIED, scheme);
    return {
      send: (bytes: string | Uint8Array) => client.ws.send(bytes),
      until: (what: string | RegExp) => client.until(what),
      end: () => client.ws.close(),
      leave: () => client.ws.close(1001),
      reset: () => client.ws.terminate(),
      toEnd: () => client.toEnd(),
    };
  };

/** With a subprotocol of IRC: a message is a line without its end, and the output gets its ends back here. */
const overIrcWebSocket =
  (subprotocol: string) =>
  async ({ port }: Ports) => {
    const client = await WebSocketClient.connect(port, '/ws', UNVERIFIED, 'ws', {
      subprotocol,
      lineEnd: '\r\n',
    });
    return {
      send: (bytes: string | Uint8Array) => {
        for (const line of linesOf(Buffer.from(bytes))) client.ws.send(line);
      },
      until: (what: string | RegExp) => client.until(what),
      end: () => client.ws.close(),
      leave: () => client.ws.close(1001),
      reset: () => client.ws.terminate(),
      toEnd: () => client.toEnd(),
    };
  };

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf('\n', start);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}

/** A new transport is a new row for each dialect that it carries. */
export const ENDPOINTS: readonly Endpoint[] = [
  { name: 'a lines client', speaker: lines, connect: overTcp },
  { name: 'a machat client', speaker: machat, connect: overTcp },
  { name: 'a machat client on the port of gotalk', speaker: machat, connect: onGotalkPort },
  { name: 'a gotalk client', speaker: gotalk, connect: onGotalkPort },
  { name: 'a lines client over WebSocket', speaker: lines, connect: overWebSocket('/ws') },
  { name: 'a machat client over WebSocket', speaker: machat, connect: overWebSocket('/ws') },
  { name: 'a machat client at /mychat', speaker: machat, connect: overWebSocket('/mychat') },
  { name: 'a lines client over TLS', speaker: lines, connect: overTls },
  { name: 'a machat client over TLS', speaker: machat, connect: overTls },
  { name: 'a gotalk client over TLS', speaker: gotalk, connect: onGotalkPortOverTls },
  { name: 'a lines client over WebSocket over TLS', speaker: lines, connect: overWebSocket('/ws', 'wss') },
  { name: 'an irc client', speaker: irc, connect: overTcp },
  { name: 'an irc client on its port', speaker: irc, connect: onIrcPort },
  { name: 'an irc client over TLS', speaker: irc, connect: overTls },
  { name: 'an irc client over WebSocket', speaker: irc, connect: overWebSocket('/ws') },
  {
    name: 'an irc client over WebSocket with a subprotocol',
    speaker: irc,
    connect: overIrcWebSocket('binary.ircv3.net'),
  },
];

export class Member {
  /** All output that it has received. */
  everything = '';
  readonly name: string;
  readonly speaker: Speaker;
  readonly connection: TestConnection;

  constructor(name: string, { speaker }: Endpoint, connection: TestConnection) {
    this.name = name;
    this.speaker = speaker;
    this.connection = connection;
  }

  say(text: string): void {
    this.connection.send(this.speaker.say(text));
  }
}

let fences = 0;

/** A server with one member of each endpoint in its lobby. */
export class FullLobby {
  readonly server: RunningServer & { readonly log: Log };
  /** A client of lines in the lobby: what it has received shows how far the server is. */
  readonly observer: SocketClient;
  /** One per endpoint. */
  readonly members: Member[] = [];

  private constructor(server: FullLobby['server'], observer: SocketClient) {
    this.server = server;
    this.observer = observer;
  }

  static async open(settings: Values = {}): Promise<FullLobby> {
    const server = await serve({
      GOTALK_PORT: '0',
      MACHAT_WS_PORT: '0',
      IRC_PORT: '0',
      ...(await sharedPair()),
      ...settings,
    });
    const lobby = new FullLobby(server, await SocketClient.login(server.port, 'observer'));
    for (const [number, endpoint] of ENDPOINTS.entries())
      lobby.members.push(await lobby.connect(endpoint, `member${number}`));
    await lobby.receivedByAll();
    return lobby;
  }

  /** Connects and logs in, to the lobby unless `bytes` do otherwise. The output so far is read. */
  async connect(endpoint: Endpoint, name: string, bytes = endpoint.speaker.login(name)): Promise<Member> {
    const member = new Member(name, endpoint, await endpoint.connect(this.server));
    member.connection.send(bytes);
    await this.server.log.has({ tag: 'LOGIN', user: name });
    await this.receivedBy(member);
    return member;
  }

  /** Waits until the lobby has received this message. */
  async observed(name: string, text: string): Promise<string> {
    return this.observer.until(lines.said(name, text));
  }

  /** The output that a member has received since the last call. */
  async receivedBy(member: Member): Promise<string> {
    const fence = `fence-${++fences}`;
    this.observer.send(lines.tell(member.name, fence) ?? '');
    const text = await member.connection.until(new RegExp(`${fence}\\r?\\n`));
    member.everything += text;
    const told = member.speaker.told('observer', fence, { to: member.name });
    return comparable(text).slice(0, -told.length);
  }

  /** The same for each member. */
  async receivedByAll(): Promise<string[]> {
    const all: string[] = [];
    for (const member of this.members) all.push(await this.receivedBy(member));
    return all;
  }

  /** The expected output of each member, in its own dialect. */
  each(expected: (speaker: Speaker, member: Member) => string): string[] {
    return this.members.map((member) => expected(member.speaker, member));
  }
}

/** Output without what differs between two runs: times, hosts, and what the system tells of the end of a connection. */
export function comparable(text: string): string {
  return withoutHosts(text)
    .replace(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/g, NOON)
    .replace(/(QUIT :Connection) lost/g, '$1 closed');
}
