/** The page while its server is killed, restarted and replaced. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, messageWith, say, useBrowser } from '../support/page.js';
import { launch, type PartylineProcess, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const KILLS = 3;

describe.skipIf(chromium === null)('the page and a server that fails', () => {
  useBrowser();

  it('after kill -9 every line that was shown as stored is in the history, and none twice', async () => {
    const folder = temporaryFolder();
    let server = await start(folder, 0);
    const { port } = server;
    const url = `http://127.0.0.1:${port}/`;
    const [ann, bob] = [await enter(url, 'ann'), await enter(url, 'bob')];
    for (const { page } of [ann, bob]) {
      await join(page, 'dev');
      await page.getByRole('textbox', { name: 'Message #dev' }).waitFor();
    }
    let sent = 0;
    for (let round = 0; round < KILLS; round++) {
      // Both write while the server is killed; what waits then is looked for, or fails.
      const writing = [ann, bob].map(async ({ page }, who) => {
        for (let at = 0; at < 8; at++) await say(page, `round ${round} of ${who} line ${at}`);
      });
      await ann.page
        .locator(`[data-state=stored]`)
        .nth(round * 4)
        .waitFor();
      const shownBefore = await storedIds(ann.page);
      server.signal('SIGKILL');
      await server.exited;
      await Promise.all(writing);
      sent += 16;
      server = await start(folder, port);
      for (const { page } of [ann, bob]) {
        await page
          .getByRole('status', { name: 'Connection' })
          .filter({ hasText: /\S/ })
          .waitFor({ state: 'hidden' });
        await page.locator('[data-state=waiting]').first().waitFor({ state: 'detached' });
      }
      expect(await storedIds(ann.page)).toEqual(expect.arrayContaining([...shownBefore]));
    }
    const client = await SocketClient.login(port, 'reader');
    client.send('JOIN dev\nHISTORY 500\n');
    const stored = (await client.fence())
      .split('\n')
      .flatMap((line) => /^HIST (\d+) \S+ (\w+) (.*)$/.exec(line)?.slice(1, 4).join(' ') ?? []);
    const texts = stored.map((line) => line.slice(line.indexOf(' ') + 1));
    expect(new Set(texts).size).toBe(texts.length);
    for (const { page } of [ann, bob]) {
      const shown = await lines(page, 'stored');
      expect(shown.map(({ id, from, text }) => `${id} ${from} ${text}`)).toEqual(stored);
    }
    // Each line is stored, or said to have failed to its author: none is lost in silence.
    const failed = [...(await lines(ann.page, 'failed')), ...(await lines(bob.page, 'failed'))];
    expect(new Set([...texts, ...failed.map(({ from, text }) => `${from} ${text}`)]).size).toBe(sent);
  }, 150_000);

  it('a restart is said, and the page comes back by itself with what it missed', async () => {
    const folder = temporaryFolder();
    const server = await start(folder, 0);
    const { page } = await enter(`http://127.0.0.1:${server.port}/`, 'ann');
    await say(page, 'before');
    await page.locator('[data-state=stored]').waitFor();
    server.signal('SIGTERM');
    const status = page.getByRole('status', { name: 'Connection' });
    await status.getByText(/server restarts|Trying again/).waitFor();
    await server.exited;
    await say(page, 'written while the server was away');
    const next = await start(folder, server.port);
    const bob = await SocketClient.login(next.port, 'bob');
    bob.send('MSG while you were away\n');
    await bob.fence();
    await messageWith(page, 'while you were away').waitFor();
    await page.locator('[data-state=waiting]').waitFor({ state: 'detached' });
    bob.send('HISTORY\n');
    expect((await bob.fence()).match(/HIST .* written while/g)).toHaveLength(1);
  }, 120_000);

  it('a message is sent once, however often the connection breaks behind it', async () => {
    const folder = temporaryFolder();
    const server = await start(folder, 0);
    const { page } = await enter(`http://127.0.0.1:${server.port}/`, 'ann');
    await page.context().setOffline(true);
    await page.evaluate('window.dispatchEvent(new Event("offline"))');
    await say(page, 'once');
    await page.context().setOffline(false);
    await page.locator('[data-state=stored]').filter({ hasText: 'once' }).waitFor();
    const bob = await SocketClient.login(server.port, 'bob');
    bob.send('HISTORY\n');
    expect((await bob.fence()).match(/HIST .* ann once/g)).toHaveLength(1);
  }, 90_000);
});

function start(folder: string, port: number): Promise<PartylineProcess> {
  const flags = port === 0 ? [] : ['--port', `${port}`];
  return launch({ flags, env: { DATA_DIR: folder } });
}

interface Line {
  readonly id: string | null;
  readonly from: string | null;
  readonly text: string;
}

/** The messages of this state; a block of lines as its single lines. */
async function lines(page: Page, state: string): Promise<readonly Line[]> {
  const found: readonly Line[] = await page.evaluate(`
    Array.from(document.querySelectorAll('[aria-label=Messages] [data-from][data-state=${state}]')).flatMap((item) => {
      const { from, id = null } = item.dataset;
      const block = item.querySelector('pre');
      if (block === null) return [{ id, from, text: item.querySelector('.text')?.textContent ?? '' }];
      return block.textContent.split('\\n').map((text, at) => ({ id: id === null ? null : String(Number(id) + at), from, text }));
    })`);
  return found;
}

async function storedIds(page: Page): Promise<readonly (string | null)[]> {
  return (await lines(page, 'stored')).map(({ id }) => id);
}
