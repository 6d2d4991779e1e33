/** Streams: clients that receive rooms without being in them, the stored messages first. */
import { describe, expect, it } from 'vitest';
import { LocalSequencer } from '../../../src/core/hub/local-sequencer.js';
import type { Proposal } from '../../../src/core/ports.js';
import { cleanText, parseRoomName, parseUserName } from '../../../src/core/text/text.js';
import { streamDialect } from '../../../src/dialects/stream/index.js';
import { MemoryHistory } from '../../../src/history/memory.js';
import { chunkedFraming } from '../../../src/net/http/stream/chunked-framing.js';
import { Nodes } from '../../support/nodes.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { World, type WorldOptions } from '../../support/world.js';

const NOON = '2026-03-01T12:00:00.000Z';
const SSE = streamDialect('sse', { isHist: false, namesRooms: false, hasPresence: false });
const SSE_WITH_PRESENCE = streamDialect('sse', { isHist: false, namesRooms: false, hasPresence: true });
const NDJSON_WITH_PRESENCE = streamDialect('ndjson', { isHist: false, namesRooms: false, hasPresence: true });

/** A world in which ann is in the lobby. */
function worldWithAnn(options: WorldOptions = {}) {
  const world = new World(options);
  return { world, ann: world.login('ann') };
}

/** The ids of lines of text, in the order in which they came. */
function idsIn(text: string): number[] {
  return Array.from(text.matchAll(/^(\d+) /gm), ([, id]) => Number(id));
}

