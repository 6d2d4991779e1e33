/** People chat with the page, in a real Chromium and with a real server. Skipped without Chromium. */
import { describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { operator } from '../support/operator.js';
import { enter, join, logIn, messageWith, say, shown, until, useBrowser, visit } from '../support/page.js';
import { serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

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
      const items = await shown(page);
      expect(items.map(({ id, from, state }) => [id, from, state])).toEqual([
        ['1', 'ann', 'stored'],
        ['2', 'bob', 'stored'],
      ]);
    }
    expect(await ann.page.title()).toBe('#lobby – Partyline');
    const people = bob.page.getByRole('complementary', { name: 'People' });
    await people.getByRole('button', { name: 'ann', exact: true }).waitFor();
    expect([...ann.problems, ...bob.problems]).toEqual([]);
  });

  it('a direct message reaches one person, and a reload keeps it', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const bob = await SocketClient.login(port, 'bob');
    const carl = await SocketClient.login(port, 'carl');
    const ann = await enter(url, 'ann');
    const people = ann.page.getByRole('complementary', { name: 'People' });
    await people.getByRole('button', { name: 'bob', exact: true }).click();
    await ann.page.getByRole('menuitem', { name: 'Send a direct message' }).click();
    await ann.page.getByRole('heading', { level: 1, name: '@bob' }).waitFor();
    await say(ann.page, 'for you alone');
    await bob.until('DM ann for you alone\n');
    bob.send('DM ann thanks\n');
    await messageWith(ann.page, 'thanks').waitFor();
    await ann.page.waitForTimeout(600);
    await ann.page.reload();
    const conversations = ann.page.getByRole('navigation', { name: 'Conversations' });
    await conversations.getByRole('button', { name: /^bob\b/ }).click();
    await messageWith(ann.page, 'for you alone').waitFor();
    await messageWith(ann.page, 'thanks').waitFor();
    expect(await carl.fence()).not.toContain('for you alone');
    expect(ann.problems).toEqual([]);
  });

  it('a locked room asks for its key and opens with it', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const owner = await SocketClient.login(port, 'owner');
    owner.send('REGISTER correct-horse\nJOIN vault\nLOCK sesame\nMSG the treasure\n');
    await owner.fence();
    const ann = await enter(`http://127.0.0.1:${port}/`, 'ann');
    await join(ann.page, 'vault');
    const dialog = ann.page.getByRole('dialog');
    await dialog.getByLabel('Room key').fill('wrong');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Room key').fill('sesame');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await ann.page.getByRole('heading', { level: 1, name: '#vault' }).waitFor();
    await messageWith(ann.page, 'the treasure').waitFor();
    expect(ann.problems).toEqual([]);
  });

  it('a registered name asks for its password, and stays signed in on this device if asked to', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const url = `http://127.0.0.1:${port}/`;
    const owner = await SocketClient.login(port, 'ann');
    owner.send('REGISTER correct-horse\n');
    await owner.fence();
    owner.leave();
    const { page } = await visit(url);
    await page.getByRole('textbox', { name: 'Name' }).fill('ann');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByLabel('Password').fill('wrong-password');
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password').fill('correct-horse');
    await page.getByRole('checkbox', { name: 'Stay signed in on this device' }).check();
    await page.getByRole('button', { name: 'Enter', exact: true }).click();
    await page.getByRole('textbox', { name: 'Message #lobby' }).waitFor();
    await until(page, `localStorage.getItem('partyline').includes('token')`);
    expect(
      await page.evaluate(`document.cookie + JSON.stringify([localStorage, sessionStorage])`),
    ).not.toContain('correct-horse');
    const other = await page.context().newPage();
    await page.close();
    await other.goto(url);
    await other.getByRole('textbox', { name: 'Message #lobby' }).waitFor();
    await other.getByRole('button', { name: 'Log out' }).click();
    await other.getByRole('button', { name: 'Enter', exact: true }).waitFor();
    await other.reload();
    await other.getByRole('button', { name: 'Enter', exact: true }).waitFor();
  });

  it('3,000 messages are scrolled back to the first one, each shown once and in order', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const bob = await SocketClient.login(port, 'bob');
    for (let at = 1; at <= 3000; at++) bob.send(`MSG line ${at} of many\n`);
    await bob.fence();
    const { page, problems } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    await messageWith(page, 'line 3000 of many').waitFor();
    const list = page.getByRole('list', { name: 'Messages' });
    await list.hover();
    const first = page.getByText('Beginning of');
    for (let turn = 0; turn < 400 && !(await first.isVisible()); turn++) {
      await page.mouse.wheel(0, -4000);
      await page.waitForTimeout(20);
    }
    await messageWith(page, 'line 1 of many').first().waitFor();
    // Lines of one moment are blocks, whose other lines carry their ids themselves.
    const ids: unknown = await page.evaluate(
      `Array.from(document.querySelectorAll('[aria-label=Messages] [data-id]'), (item) => Number(item.dataset.id))`,
    );
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, at) => at + 1));
    await page.getByRole('button', { name: 'New messages' }).click();
    expect(problems).toEqual([]);
  });

  it('a search finds an old message, and a hit opens its place', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const bob = await SocketClient.login(port, 'bob');
    for (let at = 1; at <= 600; at++) {
      bob.send(at === 30 ? 'MSG the needle in it\n' : `MSG hay ${at}\n`);
      if (at % 30 === 0) await bob.fence();
    }
    await bob.fence();
    const { page } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    await messageWith(page, 'hay 600').waitFor();
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('searchbox', { name: 'Search #lobby' }).fill('needle');
    await page.keyboard.press('Enter');
    const results = page.getByRole('list', { name: 'Results' });
    await results.getByRole('listitem').first().waitFor();
    expect(await results.getByRole('listitem').count()).toBe(1);
    await results.getByRole('button').click();
    const hit = page.getByRole('list', { name: 'Messages' }).locator('[data-id="30"]');
    await hit.waitFor();
    await page.waitForTimeout(300);
    expect((await hit.boundingBox())?.y).toBeGreaterThan(0);
    expect((await hit.boundingBox())?.y).toBeLessThan(800);
  });

  it('40 pasted lines are one message for everyone, and nothing comes between', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const ann = await enter(url, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    const lines = Array.from({ length: 40 }, (_, at) =>
      at === 5 ? '' : `  ${'\t'.repeat(at % 3)}line ${at}`,
    );
    const field = ann.page.getByRole('textbox', { name: 'Message #lobby' });
    await field.fill(lines.join('\n'));
    await ann.page.getByRole('button', { name: 'Send as one paste' }).waitFor();
    await field.press('Enter');
    const received = await bob.until('line 39\n');
    expect(received).toBe(lines.map((line) => `MSG ann ${line}\n`).join(''));
    await ann.page.locator('[data-from=ann][data-state=stored]').waitFor();
    expect(await ann.page.locator('[data-from=ann]').count()).toBe(1);
    await field.fill('x\n'.repeat(201));
    await field.press('Enter');
    await ann.page.getByRole('alert').filter({ hasText: '201' }).waitFor();
    expect(await bob.fence()).toBe('');
  });

  it('a kick is said with its reason, and the page does not come back by itself', async () => {
    const folder = temporaryFolder();
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: folder });
    const op = await operator(port, folder);
    const { page } = await enter(`http://127.0.0.1:${port}/`, 'ann');
    await op.fence();
    op.send('KICK ann calm down\n');
    await op.until('INFO ann disconnected\n');
    const status = page.getByRole('status', { name: 'Connection' });
    await status.getByText(/kicked by op: calm down/).waitFor();
    await page.waitForTimeout(2500);
    op.send('WHO\n');
    expect(await op.fence()).toBe('USER op\n');
    await status.getByRole('button').click();
    await page.getByRole('textbox', { name: 'Message #lobby' }).waitFor();
    await say(page, 'sorry');
    await op.until('MSG ann sorry\n');
  });

  it('two tabs of one browser take turns', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const { page } = await enter(url, 'ann');
    const other = await page.context().newPage();
    await other.goto(url);
    await logIn(other, 'ann');
    await page.getByRole('button', { name: 'Use here' }).first().click();
    await other.getByRole('button', { name: 'Use here' }).first().waitFor();
    await say(page, 'back here');
    await page.locator('[data-from=ann][data-state=stored]').waitFor();
  });
});
