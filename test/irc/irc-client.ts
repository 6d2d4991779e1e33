/** The IRC clients of users, in tmux: their screens are compared loosely, since each draws a line in its own way. */
import { spawnSync } from 'node:child_process';
import { Pane } from '../support/pane.js';
import { temporaryFolder } from '../support/process.js';

const isInstalled = (program: string) => spawnSync(program, ['--version']).status === 0;

export const hasIrssi = isInstalled('irssi');
export const hasWeeChat = isInstalled('weechat-curses');

const WIDE = { columns: 120, rows: 40 };

export interface IrcClient {
  readonly pane: Pane;
  /** Types a line, and presses Enter. */
  type(line: string): void;
}

function clientIn(pane: Pane): IrcClient {
  return {
    pane,
    type(line) {
      pane.paste(line);
      pane.press('Enter');
    },
  };
}

/** Starts irssi, which connects by itself, and shows the window of the lobby. */
export async function irssi(port: number, nick: string): Promise<IrcClient> {
  const home = temporaryFolder();
  const args = ['--home', home, '-c', '127.0.0.1', '-p', `${port}`, '-n', nick];
  const client = clientIn(new Pane(['irssi', ...args], WIDE));
  // The bar names the windows with something new.
  await client.pane.shows('Act: 2');
  client.type('/window 2');
  await client.pane.shows('has joined #lobby');
  return client;
}

/** The same for WeeChat. */
export async function weeChat(port: number, nick: string): Promise<IrcClient> {
  const start = [`/server add p 127.0.0.1/${port} -notls -nicks=${nick}`, '/connect p'];
  const args = ['--dir', temporaryFolder(), ...start.flatMap((command) => ['-r', command])];
  const client = clientIn(new Pane(['weechat-curses', ...args], WIDE));
  await client.pane.shows('#lobby');
  client.type('/buffer irc.p.#lobby');
  await client.pane.shows(':#lobby');
  return client;
}
