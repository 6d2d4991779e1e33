/**
 * Pages of elsewhere attack the chat page and its socket: of another port, of a file, of a name that points at this machine,
 * in a frame. Nothing is said, nothing is read. Skipped without Chromium.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromium } from '../support/chromium.js';
import { enter, until, useBrowser, visit } from '../support/page.js';
import { serve, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';

const REBOUND = 'evil.test';

/** A page that tries to open sockets, to read the page, and to show it in frames; `window.result` says what it could. */
const attack = (origin: string) => `<!doctype html><title>attack</title><body><script>
  const result = { opened: [], read: [], framed: [] };
  const quietly = (promise) => promise.catch(() => {});
  const socket = (url) => new Promise((done) => {
    const ws = new WebSocket(url);
    ws.onopen = () => { result.opened.push(url); ws.send('TAGS ON\\nLOGIN evil\\nMSG owned\\n'); setTimeout(done, 300); };
    ws.onclose = ws.onerror = done;
    setTimeout(done, 3000);
  });
  const read = async (url, init) => {
    const response = await fetch(url, init);
    const text = await response.text();
    if (text.includes('Partyline')) result.read.push(url);
  };
  const frame = (url, sandbox) => new Promise((done) => {
    const element = document.createElement('iframe');
    if (sandbox !== null) element.sandbox = sandbox;
    element.src = url;
    element.onload = () => {
      try { if (element.contentDocument.body.textContent !== '') result.framed.push(url); } catch {}
      done();
    };
    document.body.append(element);
    setTimeout(done, 3000);
  });
  const http = '${origin}';
  const ws = http.replace('http', 'ws');
  Promise.all([
    ...['/ws', '/mychat'].map((path) => socket(ws + path)),
    ...['/', '/about', '/healthz'].flatMap((path) => [
      quietly(read(http + path)),
      quietly(read(http + path, { credentials: 'include', headers: { Accept: 'text/html' } })),
      quietly(read(http + path, { mode: 'no-cors' })),
    ]),
    quietly(fetch(http + '/', { method: 'POST', mode: 'no-cors', body: 'LOGIN evil\\nMSG owned\\n' })),
    ...[null, '', 'allow-scripts', 'allow-scripts allow-same-origin allow-forms'].map((sandbox) => frame(http + '/', sandbox)),
  ]).then(() => { window.result = result; });
</script>`;

describe.skipIf(chromium === null)('attacks on the page', () => {
  useBrowser([`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]);

  it.each(['another port', 'a file', 'a rebound name', 'a data URL'])(
    'a page of %s opens no socket, reads nothing, and shows the page in no frame',
    async (from) => {
      const { port } = await serve();
      const ann = await SocketClient.login(port, 'ann');
      // A rebound name is the page's own origin: the same port.
      const target = from === 'a rebound name' ? `http://${REBOUND}:${port}` : `http://127.0.0.1:${port}`;
      const html = attack(target);
      const url =
        from === 'a file'
          ? fileWith(html)
          : from === 'a data URL'
            ? `data:text/html,${encodeURIComponent(html)}`
            : await siteWith(() => html, from === 'a rebound name' ? REBOUND : '127.0.0.1');
      const { page } = await visit(url);
      await until(page, 'window.result !== undefined');
      expect(await page.evaluate('window.result')).toEqual({ opened: [], read: [], framed: [] });
      const frames = page.frames().slice(1);
      for (const frame of frames) expect(await frame.locator('#page').count()).toBe(0);
      ann.send('WHO\nHISTORY\n');
      expect(await ann.fence()).toBe('USER ann\nOK\n');
    },
  );

  it('the same page does open a socket where the administrator lists its origin', async () => {
    let html = '';
    const site = await siteWith(() => html, '127.0.0.1');
    const { port } = await serve({ ALLOWED_ORIGINS: site.replace(/\/$/, '') });
    html = attack(`http://127.0.0.1:${port}`);
    const { page } = await visit(site);
    await until(page, 'window.result !== undefined');
    expect(await page.evaluate('window.result.opened')).toContain(`ws://127.0.0.1:${port}/ws`);
  });

  it('a page at a rebound name is not served at all', async () => {
    const { port } = await serve();
    const { page } = await visit(`http://${REBOUND}:${port}/`);
    expect(await page.locator('#page').count()).toBe(0);
    expect(await page.evaluate('document.body.textContent')).toContain('ALLOWED_HOSTS');
  });

  it('a page that opens the chat in a window of its own cannot reach into it', async () => {
    const { port } = await serve();
    const url = `http://127.0.0.1:${port}/`;
    const { page } = await enter(url, 'ann');
    const site = await siteWith(() => '<!doctype html><title>opener</title>', '127.0.0.1');
    const other = await page.context().newPage();
    await other.goto(site);
    const result = await other.evaluate(`new Promise((done) => {
      const opened = window.open('${url}');
      setTimeout(() => {
        try { done(String(opened.closed) + ' ' + opened.document.title); } catch (error) { done('closed off: ' + opened.closed); }
      }, 1500);
    })`);
    // The opener policy cuts the window off: it seems closed.
    expect(result).toMatch(/^(?:true|closed off: true)/);
  });

  it('the page sets no cookie and loads nothing from elsewhere', async () => {
    const { port } = await serve();
    const requested: string[] = [];
    const { page } = await visit('about:blank');
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByRole('textbox', { name: 'Name' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(requested.filter((address) => !address.startsWith(`http://127.0.0.1:${port}/`))).toEqual([]);
    expect(requested.length).toBeLessThanOrEqual(6);
  });
});

function fileWith(html: string): string {
  const path = join(temporaryFolder(), 'attack.html');
  writeFileSync(path, html);
  return `file://${path}`;
}

/** A site on another port of this machine, under a name. */
async function siteWith(html: () => string, host: string): Promise<string> {
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://${host}:${address !== null && typeof address === 'object' ? address.port : 0}/`;
}
