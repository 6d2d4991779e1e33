/** The IRC clients of users, in tmux: their screens are compared loosely, since each draws a line in its own way. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasTmux, Pane } from '../support/pane.js';
import { temporaryFolder } from '../support/process.js';
import { isInstalled } from '../support/programs.js';

export interface IrcClientOptions {
  readonly port: number;
  readonly nick: string;
  /** Logs in with SASL PLAIN. */
  readonly account?: { readonly name: string; readonly password: string };
  /** Connects with TLS, and trusts this certificate alone. */
  readonly trustedCertificate?: string;
}

export interface IrcClientKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Starts the program, which connects by itself. It is not waited for. */
  start(options: IrcClientOptions): IrcClient;
}

export abstract class IrcClient {
  readonly pane: Pane;

  constructor(command: readonly string[]) {
    this.pane = new Pane(command, { columns: 120, rows: 40, locale: 'C.UTF-8' });
  }

  /** Types a line, and presses Enter. */
  type(line: string): void {
    this.pane.paste(line);
    this.pane.press('Enter');
  }

  shows(text: string): Promise<string[]> {
    return this.pane.shows(text);
  }

  /** How many rows of the screen have this text. */
  count(text: string): number {
    return this.pane.rows().filter((row) => row.includes(text)).length;
  }

  /** Whether the text is shown in bold. */
  showsBold(text: string): boolean {
    const bold = new RegExp(`\\x1b\\[(?:\\d+;)*1(?:;\\d+)*m(?:\\x1b\\[[\\d;]*m)*${text}`);
    return this.pane.colouredRows().some((row) => bold.test(row));
  }

  /** Shows the window of a channel or of direct messages, which exists. */
  abstract open(target: string): Promise<void>;
  /** Shows the window with the answers of the server. */
  abstract openServer(): void;
}

class Irssi extends IrcClient {
  constructor({ port, nick, account, trustedCertificate }: IrcClientOptions) {
    const home = temporaryFolder();
    const tls =
      trustedCertificate === undefined
        ? 'use_tls = "no";'
        : `use_tls = "yes"; tls_verify = "yes"; tls_cafile = "${trustedCertificate}";`;
    const sasl =
      account === undefined
        ? ''
        : `sasl_mechanism = "PLAIN"; sasl_username = "${account.name}"; sasl_password = "${account.password}";`;
    // It looks for the names of a certificate alone, not for its addresses.
    const address = trustedCertificate === undefined ? '127.0.0.1' : 'localhost';
    // Without the pauses between commands, and with the shortest one before it connects again.
    const config = `
      servers = ({ address = "${address}"; family = "inet"; port = "${port}"; chatnet = "p"; autoconnect = "yes"; ${tls} });
      chatnets = { p = { type = "IRC"; ${sasl} }; };
      settings = {
        core = { nick = "${nick}"; user_name = "${nick}"; real_name = "${nick}"; server_reconnect_time = "10s"; };
        "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "100"; };
      };`;
    writeFileSync(join(home, 'config'), config);
    super(['irssi', '--home', home]);
  }

  async open(target: string): Promise<void> {
    this.type(`/window goto ${target}`);
    await this.shows(`[${target}]`);
  }

  openServer(): void {
    this.type('/window 1');
  }
}

class WeeChat extends IrcClient {
  constructor({ port, nick, account, trustedCertificate }: IrcClientOptions) {
    const sasl =
      account === undefined ? '' : ` -sasl_username=${account.name} -sasl_password=${account.password}`;
    const start = [
      // It asks before it takes several lines that came at once, as they do on a slow machine.
      '/set weechat.look.paste_max_lines -1',
      // It sends a line each two seconds.
      '/set irc.server_default.anti_flood_prio_high 0',
      '/set irc.server_default.autoreconnect_delay 1',
      ...(trustedCertificate === undefined
        ? []
        : [`/set weechat.network.${prefixOfTls()}_ca_user ${trustedCertificate}`]),
      `/server add p 127.0.0.1/${port} ${encryption(trustedCertificate)} -nicks=${nick}${sasl}`,
      '/connect p',
    ];
    super(['weechat-curses', '--dir', temporaryFolder(), ...start.flatMap((command) => ['-r', command])]);
  }

  async open(target: string): Promise<void> {
    this.type(`/buffer irc.p.${target}`);
    await this.shows(`:${target}`);
  }

  openServer(): void {
    this.type('/buffer irc.server.p');
  }
}

function encryption(trustedCertificate: string | undefined): string {
  const name = isOldWeeChat() ? 'ssl' : 'tls';
  return trustedCertificate === undefined ? `-no${name}` : `-${name}`;
}

function prefixOfTls(): string {
  return isOldWeeChat() ? 'gnutls' : 'tls';
}

/** Before version 4, its options for TLS had another name. */
function isOldWeeChat(): boolean {
  const [major = '0'] = String(spawnSync('weechat-curses', ['--version']).stdout).split('.');
  return Number(major) < 4;
}

const canDrive = (program: string) => hasTmux && isInstalled(program);

export const IRC_CLIENTS: readonly IrcClientKind[] = [
  { name: 'irssi', isInstalled: canDrive('irssi'), start: (options) => new Irssi(options) },
  { name: 'WeeChat', isInstalled: canDrive('weechat-curses'), start: (options) => new WeeChat(options) },
];

/** Starts a client, and shows the window of the lobby. */
export async function startInLobby(kind: IrcClientKind, options: IrcClientOptions): Promise<IrcClient> {
  const client = kind.start(options);
  await client.shows(kind.name === 'irssi' ? 'Act: 2' : '#lobby');
  await client.open('#lobby');
  return client;
}
