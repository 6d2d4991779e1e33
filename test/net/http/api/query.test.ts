/** The query of a request: what a route does not know is refused, so that a misspelled parameter is noticed. */
import { describe, expect, it } from 'vitest';
import { http, json } from '../../../support/http-request.js';
import { serve } from '../../../support/process.js';

describe('a query', () => {
  it.each([
    [
      '/rooms/ops/messages?format=json',
      /^usage: unknown parameter: .* after, before, .*; for JSON, .* \.json\n$/,
    ],
    ['/rooms/ops/messages?Limit=5', /^usage: unknown parameter/],
    ['/rooms/ops/messages?limit=5&limit=6', /^usage: the parameter limit is given twice/],
    ['/rooms/ops/messages?q=%FF', /^not-utf8: /],
    ['/rooms/ops/messages/1?x', /^usage: unknown parameter: this path takes no parameters\n$/],
    ['/rooms?x=1', /^usage: unknown parameter: this path takes no parameters\n$/],
    ['/users?room=ops', /^usage: unknown parameter/],
    ['/rooms/ops/events?rooms=dev', /^usage: unknown parameter/],
    ['/rooms/ops/events?presence=yes', /^usage: presence is 0 or 1/],
    ['/rooms/ops/events.sse?format=hist', /^usage: format is hist, for text alone/],
    ['/rooms/ops/events?format=json', /^usage: format is hist/],
    ['/events?room=ops&after=1&after=2', /^usage: the parameter after is given twice/],
  ])('a query that the route does not take is refused: %s', async (path, text) => {
    const { port } = await serve();
    expect(await http(port, path)).toMatchObject({ status: 400, text: expect.stringMatching(text) });
  });

  it('a post with an unknown parameter is refused, and posts nothing', async () => {
    const { port } = await serve();
    const refused = await json(port, '/ops?name=ci', { value: { text: 'hi' } });
    expect(refused).toMatchObject({ status: 400, value: { code: 'usage', status: 400 } });
    expect((await http(port, '/ops?as=ci&as=eve', { body: 'hi' })).status).toBe(400);
    expect((await http(port, '/ops?as=%E9', { body: 'hi' })).text).toMatch(/^not-utf8: /);
    expect((await http(port, '/rooms/ops/messages')).text).toBe('');
  });

  it.each(['/?x=1', '/about?x=1', '/openapi.json?x=1', '/healthz?x=1', '/events?room=a&room=b&presence=0'])(
    'a query is no error where it is not read: %s',
    async (path) => {
      const { port } = await serve();
      expect((await http(port, path, { method: 'HEAD' })).status).toBe(200);
    },
  );
});
