/** Sessions in the rooms of their own choice, in none if they want none, as those of IRC are. */
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../src/core/text/text.js';
import { gotalk } from '../../dialects/speakers.js';
import { join, login, part, roam, RoamingPeer, room, say } from '../../support/roamer.js';
import { World } from '../../support/world.js';

describe('a roamer', () => {
  it('a roamer is in no room after its login, and all users see it in WHO', () => {
    const world = new World();
    const [bob] = world.logins('bob');
    const ann = new RoamingPeer(world);
    ann.send(login('ann'));
    expect(ann.readOnly('logged-in', 'entered')).toMatchObject([
      { kind: 'logged-in', name: 'ann', room: '' },
    ]);
    bob?.send('WHO\nROOMS\n');
    expect(bob?.read()).toBe('USER bob\nUSER ann\nROOM lobby 1\nOK\n');
  });

  it('a roamer says nothing without a room', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send(say('lobby', 'hi'), { kind: 'history', room: null, query: { kind: 'latest', limit: 20 } });
    expect(ann.readOnly('refused').map(({ reason, command }) => [reason, command])).toEqual([
      ['not-in-room', 'say'],
      ['not-in-room', 'history'],
    ]);
  });

  it('a roamer enters the rooms of its login one after the other, and others are told', () => {
    const world = new World();
    const [bob] = world.logins('bob');
    bob?.send('JOIN dev\n');
    bob?.read();
    const ann = new RoamingPeer(world);
    ann.send(login('ann', { rooms: ['lobby', 'dev', 'LOBBY'].map(room) }));
    const events = ann.readOnly('logged-in', 'entered');
    expect(events.map(({ kind, room }) => [kind, room])).toEqual([
      ['logged-in', 'lobby'],
      ['entered', 'lobby'],
      ['entered', 'dev'],
    ]);
    expect(bob?.read()).toBe('INFO ann joined dev\n');
  });

  it('a roamer that leaves its last room is in none, and one that left its current room has another', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'dev', 'ops');
    const [bob] = world.logins('bob');
    ann.send(part('dev', 'lunch'), { kind: 'me', room: null, text: cleanText('waves') });
    expect(ann.readOnly('exited')).toMatchObject([{ room: 'dev', reason: 'lunch', by: { name: 'ann' } }]);
    expect(world.seen.filter(({ event }) => event.kind === 'said')).toMatchObject([
      { event: { message: { room: { shown: 'ops' } } } },
    ]);
    ann.send(part('ops'), part('ops'));
    expect(ann.readOnly('exited', 'refused').map(({ kind }) => kind)).toEqual(['exited', 'refused']);
    bob?.send('ROOMS\nWHO\nWHOIS ann\n');
    expect(bob?.read()).toMatch(
      /^ROOM lobby 1\nOK\nUSER ann\nUSER bob\nINFO ann is not registered\nINFO ann has been/,
    );
  });

  it('a roamer that joins twice is told so, and others nothing', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev')];
    ann.read();
    bob.send(join('dev'));
    expect(bob.readOnly('entered')).toMatchObject([{ room: 'dev', isNew: false }]);
    expect(ann.read()).toEqual([]);
  });

  it('the end of a roamer without a room is told to all users as that of any other', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    const [bob] = world.logins('bob');
    ann.send({ kind: 'quit' });
    expect(bob?.read()).toBe('INFO ann disconnected\n');
    expect(world.errors).toEqual([]);
  });
});

