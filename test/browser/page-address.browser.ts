/** The address of the page names what is open: links to rooms, and the browser's own Back and Forward. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, logIn, messageWith, say, useBrowser, visit } from '../support/page.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe.skipIf(chromium === null)('the address of the page', () => {
  useBrowser();

  it('a link to a room enters it after the login, and one to a user opens the conversation', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const bob = await SocketClient.login(port, 'bob');
    bob.send('JOIN dev\nMSG in dev\n');
    await bob.fence();
    const { page, problems } = await visit(`${url}#dev`);
    await logIn(page, 'ann');
    await opens(page, '#dev');
    await messageWith(page, 'in dev').waitFor();
    await page.goto(`${url}#@bob`);
    await opens(page, '@bob');
    await page.goto(`${url}#Dev`);
    await opens(page, '#dev');
    await page.goto(`${url}#ops`);
    await opens(page, '#ops');
    expect(await page.evaluate('location.hash')).toBe('#ops');
    await page.reload();
    await opens(page, '#ops');
    expect(problems).toEqual([]);
  });

  it('Back and Forward go through the rooms that were open, and Back does not enter one that was left', async () => {
    const { port } = await serve();
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    const reader = await SocketClient.login(port, 'reader');
    for (const room of ['dev', 'ops']) {
      await join(page, room);
      await opens(page, `#${room}`);
    }
    await page.goBack();
    await opens(page, '#dev');
    await page.goBack();
    await opens(page, '#lobby');
    await page.goForward();
    await opens(page, '#dev');
    await page.goForward();
    await opens(page, '#ops');
    // The address of each is the one that is shown.
    expect(await page.evaluate('location.hash')).toBe('#ops');
    reader.send('JOIN ops\n');
    await page.getByRole('button', { name: 'ops', exact: true }).hover();
    await page.getByRole('button', { name: 'Leave ops' }).click();
    await opens(page, '#lobby');
    await reader.until('INFO ann left ops\n');
    await page.goBack();
    await opens(page, '#lobby');
    await say(page, 'still in the lobby');
    await page.locator('[data-from=ann][data-state=stored]').waitFor();
    reader.send('ROOMS\n');
    expect(await reader.fence()).toContain('ROOM ops 1\n');
    expect(problems).toEqual([]);
  });

  it('an open conversation and its address follow the new name of its user', async () => {
    const { port } = await serve();
    const quin = await SocketClient.login(port, 'quin');
    const { page, problems } = await visit(`http://127.0.0.1:${port}/#@quin`);
    await logIn(page, 'paul');
    await opens(page, '@quin');
    await say(page, 'psst');
    await page.locator('[data-from=paul][data-state=stored]').waitFor();
    const field = page.getByRole('textbox', { name: /^Message @/ });
    await field.fill('half a loaf');
    quin.send('NICK quinx\n');
    await opens(page, '@quinx');
    expect(await page.evaluate('location.hash')).toBe('#@quinx');
    await field.press('Enter');
    await quin.until('DM paul half a loaf\n');
    quin.send('DM paul thanks\n');
    await messageWith(page, 'thanks').waitFor();
    await page.reload();
    await opens(page, '@quinx');
    await messageWith(page, 'psst').waitFor();
    expect(await page.getByRole('button', { name: 'quin', exact: true }).count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

async function opens(page: Page, place: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: place }).waitFor();
  await page.getByRole('textbox', { name: `Message ${place}` }).waitFor();
}
