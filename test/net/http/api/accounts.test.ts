/** Tokens, passwords, bans, mutes, locks and direct messages over HTTP. */
import { describe, expect, it } from 'vitest';
import { AccountStore } from '../../../../src/accounts/account-store.js';
import { Scrypt } from '../../../../src/accounts/scrypt.js';
import { DEFAULT_MODES } from '../../../../src/core/modes.js';
import { parseRoomName, parseUserName } from '../../../../src/core/text/text.js';
import { cpuMs } from '../../../support/cpu-time.js';
import { basic, http, json } from '../../../support/http-request.js';
import { serveParty, storageWith } from '../../../support/party.js';
import { SocketClient } from '../../../support/socket-client.js';

const PASSWORD = 'correct-horse';
const KEY = 'room-secret';
/** A hash states its cost, so the server checks those of the tests at once. */
const quick = new Scrypt({ ln: 4, r: 8, p: 1 });

/** A server where ann and op are registered, op is an operator, and the room den is locked. */
async function served(options: Parameters<typeof serveParty>[0] = {}) {
  const [passwordHash, keyHash] = await Promise.all([quick.hash(PASSWORD), quick.hash(KEY)]);
  const tokens: Record<string, string> = {};
  let accounts = AccountStore.inMemory();
  const storage = storageWith((store) => {
    accounts = store;
    for (const raw of ['ann', 'op']) {
      const name = parseUserName(raw);
      if (name === null) throw new Error('invalid name');
      store.users.register(name, passwordHash, 0);
      tokens[raw] = store.users.createToken(raw, 0, null);
    }
    store.users.setOperator('op', true);
    const den = parseRoomName('den');
    if (den !== null) store.rooms.lock(den, keyHash);
    store.commit();
  });
  const { party, port } = await serveParty(options, { storage });
  return { party, port, accounts, bearer: (name: string) => ({ authorization: `Bearer ${tokens[name]}` }) };
}

describe('a token', () => {
  it('a token posts under the name of its owner, also while that one is logged in', async () => {
    const { port, bearer } = await served();
    const ann = await SocketClient.connect(port);
    ann.send(`LOGIN ann ${PASSWORD}\n`);
    await ann.until('OK\n');
    const bob = await SocketClient.login(port, 'bob');
    const reply = await http(port, '/lobby?as=eve', { body: 'by token', headers: bearer('ann') });
    expect(reply.status).toBe(201);
    expect(await bob.fence()).toBe('MSG ann by token\n');
    expect(await ann.fence()).toBe('MSG ann by token\n');
  });

  it.each([
    ['an unknown token', 'Bearer abc', 401, 'wrong-password'],
    ['another scheme', 'Digest abc', 401, 'password-required'],
    ['half a scheme', 'Bearer', 401, 'password-required'],
    ['a wrong password', basic('ann', 'wrong-horse'), 401, 'wrong-password'],
    ['a registered name alone', basic('ann', ''), 401, 'password-required'],
    ['an invalid name', basic('a b', 'x'), 400, 'invalid-username'],
    ['Basic without a colon', `Basic ${Buffer.from('ann').toString('base64')}`, 401, 'password-required'],
  ])('%s is refused', async (_what, authorization, status, code) => {
    const { port } = await served();
    const reply = await http(port, '/lobby', { body: 'hi', headers: { authorization } });
    expect(reply.status).toBe(status);
    expect(reply.text).toMatch(new RegExp(`^${code}: `));
    if (status === 401) expect(reply.headers['www-authenticate']).toBe('Bearer, Basic realm="partyline"');
  });

  it('a token and a password are accepted as the password of Basic, and a token alone', async () => {
    const { port, bearer } = await served();
    const token = bearer('ann').authorization.slice(7);
    for (const authorization of [basic('ann', token), basic('Ann', PASSWORD), basic('', token)])
      expect(await json(port, '/lobby', { value: { text: 'hi' }, headers: { authorization } })).toMatchObject(
        {
          status: 201,
          value: { name: 'ann' },
        },
      );
  });

  it('a password that was right is not hashed again, and a changed one counts no longer', async () => {
    const { port, accounts } = await served();
    accounts.users.changePassword('ann', await new Scrypt().hash(PASSWORD));
    const headers = { authorization: basic('ann', PASSWORD) };
    expect((await http(port, '/inbox', { headers })).status).toBe(200);
    const before = cpuMs();
    for (let count = 0; count < 20; count++)
      expect((await http(port, '/inbox', { headers })).status).toBe(200);
    expect(cpuMs() - before).toBeLessThan(2000);
    accounts.users.changePassword('ann', await quick.hash('another-horse'));
    expect((await http(port, '/inbox', { headers })).status).toBe(401);
  });

  it('many wrong passwords are answered with 429, and the right one is still accepted', async () => {
    const { port } = await served({ exemptAddresses: ['127.0.0.0/8'] });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) {
      const reply = await http(port, '/inbox', {
        headers: { authorization: basic('ann', `wrong-${count}`) },
      });
      statuses.push(reply.status);
      if (reply.status === 429) {
        expect(reply.text).toMatch(/^too-many-attempts: /);
        expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
      }
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    const reply = await http(port, '/inbox', { headers: { authorization: basic('ann', PASSWORD) } });
    expect(reply.status).toBe(200);
  });
});

