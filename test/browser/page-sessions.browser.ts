/** Sessions of the page that end, and come back: a killed server, a lost network, a revoked token. Skipped without Chromium. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, messageWith, say, until, useBrowser, visit } from '../support/page.js';
import { launch, run, serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const PASSWORD = 'correct-horse';

describe.skipIf(chromium === null)('sessions of the page', () => {
  useBrowser();

  it('a page in a locked room is in it again after kill -9, and its key is stored nowhere', async () => {
    const env = { DATA_DIR: temporaryFolder() };
    const first = await launch({ env });
    const owner = await SocketClient.login(first.port, 'owner');
    owner.send(`REGISTER ${PASSWORD}\nJOIN vault\nLOCK sesame\nMSG before the crash\n`);
    await owner.fence();
    const { page, problems } = await enter(`http://127.0.0.1:${first.port}/`, 'ann');
    await join(page, 'vault');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Room key').fill('sesame');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await messageWith(page, 'before the crash').waitFor();
    await say(page, 'from ann');
    await page.locator('[data-from=ann][data-state=stored]').waitFor();
    first.signal('SIGKILL');
    await first.exited;
    await status(page)
      .getByText(/Trying again/)
      .waitFor();
    await say(page, 'written while it was down');

    const second = await launch({ env, flags: ['--port', `${first.port}`] });
    const again = await SocketClient.connect(second.port);
    again.send(`LOGIN owner ${PASSWORD}\nJOIN vault sesame\n`);
    await page.locator('[data-from=ann][data-state=stored]').filter({ hasText: 'it was down' }).waitFor();
    again.send('MSG after the crash\n');
    await messageWith(page, 'after the crash').waitFor();
    await page.getByRole('heading', { level: 1, name: '#vault' }).waitFor();
    expect(await messageWith(page, 'before the crash').count()).toBe(1);
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain('sesame');
    expect(problems).toEqual([]);
  }, 120_000);

  it('without a network the page says so, and comes back at once when the network does', async () => {
    const { port } = await serve();
    const network = await Network.to(port);
    const bob = await SocketClient.login(port, 'bob');
    const { page, problems } = await enter(`http://127.0.0.1:${network.port}/`, 'ann');
    bob.send('MSG before\n');
    await messageWith(page, 'before').waitFor();
    await page.context().setOffline(true);
    network.cut();
    await status(page)
      .getByText(/^Offline\. Trying again/)
      .waitFor();
    await bob.until('INFO ann disconnected\n');
    bob.send('MSG missed\n');
    await bob.fence();
    // Long enough for the next attempts to be far apart.
    await status(page)
      .getByText(/in [4-9] s/)
      .waitFor();
    await network.restore();
    await page.context().setOffline(false);
    await messageWith(page, 'missed').waitFor({ timeout: 3000 });
    await until(page, `document.querySelector('[aria-label=Connection]').textContent === ''`);
    await say(page, 'back');
    await bob.until('MSG ann back\n');
    expect(problems).toEqual([]);
  });

  it('a page whose token was revoked asks for the password, and goes on where it was', async () => {
    const folder = temporaryFolder();
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: folder });
    const owner = await SocketClient.login(port, 'ann');
    owner.send(`REGISTER ${PASSWORD}\n`);
    await owner.fence();
    owner.leave();
    const { page, problems } = await visit(`http://127.0.0.1:${port}/`);
    const button = page.getByRole('button', { name: 'Enter', exact: true });
    await page.getByRole('textbox', { name: 'Name' }).fill('ann');
    await button.click();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('checkbox', { name: 'Stay signed in on this device' }).check();
    await button.click();
    await page.getByRole('textbox', { name: 'Message #lobby' }).waitFor();
    await join(page, 'dev');
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();
    await until(page, `localStorage.getItem('partyline').includes('token')`);

    // Revoking ends the sessions that logged in with it.
    await page.reload();
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();
    const listed = await run(['token', 'list', '--json', '--data-dir', folder]);
    const id = /"id":\s*"?([^",]+)/.exec(listed.stdout)?.[1] ?? '';
    expect((await run(['token', 'revoke', id, '--data-dir', folder])).code).toBe(0);
    await status(page).getByText('Your session was revoked.').waitFor();
    await status(page).getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').filter({ hasText: 'Enter the password again' }).waitFor();
    expect(await page.evaluate(`localStorage.getItem('partyline').includes('"token"')`)).toBe(false);
    await page.getByLabel('Password').fill(PASSWORD);
    await button.click();
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('of two tabs under one name the second asks before it takes the connection', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const { page } = await enter(url, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    // A tab that is duplicated has the same sessionStorage.
    const stored = await page.evaluate(`JSON.stringify({ ...sessionStorage })`);
    const other = await page.context().newPage();
    await other.addInitScript(
      `for (const [key, value] of Object.entries(${String(stored)})) sessionStorage.setItem(key, value);`,
    );
    await other.goto(url);
    await other.getByRole('heading', { name: 'Partyline is open in another tab' }).waitFor();
    bob.send('MSG for the first tab\n');
    await messageWith(page, 'for the first tab').waitFor();
    await other.getByRole('button', { name: 'Use here' }).click();
    await messageWith(other, 'for the first tab').waitFor();
    await page.getByRole('heading', { name: 'Partyline is open in another tab' }).waitFor();
    await say(other, 'from the second');
    await bob.until('MSG ann from the second\n');
    await page.getByRole('button', { name: 'Use here' }).click();
    await messageWith(page, 'from the second').waitFor();
    await other.getByRole('heading', { name: 'Partyline is open in another tab' }).waitFor();
    await say(page, 'and back');
    await bob.until('MSG ann and back\n');
  });
});

function status(page: Page) {
  return page.getByRole('status', { name: 'Connection' });
}

/** A way to a server that can be cut. */
class Network {
  port = 0;
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((from) => {
      const to = connect(this.#target, '127.0.0.1');
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => {}).on('close', () => other.destroy());
        socket.pipe(other);
      }
    });
  }

  static async to(target: number): Promise<Network> {
    const network = new Network(target);
    await network.restore();
    onTestFinished(() => network.cut());
    return network;
  }

  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async restore(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }
}
