/**
 * A person chats with the page in a real Firefox: what the tests with Chromium look at closely, once through. Skipped
 * without Firefox.
 */
import { describe, expect, it } from 'vitest';
import { firefox, FirefoxWindow, KEYS } from '../support/firefox.js';
import { operator } from '../support/operator.js';
import { launch, type PartylineProcess, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const MESSAGES = 400;

describe.skipIf(firefox === null)('the page in Firefox', () => {
  it('a person chats, pastes, scrolls back, searches, comes back after kill -9, and is kicked', async () => {
    const folder = temporaryFolder();
    const server = await start(folder, 0);
    const { port } = server;
    let bob = await SocketClient.login(port, 'bob');
    for (let at = 1; at <= MESSAGES; at++) bob.send(at === 30 ? 'MSG the needle in it\n' : `MSG hay ${at}\n`);
    await bob.fence();
    const page = await FirefoxWindow.open();
    await page.goTo(`http://127.0.0.1:${port}/`);
    await page.until(`document.activeElement?.name === 'username'`);

    await page.type(`ann${KEYS.Enter}`);
    await page.until(`document.activeElement?.id === 'composer'`);
    await page.until(has(`[data-id="${MESSAGES}"]`));
    await page.type(`hello bob${KEYS.Enter}`);
    await bob.until('MSG ann hello bob\n');
    bob.send('MSG hello ann\n');
    await page.until(has('.message.mention'));

    await page.type('one');
    await page.press(KEYS.Enter, KEYS.Shift);
    await page.type(`two${KEYS.Enter}`);
    await bob.until('MSG ann one\nMSG ann two\n');
    await page.until(has('[data-from=ann][data-state=stored] pre'));

    await page.click('[aria-label=People] li:nth-child(2) button');
    await page.click('[role=menuitem]');
    await page.until(`document.querySelector('h1').textContent === '@bob'`);
    await page.type(`for you alone${KEYS.Enter}`);
    await bob.until('DM ann for you alone\n');
    bob.send('DM ann thanks\n');
    await page.until(`document.querySelector('.message-list').textContent.includes('thanks')`);

    await page.click('[aria-label=Rooms] .open');
    await page.until(has('[data-id]'));
    const isAtBeginning = `document.querySelector('.beginning h2') !== null`;
    while ((await page.evaluate(isAtBeginning)) !== true) await page.scroll(-3000);
    const ids: unknown = await page.evaluate(
      `[...document.querySelectorAll('.message-list [data-id]')].map(({ dataset }) => Number(dataset.id)).slice(0, ${MESSAGES})`,
    );
    expect(ids).toEqual(Array.from({ length: MESSAGES }, (_, at) => at + 1));
    await page.click('.to-bottom');

    await page.press('k', KEYS.Control);
    await page.until(`document.activeElement?.type === 'search'`);
    await page.type(`needle${KEYS.Enter}`);
    await page.click('.hit');
    await page.until(`document.querySelector('.found')?.getBoundingClientRect().top > 0`);
    expect(await page.evaluate(`document.documentElement.scrollTop`)).toBe(0);
    const problems = [...page.problems];

    server.signal('SIGKILL');
    await server.exited;
    await page.until(has('.connection span'));
    await start(folder, port);
    await page.until(`!${has('.connection span')}`);
    bob = await SocketClient.login(port, 'bob');
    await page.click('#composer');
    await page.type(`back again${KEYS.Enter}`);
    await bob.until('MSG ann back again\n');

    const op = await operator(port, folder);
    op.send('KICK ann calm down\n');
    await page.until(
      `document.querySelector('.connection').textContent.startsWith('Disconnected: kicked by op: calm down')`,
    );
    expect(problems).toEqual([]);
  }, 180_000);
});

function start(folder: string, port: number): Promise<PartylineProcess> {
  return launch({ flags: port === 0 ? [] : ['--port', `${port}`], env: { DATA_DIR: folder } });
}

/** An expression: whether an element has this selector. */
function has(selector: string): string {
  return `(document.querySelector(${JSON.stringify(selector)}) !== null)`;
}
