/** Everything is done with the keyboard alone. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { messageWith, until, useBrowser, visit } from '../support/page.js';
import { serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

describe.skipIf(chromium === null)('the page with the keyboard alone', () => {
  useBrowser();

  it('one enters, writes, joins, searches, reads and logs out without a pointer', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const bob = await SocketClient.login(port, 'bob');
    const { page, problems } = await visit(`http://127.0.0.1:${port}/`);
    const keys = page.keyboard;
    await page.getByRole('textbox', { name: 'Name' }).waitFor();
    // The field has the focus from the start.
    await keys.type('ann');
    await keys.press('Enter');
    await page.getByRole('textbox', { name: 'Message #lobby' }).waitFor();
    await untilFocused(page, 'Message #lobby');

    await keys.type('first');
    await keys.press('Shift+Enter');
    await keys.type('second');
    await keys.press('Enter');
    await bob.until('MSG ann second\n');
    bob.send('JOIN dev\n');
    await bob.fence();
    await keys.type('/jo');
    await page.getByRole('option', { name: /\/join/ }).waitFor();
    await keys.press('Tab');
    await keys.type('dev');
    await keys.press('Enter');
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();
    bob.send('MSG hello ann\n');
    await messageWith(page, 'hello ann').waitFor();

    await untilFocused(page, 'Message #dev');
    await keys.type('bo');
    await keys.press('Tab');
    expect(await page.getByRole('textbox', { name: 'Message #dev' }).inputValue()).toBe('bob: ');
    await keys.type('hi');
    await keys.press('Enter');
    await bob.until('MSG ann bob: hi\n');
    await keys.press('ArrowUp');
    expect(await page.getByRole('textbox', { name: 'Message #dev' }).inputValue()).toBe('bob: hi');
    await page.getByRole('textbox', { name: 'Message #dev' }).fill('');

    await keys.press('Control+k');
    await untilFocused(page, 'Search #dev');
    await keys.type('hello');
    await keys.press('Enter');
    await page.getByRole('list', { name: 'Results' }).getByRole('button').first().waitFor();
    await keys.press('Escape');
    await untilFocused(page, 'Message #dev');

    await keys.press('Alt+ArrowUp');
    await page.getByRole('heading', { level: 1, name: '#lobby' }).waitFor();
    bob.send('MSG news\n');
    await bob.fence();
    await page.getByRole('button', { name: /^dev, 1 unread/ }).waitFor();
    await keys.press('Alt+Shift+ArrowDown');
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();

    // F6 goes through the columns; the list of messages is one stop, and arrows move in it.
    const seen = new Set<string>();
    for (let press = 0; press < 6; press++) {
      await keys.press('F6');
      seen.add(
        String(
          await page.evaluate(`document.activeElement.closest('nav, main, aside, header')?.localName ?? ''`),
        ),
      );
    }
    expect(seen.size).toBeGreaterThan(2);
    await page.getByRole('list', { name: 'Messages' }).focus();
    await keys.press('ArrowUp');
    await until(page, `document.activeElement.closest('[data-from]') !== null`);
    await keys.press('Escape');
    await untilFocused(page, 'Message #dev');

    // A name's menu.
    await page.getByRole('complementary', { name: 'People' }).getByRole('button', { name: /^bob/ }).focus();
    await keys.press('Enter');
    await page.getByRole('menuitem', { name: 'Send a direct message' }).waitFor();
    await keys.press('Enter');
    await page.getByRole('heading', { level: 1, name: '@bob' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).focus();
    await keys.press('Enter');
    await page.getByRole('button', { name: 'Enter', exact: true }).waitFor();
    expect(problems).toEqual([]);
  }, 120_000);

  it('the arrows reach the links of a topic in the menu of a room, which closes once one is followed', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    bob.send('REGISTER correct-horse\nJOIN dev\nTOPIC questions go to #lobby\n');
    await bob.fence();
    const { page } = await visit(`http://127.0.0.1:${port}/#dev`);
    const keys = page.keyboard;
    await page.getByRole('textbox', { name: 'Name' }).fill('ann');
    await keys.press('Enter');
    await page.getByRole('heading', { level: 1, name: '#dev' }).waitFor();

    await page.getByText('questions go to').waitFor();
    await page.getByRole('button', { name: 'Room menu' }).focus();
    await keys.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await keys.press('ArrowUp');
    await until(page, `document.activeElement?.textContent === '#lobby'`);
    await keys.press('Enter');

    await page.getByRole('heading', { level: 1, name: '#lobby' }).waitFor();
    expect(await page.getByRole('menuitem').count()).toBe(0);
  });

  it('each stop of the Tab key can be seen, and none is behind the field for messages', async () => {
    const { port } = await serve();
    const bob = await SocketClient.login(port, 'bob');
    for (let at = 0; at < 40; at++) bob.send(`MSG line ${at} with https://example.org/${at}\n`);
    await bob.fence();
    const { page } = await visit(`http://127.0.0.1:${port}/`);
    await page.getByRole('textbox', { name: 'Name' }).fill('ann');
    await page.keyboard.press('Enter');
    await messageWith(page, 'line 39').waitFor();
    await page.evaluate('document.activeElement.blur()');
    const stops: string[] = [];
    for (let press = 0; press < 30; press++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(`(() => {
        const element = document.activeElement;
        if (element === document.body) return null;
        const { top, bottom, left, right } = element.getBoundingClientRect();
        const isInView = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
        const look = () => [element, element.parentElement].map((part) => {
          const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(part);
          return [outline, boxShadow, borderColor, backgroundColor].join();
        }).join();
        const focused = look();
        element.blur();
        const isMarked = look() !== focused;
        element.focus();
        return [element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 30), isInView, isMarked].join('|');
      })()`);
      if (stop !== null && !stops.includes(String(stop))) stops.push(String(stop));
    }
    expect(stops.length).toBeGreaterThan(6);
    expect(stops.filter((stop) => !stop.endsWith('|true|true'))).toEqual([]);
  });
});

async function untilFocused(page: Page, label: string): Promise<void> {
  await until(page, `document.activeElement?.getAttribute('aria-label') === '${label}'`);
}
