import { describe, expect, it, vi } from 'vitest';
import { rawFraming } from '../../../src/net/raw-framing.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { World } from '../../support/world.js';

describe('a turn', () => {
  it('is one commit, and one write for each client, however much was said', () => {
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

  it('encodes what a room heard once for all who read the same', () => {
    const world = new World();
    const readers = world.logins(...Array.from({ length: 20 }, (_, number) => `reader${number}`));
    const ann = world.login('ann');
    const encode = vi.spyOn(rawFraming, 'encode');
    ann.send('MSG one\nMSG two\n');
    expect(encode.mock.calls).toEqual([['MSG ann one\nMSG ann two\n']]);
    encode.mockRestore();
    for (const reader of readers) expect(reader.read()).toBe('MSG ann one\nMSG ann two\n');
  });

  it('encodes the room and the server’s news together once, too', () => {
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

  it('gives everyone the one order, answers included', () => {
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

  it('commits before it shows anything to anyone', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = world.logins('ann', 'bob');
    const original = history.commit.bind(history);
    let shownBefore = '';
    history.commit = () => {
      shownBefore += bob?.read() ?? '';
      original();
    };
    ann?.send('MSG one\n');
    expect(shownBefore).toBe('');
    expect(bob?.read()).toBe('MSG ann one\n');
  });
});

describe('a commit that fails', () => {
  function broken() {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    history.broken = true;
    return { history, world, ann, bob, cat };
  }

  it('shows the messages to no one, and each author gets an error in its place', () => {
    const { ann, bob, cat, world } = broken();
    ann?.say('PING 1\nMSG lost\nPING 2\n');
    bob?.say('MSG lost too\nWHO lobby\nMSG and this\n');
    world.settle();
    expect(ann?.lines()).toEqual(['PONG 1', 'ERR not-stored', 'PONG 2']);
    expect(bob?.lines()).toEqual(['ERR not-stored', 'USER ann', 'USER bob', 'USER cat', 'ERR not-stored']);
    expect(cat?.read()).toBe('');
    expect(world.errors[0]).toEqual(new Error('disk full'));
    expect(world.seen.filter(({ event }) => event.kind === 'said')).toEqual([]);
  });

  it('refuses a paste once, and whole', () => {
    const { ann, bob } = broken();
    ann?.send('PASTE\none\ntwo\n.\nPING\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'PONG']);
    expect(bob?.read()).toBe('');
  });

  it('leaves presence, direct messages and reading as they were, and heals', () => {
    const { history, ann, bob, cat } = broken();
    ann?.send('MSG lost\nDM bob psst\nJOIN dev\nHISTORY\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'OK', 'OK']);
    expect(bob?.lines()).toEqual(['DM ann psst', 'INFO ann left lobby']);
    history.broken = false;
    cat?.read();
    bob?.send('MSG again\n');
    expect(bob?.read()).toBe('');
    expect(cat?.read()).toBe('MSG bob again\n');
  });

  it('in a HISTORY of the same turn, what was not stored is not there', () => {
    const { ann } = broken();
    ann?.send('MSG lost\nHISTORY\n');
    expect(ann?.lines()).toEqual(['ERR not-stored', 'OK']);
  });

  it('a history that cannot be read is busy, and the turn goes on', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = world.logins('ann', 'bob');
    history.unreadable = true;
    ann?.send('HISTORY\nMSG hi\nPING\n');
    expect(ann?.lines()).toEqual(['ERR busy', 'PONG']);
    expect(bob?.read()).toBe('MSG ann hi\n');
  });
});

describe('many ends at once', () => {
  it('are told to each of the others once, and cost each of them one write', () => {
    const world = new World();
    const goers = world.logins(...Array.from({ length: 50 }, (_, number) => `goer${number}`));
    const ann = world.login('ann');
    const before = ann.writes;
    for (const goer of goers) goer.say('QUIT\n');
    world.settle();
    expect(ann.writes - before).toBe(1);
    expect(ann.lines().sort()).toEqual(goers.map((_, number) => `INFO goer${number} disconnected`).sort());
  });
});
