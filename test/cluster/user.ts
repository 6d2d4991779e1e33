/** One user of the property tests, of any dialect: its connection, and the process that it leads to. */
import { ircConversationOf } from '../support/irc.js';
import { passwordOf, type Peer } from '../support/world.js';
import type { TestServer } from './cluster-world.js';
import { RealHub } from './real-hub.js';

export interface Login {
  readonly name: string;
  readonly dialect: 'lines' | 'irc';
  /** The name whose password it gives; none without it. For IRC, the account that it logs in to. */
  readonly account?: string;
}

const CAPS =
  'sasl server-time message-tags batch echo-message away-notify account-notify extended-join multi-prefix ' +
  'draft/message-redaction draft/read-marker';

export class User {
  readonly login: Login;
  readonly #server: TestServer;
  readonly #address: string;
  #peer: Peer | null = null;
  #hub: RealHub | null = null;

  constructor(server: TestServer, login: Login, address: string) {
    this.login = login;
    this.#server = server;
    this.#address = address;
  }

  /** Connects if there is no connection, and the server accepts one. */
  connect(): void {
    const { machine, state, isRunning, isPaused } = this.#server;
    if (!(machine instanceof RealHub) || !isRunning || isPaused || state !== 'live') return;
    if (this.#isConnected) return;
    const isIrc = this.login.dialect === 'irc';
    this.#hub = machine;
    this.#peer = isIrc
      ? machine.connect(this.#address, ircConversationOf(machine.world))
      : machine.connect(this.#address);
    this.#peer.say(isIrc ? ircEntrance(this.login) : linesEntrance(this.login));
  }

  send(text: string): void {
    if (this.#isConnected && !this.#server.isPaused) this.#peer?.say(text);
  }

  vanish(): void {
    if (this.#isConnected) this.#peer?.vanish();
  }

  read(): string {
    return this.#peer?.read() ?? '';
  }

  get #isConnected(): boolean {
    const isSame = this.#hub !== null && this.#hub === this.#server.machine && this.#server.isRunning;
    return isSame && this.#peer?.isEnding === false;
  }
}

function linesEntrance({ name, account }: Login): string {
  const secret = account === undefined ? '' : ` ${passwordOf(account)}`;
  return `TAGS ON\nLOGIN ${name}${secret}\n`;
}

function ircEntrance({ name, account }: Login): string {
  const sasl =
    account === undefined
      ? []
      : ['AUTHENTICATE PLAIN', `AUTHENTICATE ${base64(`\0${account}\0${passwordOf(account)}`)}`];
  const lines = [`CAP REQ :${CAPS}`, `NICK ${name}`, `USER ${name} 0 * :${name}`, ...sasl, 'CAP END'];
  return lines.map((line) => `${line}\r\n`).join('');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
