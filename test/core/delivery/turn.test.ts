/** A turn commits first, then writes: one commit and one write per client, and one order of events for all. */
import { describe, expect, it, vi } from 'vitest';
import { cleanText, parseRoomName, parseUserName } from '../../../src/core/text/text.js';
import { rawFraming } from '../../../src/net/raw-framing.js';
import { LocalSequencer } from '../../../src/core/hub/local-sequencer.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { World } from '../../support/world.js';

describe('a turn', () => {
  it('a turn costs one commit and one write per client, whatever its number of messages', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    const before = [ann, bob, cat].map((peer) => peer?.writes ?? 0);
    for (const peer of [ann, bob, cat]) peer?.say('MSG one\nMSG two\nDM ann three\nPING\n');
    expect(ann?.read()).toBe('');
    world.settle();
    expect(history.commits).toBe(1);
    expect([ann, bob, cat].map((peer, index) => (peer?.writes ?? 0) - (before[index] ?? 0))).toEqual([
      1, 1, 1,
    ]);
  });

  it('the messages of a room are encoded once for all readers of the same dialect', () => {
    const world = new World();
    const readers = world.logins(...Array.from({ length: 20 }, (_, number) => `reader${number}`));
    const ann = world.login('ann');
    const encode = vi.spyOn(rawFraming, 'encode');
    ann.send('MSG one\nMSG two\n');
    expect(encode.mock.calls).toEqual([['MSG ann one\nMSG ann two\n']]);
    encode.mockRestore();
    for (const reader of readers) expect(reader.read()).toBe('MSG ann one\nMSG ann two\n');
  });

  it('the events of a room and of the whole server are encoded once, as one buffer', () => {
    const world = new World();
    const readers = world.logins(...Array.from({ length: 20 }, (_, number) => `reader${number}`));
    const [ann, bob] = world.logins('ann', 'bob');
    const encode = vi.spyOn(rawFraming, 'encode');
    ann?.say('MSG bye\n');
    bob?.say('QUIT\n');
    ann?.say('MSG now\n');
    world.settle();
    expect(encode.mock.calls.filter(([text]) => text.includes('bye\nINFO bob'))).toHaveLength(1);
    encode.mockRestore();
    for (const reader of readers)
      expect(reader.read()).toBe('MSG ann bye\nINFO bob disconnected\nMSG ann now\n');
  });

  it('all clients receive events in the same order, with replies in their place', () => {
    const world = new World();
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    ann?.say('MSG 1\nPING a\n');
    bob?.say('MSG 2\nPING b\nWHO lobby\n');
    ann?.say('MSG 3\nPING c\n');
    world.settle();
    expect(cat?.lines()).toEqual(['MSG ann 1', 'MSG bob 2', 'MSG ann 3']);
    expect(ann?.lines()).toEqual(['PONG a', 'MSG bob 2', 'PONG c']);
    expect(bob?.lines()).toEqual(['MSG ann 1', 'PONG b', 'USER ann', 'USER bob', 'USER cat', 'MSG ann 3']);
  });

  it('a message is committed before any client receives it', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = world.logins('ann', 'bob');
    const original = history.commit.bind(history);
    let readBeforeCommit = '';
    history.commit = () => {
      readBeforeCommit += bob?.read() ?? '';
      original();
    };
    ann?.send('MSG one\n');
    expect(readBeforeCommit).toBe('');
    expect(bob?.read()).toBe('MSG ann one\n');
  });
});

describe('a long turn', () => {
  const names = Array.from({ length: 40 }, (_, number) => `user${number}`);

  it('a turn with many writes takes in what arrives meanwhile, for 5 ms', () => {
    const world = new World();
    const peers = world.logins(...names);
    for (const peer of peers) peer.say('PING\n');
    world.clock.advance(4);
    world.pass();
    expect(peers[0]?.read()).toBe('');
    world.clock.advance(1);
    world.pass();
    expect(peers.map((peer) => peer.read())).toEqual(peers.map(() => 'PONG\n'));
  });

  it('a turn ends within a pass of the event loop that reads very many connections', () => {
    const world = new World();
    const [ann, ...others] = world.logins('ann', ...names);
    ann?.say('PING\n');
    for (const peer of others) peer.say('PING\n');
    expect(ann?.read()).toBe('');
    world.clock.advance(5);
    for (const peer of others) peer.say('PING\n');
    expect(ann?.read()).toBe('PONG\n');
    world.settle();
    expect(others.map((peer) => peer.read())).toEqual(others.map(() => 'PONG\nPONG\n'));
  });

  it('a turn ends within a pass of the event loop in which very many connections close', () => {
    const world = new World();
    const [ann, ...others] = world.logins('ann', ...names);
    ann?.say('PING\n');
    world.clock.advance(5);
    for (const peer of others) peer.lose();
    expect(ann?.read()).toMatch(/^PONG\nINFO user0 disconnected\n/);
  });
});