describe('SERVER_PASSWORD', () => {
  it('SERVER_PASSWORD is needed by all that have no token', async () => {
    const { port, bearer } = await served({ serverPassword: 'open-sesame' });
    const ask = async (headers: Record<string, string>) =>
      (await http(port, '/lobby', { body: 'hi', headers })).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: basic('ci', '') })).toBe(401);
    expect(await ask({ authorization: basic('ci', 'wrong-sesame') })).toBe(401);
    expect(await ask({ authorization: basic('ci', 'open-sesame') })).toBe(201);
    expect(await ask({ authorization: basic('', 'wrong-sesame') })).toBe(401);
    expect(await ask({ authorization: basic('', '') })).toBe(401);
    expect(await ask({ authorization: basic('', 'open-sesame'), 'user-agent': 'nightly/2' })).toBe(201);
    expect((await http(port, '/rooms/lobby/messages', { headers: bearer('ann') })).text).toMatch(
      / ci hi\n.* nightly hi\n$/,
    );
    expect(await ask(bearer('ann'))).toBe(201);
    expect((await http(port, '/rooms')).status).toBe(401);
    expect((await http(port, '/about')).status).toBe(200);
  });
});

describe('HTTP_API', () => {
  it('HTTP_API=token serves owners of registered names alone', async () => {
    const { port, bearer } = await served({ httpApi: 'token' });
    expect((await http(port, '/lobby', { body: 'hi' })).status).toBe(401);
    expect((await http(port, '/rooms', { headers: { authorization: basic('ci', '') } })).status).toBe(401);
    expect((await http(port, '/lobby', { body: 'hi', headers: bearer('ann') })).status).toBe(201);
    expect((await http(port, '/openapi.json')).status).toBe(200);
  });

  it('HTTP_API=off serves nothing but / and /about', async () => {
    const { port, bearer } = await served({ httpApi: 'off' });
    for (const path of ['/rooms', '/openapi.json', '/users', '/rooms/lobby/messages'])
      expect(await http(port, path, { headers: bearer('ann') })).toMatchObject({
        status: 404,
        text: expect.stringContaining('ncat'),
      });
    expect((await http(port, '/lobby', { body: 'hi' })).status).toBe(404);
    expect((await http(port, '/about')).status).toBe(200);
    expect((await http(port, '/')).status).toBe(200);
    expect((await http(port, '/healthz')).status).toBe(200);
  });
});

