/**
 * Every state of the page, made up by the gallery, in a real Chromium: nothing for axe to find, nothing wider than the
 * window, nothing too small for a finger. Skipped without Chromium.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { SCENES } from '../page/gallery/scenes.js';
import { chromium } from '../support/chromium.js';
import { openGallery } from '../support/gallery.js';
import { useBrowser, visit } from '../support/page.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 1280] as const;
const THEMES = ['light', 'dark'] as const;
/** Those with a menu, a drawer or a column that a click opens. */
const CLICKS: readonly (readonly [name: string, width: number, scene: string, buttons: readonly string[]])[] =
  [
    ['the list of rooms on a phone', 360, 'talk', ['Rooms']],
    ['the people on a phone', 360, 'people', ['Show people']],
    ['the menu of a name on a phone', 360, 'talk', ['Show people', 'dora']],
    ['the people on a tablet', 768, 'people', ['Show people']],
    ['the menu of a name', 1280, 'talk', ['dora']],
    ['the menu of the room', 1280, 'talk', ['Room menu']],
  ];
const MIN_TARGET_PX = 44;

describe.skipIf(chromium === null)('the page as it looks', () => {
  useBrowser();

  for (const theme of THEMES)
    for (const width of WIDTHS)
      it(`every state in the ${theme} theme at ${width} px is accessible and fits the window`, async () => {
        const address = await openGallery();
        const { page, problems } = await visit(address, { width, height: 740 });
        const found: Record<string, unknown> = {};
        for (const scene of Object.keys(SCENES)) {
          await show(page, address, scene, theme);
          const faults = await faultsOf(page);
          if (faults.length > 0) found[scene] = faults;
        }
        expect(found).toEqual({});
        expect(problems).toEqual([]);
      }, 300_000);

  it.each(CLICKS)('%s is accessible and fits the window', async (_name, width, scene, buttons) => {
    const address = await openGallery();
    const { page, problems } = await visit(address, { width, height: 740 });
    await show(page, address, scene, 'dark');
    for (const name of buttons) await page.getByRole('button', { name, exact: true }).click();
    expect(await faultsOf(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('every button and field on a phone is at least 44 px high and wide', async () => {
    const address = await openGallery();
    const { page } = await visit(address, { width: 360, height: 740 });
    for (const scene of [
      'talk',
      'hard',
      'empty',
      'enter-password',
      'paste',
      'offline',
      'outdated',
      'invited',
      'search',
      'settings',
    ]) {
      await show(page, address, scene, 'light');
      expect(await smallTargets(page), scene).toEqual([]);
    }
    await show(page, address, 'talk', 'light');
    await page.getByRole('button', { name: 'Rooms', exact: true }).click();
    expect(await smallTargets(page)).toEqual([]);
  });

  it('at 400 % zoom the field is in the window, and messages are above it', async () => {
    const address = await openGallery();
    const { page } = await visit(address, { width: 320, height: 256 });
    await show(page, address, 'talk', 'light');
    expect(await faultsOf(page)).toEqual([]);
    const field = await page.getByRole('textbox', { name: 'Message #dev' }).boundingBox();
    const last = await page.locator('.message').last().boundingBox();
    expect((field?.y ?? 999) + (field?.height ?? 0)).toBeLessThanOrEqual(256);
    expect(last?.y ?? 0).toBeGreaterThan(50);
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(field?.y ?? 0);
  });

  it('the entry of the open room is in view in a list that is longer than its column', async () => {
    const address = await openGallery();
    const { page } = await visit(address);
    await show(page, address, 'many-rooms', 'light');
    const entry = page.getByRole('button', { name: /^room-40, / });
    await expect.poll(async () => (await entry.boundingBox())?.y ?? 999).toBeLessThan(740);
    expect((await entry.boundingBox())?.y).toBeGreaterThan(50);
  });

  it('a ban takes a number of minutes or none, and nothing that would be taken for none', async () => {
    const address = await openGallery();
    const { page } = await visit(address);
    await show(page, address, 'ban', 'light');
    const minutes = page.getByLabel('Minutes');
    for (const text of ['1h', '0', '-5', '1.5']) {
      await minutes.fill(text);
      expect(await page.locator('input:invalid').count(), text).toBe(1);
    }
    for (const text of ['90', '']) {
      await minutes.fill(text);
      expect(await page.locator('input:invalid').count(), text).toBe(0);
    }
    await show(page, address, 'register', 'light');
    await page.getByText('At least 8 characters, without spaces.').waitFor();
  });

  it('a link in the topic of a room can be opened, also with the keyboard and in the menu', async () => {
    const address = await openGallery();
    const { page } = await visit(address);
    await show(page, address, 'talk', 'light');
    const links = page.getByRole('link', { name: 'https://board.example.org' });
    expect(await links.getAttribute('tabindex')).toBe('0');
    await page.getByRole('button', { name: 'Room menu' }).click();
    expect(await links.count()).toBe(2);
    // The focus is on the first item of the menu, not on a link above it.
    await page.locator('[role=menuitem]:focus').waitFor();
  });

  it('without motion nothing fades, and with forced colours the open room is marked', async () => {
    const address = await openGallery();
    const { page } = await visit(address);
    await page.emulateMedia({ forcedColors: 'active' });
    await show(page, address, 'offline', 'light');
    const styles = await page.evaluate(`({
      animation: getComputedStyle(document.querySelector('.connection')).animationName,
      outline: getComputedStyle(document.querySelector('[aria-current]')).outlineStyle,
    })`);
    expect(styles).toEqual({ animation: 'none', outline: 'solid' });
  });
});

async function show(page: Page, address: string, scene: string, theme: string): Promise<void> {
  // What fades in has less contrast until it is there.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // Another hash alone would not load the page again.
  await page.goto('about:blank');
  await page.goto(`${address}#${scene}/${theme}`);
  await page.locator('#page > *').first().waitFor();
}

/** What axe finds, and whether the page is wider or higher than the window. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  const [wider = 0, higher = 0] = await page.evaluate<readonly number[]>(
    `(({ scrollWidth, scrollHeight }) => [scrollWidth - innerWidth, scrollHeight - innerHeight])(document.documentElement)`,
  );
  return [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)),
    ...(wider > 0 ? [`${wider} px wider than the window`] : []),
    ...(higher > 0 ? [`${higher} px higher than the window`] : []),
  ];
}

/** Links and names in a text are as high as its lines; a checkbox has its label. */
function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`
    [...document.querySelectorAll('button, a, input, textarea')]
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        const isSmall = width > 0 && (width < ${MIN_TARGET_PX} || height < ${MIN_TARGET_PX});
        return isSmall && !element.closest('.text, .check, .segments, .error, [inert]');
      })
      .map((element) => element.outerHTML.slice(0, 120))`);
}
