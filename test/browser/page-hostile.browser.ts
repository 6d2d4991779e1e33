/** Whatever others write is shown as text, and the policy of the page is never violated. Skipped without Chromium. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, join, messageWith, say, useBrowser, visit } from '../support/page.js';
import { serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const HOSTILE: Readonly<Record<string, string>> = {
  markup: '<img src=x onerror="window.owned=1"><script>window.owned=1</script><b>bold</b>',
  entities: '&lt;script&gt;window.owned=1&lt;/script&gt; &amp;nbsp;',
  links: 'javascript:window.owned=1 data:text/html,<script>window.owned=1</script> vbscript:x',
  quoted: `"><svg/onload=window.owned=1> ' onmouseover='window.owned=1`,
  bidi: '\u202egnp.exe\u202c \u2066hidden\u2069 \u0627\u0644\u0633\u0644\u0627\u0645',
  marks: `Z${'\u0301'.repeat(200)}algo`,
  template: '{{constructor.constructor("window.owned=1")()}} ${window.owned=1} #{window.owned=1}',
  urls: 'https://evil.test/%3Cscript%3E?q="><img/src=x/onerror=window.owned=1>',
};

describe.skipIf(chromium === null)('hostile text', () => {
  useBrowser();

  it('hostile messages, topics, names and pastes are text, wherever they are shown', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    bob.send('REGISTER correct-horse\nJOIN dev\n');
    await bob.fence();
    await join(page, 'dev');
    await page.getByRole('textbox', { name: 'Message #dev' }).waitFor();
    for (const [kind, text] of Object.entries(HOSTILE)) {
      bob.send(`MSG ${kind} ${text}\nTOPIC ${kind} ${text}\nDM ann ${kind} ${text}\n`);
      bob.send(`PASTE\n${kind}-paste ${text}\n${text}\n.\nAWAY ${text}\nME ${kind}-acts ${text}\n`);
      await bob.fence();
    }
    const list = page.getByRole('list', { name: 'Messages' });
    for (const [kind, text] of Object.entries(HOSTILE)) {
      // The server removes what turns the direction of text.
      const clean = text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
      await messageWith(page, `${kind}-acts`).first().waitFor();
      const shown = await list.evaluate((element) => element.textContent);
      expect(shown).toContain(`${kind} ${clean}`);
      expect(shown).toContain(`${kind}-paste ${clean}`);
    }
    const topic = page.locator('.room-bar .topic');
    expect(await topic.textContent()).toContain('urls https://evil.test/%3Cscript%3E?q="><img/src=x');
    await page
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('button', { name: /^bob/ })
      .click();
    await messageWith(page, 'markup <img src=x').first().waitFor();
    await expectHarmless(page, problems);
  });

  it('a text of 4,000 bytes and a name of 32 letters do not make the page scroll sideways', async () => {
    const { port } = await serve();
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann', { width: 360, height: 700 });
    const long = await SocketClient.login(port, `W${'w'.repeat(31)}`);
    long.send(
      `MSG ${'x'.repeat(4000)}\nMSG ${'\u0645'.repeat(1900)}\nMSG https://example.org/${'y'.repeat(3000)}\n`,
    );
    long.send(`PASTE\n${'z'.repeat(3900)}\n${'\t'.repeat(400)}deep\n.\n`);
    await long.fence();
    await messageWith(page, 'deep').waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    await expectHarmless(page, problems);
  });

  it('what a user types and what a link of the page holds is text too', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const hash = encodeURIComponent('"><img src=x onerror=window.owned=1>');
    const { page, problems } = await visit(`${url}#${hash}`);
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('<b>x');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await name.fill('ann');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByRole('textbox', { name: /^Message/ }).waitFor();
    for (const text of Object.values(HOSTILE)) await say(page, text);
    await say(page, '/<img src=x onerror=window.owned=1>');
    await page.getByRole('textbox', { name: /^Message/ }).fill('');
    await join(page, '<img/src=x/onerror=window.owned=1>');
    await page.getByRole('alert').first().waitFor();
    await page.goto(`${url}#@${hash}`);
    await page.waitForTimeout(500);
    await expectHarmless(page, problems);
  });

  it('links go where they say, and open without the page', async () => {
    const { port } = await serve();
    const { page } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    bob.send('MSG see https://example.org/a_(b)?c=%41#d, and http://user@evil.test/ or ftp://x.test\n');
    const message = messageWith(page, 'ftp://x.test');
    await message.waitFor();
    const links = await message
      .locator('a')
      .evaluateAll((found) =>
        found.map((link) =>
          ['href', 'target', 'rel'].map((name) => link.getAttribute(name)).concat(link.textContent),
        ),
      );
    const rest = ['_blank', 'noopener noreferrer nofollow'];
    expect(links).toEqual([
      ['https://example.org/a_(b)?c=%41#d', ...rest, 'https://example.org/a_(b)?c=%41#d'],
      ['http://user@evil.test/', ...rest, 'http://user@evil.test/'],
    ]);
  });
});

async function expectHarmless(page: Page, problems: readonly string[]): Promise<void> {
  expect(await page.evaluate('window.owned === undefined')).toBe(true);
  expect(
    await page.locator('#page img, #page script, #page iframe, #page [onerror], #page [onload]').count(),
  ).toBe(0);
  expect(await page.locator('a[href^="javascript:"], a[href^="data:"]').count()).toBe(0);
  expect(problems).toEqual([]);
}
