/** Deletion of messages, and messages next to a time. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bound, HistoryQuery } from '../../../src/core/command.js';
import { migrations } from '../../../src/server/migrations.js';
import { openDatabase } from '../../../src/database/open.js';
import { DiskHistory } from '../../support/disk-history.js';
import { temporaryFolder } from '../../support/folders.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { roam, type RoamingPeer, room, say } from '../../support/roamer.js';
import { type Peer, World } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';

function temporaryHistory(): DiskHistory {
  const { database, close } = openDatabase(temporaryFolder(), migrations);
  const history = new DiskHistory(database);
  onTestFinished(() => {
    history.close();
    close();
  });
  return history;
}

describe('DELETE', () => {
  it('DELETE takes a message of one’s own from history and search, and sessions with TAGS ON are told', () => {
    const world = new World();
    const [ann, bob, cat] = [world.login('ann'), world.connect(), roam(world, 'cat', 'lobby')];
    bob.send('TAGS ON\nLOGIN bob\n');
    const eve = world.login('eve');
    ann.send('MSG secret plans\nMSG other\n');
    for (const peer of [ann, bob, eve]) peer.read();
    cat.read();
    ann.send('DELETE 1 typo\nHISTORY\nSEARCH secret\n');
    expect(ann.read()).toBe(`OK\nHIST 2 ${TIME} ann other\nOK\nOK\n`);
    expect(bob.read()).toBe(`@time=${TIME};room=lobby;event=delete;id=1;user=ann INFO ann deleted 1\n`);
    expect(eve.read()).toBe('');
    expect(cat.readOnly('deleted')).toMatchObject([
      { by: { name: 'ann' }, room: 'lobby', id: 1, reason: 'typo' },
    ]);
    ann.send('DELETE 1\n');
    expect(ann.read()).toBe('ERR not-permitted\n');
  });

  it('DELETE is for a guest who sent one of the last 1,000 messages, and the one before is forgotten', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG hi\n'.repeat(2001));
    ann.send('DELETE 1001\nDELETE 1002\nDELETE 2001\n');
    expect(ann.read()).toBe('ERR not-permitted\nOK\nOK\n');
  });

  it('DELETE of an id that is mistyped deletes no other message', () => {
    const [ann] = new World().logins('ann');
    ann?.send('MSG hi\nDELETE 01\nDELETE 1x\nHISTORY\n');
    expect(ann?.read()).toBe(
      `ERR usage: DELETE <id> [<reason>]\nERR usage: DELETE <id> [<reason>]\nHIST 1 ${TIME} ann hi\nOK\n`,
    );
  });

  it('DELETE of a message of another user is for founders and operators', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    const [ann, bob] = world.logins('ann', 'bob');
    await fay.ask('JOIN dev\n');
    for (const peer of [ann, bob]) peer?.send('JOIN dev\nMSG hi\n');
    for (const peer of [ann, bob]) peer?.read();
    ann?.send('DELETE 2\nDELETE x\n');
    expect(ann?.lines()[0]).toBe('ERR not-permitted');
    fay.read();
    expect(await fay.ask('DELETE 2\nHISTORY\n')).toBe(`OK\nHIST 1 ${TIME} ann hi\nOK\n`);
  });

  it('DELETE of a message is for its account also from another session', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    await ann.ask('MSG one\nMSG two\nQUIT\n');
    const again = await world.loginOwner('ann');
    expect(await again.ask('DELETE 1\nHISTORY\n')).toBe(`OK\nHIST 2 ${TIME} ann two\nOK\n`);
    const world2 = new World();
    const first = world2.login('bob');
    first.send('MSG one\nQUIT\n');
    const other = world2.login('bob');
    expect(await other.ask('DELETE 1\n')).toBe('ERR not-permitted\n');
  });

  it('DELETE of a guest’s message is not for a stranger who registers the name later', async () => {
    const world = new World();
    const guest = world.login('bob');
    guest.send('MSG mine\nQUIT\n');
    const stranger = world.login('bob');
    expect(await stranger.ask('REGISTER bob-password\nMSG yours\n')).toBe('OK\n');
    stranger.send('DELETE 1\nQUIT\n');
    expect(stranger.read()).toBe('ERR not-permitted\nINFO bye\n');
    const again = await world.loginOwner('bob');
    expect(await again.ask('DELETE 1\nDELETE 2\n')).toBe('ERR not-permitted\nOK\n');
  });

  it('DELETE of the messages of an earlier owner is not for the next one', async () => {
    const world = new World();
    world.register('bob');
    const first = await world.loginOwner('bob');
    await first.ask('MSG mine\nUNREGISTER bob-password\nQUIT\n');
    const next = world.login('bob');
    expect(await next.ask('REGISTER bob-password\nDELETE 1\n')).toBe('OK\nERR not-permitted\n');
  });

  it('DELETE is for an account of which the time of the registration alone is known', async () => {
    const world = new World();
    const guest = world.login('bob');
    guest.send('MSG old\nQUIT\n');
    world.wait(1000);
    world.register('bob');
    const bob = await world.loginOwner('bob');
    expect(await bob.ask('MSG new\nQUIT\n')).toBe('INFO bye\n');
    const again = await world.loginOwner('bob');
    expect(await again.ask('DELETE 1\nDELETE 2\n')).toBe('ERR not-permitted\nOK\n');
  });

  it('DELETE of a message that an account sent under another name is for its other sessions', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    await ann.ask('NICK ann-phone\nMSG one\nQUIT\n');
    const guest = world.login('ann-phone');
    guest.send('DELETE 1\n');
    expect(guest.read()).toBe('ERR not-permitted\n');
    const again = await world.loginOwner('ann');
    expect(await again.ask('DELETE 1\n')).toBe('OK\n');
  });

  it.each([{}, { storesLater: true }, { settlesLater: true }])(
    'DELETE right behind the message takes it back, in a world with %o',
    (options) => {
      const world = new World(options);
      const [ann, bob] = [world.login('ann'), world.login('bob')];
      bob.send('TAGS ON\n');
      bob.read();
      ann.send('MSG oops\nDELETE 1\nMSG kept\nHISTORY\nDELETE 9\n');
      expect(ann.read()).toBe(`OK\nHIST 2 ${TIME} ann kept\nOK\nERR not-permitted\n`);
      expect(bob.lines().map((line) => line.replace(/^@\S+ /, ''))).toEqual([
        'MSG ann oops',
        'INFO ann deleted 1',
        'MSG ann kept',
      ]);
    },
  );

  it.each([{}, { storesLater: true }, { settlesLater: true }])(
    'a second DELETE of a message finds nothing, before the first one is stored too, in a world with %o',
    (options) => {
      const world = new World(options);
      const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
      ann.send('PASTE\none\ntwo\n.\n');
      bob.send('TAGS ON\n');
      bob.read();
      ann.read();
      ann.send('DELETE 1\nMSG next\nDELETE 1\nDELETE 2\n');
      expect(ann.read()).toBe('OK\nERR not-permitted\nERR not-permitted\n');
      expect(bob.lines().map((line) => line.replace(/^@\S+ /, ''))).toEqual([
        'INFO ann deleted 1',
        'MSG ann next',
      ]);
    },
  );

  it('of two that DELETE a message at once, the second one finds nothing', async () => {
    const world = new World({ settlesLater: true });
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const [ann, bob] = [world.login('ann'), roam(world, 'bob', 'lobby')];
    ann.send('MSG oops\n');
    for (const peer of [ann, opal]) peer.read();
    bob.readOnly('deleted');
    world.hold();
    ann.send('DELETE 1\n');
    opal.send('DELETE 1\n');
    world.release();
    expect([ann.read(), opal.read()]).toEqual(['OK\n', 'ERR not-permitted\n']);
    expect(bob.readOnly('deleted')).toMatchObject([{ by: { name: 'ann' }, id: 1 }]);
  });

  it.each([{}, { storesLater: true }])(
    'a room has no message as soon as all are deleted, wherever a turn ends, in a world with %o',
    async (options) => {
      const world = new World(options);
      world.register('late');
      const ann = world.login('ann');
      const late = await world.loginOwner('late');
      ann.say('JOIN one\nMSG a\nPASTE\nb\nc\n.\nDELETE 1\nDELETE 2\nLEAVE\n');
      late.say('JOIN one\nTOPIC mine\n');
      world.settle();
      expect(late.read()).toMatch(/OK\nOK\n$/);
      ann.send('JOIN two\nMSG a\nMSG b\n');
      ann.say('DELETE 4\nDELETE 5\nLEAVE\n');
      late.say('JOIN two\nTOPIC mine\n');
      world.settle();
      expect(late.read()).toMatch(/OK\nOK\n$/);
      ann.say('JOIN three\nMSG a\nMSG b\nDELETE 7\nLEAVE\n');
      late.say('JOIN three\nTOPIC mine\n');
      world.settle();
      expect(late.read()).toMatch(/OK\nERR not-permitted\n$/);
    },
  );

  it.each([{}, { storesLater: true }, { settlesLater: true }])(
    'DELETE of a line of a paste takes that line, right behind it too, in a world with %o',
    (options) => {
      const [ann] = new World(options).logins('ann');
      ann?.send('PASTE\none\ntwo\nthree\n.\nDELETE 2\nDELETE 4\n');
      expect(ann?.read()).toBe('OK\nOK\nERR not-permitted\n');
      ann?.send('DELETE 3\nHISTORY\n');
      expect(ann?.read()).toBe(`OK\nHIST 1 ${TIME} ann one\nOK\n`);
    },
  );

  it.each(['memory', 'disk', 'disk, indexed'])(
    'DELETE of the first line of an older paste takes all of its lines and no other, with the history in %s',
    async (where) => {
      const disk = where === 'memory' ? null : temporaryHistory();
      const world = new World(disk === null ? {} : { history: disk });
      const ann = world.login('ann');
      ann.say('JOIN dev\nMSG before\nPASTE\none\n\nthree\n.\nPASTE\na\nb\n.\nMSG after\nME waves\n');
      ann.send(`LEAVE\n${'MSG hi\n'.repeat(1001)}`);
      if (where === 'disk, indexed') while (disk?.index() === true);
      world.register('opal');
      world.accounts.users.setOperator('opal', true);
      const opal = await world.loginOwner('opal');
      await opal.ask('TAGS ON\nJOIN dev\n');
      const cat = roam(world, 'cat', 'dev');
      opal.read();
      const hist = async () => (await opal.ask('HISTORY\n')).match(/(?<=HIST )\d+/g);
      expect(await opal.ask('DELETE 5\nDELETE 4\n')).toBe('OK\nOK\n');
      expect(await hist()).toEqual(['1', '2', '3', '7', '8']);
      expect(await opal.ask('DELETE 2\nDELETE 1\nDELETE 5\n')).toBe('OK\nOK\nERR not-permitted\n');
      expect(await hist()).toEqual(['7', '8']);
      // The last line of the paste at 2 was deleted before.
      expect(cat.readOnly('deleted').map((event) => 'count' in event && [event.id, event.count])).toEqual([
        [5, 2],
        [4, 1],
        [2, 2],
        [1, 1],
      ]);
    },
  );

  it.each(['memory', 'disk'])(
    'DELETE takes no lines of a paste whose first one an older version deleted alone, with the history in %s',
    async (where) => {
      const world = new World(where === 'memory' ? {} : { history: temporaryHistory() });
      world.register('ann');
      const ann = await world.loginOwner('ann');
      const [bob, cat] = world.logins('bob', 'cat') as [Peer, Peer];
      ann.say('JOIN dev\nMSG mine\n');
      bob.say('MSG one\nMSG two\n');
      cat.say('JOIN dev\nPASTE\na\nb\nc\n.\n');
      world.history.redact('dev', 4);
      world.history.commit();
      bob.say('MSG hi\n'.repeat(1001));
      for (const peer of [ann, bob]) peer.read();
      const ids = async (peer: Peer) => (await peer.ask('HISTORY 1000\n')).match(/(?<=HIST )[1-9]\b/g);
      expect(await ids(ann)).toEqual(['1', '5', '6']);
      expect(await ann.ask('DELETE 1\n')).toBe('OK\n');
      expect(await ids(ann)).toEqual(['5', '6']);
      expect(world.history.read('lobby', { after: 0, before: 4, limit: 9, keep: 'newest' })).toHaveLength(
        where === 'memory' ? 0 : 2,
      );
    },
  );

  it('DELETE that could not be stored can be repeated', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const ann = world.login('ann');
    ann.send('MSG oops\n');
    ann.read();
    history.broken = true;
    ann.send('DELETE 1\nMSG next\n');
    history.broken = false;
    ann.send('DELETE 1\n');
    expect(ann.read()).toBe('ERR not-stored\nERR not-stored\nOK\n');
  });

  it('DELETE behind a message that cannot be stored is not stored either', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const ann = world.login('ann');
    history.broken = true;
    ann.send('MSG oops\nDELETE 1\n');
    history.broken = false;
    expect(ann.read()).toBe('ERR not-stored\nERR not-stored\n');
    ann.send('DELETE 1\n');
    expect(ann.read()).toBe('ERR not-permitted\n');
  });

  it('DELETE does not take a message that the same session sends to another room', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG here\nJOIN dev\nDELETE 1\n');
    expect(ann.read()).toBe('OK\nERR not-permitted\n');
  });

  it('DELETE of the first line of a paste takes all of its lines', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('PASTE\none\ntwo\n.\nMSG three\n');
    ann.read();
    ann.send('DELETE 1\nHISTORY\n');
    expect(ann.read()).toBe(`OK\nHIST 3 ${TIME} ann three\nOK\n`);
  });
});

describe('the history next to a message or a time', () => {
  const START = Date.UTC(2026, 2, 1, 12);

  /** Messages 1 to 9 in dev, a second from each other. */
  function worldWithMessages(): RoamingPeer {
    const world = new World();
    const ann = roam(world, 'ann', 'dev', 'ops');
    for (let number = 1; number <= 9; number++) {
      ann.send(say('dev', `m${number}`));
      world.wait(1000);
    }
    ann.read();
    return ann;
  }

  function ids(peer: RoamingPeer, query: HistoryQuery): readonly number[] {
    peer.send({ kind: 'history', room: room('dev'), query });
    return peer.readOnly('history').flatMap(({ messages }) => messages.map(({ id }) => id));
  }

  const time = (seconds: number): Bound => ({ kind: 'time', at: START + seconds * 1000 });
  const id = (number: number): Bound => ({ kind: 'id', id: number });

  it.each([
    ['after', id(4), [5, 6, 7]],
    ['before', id(4), [1, 2, 3]],
    ['around', id(4), [3, 4, 5]],
    ['newest-after', id(4), [7, 8, 9]],
    // Message 4 has the time of 3 s.
    ['after', time(3), [5, 6, 7]],
    ['after', time(3.5), [5, 6, 7]],
    ['before', time(3), [1, 2, 3]],
    ['before', time(3.5), [2, 3, 4]],
    ['around', time(3), [3, 4, 5]],
    ['newest-after', time(6), [8, 9]],
    ['after', time(99), []],
    ['before', time(-1), []],
    ['before', time(99), [7, 8, 9]],
  ] as const)('the history %s %j has the three messages next to it', (way, bound, expected) => {
    expect(ids(worldWithMessages(), { kind: 'next-to', way, bound, limit: 3 })).toEqual(expected);
  });

  it.each([
    [id(2), id(8), [3, 4, 5]],
    [id(8), id(2), [5, 6, 7]],
    [time(1), time(4), [3, 4]],
    [time(4), time(1), [3, 4]],
    [id(4), id(5), []],
  ] as const)('the history between %j and %j begins at the first of them', (from, to, expected) => {
    expect(ids(worldWithMessages(), { kind: 'between', from, to, limit: 3 })).toEqual(expected);
  });

  it('the rooms with a last message between two times are listed, the oldest first', () => {
    const ann = worldWithMessages();
    ann.send(say('ops', 'hi'));
    ann.send({ kind: 'history-targets', from: START, to: START + 60_000, limit: 5 });
    const [report] = ann.readOnly('report');
    expect(report?.report).toEqual({
      kind: 'targets',
      targets: [
        { room: 'dev', lastAt: START + 8000 },
        { room: 'ops', lastAt: START + 9000 },
      ],
    });
    ann.send({ kind: 'history-targets', from: START, to: START + 8500, limit: 5 });
    expect(ann.readOnly('report')).toMatchObject([{ report: { targets: [{ room: 'dev' }] } }]);
  });
});
