/** Posts without a session, on one node and on several. */
import { describe, expect, it } from 'vitest';
import type { RoomPost } from '../../../src/core/hub/hub.js';
import { DEFAULT_MODES } from '../../../src/core/modes.js';
import { maskOf } from '../../../src/core/text/mask.js';
import { cleanText, parseRoomName, parseUserName } from '../../../src/core/text/text.js';
import { Nodes } from '../../support/nodes.js';
import { ircLogin } from '../../support/irc.js';
import { type Peer, World } from '../../support/world.js';

const seenAs = { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' };
const guest = { kind: 'guest', address: '10.0.0.9', knownKeyHash: null, orElse: null } as const;

function postOf(text: string, more: Partial<RoomPost> = {}): Omit<RoomPost, 'onResult'> {
  const [room, from] = [parseRoomName('dev'), parseUserName('ci')];
  if (room === null || from === null) throw new Error('invalid test name');
  return { room, from, texts: [cleanText(text)], by: guest, once: null, seenAs, ...more };
}

/** Posts on a world, and collects the results. */
function post(world: World, text: string, more: Partial<RoomPost> = {}): unknown[] {
  const results: unknown[] = [];
  world.hub.post({ ...postOf(text, more), onResult: (result) => results.push(result) }, world.clock.now());
  return results;
}

async function reader(nodes: Nodes, index: number, name: string): Promise<Peer> {
  const peer = await nodes.login(index, name);
  await nodes.ask(peer, 'JOIN dev\n');
  peer.read();
  return peer;
}

it('a room with a post is not new, though the turn is not over and what came after the post is deleted', async () => {
  const world = new World();
  world.register('late');
  const ann = world.login('ann');
  const late = await world.loginOwner('late');
  post(world, 'kept');
  ann.say('JOIN dev\nMSG oops\nDELETE 2\nLEAVE\n');
  late.say('JOIN dev\nTOPIC mine\n');
  world.settle();
  expect(late.read()).toMatch(/OK\nERR not-permitted\n$/);
});

it('the lines of a post are a paste: one batch for IRC, deleted together', async () => {
  const world = new World();
  world.register('opal');
  world.accounts.users.setOperator('opal', true);
  const opal = await world.loginOwner('opal');
  opal.send('JOIN dev\n');
  const caps = 'draft/multiline batch draft/message-redaction';
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  ann.lines();
  post(world, '', { texts: ['one', 'two'].map((text) => cleanText(text)) });
  world.settle();
  const by = ':ci!http@host';
  expect(ann.lines()).toEqual([
    `${by} BATCH +p1 draft/multiline #dev`,
    `@batch=p1 ${by} PRIVMSG #dev :one`,
    `@batch=p1 ${by} PRIVMSG #dev :two`,
    `${by} BATCH -p1`,
  ]);
  opal.read();
  opal.send('DELETE 1\n');
  expect(opal.read()).toContain('OK\n');
  expect(world.history.read('dev', { after: 0, before: Infinity, limit: 9, keep: 'newest' })).toEqual([]);
});

describe('a post in a cluster', () => {
  it('a post in a cluster reaches members on all nodes, and its node alone is told the id', async () => {
    const nodes = new Nodes(2);
    const [ann, bob] = [await reader(nodes, 0, 'ann'), await reader(nodes, 1, 'bob')];
    ann.read();
    const results = post(nodes.world(0), 'hi');
    await nodes.ask(bob, 'PING\n');
    expect(results).toMatchObject([{ id: 1, lastId: 1, name: 'ci', target: 'dev', isReplay: false }]);
    expect(ann.read()).toContain('MSG ci hi\n');
    nodes.check();
  });

  it('a post in a cluster that is tried again on another node is answered from its key', async () => {
    const nodes = new Nodes(2);
    const ann = await reader(nodes, 0, 'ann');
    const once = { key: 'job-7', hash: 'abc' };
    const first = post(nodes.world(0), 'hi', { once });
    await nodes.ask(ann, 'PING\n');
    const second = post(nodes.world(1), 'hi', { once });
    const other = post(nodes.world(1), 'ho', { once: { ...once, hash: 'def' } });
    await nodes.ask(ann, 'PING\n');
    expect(first).toMatchObject([{ id: 1, isReplay: false }]);
    expect(second).toMatchObject([{ id: 1, isReplay: true }]);
    expect(other).toEqual(['key-reused']);
    for (const { accounts, clock } of nodes.worlds)
      expect(accounts.postKeys.find('guest ci', 'job-7', clock.now())).toMatchObject({
        id: 1,
        target: 'dev',
      });
    nodes.check();
  });

  it('a post whose run is over before it settles is not stored', () => {
    const world = new World({ settlesLater: true });
    world.hold();
    const results = post(world, 'lost');
    world.hub.endNode('copying', 7, world.clock.now());
    world.settle();
    expect(results).toEqual(['not-stored']);
  });

  it('a post on a server that is cut off is refused at once', () => {
    const world = new World();
    world.cut();
    expect(post(world, 'hi')).toEqual(['not-stored']);
  });
});

describe('a key', () => {
  it('a key is forgotten a day after its post', () => {
    const world = new World();
    const once = { key: 'daily', hash: 'abc' };
    const send = () => {
      const results = post(world, 'hi', { once });
      world.settle();
      return results;
    };
    expect(send()).toMatchObject([{ id: 1, isReplay: false }]);
    world.clock.advance(86_399_000);
    expect(send()).toMatchObject([{ id: 1, isReplay: true }]);
    world.clock.advance(2_000);
    expect(send()).toMatchObject([{ isReplay: false }]);
  });
});

describe('the name of a post', () => {
  it('the name of a post is the other one if the wanted one was taken while the post was on its way', () => {
    const world = new World({ settlesLater: true });
    const orElse = parseUserName('http');
    world.hold();
    const results = post(world, 'hi', { by: { ...guest, orElse } });
    const refused = post(world, 'hi');
    world.register('ci');
    world.release();
    expect(results).toMatchObject([{ name: 'http' }]);
    expect(refused).toEqual(['username-taken']);
  });
});

describe('a room with modes', () => {
  it.each([
    ['moderated', 'moderated'],
    ['invite-only', 'invite-only'],
    ['secret', 'stored'],
    ['no-outside', 'stored'],
  ] as const)(
    'a room that is %s answers a post of a guest with %s, and takes one of a bot',
    (flag, answer) => {
      const world = new World();
      world.accounts.rooms.setModes(postOf('').room, { ...DEFAULT_MODES, flags: [flag] });
      const [results, ofBot] = [post(world, 'hi'), post(world, 'hi', { by: { kind: 'bot' } })];
      world.settle();
      expect(results.map((result) => (typeof result === 'string' ? result : 'stored'))).toEqual([answer]);
      expect(ofBot).toMatchObject([{ target: 'dev' }]);
    },
  );

  it('a room that bans the address of a guest takes no posts of it', () => {
    const world = new World();
    const mask = maskOf(`*!*@${world.accounts.cloak.hostOf(guest.address)}`);
    const entry = { ...mask, silences: false, by: 'op', at: 0 };
    world.accounts.rooms.setModes(postOf('').room, { ...DEFAULT_MODES, bans: [entry] });
    expect(post(world, 'hi')).toEqual(['banned']);
  });
});
