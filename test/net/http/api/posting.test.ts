/** Posts over HTTP, as users see them. */
import { describe, expect, it } from 'vitest';
import { http, json } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

/** What `curl -d` sends. */
const CURL = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'curl/8.5.0' };

describe('a post', () => {
  it('a post is answered by its id once it is stored, and the room sees it under the name of the program', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    ann.send('JOIN ops\n');
    await ann.fence();
    const reply = await http(port, '/ops', { body: 'build 42 is green', headers: CURL });
    expect(reply).toMatchObject({ status: 201, text: '1\n', headers: { location: '/rooms/ops/messages/1' } });
    expect(await ann.fence()).toBe('MSG curl build 42 is green\n');
    ann.send('HISTORY\n');
    expect(await ann.fence()).toMatch(/^HIST 1 \S+ curl build 42 is green\nOK\n$/);
  });

  it('a post as JSON is answered in JSON, and may give a name', async () => {
    const { port } = await serve();
    const { status, value } = await json(port, '/rooms/ops/messages', {
      value: { text: 'one\n\ntwo', name: 'ci', more: 1 },
    });
    expect(status).toBe(201);
    expect(value).toEqual({
      id: 1,
      lastId: 2,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      room: 'ops',
      name: 'ci',
      count: 2,
    });
  });

  it('a post is never read as a command', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const body = 'LOGIN eve\nMSG hi\r\nQUIT\n';
    expect((await http(port, '/lobby', { body, headers: CURL })).status).toBe(201);
    ann.send('WHO\n');
    expect(await ann.fence()).toBe('MSG curl LOGIN eve\nMSG curl MSG hi\nMSG curl QUIT\nUSER ann\n');
  });
});

describe('the paths of the HTTP interface', () => {
  it('a path answers 405 with the methods that it has', async () => {
    const { port } = await serve();
    for (const [method, path, allow] of [
      ['PUT', '/rooms/ops/messages', 'POST'],
      ['POST', '/about', 'GET, HEAD'],
      ['DELETE', '/ops', 'POST'],
    ] as const) {
      const { status, headers } = await http(port, path, { method });
      expect({ status, allow: headers.allow }).toEqual({
        status: 405,
        allow: expect.stringContaining(allow),
      });
    }
  });

  it('GET /about describes the server', async () => {
    const { port } = await serve({ SERVER_PASSWORD: 'open-sesame' });
    const { value } = await json(port, '/about');
    expect(value).toMatchObject({ name: 'Partyline', needsPassword: true, maxLineBytes: 4096, motd: '' });
  });
});