describe('a restriction', () => {
  it('a ban of a name or an address holds for posts and for reading', async () => {
    const { port, accounts, bearer } = await served();
    const ban = { by: 'op', reason: '', until: Number.POSITIVE_INFINITY };
    accounts.bans.add({ ...ban, kind: 'banned-name', target: 'ann', shown: 'ann' });
    accounts.bans.add({ ...ban, kind: 'banned-name', target: 'eve', shown: 'eve' });
    for (const [path, headers] of [
      ['/lobby', bearer('ann')],
      ['/lobby?as=eve', {}],
    ] as const) {
      const reply = await http(port, path, { body: 'hi', headers });
      expect({ status: reply.status, text: reply.text }).toEqual({
        status: 403,
        text: expect.stringMatching(/^banned: /),
      });
    }
    expect((await http(port, '/rooms', { headers: bearer('ann') })).status).toBe(403);
    accounts.bans.add({ ...ban, kind: 'banned-address', target: '127.0.0.1', shown: '127.0.0.1' });
    expect((await http(port, '/rooms')).status).toBe(403);
  });

  it('a mute holds for posts, and for direct messages except to operators', async () => {
    const { port, accounts, bearer } = await served();
    const mute = { kind: 'muted', by: 'op', reason: '', until: Number.POSITIVE_INFINITY } as const;
    accounts.bans.add({ ...mute, target: 'ann', shown: 'ann' });
    accounts.bans.add({ ...mute, target: 'eve', shown: 'eve' });
    const post = async (path: string, headers: Record<string, string>) =>
      (await http(port, path, { body: 'hi', headers })).text;
    expect(await post('/lobby', bearer('ann'))).toMatch(/^not-permitted: you are muted/);
    expect(await post('/lobby?as=eve', {})).toMatch(/^not-permitted: you are muted/);
    expect(await post('/users/ann/messages', bearer('ann'))).toMatch(/^not-permitted: /);
    expect(await post('/users/op/messages', bearer('ann'))).toMatch(/^\d+\n$/);
  });

  it('wrong keys of a room are counted like passwords, for posts and for reading', async () => {
    const { port } = await served();
    const codes: string[] = [];
    for (const path of [
      '/den',
      '/rooms/den/messages',
      '/den',
      '/rooms/den/messages',
      '/den',
      '/rooms/den/messages',
    ]) {
      const post = path === '/den' ? { body: 'hi' } : {};
      const { text } = await http(port, path, { ...post, headers: { 'room-key': 'wrong' } });
      codes.push(text.split(':')[0] ?? '');
    }
    expect(codes.slice(0, 4)).toEqual(['room-locked', 'room-not-found', 'room-locked', 'room-not-found']);
    expect(codes.slice(4)).toEqual(['too-many-attempts', 'too-many-attempts']);
  });

  it('a room by invitation only refuses a post without asking for a key, and is as if absent to readers', async () => {
    const { port, accounts, bearer } = await served();
    const club = parseRoomName('club');
    if (club !== null) accounts.rooms.setModes(club, { ...DEFAULT_MODES, flags: ['invite-only'] });
    const refused = 'room-locked: the room is by invitation only; contact its founder\n';
    for (const headers of [{}, { 'room-key': KEY }, bearer('ann')])
      expect(await http(port, '/club', { body: 'hi', headers })).toMatchObject({
        status: 403,
        text: refused,
      });
    expect((await http(port, '/rooms/club/messages')).text).toMatch(/^room-not-found: /);
    expect((await http(port, '/den', { body: 'hi' })).text).toMatch(/^room-locked: .*Room-Key/);
  });

  it('a locked room is as if absent without its key, and posting in it is 403', async () => {
    const { port, bearer } = await served();
    const withKey = { 'room-key': KEY };
    expect((await http(port, '/den', { body: 'hi' })).text).toMatch(/^room-locked: /);
    expect((await http(port, '/den', { body: 'hi', headers: { 'room-key': 'wrong' } })).status).toBe(403);
    expect((await http(port, '/den', { body: 'secret', headers: withKey })).status).toBe(201);
    expect((await http(port, '/den', { body: 'by op', headers: bearer('op') })).status).toBe(201);
    for (const path of ['/rooms/den/messages', '/rooms/den/users', '/rooms/den/messages/1'])
      expect((await http(port, path)).text).toMatch(/^room-not-found: /);
    expect((await http(port, '/rooms/den/messages', { headers: bearer('ann') })).status).toBe(404);
    expect((await http(port, '/rooms/den/messages', { headers: withKey })).text).toMatch(
      /http secret\n\d+ \S+ op by op\n$/,
    );
    expect((await http(port, '/rooms/den/messages?q=secret', { headers: bearer('op') })).text).toMatch(
      /secret/,
    );
    expect((await http(port, '/rooms')).text).not.toContain('den');
  });

  it('IGNORE holds: an ignored author is not shown, and its direct messages do not arrive', async () => {
    const { port, accounts, bearer } = await served();
    accounts.users.ignore('op', 'ann');
    await http(port, '/lobby', { body: 'ignored', headers: bearer('ann') });
    await http(port, '/lobby', { body: 'seen' });
    const { text } = await http(port, '/rooms/lobby/messages', { headers: bearer('op') });
    expect(text).toMatch(/^\d+ \S+ http seen\n$/);
    expect((await http(port, '/users/op/messages', { body: 'psst', headers: bearer('ann') })).status).toBe(
      201,
    );
    expect((await http(port, '/inbox', { headers: bearer('op') })).text).toBe('');
  });
});

