/** People chat with the page, in a real Chromium and with a real server. Skipped without Chromium. */
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, messageWith, say, useBrowser } from '../support/page.js';
import { serve } from '../support/process.js';

describe.skipIf(chromium === null)('the page in Chromium', () => {
  useBrowser();

  it('two people chat, and each message is stored once', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const ann = await enter(url, 'ann');
    const bob = await enter(url, 'bob');
    await say(ann.page, 'hello bob');
    await messageWith(bob.page, 'hello bob').waitFor();
    await say(bob.page, 'hello ann');
    await messageWith(ann.page, 'hello ann').waitFor();
    for (const { page } of [ann, bob]) {
      await page.locator('[data-state=stored]').nth(1).waitFor();
      const items = await page
        .locator('[data-from]')
        .evaluateAll((rows) =>
          rows.map((row) => [row.getAttribute('data-id'), row.getAttribute('data-from')]),
        );
      expect(items).toEqual([
        ['1', 'ann'],
        ['2', 'bob'],
      ]);
    }
    expect([...ann.problems, ...bob.problems]).toEqual([]);
  });
});
