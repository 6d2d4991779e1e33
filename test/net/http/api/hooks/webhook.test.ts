/** Webhooks over real sockets: what each sender sends, and what it is answered. */
import { describe, expect, it, vi } from 'vitest';
import { run, serve, temporaryFolder } from '../../../../support/process.js';
import { SocketClient } from '../../../../support/socket-client.js';
import { payload } from './payloads.js';

vi.setConfig({ testTimeout: 60_000 });

interface Hook {
  readonly url: string;
  readonly port: number;
  readonly log: Awaited<ReturnType<typeof serve>>['log'];
  readonly folder: string;
  /** A member of the hook's room. */
  readonly ann: SocketClient;
}

async function hookIn(
  room: string,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Hook> {
  const folder = temporaryFolder();
  const { port, log } = await serve({ HISTORY: 'disk', DATA_DIR: folder, ...settings });
  const { stdout } = await run(['hook', 'create', '--room', room, '--name', name, '--data-dir', folder]);
  const secret = stdout.trim().split('/').at(-1) ?? '';
  const ann = await SocketClient.login(port, 'ann');
  ann.send(`JOIN ${room}\n`);
  await ann.until('OK\n');
  return { url: `http://127.0.0.1:${port}/hooks/${secret}`, port, log, folder, ann };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

function send(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

async function answerOf(response: Promise<Response>): Promise<[number, string]> {
  const { status } = await response;
  return [status, await (await response).text()];
}

describe('a webhook', () => {
  it('each sender gets a lower-case ok, and its message is in the room under the name of the hook', async () => {
    const { url, ann } = await hookIn('ops', 'monitor');
    for (const sender of ['grafana', 'alertmanager', 'gitea', 'gitlab', 'sentry', 'uptime-kuma']) {
      const response = await send(url, payload(sender));
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect([sender, response.status, await response.text()]).toEqual([sender, 200, 'ok']);
      expect(await ann.fence(), sender).toMatch(/^(?:MSG monitor .+\n)+$/);
    }
  });

  it('a form with the field payload and JSON in a form are taken, as curl sends them', async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const encoded = new URLSearchParams({ payload: '{"text":"a & b"}' }).toString();
    expect(await answerOf(send(url, encoded, form))).toEqual([200, 'ok']);
    expect(await answerOf(send(url, '{"text":"plain"}', form))).toEqual([200, 'ok']);
    expect(await ann.fence()).toBe('MSG ci a & b\nMSG ci plain\n');
  });

  it('a long alert is cut and not refused', async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    const text = Array.from({ length: 300 }, (_, at) => `line ${at}`).join('\n');
    expect(await answerOf(send(url, JSON.stringify({ text })))).toEqual([200, 'ok']);
    const lines = (await ann.fence()).split('\n').slice(0, -1);
    expect([lines.length, lines.at(-1)]).toEqual([200, 'MSG ci … 101 lines more']);
  });

  it("what is no payload, has no text or has another secret gets Slack's error", async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    expect(await answerOf(send(url, 'hello'))).toEqual([400, 'invalid_payload']);
    expect(await answerOf(send(url, ''))).toEqual([400, 'invalid_payload']);
    expect(await answerOf(send(url, '{"channel":"#ops"}'))).toEqual([400, 'no_text']);
    expect(await answerOf(send(`${url}x`, '{"text":"hi"}'))).toEqual([403, 'invalid_token']);
    expect((await fetch(url)).status).toBe(405);
    expect(await ann.fence()).toBe('');
  });

  it('a hook posts in a room that is locked, and not after it was revoked', async () => {
    const { url, ann, folder, log } = await hookIn('ops', 'ci');
    ann.send('REGISTER ann-password\n');
    await ann.until('OK\n');
    const listed = await run(['hook', 'list', '--data-dir', folder]);
    const [id = ''] = listed.stdout.split(' ');
    await run(['hook', 'revoke', id, '--data-dir', folder]);
    await log.has({ tag: 'ADMIN', did: 'revoke hook' });
    expect(await answerOf(send(url, '{"text":"late"}'))).toEqual([403, 'invalid_token']);
  });

  it('a hook cannot be used to post elsewhere or under another name', async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    const body = { text: 'hi', channel: '#lobby', username: 'ann', name: 'ann', room: 'lobby' };
    expect(await answerOf(send(url, JSON.stringify(body)))).toEqual([200, 'ok']);
    expect(await ann.fence()).toBe('MSG ci hi\n');
  });

  it('a page of another origin cannot use a hook', async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    const response = await send(url, '{"text":"hi"}', { ...JSON_TYPE, Origin: 'http://evil.example' });
    expect(response.status).toBe(403);
    expect(await ann.fence()).toBe('');
  });

  it('the text of a hook has no control characters', async () => {
    const { url, ann } = await hookIn('ops', 'ci');
    await send(url, JSON.stringify({ text: 'a\u001b[31mb\u202ec\rMSG ann forged' }));
    expect(await ann.fence()).toBe('MSG ci a[31mbc\nMSG ci MSG ann forged\n');
  });

  it('the secret of a hook is in no line of the log', async () => {
    const { url, log, ann } = await hookIn('ops', 'ci');
    await send(url, '{"text":"hi"}');
    await ann.fence();
    expect(JSON.stringify(log.events)).not.toContain(url.split('/').at(-1));
  });
});