/** Posts as a bot, which is in no room. */
function postTo(world: World, roomName: string, ...texts: readonly string[]): void {
  const [room, from] = [parseRoomName(roomName), parseUserName('ci')];
  if (room === null || from === null) throw new Error('invalid test name');
  const seenAs = { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' };
  const by = { kind: 'bot' } as const;
  const said = texts.map((text) => cleanText(text));
  world.hub.post({ room, from, texts: said, by, once: null, seenAs, onResult() {} }, world.clock.now());
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe('a stream without a cursor', () => {
  it('a stream receives what is said in its room from then on, and nothing of other rooms', () => {
    const { world, ann } = worldWithAnn();
    ann.send('MSG before\n');
    const stream = world.subscribe(['lobby']);
    ann.send('MSG hi\n');
    const bob = world.login('bob');
    bob.send('JOIN dev\nMSG elsewhere\n');
    ann.send('MSG again\n');
    expect(stream.read()).toBe(`2 ${NOON} ann hi\n4 ${NOON} ann again\n`);
  });

  it('a stream is of a room that does not exist yet, and keeps no room alive', () => {
    const { world, ann } = worldWithAnn();
    const stream = world.subscribe(['dev']);
    expect(world.hub.roomCount).toBe(1);
    ann.send('JOIN dev\nMSG one\nJOIN lobby\n');
    expect(world.hub.roomCount).toBe(1);
    ann.send('JOIN dev\nMSG two\n');
    expect(stream.read()).toBe(`1 ${NOON} ann one\n2 ${NOON} ann two\n`);
  });

  it('a stream is in no list, and members are not told of it', () => {
    const { world, ann } = worldWithAnn();
    const stream = world.subscribe(['lobby']);
    ann.send('WHO\nWHO lobby\nROOMS\n');
    stream.vanish();
    ann.send('PING\n');
    expect(ann.read()).toBe('USER ann\nUSER ann\nROOM lobby 1\nOK\nPONG\n');
    expect(world.hub.userCount).toBe(1);
  });

  it('a message to a room and its streams is counted once, with a delivery for each', () => {
    const counts = { messages: 0, deliveries: 0 };
    const meter = {
      elapsed: () => 0,
      onReceived() {},
      onConnectionEnd() {},
      onTurn({ messages, deliveries }: { readonly messages: number; readonly deliveries: number }) {
        counts.messages += messages;
        counts.deliveries += deliveries;
      },
    };
    const { world, ann } = worldWithAnn({ meter });
    world.login('bob');
    world.subscribe(['lobby']);
    world.subscribe(['lobby'], { dialect: SSE });
    ann.send('MSG hi\n');
    expect(counts).toEqual({ messages: 1, deliveries: 3 });
    postTo(world, 'dev', 'to nobody', 'again');
    world.settle();
    expect(counts).toEqual({ messages: 3, deliveries: 3 });
  });

  it('a message that cannot be stored does not reach a stream', () => {
    const history = new FragileHistory();
    const { world, ann } = worldWithAnn({ history });
    const stream = world.subscribe(['lobby']);
    history.broken = true;
    ann.send('MSG lost\n');
    history.broken = false;
    ann.send('MSG kept\n');
    expect(ann.read()).toContain('ERR not-stored');
    expect(stream.read()).toMatch(/^\d+ \S+ ann kept\n$/);
  });

  it('a stream of several rooms receives the messages of all of them in order, each once', () => {
    const { world, ann } = worldWithAnn();
    const stream = world.subscribe(['lobby', 'dev']);
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    ann.say('MSG 1\n');
    bob.say('MSG 2\n');
    ann.say('MSG 3\n');
    world.settle();
    expect(idsIn(stream.read())).toEqual([1, 2, 3]);
  });
});

describe('a stream with a cursor', () => {
  it('a stream receives the stored messages after its cursor, then what is said', () => {
    const { world, ann } = worldWithAnn();
    for (const text of ['a', 'b', 'c']) ann.send(`MSG ${text}\n`);
    const stream = world.subscribe(['lobby'], { after: 1 });
    ann.send('MSG d\n');
    expect(idsIn(stream.read())).toEqual([2, 3, 4]);
  });

  it('a stream from 0 receives all stored messages of all of its rooms, in order', () => {
    const { world, ann } = worldWithAnn();
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    for (let count = 0; count < 300; count++) (count % 3 === 0 ? bob : ann).send('MSG x\n');
    expect(idsIn(world.subscribe(['lobby', 'dev'], { after: 0 }).read())).toEqual(numbers(1, 300));
    expect(idsIn(world.subscribe(['dev'], { after: 150 }).read())).toEqual(
      numbers(151, 300).filter((id) => id % 3 === 1),
    );
  });

  it('messages that are said while the stored ones are being sent follow them, without a gap and none twice', () => {
    const { world, ann } = worldWithAnn();
    const text = 'x'.repeat(1000);
    for (let count = 0; count < 400; count++) ann.send(`MSG ${text}\n`);
    const stream = world.subscribe(['lobby'], { after: 0, capacity: 5000 });
    const late = world.subscribe(['lobby'], { after: 0, capacity: 5000 });
    let received = late.read();
    for (let count = 0; count < 40; count++) {
      ann.send(`MSG ${text}\n`);
      late.readSome(20_000);
      received += late.read();
    }
    late.readOn();
    ann.send('MSG last\n');
    expect(idsIn(received + late.read())).toEqual(numbers(1, 441));
    stream.readOn();
    expect(idsIn(stream.read())).toEqual(numbers(1, 441));
  });

  it('messages of the pass in which a stream begins are sent once', () => {
    const { world, ann } = worldWithAnn();
    ann.send('MSG 1\n');
    ann.say('MSG 2\n');
    const stream = world.subscribe(['lobby'], { after: 0 });
    ann.send('MSG 3\n');
    expect(idsIn(stream.read())).toEqual([1, 2, 3]);
  });

  it('a stream that begins while a turn is being stored receives its messages once', () => {
    const { world, ann } = worldWithAnn({ storesLater: true });
    ann.send('MSG 1\n');
    if (world.disk !== null) world.disk.isHeld = true;
    ann.send('MSG 2\n');
    const stream = world.subscribe(['lobby'], { after: 0 });
    const now = world.subscribe(['lobby']);
    ann.send('MSG 3\n');
    world.disk?.release();
    world.settle();
    ann.send('MSG 4\n');
    expect(idsIn(stream.read())).toEqual([1, 2, 3, 4]);
    expect(idsIn(now.read())).toEqual([3, 4]);
  });

  it('a message that is deleted while the stored ones are being sent is left out, or announced if it was sent', () => {
    const { world, ann } = worldWithAnn();
    for (let count = 0; count < 100; count++) ann.send(`MSG ${'x'.repeat(1000)}\n`);
    const stream = world.subscribe(['lobby'], { after: 0, capacity: 5000 });
    ann.send('DELETE 2\nDELETE 99\nDELETE 40\n');
    ann.send('MSG last\n');
    stream.readOn();
    const received = stream.read();
    const sent = idsIn(received);
    expect(sent.slice(0, 3)).toEqual([1, 2, 3]);
    expect(sent).not.toContain(40);
    expect(sent.slice(-3)).toEqual([98, 100, 101]);
    for (const id of [2, 99, 40]) expect(received).toMatch(new RegExp(`^\\* \\S+ ann deleted ${id}$`, 'm'));
    expect(received.indexOf('deleted 2')).toBeGreaterThan(received.indexOf('\n2 '));
  });

  it.each(['before', 'after'])(
    'a message whose deletion is being stored is announced to a stream that begins %s it',
    (order) => {
      const { world, ann } = worldWithAnn({ storesLater: true });
      ann.send('MSG 1\nMSG 2\n');
      const begin = () => world.subscribe(['lobby'], { after: 0, capacity: 10 });
      const early = order === 'before' ? begin() : null;
      if (world.disk !== null) world.disk.isHeld = true;
      ann.send('DELETE 1\n');
      const stream = early ?? begin();
      world.disk?.release();
      world.settle();
      stream.readOn();
      expect(stream.read()).toMatch(/^1 .*\n2 .*\n\* \S+ ann deleted 1\n$/);
    },
  );

  it('a deletion that cannot be stored is announced to no stream', () => {
    const history = new FragileHistory();
    const { world, ann } = worldWithAnn({ history });
    for (let count = 0; count < 100; count++) ann.send(`MSG ${'x'.repeat(1000)}\n`);
    const stream = world.subscribe(['lobby'], { after: 0, capacity: 5000 });
    history.broken = true;
    ann.send('DELETE 2\n');
    history.broken = false;
    stream.readOn();
    expect(idsIn(stream.read())).toEqual(numbers(1, 100));
  });

  it('a cursor above the newest id is of another history: the stream is told, and receives all', () => {
    const { world, ann } = worldWithAnn();
    ann.send('MSG hi\n');
    const stream = world.subscribe(['lobby'], { after: 1000, dialect: SSE });
    expect(stream.read()).toBe(
      `retry: 2000\n\nevent: reset\ndata: {"reason":"history-began-anew"}\n\n` +
        `id: 1\nevent: message\ndata: {"id":1,"time":"${NOON}","room":"lobby","name":"ann","text":"hi"}\n\n`,
    );
  });

  it('a cursor before messages that were dropped is told so, with the first message that is left', () => {
    const { world, ann } = worldWithAnn({ history: new MemoryHistory() });
    ann.say(Array.from({ length: 1100 }, (_, at) => `MSG ${at + 1}\n`).join(''));
    world.settle();
    const [reset, first] = world.subscribe(['lobby'], { after: 50 }).lines();
    expect([reset, first]).toEqual(['* reset: forgotten, first 101', `101 ${NOON} ann 101`]);
    expect(idsIn(world.subscribe(['lobby'], { after: 100 }).read())).toEqual(numbers(101, 1100));
    expect(world.subscribe(['lobby'], { after: 0 }).read()).not.toContain('reset');
  });

  it('a stream whose stored messages cannot be read ends, so that no message is left out', () => {
    const history = new FragileHistory();
    const { world, ann } = worldWithAnn({ history });
    ann.send('MSG hi\n');
    history.unreadable = true;
    const stream = world.subscribe(['lobby'], { after: 0 });
    expect(stream.read()).toBe('* end: internal-error\n');
    expect(stream.closed).toBe(true);
    expect(world.errors).toHaveLength(1);
  });

  it('a stream whose client has closed its sending side receives what is stored, and ends', () => {
    const { world, ann } = worldWithAnn();
    ann.send('MSG 1\nMSG 2\n');
    const stream = world.subscribe(['lobby'], { after: 0 });
    stream.end();
    ann.send('MSG 3\n');
    expect(idsIn(stream.read())).toEqual([1, 2]);
    expect(stream.closed).toBe(true);
  });
});

describe('the formats of streams', () => {
  it('presence shows who comes and goes, and topics, without ids', () => {
    const world = new World();
    const stream = world.subscribe(['dev'], { dialect: SSE_WITH_PRESENCE });
    const without = world.subscribe(['dev'], { dialect: SSE });
    const bob = world.login('bob');
    bob.send('JOIN dev\nJOIN lobby\nJOIN dev\n');
    bob.vanish();
    const at = `{"time":"${NOON}","room":"dev","name":"bob"}`;
    const joined = `event: joined\ndata: ${at}\n\n`;
    const left = `event: left\ndata: ${at}\n\n`;
    expect(stream.read()).toBe(`retry: 2000\n\n${joined}${left}${joined}${left}`);
    expect(without.read()).toBe('retry: 2000\n\n');
  });

  it('a topic is shown with presence', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const stream = world.subscribe(['dev'], { dialect: NDJSON_WITH_PRESENCE });
    ann.send('JOIN dev\nTOPIC ship it\n');
    expect(stream.lines().at(-1)).toBe(
      `{"event":"topic","time":"${NOON}","room":"dev","name":"ann","topic":"ship it"}`,
    );
  });

  it.each([
    ['sse', ':\n\n'],
    ['ndjson', '{"event":"keepalive"}\n'],
    ['text', ''],
  ] as const)('a silent stream of %s has a sign of life every 15 s', (format, sign) => {
    const { world, ann } = worldWithAnn();
    const dialect = streamDialect(format, { isHist: true, namesRooms: false, hasPresence: false });
    const stream = world.subscribe(['lobby'], { dialect });
    stream.read();
    world.wait(14_000);
    expect(stream.read()).toBe('');
    ann.send('MSG hi\n');
    stream.read();
    world.wait(14_900);
    expect(stream.read()).toBe('');
    world.wait(15_200);
    expect(stream.read()).toBe(sign + sign);
    expect(stream.closed).toBe(false);
  });

  it('the chunks of a response hold whole events, and hold their length in bytes', () => {
    const { world, ann } = worldWithAnn();
    const stream = world.subscribe(['lobby'], { framing: chunkedFraming });
    ann.send('MSG häh\n');
    const line = `1 ${NOON} ann häh\n`;
    expect(stream.read()).toBe(`${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`);
  });
});

describe('the end of a stream', () => {
  it('a stream is told that the server stops', () => {
    const { world } = worldWithAnn();
    const stream = world.subscribe(['lobby'], { dialect: SSE });
    stream.read();
    void world.connections.close();
    world.settle();
    expect(stream.read()).toBe('event: end\ndata: {"reason":"shutdown"}\n\n');
    expect(stream.closed).toBe(true);
  });

  it('a slow stream is disconnected, and others are not delayed', () => {
    const { world, ann } = worldWithAnn({ writeQueueBytes: 10_000 });
    const slow = world.subscribe(['lobby']);
    const quick = world.subscribe(['lobby']);
    slow.stopReading(100);
    for (let count = 0; count < 20; count++) ann.send(`MSG ${'x'.repeat(1000)}\n`);
    expect(slow.isEnding).toBe(true);
    expect(idsIn(quick.read())).toEqual(numbers(1, 20));
    const ends = world.seen.filter(({ event }) => event.kind === 'detached');
    expect(ends.map(({ event, by }) => [by.dialect, event])).toMatchObject([['text', { why: 'too-slow' }]]);
  });

  it('a stream that takes no byte for 10 s is disconnected', () => {
    const { world, ann } = worldWithAnn();
    const stream = world.subscribe(['lobby']);
    stream.stopReading();
    ann.send('MSG hi\n');
    world.wait(9_000);
    expect(stream.isEnding).toBe(false);
    world.wait(3_000);
    expect(stream.isEnding).toBe(true);
  });

  it('a stream ends when its room is locked, and a locked room cannot be read', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    ann.send('JOIN dev\nMSG hi\n');
    const stream = world.subscribe(['lobby', 'dev']);
    await ann.ask('LOCK secret\n');
    expect(stream.read()).toBe('* end: locked\n');
    const rooms = [{ name: { shown: 'dev', fold: 'dev' }, knownKeyHash: null }];
    expect(world.hub.readingRefusal({ rooms, reader: null })).toBe('room-not-found');
    const keyHash = world.accounts.rooms.room('dev')?.keyHash ?? '';
    const known = rooms.map((room) => ({ ...room, knownKeyHash: keyHash }));
    expect(world.hub.readingRefusal({ rooms: known, reader: null })).toBeNull();
  });

  it('a stream ends when its token is revoked, its account is removed or its address is banned', () => {
    const world = new World();
    world.register('ann', 'bob');
    const token = world.accounts.users.createToken('ann', world.clock.now(), null);
    const tokenId = world.accounts.users.tokenFor('ann', token, world.clock.now());
    const account = (name: string) => {
      const found = world.accounts.users.account(name);
      if (found === undefined) throw new Error(`${name} is not registered`);
      return found;
    };
    const withToken = world.subscribe(['lobby'], { reader: { account: account('ann'), tokenId } });
    const withPassword = world.subscribe(['lobby'], { reader: { account: account('bob'), tokenId: null } });
    const guest = world.subscribe(['lobby'], { address: '192.0.2.7' });
    world.accounts.users.revokeToken(tokenId ?? '');
    world.hub.accountChanged('ann', false, world.clock.now());
    world.settle();
    expect([withToken.read(), withPassword.closed]).toEqual(['* end: revoked\n', false]);
    world.hub.accountChanged('bob', true, world.clock.now());
    world.settle();
    expect([withPassword.read(), guest.closed]).toEqual(['* end: revoked\n', false]);
    world.accounts.bans.add({
      ...{ kind: 'banned-address', target: '192.0.2.0/24', shown: '192.0.2.0/24' },
      ...{ until: Number.POSITIVE_INFINITY, by: 'server', reason: '' },
    });
    world.hub.banChanged('192.0.2.0/24', world.clock.now());
    world.settle();
    expect(guest.read()).toBe('* end: banned\n');
  });

  it('a stream of a registered name leaves out the users that it ignores', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    const bob = world.login('bob');
    bob.send('MSG before\n');
    ann.send('IGNORE bob\n');
    const account = world.accounts.users.account('ann');
    if (account === undefined) throw new Error('ann is not registered');
    const stream = world.subscribe(['lobby'], { after: 0, reader: { account, tokenId: null } });
    bob.send('MSG after\n');
    ann.send('MSG mine\n');
    expect(stream.lines().map((line) => line.split(' ').slice(2).join(' '))).toEqual(['ann mine']);
  });
});

