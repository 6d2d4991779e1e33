/** People who use the page in a real Chromium: a context, with storage of its own, for each. */
import { type Browser, chromium as playwright, type ConsoleMessage, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { chromium, chromiumPath } from './chromium.js';

/** The browser is busy, and so is the machine. */
const TIMEOUT_MS = 20_000;

let browser: Browser | null = null;

/** Starts one browser for all tests of the file. */
export function useBrowser(flags: readonly string[] = []): void {
  beforeAll(async () => {
    if (chromium !== null) browser = await launchBrowser(flags);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    browser = null;
  });
}

export function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  // Chromium's sandbox does not work for root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return playwright.launch({ executablePath: chromiumPath(), args: [...sandbox, ...flags] });
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  /** Nothing fades in: colours are final at once. */
  readonly isCalm?: boolean;
  readonly storage?: Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>;
}

/** Opens the page in a context of its own. `problems` are errors and violations of the policy. */
export async function visit(
  url: string,
  { width = 1280, height = 800, theme = 'light', isCalm = false, storage }: VisitOptions = {},
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  if (browser === null) throw new Error('no browser: call useBrowser() in the file');
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: isCalm ? 'reduce' : 'no-preference',
    ...(storage === undefined ? {} : { storageState: storage }),
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  onTestFinished(async () => {
    await context.close();
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message: ConsoleMessage) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text()))
      problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

/** Opens the page, enters under a name, and waits for the chat. */
export async function enter(
  url: string,
  name: string,
  options: VisitOptions = {},
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const visitor = await visit(url, options);
  await logIn(visitor.page, name);
  return visitor;
}

export async function logIn(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Enter', exact: true }).click();
  await page.getByRole('textbox', { name: /^Message [#@]/ }).waitFor();
}

/** Types a message into the open place and sends it with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: /^Message [#@]/ });
  await field.fill(text);
  await field.press('Enter');
}

export async function join(page: Page, room: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Join or create a room' }).fill(room);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

/** The messages that are shown: their ids, names and states, oldest first. */
export function shown(page: Page): Promise<readonly ShownMessage[]> {
  return page
    .getByRole('list', { name: 'Messages' })
    .locator('[data-from]')
    .evaluateAll((items) =>
      items.map((item) => ({
        id: item.getAttribute('data-id'),
        from: item.getAttribute('data-from'),
        state: item.getAttribute('data-state'),
        text: item.textContent,
      })),
    );
}

export interface ShownMessage {
  readonly id: string | null;
  readonly from: string | null;
  readonly state: string | null;
  readonly text: string | null;
}

/** The item of a message, by its text. */
export function messageWith(page: Page, text: string) {
  return page.getByRole('list', { name: 'Messages' }).locator('[data-from]').filter({ hasText: text });
}

/** Waits until an expression is true in the page, whose policy forbids `waitForFunction`. */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(`Boolean(${expression})`), { timeout: TIMEOUT_MS }).toBe(true);
}
