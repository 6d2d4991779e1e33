/** What others do reaches the user outside of the open room too: notifications, invitations, deletions. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { join, logIn, messageWith, until, useBrowser, visit } from '../support/page.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

/** A browser whose user allows notifications, with a record of them; `window.isAway` takes the focus off the page. */
const RECORDER = `
  window.asked = 0;
  window.notified = [];
  window.isAway = false;
  window.Notification = class {
    static permission = 'default';
    static async requestPermission() {
      window.asked++;
      return (this.permission = 'granted');
    }
    constructor(title, { body }) {
      window.notified.push([title, body]);
      window.lastNotification = this;
    }
    close() {}
  };
  Document.prototype.hasFocus = () => !window.isAway;`;

const HOSTILE = '<img src=x onerror="window.owned=1"> &amp; {{7*7}}';

describe.skipIf(chromium === null)('the page tells of what is not in view', () => {
  useBrowser();

  it('notifications are asked for by a click alone, and shown only while the page is not looked at', async () => {
    const { port } = await serve();
    const { page, problems } = await visit(`http://127.0.0.1:${port}/`);
    await page.addInitScript(RECORDER);
    await page.reload();
    await logIn(page, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    await page.evaluate('window.isAway = true');
    bob.send('DM ann too early\n');
    await page.getByRole('button', { name: /^bob, 1 unread/ }).waitFor();
    expect(await page.evaluate('[window.asked, window.notified]')).toEqual([0, []]);

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('checkbox', { name: 'Notify me' }).check();
    await until(page, 'window.asked === 1');
    await page.keyboard.press('Escape');
    bob.send(`MSG hello all\nMSG ann: ${HOSTILE}\nDM ann ${HOSTILE}\n`);
    await until(page, 'window.notified.length === 2');
    expect(await page.evaluate('window.notified')).toEqual([
      ['bob in #lobby', `ann: ${HOSTILE}`],
      ['bob', HOSTILE],
    ]);
    await page.evaluate('window.lastNotification.onclick()');
    await page.getByRole('heading', { level: 1, name: '@bob' }).waitFor();

    await page.evaluate(`window.isAway = false; dispatchEvent(new Event('focus'))`);
    bob.send('MSG ann, in another room\nDM ann seen\n');
    await messageWith(page, 'seen').waitFor();
    await page.getByRole('button', { name: /^lobby, \d unread, \d mention/ }).waitFor();
    expect(await page.evaluate('window.notified.length')).toBe(2);
    expect(await page.evaluate('[window.asked, window.owned ?? null]')).toEqual([1, null]);
    expect(problems).toEqual([]);
  });

  it('the title and the icon tell of unread messages without any permission', async () => {
    const { port } = await serve();
    const { page } = await visit(`http://127.0.0.1:${port}/`);
    await page.addInitScript(RECORDER);
    await page.reload();
    await logIn(page, 'ann');
    const plain = await icon(page);
    const bob = await SocketClient.login(port, 'bob');
    await page.evaluate('window.isAway = true');
    bob.send('MSG one\nMSG two\n');
    await until(page, `document.title === '(2) #lobby – Partyline'`);
    expect(await icon(page)).not.toBe(plain);
    await page.evaluate(`window.isAway = false; dispatchEvent(new Event('focus'))`);
    await until(page, `document.title === '#lobby – Partyline'`);
    expect(await icon(page)).toBe(plain);
  });

  it('an invitation opens the room, also one that is not listed', async () => {
    const { port } = await serve();
    const { page, problems } = await visit(`http://127.0.0.1:${port}/`);
    await logIn(page, 'ann');
    const ida = await SocketClient.connect(port);
    ida.send('NICK ida\r\nUSER ida 0 * :Ida\r\nJOIN #den\r\nMODE #den +is\r\n');
    await ida.until('MODE #den');
    await join(page, 'den');
    await page.getByRole('dialog').getByLabel('Room key').waitFor();
    await page.keyboard.press('Escape');
    ida.send('INVITE ann #den\r\n');
    await page.getByRole('alert').filter({ hasText: 'ida invites you to #den.' }).waitFor();
    await page.getByRole('button', { name: 'Join #den' }).click();
    await page.getByRole('heading', { level: 1, name: '#den' }).waitFor();
    ida.send('PRIVMSG #den :welcome\r\n');
    await messageWith(page, 'welcome').waitFor();
    expect(problems).toEqual([]);
  });

  it('what was deleted elsewhere vanishes from the list, with all lines of a paste', async () => {
    const { port } = await serve();
    const { page, problems } = await visit(`http://127.0.0.1:${port}/`);
    await logIn(page, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    for (const text of ['MSG first\n', 'PASTE\nsecret\n  of three\nlines\n.\n', 'MSG last\n']) {
      bob.send(text);
      await bob.fence();
      // Lines of one moment are one block.
      await page.waitForTimeout(5);
    }
    await messageWith(page, 'last').waitFor();
    await messageWith(page, 'secret').waitFor();
    bob.send('DELETE 2\n');
    await messageWith(page, 'secret').waitFor({ state: 'detached' });
    bob.send('DELETE 5\n');
    await messageWith(page, 'last').waitFor({ state: 'detached' });
    const list = page.getByRole('list', { name: 'Messages' });
    expect(
      await list.locator('[data-id]').evaluateAll((items) => items.map((item) => item.textContent)),
    ).toEqual([expect.stringContaining('first')]);
    bob.send('MSG still here\n');
    await messageWith(page, 'still here').waitFor();
    expect(problems).toEqual([]);
  });
});

function icon(page: Page): Promise<string | null> {
  return page.locator('link[rel=icon]').getAttribute('href');
}