describe('a failed commit', () => {
  function brokenWorld() {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    history.broken = true;
    return { history, world, ann, bob, cat };
  }

  it('a message that is not stored reaches no reader, and its author gets an error in its place', () => {
    const { ann, bob, cat, world } = brokenWorld();
    ann?.say('PING 1\nMSG lost\nPING 2\n');
    bob?.say('MSG lost too\nWHO lobby\nMSG and this\n');
    world.settle();
    expect(ann?.lines()).toEqual(['PONG 1', 'ERR not-stored', 'PONG 2']);
    expect(bob?.lines()).toEqual(['ERR not-stored', 'USER ann', 'USER bob', 'USER cat', 'ERR not-stored']);
    expect(cat?.read()).toBe('');
    expect(world.errors[0]).toEqual(new Error('disk full'));
    expect(world.seen.filter(({ event }) => event.kind === 'said')).toEqual([]);
  });

  it('a paste that is not stored is refused as a whole, with one error', () => {
    const { ann, bob } = brokenWorld();
    ann?.send('PASTE\none\ntwo\n.\nPING\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'PONG']);
    expect(bob?.read()).toBe('');
  });

  it('a post of a bot that is not stored reaches no reader, and the bot gets the refusal', () => {
    const { world, ann } = brokenWorld();
    const [room, from] = [parseRoomName('lobby'), parseUserName('robot')];
    if (room === null || from === null) throw new Error('invalid test name');
    const results: unknown[] = [];
    const onResult = (refusal: unknown) => results.push(refusal);
    const seenAs = { id: 0, name: null, peer: '', dialect: 'library', room: '' };
    const post = { room, from, texts: [cleanText('lost')], by: { kind: 'bot' }, once: null } as const;
    world.hub.post({ ...post, seenAs, onResult }, world.clock.now());
    world.settle();
    expect(results).toEqual(['not-stored']);
    expect(ann?.read()).toBe('');
  });

  it('direct messages, joins and HISTORY work during a failed commit, and messages again after it', () => {
    const { history, ann, bob, cat } = brokenWorld();
    ann?.send('MSG lost\nDM bob psst\nJOIN dev\nHISTORY\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'OK', 'OK']);
    expect(bob?.lines()).toEqual(['DM ann psst', 'INFO ann left lobby']);
    history.broken = false;
    cat?.read();
    bob?.send('MSG again\n');
    expect(bob?.read()).toBe('');
    expect(cat?.read()).toBe('MSG bob again\n');
  });

  it('HISTORY in the same turn does not contain a message that was not stored', () => {
    const { ann } = brokenWorld();
    ann?.send('MSG lost\nHISTORY\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'OK']);
  });

  it('HISTORY is answered ERR busy when the history cannot be read, and the turn continues', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = world.logins('ann', 'bob');
    history.unreadable = true;
    ann?.send('HISTORY\nMSG hi\nPING\n');
    expect(ann?.lines()).toEqual(['ERR busy', 'PONG']);
    expect(bob?.read()).toBe('MSG ann hi\n');
  });
});

describe('many sessions that end at once', () => {
  it('when many sessions end at once, each remaining client gets one line per session, in one write', () => {
    const world = new World();
    const leavers = world.logins(...Array.from({ length: 50 }, (_, number) => `leaver${number}`));
    const ann = world.login('ann');
    const before = ann.writes;
    for (const leaver of leavers) leaver.say('QUIT\n');
    world.settle();
    expect(ann.writes - before).toBe(1);
    expect(ann.lines().sort()).toEqual(
      leavers.map((_, number) => `INFO leaver${number} disconnected`).sort(),
    );
  });
});

describe('a turn that other servers store too', () => {
  it('a server that cannot store what the others have settled shows it to no one, and does not call it refused', () => {
    const history = new FragileHistory();
    const world = new World({
      history,
      sequencer: (settle) =>
        Object.assign(new LocalSequencer(settle, history.lastId(), history.lastAt()), { isShared: true }),
    });
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.read();
    history.broken = true;
    ann?.send('MSG one\n@label=2 MSG two\n');
    expect(ann?.read()).not.toContain('not-stored');
    expect(bob?.read()).toBe('');
  });
});