describe('streams of a server among several', () => {
  it('a cursor of another server that is ahead is waited for, and its message does not come twice', () => {
    const { world, ann } = worldWithAnn({
      sequencer: (settle) => {
        const local = new LocalSequencer(settle, 0);
        const submit = (proposal: Proposal, at: number) => local.submit(proposal, at);
        return { node: 'a', epoch: 1, isCut: false, isShared: true, submit };
      },
    });
    ann.send('MSG one\n');
    const stream = world.subscribe(['lobby'], { after: 2 });
    world.wait(500);
    expect(stream.read()).toBe('');
    ann.send('MSG two\nMSG three\n');
    world.wait(500);
    ann.send('MSG four\n');
    expect(idsIn(stream.read())).toEqual([3, 4]);
  });

  it('a cursor that no server gives within half a minute is one of another history', () => {
    const { world, ann } = worldWithAnn({
      sequencer: (settle) => {
        const local = new LocalSequencer(settle, 0);
        const submit = (proposal: Proposal, at: number) => local.submit(proposal, at);
        return { node: 'a', epoch: 1, isCut: false, isShared: true, submit };
      },
    });
    ann.send('MSG one\n');
    const stream = world.subscribe(['lobby'], { after: 50 });
    world.wait(31_000);
    expect(stream.read()).toBe(`* reset: history-began-anew\n1 ${NOON} ann one\n`);
  });

  it('a stream receives what is said on another server', async () => {
    const nodes = new Nodes(2);
    const ann = await nodes.login(0, 'ann');
    await nodes.ask(ann, 'MSG before\n');
    const stream = nodes.world(1).subscribe(['lobby'], { after: 0 });
    await nodes.ask(ann, 'MSG after\n');
    expect(idsIn(stream.read())).toEqual([1, 2]);
    nodes.check();
  });
});
