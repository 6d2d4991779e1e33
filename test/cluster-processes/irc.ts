/** An IRC client of a test with real servers: it asks, and waits for the PONG behind its commands. */
import { onTestFinished } from 'vitest';
import { SocketClient } from '../support/socket-client.js';
import type { Node } from './node.js';

export interface IrcOptions {
  readonly caps?: string;
  /** The account and its password, for SASL. */
  readonly account?: readonly [name: string, password: string];
  readonly rooms?: readonly string[];
}

const CAPS = 'server-time message-tags batch';

let fences = 0;

export class Irc {
  readonly socket: SocketClient;

  private constructor(socket: SocketClient) {
    this.socket = socket;
    onTestFinished(() => socket.leave());
  }

  /** Connects, logs in, and enters these rooms in place of the lobby. What it receives up to then is discarded. */
  static async login(
    node: Node,
    nick: string,
    { caps = '', account, rooms = [] }: IrcOptions = {},
  ): Promise<Irc> {
    const client = new Irc(await SocketClient.connect(node.port));
    client.send(`CAP REQ :${CAPS} ${account === undefined ? '' : 'sasl '}${caps}`.trimEnd());
    client.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
    if (account !== undefined) {
      const [name, password] = account;
      client.send(
        'AUTHENTICATE PLAIN',
        `AUTHENTICATE ${Buffer.from(`\0${name}\0${password}`).toString('base64')}`,
      );
      await client.until(/ 903 /);
    }
    client.send('CAP END');
    await client.until(/ 001 /);
    client.send('PART #lobby', ...rooms.map((room) => `JOIN ${room}`));
    await client.ask();
    return client;
  }

  send(...lines: readonly string[]): void {
    this.socket.send(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Sends lines, and returns those that came until they had their effect, without hosts and times. */
  async ask(...lines: readonly string[]): Promise<string[]> {
    const token = `irc-fence-${++fences}`;
    this.send(...lines, `PING ${token}`);
    const text = await this.socket.until(`${token}\r\n`);
    return text.split('\r\n').slice(0, -2).map(plain);
  }

  /** Waits for a line, and returns all up to it. */
  async until(line: RegExp): Promise<string[]> {
    const text = await this.socket.until(new RegExp(`^.*(?:${line.source}).*\\r\\n`, 'm'));
    return text.split('\r\n').slice(0, -1).map(plain);
  }
}

/** The host differs on each run, the time by what else the machine does. */
function plain(line: string): string {
  return line
    .replace(/\b[a-z2-7]{10}\.partyline/g, 'host')
    .replace(/(^@|;)time=[^; ]*;?/, '$1')
    .replace(/^@ /, '');
}
