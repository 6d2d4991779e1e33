/** Tests examples/relay.sh and examples/relay.js: they relay a room to a URL, in order and at least once. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../support/folders.js';
import { serve } from '../support/process.js';
import { DEADLINE_MS, SocketClient } from '../support/socket-client.js';

vi.setConfig({ testTimeout: 90_000 });

const examples = resolve(import.meta.dirname, '../../examples');

/** The relay, the id and the time of a message. */
const KEY = /^[0-9a-f]{1,16}-(\d+)-\d{4}-\d\d-\d\dT[\d:.]+Z$/;

interface Call {
  readonly key: string;
  readonly body: string;
}

/** The URL that messages are relayed to. It refuses as many calls as it is told to, with this status. */
async function receiver() {
  const calls: Call[] = [];
  const refusing = { count: 0, status: 503 };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const isRefused = refusing.count-- > 0;
      if (!isRefused) calls.push({ key: String(request.headers['idempotency-key']), body });
      response.writeHead(isRefused ? refusing.status : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/hook`, calls, refusing };
}

/** Starts a relay of a room. */
function relay(
  file: 'relay.js' | 'relay.sh',
  port: number,
  url: string,
  cursor: string,
  room = 'ops',
): () => Promise<void> {
  const program = file === 'relay.js' ? process.execPath : 'sh';
  const args = [join(examples, file), `http://127.0.0.1:${port}`, room, url, cursor];
  // A group of its own, since the shell has children.
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {}
    return ended;
  };
  onTestFinished(stop);
  return stop;
}

describe.each(['relay.js', 'relay.sh'] as const)('examples/%s', (file) => {
  it(`${file} relays new messages in order, tries again what was refused, and goes on after a stop`, async () => {
    const { port, log } = await serve();
    const { url, calls, refusing } = await receiver();
    const cursor = join(temporaryFolder(), 'cursor');
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN ops\nMSG before\n');
    await ann.fence();
    const texts = () => calls.map(({ body }) => (file === 'relay.js' ? (JSON.parse(body) as unknown) : body));
    const shown = (text: string) => (file === 'relay.js' ? { text: `ann: ${text}` } : `ann: ${text}`);
    const stop = relay(file, port, url, cursor);
    await log.has({ tag: 'CONNECT', dialect: file === 'relay.js' ? 'ndjson' : 'text' });
    refusing.count = 1;
    ann.send('MSG one\nMSG two\n');
    await expect.poll(texts, { timeout: DEADLINE_MS }).toEqual([shown('one'), shown('two')]);
    await expect.poll(() => readFileSync(cursor, 'utf8').trim(), { timeout: DEADLINE_MS }).toBe('3');
    await stop();
    ann.send('MSG three\n');
    await ann.fence();
    relay(file, port, url, cursor);
    await expect.poll(texts, { timeout: DEADLINE_MS }).toEqual(['one', 'two', 'three'].map(shown));
    expect(calls.map(({ key }) => KEY.exec(key)?.[1])).toEqual(['2', '3', '4']);
    expect(new Set(calls.map(({ key }) => key.split('-')[0])).size).toBe(1);
  });

  it(`${file} relays a room whose name is not ASCII, and leaves out what the URL can never accept`, async () => {
    const { port, log } = await serve();
    const { url, calls, refusing } = await receiver();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN 日本\nMSG before\n');
    await ann.fence();
    relay(file, port, url, join(temporaryFolder(), 'cursor'), '日本');
    await log.has({ tag: 'CONNECT', dialect: file === 'relay.js' ? 'ndjson' : 'text' });
    Object.assign(refusing, { count: 1, status: file === 'relay.js' ? 400 : 413 });
    ann.send('MSG too long\nPASTE\n  next\n.\n');
    await expect.poll(() => calls.map(({ body }) => body), { timeout: DEADLINE_MS }).toHaveLength(1);
    expect(calls[0]?.body).toContain('ann:   next');
    expect(calls[0]?.key).toMatch(KEY);
  });
});
