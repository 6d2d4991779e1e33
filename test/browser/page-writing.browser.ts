/** Writing in other scripts, and what is copied, is what was meant; long and right-to-left names fit. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, messageWith, say, until, useBrowser } from '../support/page.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const LINES = ['$ make test', '\tok 1 - "quotes" & <tags>', '', '    indented  twice', 'end'];
const LONG_ROOM = `r${'-oom'.repeat(15)}end`;

describe.skipIf(chromium === null)('what is written', () => {
  useBrowser();

  it('Enter that chooses a word of an input method does not send, and the next one does', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    const field = page.getByRole('textbox', { name: 'Message #lobby' });
    await field.focus();
    const session = await page.context().newCDPSession(page);
    await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await pressKey(page, { key: 'Enter', isComposing: true });
    await pressKey(page, { key: 'Tab', isComposing: true });
    // Safari's: the composition is over already, and only the number of the key tells.
    await pressKey(page, { key: 'Enter', keyCode: 229 });
    expect(await field.inputValue()).toBe('にほん');
    await session.send('Input.insertText', { text: '日本' });
    expect(await bob.fence()).toBe('');
    await field.press('Enter');
    await bob.until('MSG ann 日本\n');
    expect(await field.inputValue()).toBe('');
    expect(problems).toEqual([]);
  });

  it('a paste is copied as it was sent, by its button and by a selection', async () => {
    const { port } = await serve();
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const bob = await SocketClient.login(port, 'bob');
    bob.send(`PASTE\n${LINES.join('\n')}\n.\n`);
    const paste = messageWith(page, 'make test');
    await paste.getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(LINES.join('\n'));
    expect(await selected(page, '.paste pre')).toBe(LINES.join('\n'));
    bob.send('MSG after it\n');
    await messageWith(page, 'after it').waitFor();
    // The signs for screen readers are not part of it.
    expect(await selected(page, '[aria-label=Messages]')).not.toMatch(/bob: /);
    expect(problems).toEqual([]);
  });

  it.each([360, 1280])('names as long as they may be fit the window of %i px', async (width) => {
    const { port } = await serve();
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'n'.repeat(32), {
      width,
      height: 700,
    });
    const long = await SocketClient.login(port, 'W'.repeat(32));
    // Who founds a room may set its topic.
    long.send(`REGISTER correct-horse\nJOIN ${LONG_ROOM}\nTOPIC ${'topic '.repeat(40)}\n`);
    await long.fence();
    if (width < 600) await page.getByRole('button', { name: 'Rooms', exact: true }).click();
    await join(page, LONG_ROOM);
    await page.getByRole('heading', { level: 1, name: `#${LONG_ROOM}` }).waitFor();
    long.send(`MSG #${LONG_ROOM} ${'w'.repeat(300)}\nDM ${'n'.repeat(32)} hi\n`);
    await messageWith(page, 'wwww').waitFor();
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    if (width < 600) {
      await page.getByRole('button', { name: 'Rooms', exact: true }).click();
      expect(await page.evaluate(overflow)).toBe(0);
    }
    const button = page.getByRole('button', { name: LONG_ROOM, exact: true });
    expect((await button.boundingBox())?.width).toBeLessThanOrEqual(width);
    expect(problems).toEqual([]);
  });

  it('a text is in the direction of its script, and turns neither the name nor the time around', async () => {
    const { port } = await serve();
    const { page } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    const sara = await SocketClient.login(port, 'שרה');
    await say(page, 'left to right');
    sara.send('MSG שלום לכולם, see https://example.org/a now\n');
    const message = messageWith(page, 'שלום');
    const own = messageWith(page, 'left to right');
    await message.waitFor();
    expect(await directions(page, '.text')).toEqual(['ltr', 'rtl']);
    expect(await directions(page, '[data-from]')).toEqual(['ltr', 'ltr']);
    const times = await Promise.all([message, own].map((row) => row.locator('time').boundingBox()));
    expect(times[0]?.x).toBe(times[1]?.x);
    const field = page.getByRole('textbox', { name: 'Message #lobby' });
    await field.fill('שלום');
    await until(page, `getComputedStyle(document.getElementById('composer')).direction === 'rtl'`);
    await page.getByRole('complementary', { name: 'People' }).getByRole('button', { name: 'שרה' }).click();
    await page.getByRole('menuitem', { name: 'Send a direct message' }).click();
    await page.getByRole('heading', { level: 1, name: '@שרה' }).waitFor();
  });
});

/** A key as browsers tell of it while a word is composed. */
async function pressKey(page: Page, key: Readonly<Record<string, unknown>>): Promise<void> {
  const init = JSON.stringify({ ...key, bubbles: true, cancelable: true });
  await page.evaluate(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', ${init}))`);
}

/** What would be copied if all of an element was selected. */
function selected(page: Page, selector: string): Promise<string> {
  return page.evaluate(`
    getSelection().selectAllChildren(document.querySelector('${selector}'));
    getSelection().toString();`);
}

/** Of all elements in the list of messages, oldest first. */
function directions(page: Page, selector: string): Promise<readonly string[]> {
  return page.evaluate(`
    Array.from(document.querySelectorAll('[aria-label=Messages] ${selector}'), (element) => getComputedStyle(element).direction)`);
}