describe('the user behind an event', () => {
  it('the user behind an event has its words and a host that hides its address, the same for each login', () => {
    const world = new World();
    const bob = roam(world, 'bob', 'dev');
    const ann = new RoamingPeer(world, '192.0.2.7');
    ann.send(
      login('ann', { rooms: [room('dev')], user: 'annie', realname: cleanText('Ann A.') }),
      say('dev', 'hi'),
    );
    const [joined, said] = bob.readOnly('joined', 'said');
    expect(joined?.by).toEqual({
      name: 'ann',
      user: 'annie',
      host: expect.stringMatching(/^[a-z2-7]{10}\.partyline$/),
      account: null,
      isBot: false,
      realname: 'Ann A.',
    });
    expect(said?.by).toEqual(joined?.by);
    ann.send({ kind: 'quit' });
    const again = new RoamingPeer(world, '192.0.2.7');
    const other = new RoamingPeer(world, '192.0.2.8');
    again.send(login('ann', { rooms: [room('dev')] }));
    other.send(login('oz', { rooms: [room('dev')] }));
    const hosts = bob.readOnly('joined').map(({ by }) => by.host);
    expect(hosts[0]).toBe(joined?.by.host);
    expect(hosts[1]).not.toBe(joined?.by.host);
  });

  it('the user behind an event of another dialect has its name and dialect', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'lobby');
    const [bob] = world.logins('bob');
    const gus = world.connect('10.0.0.3', gotalk.converse);
    gus.send('gus\n');
    bob?.send('MSG hi\nDM ann psst\nNICK rob\n');
    const events = ann.readOnly('joined', 'said', 'told', 'notice');
    expect(events.map(({ kind, by }) => [kind, by.name, by.user, by.realname])).toEqual([
      ['joined', 'bob', 'lines', 'bob'],
      ['joined', 'gus', 'gotalk', 'gus'],
      ['said', 'bob', 'lines', 'bob'],
      ['told', 'bob', 'lines', 'bob'],
      ['notice', 'bob', 'lines', 'bob'],
    ]);
    bob?.send('MSG again\n');
    expect(ann.readOnly('said')).toMatchObject([{ by: { name: 'rob', realname: 'rob' } }]);
  });

  it('the user behind an event has its account, also under another name', async () => {
    const world = new World();
    world.register('bob');
    const ann = roam(world, 'ann', 'lobby');
    const bob = await world.loginOwner('bob');
    bob.send('NICK rob\nMSG hi\n');
    expect(ann.readOnly('said')).toMatchObject([{ by: { name: 'rob', account: 'bob' } }]);
  });
});

describe('the end of a session', () => {
  it('the end of a session in several rooms is one event for a reader who shares them, also right after the login', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const ann = roam(world, 'ann', 'lobby', 'dev', 'ops');
    const bob = roam(world, 'bob', 'lobby', 'dev', 'ops');
    ann.read();
    bob.send({ kind: 'quit', reason: cleanText('good night') });
    expect(ann.readOnly('gone')).toMatchObject([
      { name: 'bob', by: { user: 'me' }, why: 'quit', operator: '', reason: 'good night' },
    ]);
  });

  it('the end of a session names its reason, and the operator', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const [ann, bob] = [roam(world, 'ann', 'lobby'), world.login('bob')];
    const opal = await world.loginOwner('opal');
    const [cat] = world.logins('cat');
    ann.read();
    opal.send('KICK cat spam\n');
    bob.vanish();
    expect(cat?.closed).toBe(true);
    expect(ann.readOnly('gone')).toMatchObject([
      { name: 'cat', why: 'kicked', operator: 'opal', reason: 'spam' },
      { name: 'bob', why: 'lost', operator: '', reason: '' },
    ]);
  });

  it('the words of a user who leaves are in its own last event', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send({ kind: 'quit', reason: cleanText('bye') });
    expect(ann.readOnly('closing')).toMatchObject([
      { why: 'quit', reason: 'bye', host: expect.stringMatching(/\.partyline$/) },
    ]);
  });
});

describe('AWAY', () => {
  it('AWAY is told once to each reader who shares a room, and not to others', () => {
    const world = new World();
    const [ann, bob, cat] = [
      roam(world, 'ann', 'dev', 'ops'),
      roam(world, 'bob', 'dev', 'ops'),
      roam(world, 'cat', 'other'),
    ];
    for (const peer of [ann, bob, cat]) peer.read();
    ann.send({ kind: 'away', text: cleanText('lunch') }, { kind: 'away', text: cleanText('') });
    expect(bob.readOnly('changed').map(({ what, text, by }) => [what, text, by.name])).toEqual([
      ['away', 'lunch', 'ann'],
      ['away', null, 'ann'],
    ]);
    expect(cat.readOnly('changed')).toEqual([]);
    expect(ann.readOnly('changed')).toEqual([]);
  });

  it('AWAY is part of the event of a user who enters', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob')];
    ann.read();
    bob.send({ kind: 'away', text: cleanText('lunch') }, join('dev'));
    expect(ann.readOnly('joined')).toMatchObject([{ name: 'bob', awayText: 'lunch' }]);
  });
});

describe('the log', () => {
  it('the log and the transcript have no room for a login without one', () => {
    const world = new World();
    roam(world, 'ann').send(join('dev'));
    const moves = world.seen.flatMap(({ event }) =>
      event.kind === 'logged-in' || event.kind === 'joined' ? [[event.kind, event.room]] : [],
    );
    expect(moves).toEqual([
      ['logged-in', ''],
      ['joined', 'dev'],
    ]);
  });
});
