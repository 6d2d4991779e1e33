/** What GET returns: messages, rooms and users, in each format. */
import { describe, expect, it } from 'vitest';
import { http, json } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';
import { SocketClient } from '../../../support/socket-client.js';

async function servedWith(count: number) {
  const { port } = await serve();
  const lines = Array.from({ length: count }, (_, index) => `message ${index + 1}`);
  for (let from = 0; from < count; from += 200)
    await http(port, '/ops', { body: lines.slice(from, from + 200).join('\n') });
  return port;
}

/** The ids in a text answer. */
function idsIn(text: string): number[] {
  return Array.from(text.matchAll(/^(\d+) /gm), ([, id]) => Number(id));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('the messages of a room', () => {
  it('the messages of a room are the last 50 by default, oldest first, with a link to those before', async () => {
    const port = await servedWith(60);
    const { text, headers } = await http(port, '/rooms/ops/messages');
    expect(text.split('\n')[0]).toMatch(/^11 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z http message 11$/);
    expect(idsIn(text)).toEqual(range(11, 60));
    expect(headers.link).toBe('</rooms/ops/messages?before=11>; rel="prev"');
    const before = await http(port, '/rooms/ops/messages?before=11');
    expect(idsIn(before.text)).toEqual(range(1, 10));
    expect(before.headers.link).toBeUndefined();
  });

  it('the link of a list leads to a path with the extension of the request', async () => {
    const port = await servedWith(3);
    for (const extension of ['txt', 'json', 'ndjson']) {
      const { headers } = await http(port, `/rooms/ops/messages.${extension}?limit=2`);
      const link = `/rooms/ops/messages.${extension}?before=2&limit=2`;
      expect(headers.link).toBe(`<${link}>; rel="prev"`);
      expect((await http(port, link)).status).toBe(200);
    }
  });

  it('the messages of a room come from after an id, and at most 500', async () => {
    const port = await servedWith(600);
    const after = await http(port, '/rooms/ops/messages?after=5&limit=3');
    expect(idsIn(after.text)).toEqual([6, 7, 8]);
    expect(after.headers.link).toBe('</rooms/ops/messages?after=8&limit=3>; rel="next"');
    expect(idsIn((await http(port, '/rooms/ops/messages?limit=9999')).text)).toEqual(range(101, 600));
    expect(idsIn((await http(port, '/rooms/ops/messages?after=0&limit=500')).text)).toEqual(range(1, 500));
    expect((await http(port, '/rooms/ops/messages?after=600')).text).toBe('');
  });

  it('the messages of a room come for numbers of any length, which are beyond the newest id and all limits', async () => {
    const port = await servedWith(3);
    for (const number of ['9007199254740993', '99999999999999999999', '9'.repeat(400)]) {
      expect(idsIn((await http(port, `/rooms/ops/messages?limit=${number}`)).text)).toEqual([1, 2, 3]);
      expect(idsIn((await http(port, `/rooms/ops/messages?before=${number}`)).text)).toEqual([1, 2, 3]);
      expect(await http(port, `/rooms/ops/messages?after=${number}`)).toMatchObject({
        status: 200,
        text: '',
      });
      expect((await http(port, `/rooms/ops/messages/${number}`)).status).toBe(404);
      expect((await http(port, `/rooms/ops/messages?after=0&wait=${number}`)).text).toBe(
        'usage: wait is 0 to 60 seconds, and needs after\n',
      );
    }
  });

  it('the messages of a room with all words of q are found', async () => {
    const port = await servedWith(60);
    expect(idsIn((await http(port, '/rooms/ops/messages?q=MESSAGE+7')).text)).toEqual([7]);
    expect(idsIn((await http(port, '/rooms/ops/messages?q=message&limit=2')).text)).toEqual([59, 60]);
    expect(idsIn((await http(port, '/rooms/ops/messages?q=message&limit=2&before=59')).text)).toEqual([
      57, 58,
    ]);
    expect((await http(port, '/rooms/ops/messages?q=absent')).text).toBe('');
    expect(await http(port, '/rooms/ops/messages?q=!!')).toMatchObject({ status: 200, text: '' });
  });

  it('the messages of a room are not searched without words, or for more than 32, as with SEARCH', async () => {
    const port = await servedWith(1);
    const words = (count: number) => range(1, count).join('+');
    for (const q of ['', '%20', '%09+', '%01'])
      expect(await http(port, `/rooms/ops/messages?q=${q}`)).toMatchObject({
        status: 400,
        text: 'usage: q has no words; give some, or leave q out\n',
      });
    expect(await http(port, `/rooms/ops/messages?q=${words(33)}`)).toMatchObject({
      status: 400,
      text: 'usage: q has more than 32 words; search for fewer\n',
    });
    expect((await http(port, `/rooms/ops/messages?q=${words(32)}+32`)).status).toBe(200);
    expect((await http(port, '/rooms/ops/messages?q=&after=0&wait=1')).status).toBe(400);
  });

  it.each(['after=x', 'before=-1', 'limit=0', 'limit=many', 'after=1&before=5', 'after=1.5', 'after='])(
    'the messages of a room are not returned for ?%s: 400',
    async (query) => {
      const port = await servedWith(1);
      expect((await http(port, `/rooms/ops/messages?${query}`)).text).toMatch(/^usage: /);
    },
  );

  it('the messages of a room that does not exist are an empty list', async () => {
    const port = await servedWith(0);
    expect(await json(port, '/rooms/nowhere/messages')).toMatchObject({ status: 200, value: [] });
    expect(await http(port, '/rooms/nowhere/messages')).toMatchObject({ status: 200, text: '' });
    expect((await http(port, '/rooms/no%20where/messages')).status).toBe(400);
  });

  it('the messages of a room have the format of the extension, else of Accept, else text', async () => {
    const port = await servedWith(2);
    const ask = async (path: string, accept = '*/*') => {
      const { headers, text } = await http(port, path, { headers: { accept } });
      return [headers['content-type'], text.slice(0, 9)];
    };
    const path = '/rooms/ops/messages';
    const [text, array, lines] = [
      ['text/plain; charset=utf-8', expect.stringMatching(/^1 /)],
      ['application/json', '[{"id":1,'],
      ['application/x-ndjson', '{"id":1,"'],
    ];
    expect(await ask(path)).toEqual(text);
    expect(await ask(path, 'text/html,*/*;q=0.8')).toEqual(text);
    expect(await ask(path, 'application/json')).toEqual(array);
    expect(await ask(path, 'application/json;q=0.1, text/plain;q=0.5')).toEqual(text);
    expect(await ask(path, 'application/x-ndjson')).toEqual(lines);
    expect(await ask(path, 'image/png')).toEqual(text);
    expect(await ask(`${path}.json`, 'text/plain')).toEqual(array);
    expect(await ask(`${path}.ndjson`)).toEqual(lines);
    expect(await ask(`${path}.txt`, 'application/json')).toEqual(text);
    expect((await http(port, `${path}.xml`)).status).toBe(404);
  });

  it('the messages of a room are objects with id, time, room, name and text in JSON', async () => {
    const port = await servedWith(1);
    const message = {
      id: 1,
      time: expect.stringMatching(/Z$/),
      room: 'ops',
      name: 'http',
      text: 'message 1',
    };
    expect((await json(port, '/rooms/OPS/messages')).value).toEqual([message]);
    expect((await json(port, '/rooms/ops/messages/1.json')).value).toEqual(message);
    expect((await http(port, '/rooms/ops/messages/1')).text).toMatch(/^1 \S+ http message 1\n$/);
    for (const path of [
      '/rooms/ops/messages/2',
      '/rooms/dev/messages/1',
      '/rooms/ops/messages/01',
      '/rooms/ops/messages/x',
    ])
      expect((await http(port, path)).text).toMatch(/^not-found: /);
  });

  it('HEAD has the headers of GET and no body', async () => {
    const port = await servedWith(3);
    const get = await http(port, '/rooms/ops/messages');
    const head = await http(port, '/rooms/ops/messages', { method: 'HEAD' });
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    expect(head.text).toBe('');
  });
});

describe('the lists of rooms and users', () => {
  it('the lists of rooms and users hold what WHO and ROOMS show', async () => {
    const { port } = await serve();
    const ann = await SocketClient.login(port, 'ann');
    const bob = await SocketClient.login(port, 'bob');
    ann.send('JOIN dev\nMSG hi\n');
    await ann.fence();
    await bob.fence();
    expect((await http(port, '/rooms')).text).toBe('lobby 1\ndev 1\n');
    expect((await json(port, '/rooms')).value).toEqual([
      { name: 'lobby', members: 1, lastId: 0, topic: '' },
      { name: 'dev', members: 1, lastId: 1, topic: '' },
    ]);
    expect((await http(port, '/users')).text).toBe('ann\nbob\n');
    expect((await json(port, '/users.json')).value).toEqual([
      { name: 'ann', rooms: ['dev'] },
      { name: 'bob', rooms: ['lobby'] },
    ]);
    expect((await http(port, '/rooms/dev/users')).text).toBe('ann\n');
    expect((await http(port, '/rooms/nowhere/users')).text).toMatch(/^room-not-found: /);
  });

  it('the list of rooms holds rooms without members that have messages', async () => {
    const port = await servedWith(2);
    expect((await json(port, '/rooms')).value).toEqual([
      { name: 'lobby', members: 0, lastId: 0, topic: '' },
      { name: 'ops', members: 0, lastId: 2, topic: '' },
    ]);
  });

  it('the list of users of a room without members is empty if the list of rooms holds the room, else 404', async () => {
    const port = await servedWith(2);
    for (const path of ['/rooms/ops/users', '/rooms/lobby/users']) {
      expect(await http(port, path)).toMatchObject({ status: 200, text: '' });
      expect((await json(port, path)).value).toEqual([]);
    }
    expect((await http(port, '/rooms/nowhere/users')).status).toBe(404);
  });
});
