/** Tests examples/express.js, a web application with an embedded chat, as a child process. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PartylineProcess } from '../support/process.js';
import { DEADLINE_MS, SocketClient } from '../support/socket-client.js';
import { refusedUpgrade, WebSocketClient } from '../support/websocket-client.js';

const script = resolve(import.meta.dirname, '../../examples/express.js');

async function start() {
  const program = new PartylineProcess({
    script,
    env: { WEB_PORT: '0', CHAT_PORT: '0', LOG_FORMAT: 'pretty' },
  });
  const portIn = (pattern: RegExp) => Number(pattern.exec(program.stdout)?.[1] ?? 0);
  const ports = () => ({ web: portIn(/web on .*port: (\d+)/), chat: portIn(/chat on (\d+)/) });
  await expect.poll(() => Object.values(ports()), { timeout: DEADLINE_MS }).not.toContain(0);
  return { program, ...ports() };
}

function post(port: number, body: object) {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(`http://127.0.0.1:${port}/deployed`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('examples/express.js', () => {
  it('examples/express.js connects web routes, WebSocket, TCP and bots to the same rooms', async () => {
    const { web, chat } = await start();
    const ann = await SocketClient.login(chat, 'ann');
    ann.send('JOIN ops\n');
    await ann.until('OK\n');
    const mina = await WebSocketClient.connect(web, '/mychat');
    mina.send('{"name": "Mina", "room": "ops"}', 'hello from a browser');
    expect(await ann.until('browser\n')).toBe('INFO Mina joined ops\nMSG Mina hello from a browser\n');
    const tom = await SocketClient.connect(chat);
    tom.send('{"name": "Tom", "room": "ops"}');
    await ann.until('INFO Tom joined ops\n');
    expect(await (await fetch(`http://127.0.0.1:${web}/`)).json()).toEqual({ chatting: 3 });

    const posted = await post(web, { version: '2.0' });
    expect([posted.status, await posted.json()]).toEqual([200, { said: true }]);
    await ann.until('MSG deploy-bot version 2.0 is out\n');
    await mina.until('deploy-bot:version 2.0 is out\n');
    await tom.until('deploy-bot:version 2.0 is out\n');

    tom.send('!time\n');
    await ann.until(/MSG Tom !time\nMSG clock-bot \d{4}-\d\d-\d\dT[\d:.]+Z\n/);
    await mina.until(/clock-bot:\d{4}-/);
  });

  it('examples/express.js answers a refused message with its reason, and reserves the names of its bots', async () => {
    const { web, chat } = await start();
    const refused = await post(web, { version: 'x'.repeat(5000) });
    expect([refused.status, await refused.json()]).toEqual([400, { said: false, why: 'line-too-long' }]);
    const thief = await SocketClient.connect(chat);
    thief.send('LOGIN deploy-bot\n');
    expect(await thief.fence()).toBe('ERR username-taken\n');
    expect((await post(web, { version: '2.1' })).status).toBe(200);
  });

  it('examples/express.js does not change the other paths of the application', async () => {
    const { web } = await start();
    const page = await fetch(`http://127.0.0.1:${web}/mychat`);
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('Cannot GET /mychat')]);
    expect(await refusedUpgrade(web, '/ws')).toBe(404);
  });

  it('examples/express.js notifies all users when it is stopped, and exits', async () => {
    const { program, web, chat } = await start();
    const ann = await SocketClient.login(chat, 'ann');
    const mina = await WebSocketClient.connect(web, '/mychat');
    mina.send('{"name": "Mina", "room": "lobby"}', 'hi');
    await ann.until('MSG Mina hi\n');
    program.signal('SIGTERM');
    expect((await ann.toEnd()).text).toBe('INFO server shutting down\n');
    expect(await mina.toEnd()).toMatchObject({ code: 1001, text: 'Mina:hi\n* server shutting down\n' });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });
});
