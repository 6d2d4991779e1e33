/**
 * The screens of a chat that is going on pass axe-core, on a phone and on a desktop; page-look.browser.ts has all states in
 * all forms. Skipped without Chromium.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { join, logIn, messageWith, say, until, useBrowser, visit } from '../support/page.js';
import { serve } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Rules that do not fit what is there. */
const NOT_APPLICABLE = [
  // The visible count is a part of the name in other words: `dev 3` is `dev, 3 unread`.
  'label-content-name-mismatch',
  // The list of commands is moved in with the arrows while the field keeps the focus, as in a combobox.
  'scrollable-region-focusable',
];

const OPTIONS = {
  runOnly: TAGS,
  rules: Object.fromEntries(NOT_APPLICABLE.map((rule) => [rule, { enabled: false }])),
};

describe.skipIf(chromium === null)('accessibility', () => {
  useBrowser();

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'every screen in %s at %i px passes axe-core',
    async (theme, width) => {
      const { port } = await serve();
      const url = `http://127.0.0.1:${port}/`;
      const isNarrow = width < 600;
      const { page } = await visit(url, { theme, width, height: 740, isCalm: true });
      const found: Record<string, unknown> = {};
      const check = async (screen: string) => {
        const violations = await audit(page);
        if (violations.length > 0) found[screen] = violations;
      };
      await page.getByRole('button', { name: 'Enter', exact: true }).waitFor();
      await check('enter');
      await page.getByRole('textbox', { name: 'Name' }).fill('no!');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await check('enter with an error');
      await page.getByRole('textbox', { name: 'Name' }).fill('');
      await logIn(page, 'ann');
      await check('an empty room');
      const bob = await SocketClient.login(port, 'bob');
      bob.send(
        'MSG hello ann, see https://example.org/ and `code`\nPASTE\none\n  two\nthree\n.\nME waves\nJOIN dev\n',
      );
      bob.send('MSG in dev\nDM ann psst\n');
      await bob.fence();
      await messageWith(page, 'waves').waitFor();
      await say(page, 'hello bob');
      await page.locator('[data-from=ann][data-state=stored]').waitFor();
      await check('a room');
      await page.getByRole('textbox', { name: 'Message #lobby' }).fill('/');
      await check('the list of commands');
      await page.getByRole('textbox', { name: 'Message #lobby' }).fill('two\nlines');
      await check('several lines');
      await page.getByRole('textbox', { name: 'Message #lobby' }).fill('');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByRole('searchbox').fill('hello');
      await page.keyboard.press('Enter');
      await page.getByRole('list', { name: 'Results' }).getByRole('button').first().waitFor();
      await check('the search');
      await page.keyboard.press('Escape');
      if (isNarrow) {
        await page.getByRole('button', { name: 'Show people' }).click();
        await check('the people');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Rooms', exact: true }).click();
        await check('the rooms');
      }
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('dialog').waitFor();
      await check('the settings');
      await page.keyboard.press('Escape');
      await page
        .getByRole('navigation', { name: 'Conversations' })
        .getByRole('button', { name: /^bob/ })
        .click();
      await messageWith(page, 'psst').waitFor();
      await check('a conversation');
      if (!isNarrow) {
        await page
          .getByRole('complementary', { name: 'People' })
          .getByRole('button', { name: 'bob' })
          .click();
        await page.getByRole('menuitem').first().waitFor();
        await check('the menu of a name');
        await page.keyboard.press('Escape');
        await join(page, 'dev');
        await messageWith(page, 'in dev').waitFor();
        await check('another room');
      }
      await page.context().setOffline(true);
      bob.leave();
      expect(found).toEqual({});
    },
    120_000,
  );

  it('on a phone nothing scrolls sideways, targets are 44 px, and fields do not zoom', async () => {
    const { port } = await serve();
    const { page } = await visit(`http://127.0.0.1:${port}/`, { width: 360, height: 700 });
    await logIn(page, 'ann');
    for (const screen of ['chat', 'rooms'] as const) {
      if (screen === 'rooms') await page.getByRole('button', { name: 'Rooms', exact: true }).click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const small = await page.evaluate(`Array.from(document.querySelectorAll('button, input, textarea'))
        .map((element) => [element.getAttribute('aria-label') ?? element.textContent, element.getBoundingClientRect(), getComputedStyle(element).fontSize, element.localName])
        .filter(([, { width, height }]) => width > 0 && height > 0)
        .filter(([, { height, width }, size, name]) => height < 44 || width < 44 || (name !== 'button' && parseFloat(size) < 16))
        .map(([label, { width, height }, size]) => [label, width, height, size].join(' '))`);
      expect(small).toEqual([]);
    }
  });

  it('a reader hears new messages of the open room in a log of their own, and many as a number', async () => {
    const { port } = await serve();
    const { page } = await visit(`http://127.0.0.1:${port}/`);
    await logIn(page, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    const log = page.getByRole('log');
    bob.send('MSG one at a time\n');
    await log.getByText('bob: one at a time').waitFor({ state: 'attached' });
    for (let at = 0; at < 30; at++) bob.send(`MSG burst ${at}\n`);
    await bob.fence();
    await log.getByText(/^\d+ new messages$/).waitFor({ state: 'attached' });
    expect(await log.locator('> *').count()).toBeLessThanOrEqual(20);
    await until(
      page,
      `document.querySelector('[role=list][aria-label=Messages]').closest('[aria-live], [role=log]') === null`,
    );
  });
});

/** The violations, as far as they help to find them. */
async function audit(page: Page): Promise<readonly unknown[]> {
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(`${AXE}; undefined`);
  const result: unknown = await page.evaluate(
    `axe.run(document, ${JSON.stringify(OPTIONS)}).then(({ violations }) =>
       violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => html.slice(0, 150) + ' ' + failureSummary) })))`,
  );
  return Array.isArray(result) ? result : [result];
}