describe('a direct message over HTTP', () => {
  it('a direct message over HTTP needs the token of a registered name', async () => {
    const { port } = await served();
    await SocketClient.login(port, 'bob');
    expect((await http(port, '/users/bob/messages', { body: 'hi' })).status).toBe(401);
    expect((await http(port, '/inbox')).status).toBe(401);
  });

  it('a direct message over HTTP reaches a user who is online, line by line', async () => {
    const { port, bearer } = await served();
    const bob = await SocketClient.login(port, 'bob');
    const { status, value } = await json(port, '/users/BOB/messages', {
      value: { text: 'one\ntwo' },
      headers: bearer('ann'),
    });
    expect(status).toBe(201);
    expect(value).toMatchObject({ id: 1, lastId: 2, kept: false, to: 'bob', count: 2 });
    expect(await bob.fence()).toBe('DM ann one\nDM ann two\n');
    expect((await http(port, '/users/nobody/messages', { body: 'hi', headers: bearer('ann') })).text).toMatch(
      /^user-not-found: /,
    );
  });

  it('a direct message over HTTP waits for a user who is offline, in /inbox until it is removed', async () => {
    const { port, bearer } = await served();
    const sent = await json(port, '/users/op/messages', { value: { text: 'one' }, headers: bearer('ann') });
    expect(sent.value).toMatchObject({ id: 1, kept: true });
    await http(port, '/users/op/messages', { body: 'two', headers: bearer('ann') });
    const inbox = () => json(port, '/inbox', { headers: bearer('op') });
    expect((await inbox()).value).toMatchObject([
      { id: 1, name: 'ann', text: 'one' },
      { id: 2, name: 'ann', text: 'two' },
    ]);
    expect((await http(port, '/inbox', { headers: bearer('op') })).text).toMatch(/^1 \S+ ann one\n2 /);
    const remove = (query: string) =>
      http(port, `/inbox${query}`, { method: 'DELETE', headers: bearer('op') });
    for (const query of ['', '?upto=01']) expect((await remove(query)).status).toBe(400);
    expect((await remove('?upto=1')).status).toBe(204);
    expect((await inbox()).value).toMatchObject([{ id: 2 }]);
    const op = await SocketClient.connect(port);
    op.send(`LOGIN op ${PASSWORD}\n`);
    await op.until('OK\nDM ann two\n');
    await op.fence();
    expect((await inbox()).value).toEqual([]);
  });

  it('a mailbox takes all lines of a direct message or none', async () => {
    const { port, bearer } = await served();
    const tell = (lines: number) =>
      http(port, '/users/op/messages', { body: 'x\n'.repeat(lines), headers: bearer('ann') });
    expect((await tell(15)).status).toBe(201);
    const full = await tell(6);
    expect({ status: full.status, text: full.text }).toEqual({
      status: 503,
      text: expect.stringMatching(/^mailbox-full: /),
    });
    expect((await tell(5)).status).toBe(201);
  });
});
