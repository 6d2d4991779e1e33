/** Idempotency-Key: a post that is tried again is there once. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../../support/fragile-history.js';
import { http, json } from '../../../support/http-request.js';
import { serveParty } from '../../../support/party.js';
import { serve, temporaryFolder } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

const KEY = { 'idempotency-key': 'job-42' };

describe('a key of a post', () => {
  it('a key of a post gives the first answer again, and posts once', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const post = () => json(port, '/lobby?as=ci', { value: { text: 'one\ntwo' }, headers: KEY });
    const first = await post();
    expect(first.status).toBe(201);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    const again = await post();
    expect(again).toMatchObject({
      status: 200,
      value: first.value,
      headers: { 'idempotency-replayed': 'true', location: first.headers.location },
    });
    expect(await ann.fence()).toBe('MSG ci one\nMSG ci two\n');
  });

  it('a key of a post is refused with another body, room or name, and belongs to its author', async () => {
    const { port } = await serve();
    const post = async (path: string, body: string) =>
      (await http(port, path, { body, headers: KEY })).status;
    expect(await post('/ops?as=ci', 'one')).toBe(201);
    expect(await post('/ops?as=ci', 'two')).toBe(422);
    expect(await post('/dev?as=ci', 'one')).toBe(422);
    expect(await post('/rooms/OPS/messages?as=ci', 'one')).toBe(200);
    expect(await post('/ops?as=cd', 'one')).toBe(201);
    expect((await http(port, '/rooms/ops/messages')).text).toMatch(/^\d+ \S+ ci one\n\d+ \S+ cd one\n$/);
  });

  it.each(['', 'a b', 'x'.repeat(65), 'caf\u00e9'])('a key of a post is invalid: %j', async (key) => {
    const { port } = await serve();
    const reply = await http(port, '/ops', { body: 'hi', headers: { 'idempotency-key': key } });
    expect(reply.text).toMatch(/^usage: an Idempotency-Key /);
  });

  it('a key of a post that is used at the same time by several requests posts once', async () => {
    const { port } = await serve({ HISTORY: 'disk', DATA_DIR: temporaryFolder() });
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => http(port, '/ops', { body: 'hi', headers: KEY })),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect((await http(port, '/rooms/ops/messages')).text.split('\n')).toHaveLength(2);
  });

  it('a key of a post that could not be stored is free again', async () => {
    const history = new FragileHistory();
    const { port } = await serveParty({}, { history });
    history.broken = true;
    expect((await http(port, '/ops', { body: 'hi', headers: KEY })).status).toBe(503);
    history.broken = false;
    expect((await http(port, '/ops', { body: 'hi', headers: KEY })).status).toBe(201);
    expect((await http(port, '/ops', { body: 'hi', headers: KEY })).status).toBe(200);
  });

  it('a key of a post holds over a restart', async () => {
    const settings = { HISTORY: 'disk', DATA_DIR: join(temporaryFolder(), 'data') };
    const first = await serve(settings);
    const answer = await http(first.port, '/ops', { body: 'hi', headers: KEY });
    expect(answer.status).toBe(201);
    await first.stop();
    const { port } = await serve(settings);
    expect(await http(port, '/ops', { body: 'hi', headers: KEY })).toMatchObject({
      status: 200,
      text: answer.text,
    });
    expect((await http(port, '/rooms/ops/messages')).text.split('\n')).toHaveLength(2);
  });
});
