/**
 * The picture of the page in the README. `PICTURE=docs npm run test:browser -- page-picture` makes it anew; otherwise it is
 * made and thrown away, so that the scene of it stays possible. Skipped without Chromium.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join as joinPath, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, messageWith, say, useBrowser } from '../support/page.js';
import { serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const DOCS = resolve(import.meta.dirname, '../../docs');
const SIZE = { width: 1280, height: 800 };

describe.skipIf(chromium === null)('the picture in the README', () => {
  useBrowser();

  it('the page is shown with rooms, a conversation, a paste and people', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const names = ['mina', 'bob', 'carl', 'dana', 'Søren', 'ci'];
    const [mina, bob, carl, , soren, ci] = await Promise.all(
      names.map((name) => SocketClient.login(port, name)),
    );
    if (!mina || !bob || !carl || !soren || !ci) throw new Error('a client is missing');
    const { page } = await enter(`http://127.0.0.1:${port}/`, 'ann', SIZE);
    const script = async (client: SocketClient, ...lines: readonly string[]) => {
      for (const line of lines) {
        client.send(`${line}\n`);
        await client.fence();
        // Lines of one moment are one block.
        await page.waitForTimeout(5);
      }
    };
    for (const [client, room] of [
      [mina, 'dev'],
      [bob, 'dev'],
      [soren, 'dev'],
      [ci, 'dev'],
      [carl, 'ops'],
    ] as const)
      await script(client, `JOIN ${room}`);
    for (const room of ['ops', 'random', 'dev']) await join(page, room);
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();
    await script(
      mina,
      'MSG morning! the new build is out',
      'MSG notes are at https://example.org/releases/1.4',
    );
    await script(ci, 'MSG build 412 is green: 2,341 tests in 3 m 12 s');
    await script(bob, 'MSG nice. does `partyline chat` reconnect by itself now?');
    await say(page, 'it does, and it finds what it missed');
    await script(
      bob,
      'PASTE\n$ partyline chat --room dev\n  -- connected again, 14 messages were missed --\n[09:41] mina: morning! the new build is out\n.',
    );
    await script(soren, 'MSG works here too, over a train connection', 'ME boards the next one');
    await script(mina, 'MSG ann, can you look at #ops when you have a minute?');
    await script(
      carl,
      'MSG disk of node 3 is at 81 %',
      'MSG ann: is that the nightly export?',
      'DM ann thanks for yesterday!',
    );
    await say(page, 'on it');
    await messageWith(page, 'on it').and(page.locator('[data-state=stored]')).waitFor();
    await page.getByRole('button', { name: /^carl, 1 unread/ }).waitFor();
    await page.waitForTimeout(300);
    // Nothing is marked by a pointer.
    await page.mouse.move(640, 25);
    const picture = await page.screenshot({ scale: 'css' });
    const folder = process.env.PICTURE === 'docs' ? DOCS : temporaryFolder();
    writeFileSync(joinPath(folder, 'page.png'), picture);
    expect(sizeOf(picture)).toEqual(SIZE);
    expect(sizeOf(readFileSync(joinPath(DOCS, 'page.png')))).toEqual(SIZE);
    expect(readFileSync(joinPath(DOCS, '../README.md'), 'utf8')).toContain('](docs/page.png)');
  });
});

/** Of a PNG, from its header. */
function sizeOf(png: Buffer): { readonly width: number; readonly height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
