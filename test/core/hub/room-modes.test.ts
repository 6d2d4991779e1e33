/** The modes of rooms, the status of members, invitations, and members that are put out of a room. */
import { describe, expect, it } from 'vitest';
import { maskOf } from '../../../src/core/text/mask.js';
import { cleanText } from '../../../src/core/text/text.js';
import type { ModeChange } from '../../../src/core/modes.js';
import type { ParsedLine } from '../../../src/core/dialect.js';
import { machat } from '../../dialects/speakers.js';
import { join, login, part, roam, RoamingPeer, room, say, who } from '../../support/roamer.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { passwordOf, World } from '../../support/world.js';

const op = (name: string, on = true): ModeChange => ({ kind: 'status', status: 'op', on, who: who(name) });
const voice = (name: string, on = true): ModeChange => ({
  kind: 'status',
  status: 'voice',
  on,
  who: who(name),
});
const flag = (name: Extract<ModeChange, { kind: 'flag' }>['flag'], on = true): ModeChange => ({
  kind: 'flag',
  flag: name,
  on,
});
const ban = (mask: string, on = true, silences = false): ModeChange => ({
  kind: 'mask',
  list: 'bans',
  on,
  mask: maskOf(mask),
  silences,
});

function mode(name: string, ...changes: readonly ModeChange[]): ParsedLine {
  return { kind: 'mode', room: room(name), changes };
}

function putOut(name: string, user: string, reason = ''): ParsedLine {
  return { kind: 'put-out', room: room(name), who: who(user), reason: cleanText(reason) };
}

const topic = (name: string, text: string): ParsedLine => ({
  kind: 'topic',
  room: room(name),
  text: cleanText(text),
});

async function roamOwner(world: World, name: string, ...rooms: readonly string[]): Promise<RoamingPeer> {
  const peer = new RoamingPeer(world);
  peer.send(login(name, { rooms: rooms.map(room) }, passwordOf(name)));
  await world.hashed();
  peer.read();
  return peer;
}

const reasons = (peer: RoamingPeer) => peer.readOnly('refused').map(({ reason }) => reason);

describe('the status of a member', () => {
  it('the status of a roamer who makes a room is that of its operator, in no other room', () => {
    const world = new World();
    const bob = world.login('bob');
    bob.send('JOIN ops\nMSG hi\n');
    bob.send('JOIN old\nMSG hi\nLEAVE\n');
    const ann = roam(world, 'ann', 'lobby', 'dev', 'ops', 'old');
    const status = ann.peer.client?.rooms.map((one) => [
      one.name.shown,
      one.statusOf(ann.peer.client ?? fail()).op,
    ]);
    expect(status).toEqual([
      ['lobby', false],
      ['dev', true],
      ['ops', false],
      ['old', false],
    ]);
  });

  it('the status of a founder is that of an operator whenever it comes, and members are told', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const ann = roam(world, 'ann', 'dev');
    await fay.ask('LEAVE\nJOIN dev\n');
    expect(ann.readOnly('joined', 'moded')).toMatchObject([
      { kind: 'joined', name: 'fay' },
      {
        kind: 'moded',
        by: null,
        changes: [{ kind: 'status', status: 'op', on: true, who: { shown: 'fay' } }],
      },
    ]);
  });

  it('the status of a member ends when it leaves, and the room ends with its last member', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev')];
    ann.send(mode('dev', voice('bob'), flag('moderated')));
    ann.send(part('dev'), join('dev'), mode('dev', flag('moderated', false)));
    expect(reasons(ann)).toEqual(['not-permitted']);
    bob.send(part('dev'));
    ann.send(part('dev'), join('dev'));
    expect(world.accounts.rooms.room('dev')).toBeUndefined();
    ann.send(mode('dev', flag('secret')));
    expect(reasons(ann)).toEqual([]);
  });

  it('the status of a member is changed by operators of the room alone, once, and shown with the name in use', () => {
    const world = new World();
    const [ann, bob, cat] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev'), roam(world, 'cat', 'dev')];
    for (const peer of [ann, bob, cat]) peer.read();
    bob.send(mode('dev', op('bob')));
    expect(reasons(bob)).toEqual(['not-permitted']);
    ann.send(mode('dev', op('BOB'), op('bob'), voice('nobody'), voice('ann', false)));
    expect(reasons(ann)).toEqual(['user-not-found']);
    const moded = cat.readOnly('moded');
    expect(moded).toHaveLength(1);
    expect(moded[0]).toMatchObject({
      by: { name: 'ann' },
      changes: [{ status: 'op', who: { shown: 'bob' } }],
    });
    bob.send(mode('dev', op('ann', false)));
    ann.send(mode('dev', op('ann')));
    expect(reasons(ann)).toEqual(['not-permitted']);
  });

  it('the status of an unregistered operator founds the room by REGISTER, also with others in it', async () => {
    const world = new World();
    const [ann] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev')];
    ann.send(mode('dev', flag('secret')), say('dev', 'hi'), { kind: 'register', password: 'correct-horse' });
    await world.hashed();
    expect(world.accounts.rooms.room('dev')).toMatchObject({
      founder: 'ann',
      isTemporary: false,
      modes: { flags: ['no-outside', 'protected-topic', 'secret'] },
    });
  });

  it('the status of the lobby is nobody’s; only operators of the server change its modes', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const ann = roam(world, 'ann', 'lobby');
    ann.send(mode('lobby', flag('moderated')));
    expect(reasons(ann)).toEqual(['not-permitted']);
    const opal = await roamOwner(world, 'opal', 'lobby');
    opal.send(mode('lobby', flag('moderated')));
    expect(reasons(opal)).toEqual([]);
    ann.send(say('lobby', 'hi'));
    expect(reasons(ann)).toEqual(['cannot-speak']);
  });
});

describe('the modes of a room', () => {
  it('the modes of a room without a founder end with it, those of a founder stay', async () => {
    const world = new World();
    world.register('fay');
    const [ann, fay] = [roam(world, 'ann', 'dev'), await roamOwner(world, 'fay', 'den')];
    ann.send(mode('dev', flag('secret'), { kind: 'limit', limit: 3 }), topic('dev', 'ours'));
    fay.send(mode('den', flag('secret')));
    expect(world.accounts.rooms.room('dev')).toMatchObject({ isTemporary: true, topic: 'ours' });
    ann.send(part('dev'));
    fay.send(part('den'));
    expect(world.accounts.rooms.room('dev')).toBeUndefined();
    expect(world.accounts.rooms.room('den')?.modes?.flags).toContain('secret');
  });

  it('the modes of a room keep out whom they should, in each dialect, and let operators pass', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const ann = roam(world, 'ann', 'dev');
    const [bob, cat] = [world.login('bob'), roam(world, 'cat')];
    const tries = (...changes: readonly ModeChange[]) => {
      ann.send(mode('dev', ...changes));
      bob.send('JOIN dev\n');
      cat.send(join('dev'), part('dev'));
      return [bob.read(), ...reasons(cat).slice(0, 1)];
    };
    expect(tries(ban('bob'), ban('*!me@*'))).toEqual(['ERR room-locked\n', 'room-banned']);
    expect(tries(ban('bob', false), ban('*!me@*', false), flag('invite-only'))).toEqual([
      'ERR room-locked\n',
      'room-invite-only',
    ]);
    expect(tries(flag('invite-only', false), { kind: 'limit', limit: 1 })).toEqual([
      'ERR room-locked\n',
      'room-full',
    ]);
    expect(await (await world.loginOwner('opal')).ask('JOIN dev\n')).toBe('OK\n');
    const mina = world.connect('10.0.0.4', machat.converse);
    mina.send('{"name": "Mina", "room": "dev"}\n');
    expect(mina.read()).toBe('* room-locked\n');
  });

  it('the modes of a room except users from a ban, and from the need of an invitation', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob')];
    ann.send(
      mode('dev', ban('*'), flag('invite-only'), {
        ...ban('bob'),
        list: 'exceptions',
      } as ModeChange),
    );
    bob.send(join('dev'));
    expect(reasons(bob)).toEqual(['room-invite-only']);
    ann.send(mode('dev', { ...ban('*!*@*'), list: 'invite-exceptions' } as ModeChange));
    bob.send(join('dev'));
    expect(reasons(bob)).toEqual([]);
  });

  it('the modes of a room silence members without a status, in each dialect, and store nothing of them', () => {
    const world = new World();
    const [ann, cat, bob] = [roam(world, 'ann', 'dev'), roam(world, 'cat', 'dev'), world.login('bob')];
    bob.send('JOIN dev\n');
    bob.read();
    ann.send(mode('dev', flag('moderated')));
    bob.send('MSG hi\nPASTE\nhi\n.\nME waves\n');
    expect(bob.read()).toBe('ERR not-permitted\n'.repeat(3));
    ann.send(mode('dev', voice('bob')));
    bob.send('MSG hi\n');
    expect(bob.read()).toBe('');
    ann.send(mode('dev', flag('moderated', false), ban('cat', true, true)));
    cat.send(say('dev', 'hi'));
    expect(reasons(cat)).toEqual(['cannot-speak']);
    cat.send(part('dev'), join('dev'));
    expect(reasons(cat)).toEqual([]);
    expect(world.history.read('dev', { after: 0, before: 99, limit: 99, keep: 'oldest' })).toHaveLength(1);
  });

  it('the modes of a room hide a secret one from those outside in all lists', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), world.login('bob')];
    ann.send(mode('dev', flag('secret')));
    bob.send('ROOMS\nWHO dev\nWHOIS ann\n');
    expect(bob.read()).not.toContain('dev');
    const cat = roam(world, 'cat');
    cat.send(
      { kind: 'modes', room: room('dev'), list: null },
      { kind: 'members', room: room('dev'), style: 's' },
      { kind: 'invite', room: room('dev'), who: who('bob') },
    );
    expect(cat.read()).toMatchObject([
      { kind: 'refused', reason: 'room-not-found' },
      { kind: 'members', room: null, of: 'dev', users: [], last: true },
      { kind: 'refused', reason: 'room-not-found' },
    ]);
    bob.send('JOIN dev\n');
    expect(bob.read()).toBe('OK\n');
  });

  it('the modes of a room protect its topic until that is ended', () => {
    const world = new World();
    const [ann, bob, cat] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev'), world.login('cat')];
    cat.send('JOIN dev\nTOPIC mine\n');
    expect(cat.read()).toBe('OK\nERR not-permitted\n');
    ann.send(topic('dev', 'ours'), mode('dev', flag('protected-topic', false)));
    cat.send('TOPIC mine\n');
    expect(cat.read()).toBe('OK\n');
    const topics = bob.readOnly('notice').map(({ notice, by }) => [notice.kind, by.name]);
    expect(topics).toEqual([
      ['topic-set', 'ann'],
      ['topic-set', 'cat'],
    ]);
  });

  it('the modes of a room have a key, which is LOCK for all dialects and shown to members alone', async () => {
    const world = new World();
    const [ann, bob, cat] = [roam(world, 'ann', 'dev'), world.login('bob'), roam(world, 'cat', 'dev')];
    cat.read();
    ann.send(
      mode(
        'dev',
        { kind: 'key', key: 'first', keyHash: null },
        { kind: 'key', key: 'our-key', keyHash: null },
      ),
    );
    await world.hashed();
    expect(cat.readOnly('moded')).toMatchObject([{ changes: [{ kind: 'key', key: 'our-key' }] }]);
    bob.send('JOIN dev\n');
    expect(bob.read()).toBe('ERR room-locked\n');
    expect(await bob.ask('JOIN dev our-key\n')).toBe('OK\n');
    cat.send({ kind: 'modes', room: room('dev'), list: null });
    expect(cat.readOnly('report')).toMatchObject([{ report: { hasKey: true, key: 'our-key' } }]);
    ann.send(
      mode('dev', { kind: 'key', key: null, keyHash: null }, { kind: 'key', key: null, keyHash: null }),
    );
    expect(cat.readOnly('moded')).toMatchObject([{ changes: [{ kind: 'key', key: null }] }]);
    bob.send('LEAVE\nJOIN dev\n');
    expect(bob.lines()).toContain('OK');
  });

  it('the modes of a room that cannot be stored are not changed and not shown', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev')];
    for (const peer of [ann, bob]) peer.read();
    history.broken = true;
    ann.send(mode('dev', flag('secret'), op('bob')), say('dev', 'hi'));
    expect(ann.readOnly('refused').map(({ reason, command }) => [reason, command])).toEqual([
      ['not-stored', 'mode'],
      ['not-stored', 'say'],
    ]);
    expect(bob.read()).toEqual([]);
    history.broken = false;
    bob.send(mode('dev', flag('moderated')));
    expect(reasons(bob)).toEqual(['not-permitted']);
  });

  it('the lists of masks of a room hold a hundred entries', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'dev');
    ann.send(mode('dev', ...Array.from({ length: 101 }, (_, number) => ban(`n${number}`))));
    expect(ann.readOnly('refused', 'moded')).toMatchObject([
      { kind: 'refused', reason: 'mask-list-full', detail: { about: 'n100!*@*' } },
      { kind: 'moded' },
    ]);
    ann.send({ kind: 'modes', room: room('dev'), list: 'bans' });
    const [report] = ann.readOnly('report');
    expect(report?.report.kind === 'masks' && report.report.entries).toHaveLength(100);
  });
});

describe('an invitation', () => {
  it('an invitation passes a ban, a limit and the need of one once, but no key', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob')];
    const invite: ParsedLine = { kind: 'invite', room: room('dev'), who: who('bob') };
    ann.send(mode('dev', flag('invite-only'), ban('bob'), { kind: 'limit', limit: 1 }), invite);
    expect(bob.readOnly('invited')).toMatchObject([{ by: { name: 'ann' }, to: 'bob', room: 'dev' }]);
    bob.send({ kind: 'invitations' });
    expect(bob.readOnly('report')).toMatchObject([{ report: { kind: 'invitations', rooms: ['dev'] } }]);
    bob.send(join('dev'), part('dev'), join('dev'));
    expect(bob.readOnly('entered', 'refused')).toMatchObject([
      { kind: 'entered' },
      { kind: 'refused', reason: 'room-banned' },
    ]);
  });

  it('an invitation into a closed room is for operators of the room to give, and for members into an open one', () => {
    const world = new World();
    const [ann, bob, cat] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev'), roam(world, 'cat')];
    const invite: ParsedLine = { kind: 'invite', room: room('dev'), who: who('cat') };
    cat.send(invite);
    expect(reasons(cat)).toEqual(['not-in-room']);
    bob.send(invite, { ...invite, who: who('ann') } as ParsedLine);
    expect(reasons(bob)).toEqual(['already-in-room']);
    ann.send(mode('dev', flag('invite-only')));
    bob.send(invite);
    expect(reasons(bob)).toEqual(['not-permitted']);
  });

  it('an invitation of a user of lines is shown to a person', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const kim = world.connect();
    world.wait(2016);
    kim.send('LOGIN kim\n');
    kim.read();
    const [ann, bob] = [roam(world, 'ann', 'dev'), world.login('bob')];
    kim.read();
    for (const name of ['kim', 'bob']) ann.send({ kind: 'invite', room: room('dev'), who: who(name) });
    expect(kim.read()).toBe('INFO you are invited to dev by ann: JOIN dev\n');
    expect(bob.read()).toBe('');
  });
});

describe('a member who is put out', () => {
  it('a member who is put out is in one room less, and all members see by whom and why', () => {
    const world = new World();
    const [ann, bob, cat] = [
      roam(world, 'ann', 'dev'),
      roam(world, 'bob', 'ops', 'dev'),
      roam(world, 'cat', 'dev'),
    ];
    for (const peer of [ann, bob, cat]) peer.read();
    ann.send(putOut('dev', 'bob', 'spam'));
    expect(bob.readOnly('put-out')).toMatchObject([{ room: 'dev', by: { name: 'ann' }, reason: 'spam' }]);
    for (const peer of [ann, cat])
      expect(peer.readOnly('left')).toMatchObject([{ name: 'bob', forced: { name: 'ann' }, reason: 'spam' }]);
    expect(bob.peer.client?.rooms.map(({ name }) => name.shown)).toEqual(['ops']);
  });

  it('LEAVE goes back to the lobby, whatever its modes', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await roamOwner(world, 'opal', 'lobby');
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    bob.read();
    opal.send(mode('lobby', flag('invite-only')));
    bob.send('LEAVE\nJOIN dev\nJOIN lobby\n');
    expect(bob.read()).toBe('OK\nOK\nOK\n');
    const ann = roam(world, 'ann', 'dev');
    ann.send(join('lobby'));
    expect(reasons(ann)).toEqual(['room-invite-only']);
  });

  it('a member of lines who is put out is in the lobby', () => {
    const world = new World();
    const [ann, dan, bob] = [roam(world, 'ann', 'dev'), world.login('dan'), world.login('bob')];
    const eve = world.login('eve');
    for (const peer of [bob, eve]) peer.send('JOIN dev\n');
    for (const peer of [dan, bob, eve]) peer.read();
    ann.send(putOut('dev', 'bob', 'spam'));
    expect(bob.read()).toBe('INFO put out of dev by ann: spam\n');
    expect(eve.read()).toBe('INFO bob left dev\n');
    expect(dan.read()).toBe('INFO bob joined lobby\n');
    bob.send('MSG hi\n');
    expect(dan.read()).toBe('MSG bob hi\n');
  });

  it('a member of lines who is put out of the lobby is in it again', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await roamOwner(world, 'opal', 'lobby');
    const [bob, dan] = [world.login('bob'), world.login('dan')];
    for (const peer of [bob, dan]) peer.read();
    opal.send(putOut('lobby', 'bob', 'spam'));
    expect(bob.read()).toBe('INFO put out of lobby by opal: spam\n');
    expect(dan.read()).toBe('INFO bob left lobby\nINFO bob joined lobby\n');
    dan.send('MSG still here?\n');
    expect(bob.read()).toBe('MSG dan still here?\n');
  });

  it('a member of machat who is put out is disconnected', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'dev');
    const mina = world.connect('10.0.0.4', machat.converse);
    mina.send('{"name": "Mina", "room": "dev"}\n');
    mina.read();
    ann.send(putOut('dev', 'mina', 'spam'));
    expect(mina.read()).toBe('* kicked\n');
    expect(mina.closed).toBe(true);
  });

  it('a member is put out by operators of the room alone, and nobody who is not in it', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev'), world.login('cat')];
    bob.send(putOut('dev', 'ann'));
    expect(reasons(bob)).toEqual(['not-permitted']);
    ann.send(putOut('dev', 'cat'), putOut('dev', 'nobody'), putOut('ops', 'bob'));
    expect(reasons(ann)).toEqual(['user-not-in-room', 'user-not-found', 'room-not-found']);
  });
});

describe('a list of members', () => {
  it('a list of members has all that is shown of them', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann', 'dev'), world.login('bob')];
    bob.send('JOIN dev\nAWAY lunch\n');
    ann.read();
    ann.send({ kind: 'members', room: room('dev'), style: 'who %cn' });
    expect(ann.read()).toMatchObject([
      {
        kind: 'members',
        room: { name: 'dev', isSecret: false },
        style: 'who %cn',
        users: [
          { who: { name: 'ann', user: 'me' }, status: { op: true, voice: false }, isAway: false },
          { who: { name: 'bob', user: 'lines' }, status: { op: false }, isAway: true, address: null },
        ],
        first: true,
        last: true,
      },
    ]);
  });

  it('a list of users has those that a mask matches, and invisible ones for those who share a room', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'dev');
    const bob = new RoamingPeer(world);
    bob.send(login('bob', { isInvisible: true, rooms: [room('dev')] }));
    const cat = roam(world, 'cat');
    const names = (peer: RoamingPeer, mask: string) => {
      peer.send({ kind: 'users', mask: { shown: mask, fold: mask }, style: '', operatorsOnly: false });
      return peer.readOnly('members').flatMap(({ users }) => users.map(({ who: user }) => user.name));
    };
    expect(names(ann, '*')).toEqual(['ann', 'bob', 'cat']);
    expect(names(cat, '*')).toEqual(['ann', 'cat']);
    expect(names(cat, 'bob')).toEqual(['bob']);
    expect(names(ann, '*my*')).toEqual(['ann', 'bob', 'cat']);
    expect(names(ann, 'nobody')).toEqual([]);
  });

  it('a list of members follows the entry of a roamer who wants it, after the topic', () => {
    const world = new World();
    const ann = roam(world, 'ann', 'dev');
    ann.send(topic('dev', 'ours'));
    const bob = new RoamingPeer(world);
    bob.send(login('bob', { style: 'names' }), join('dev'));
    expect(bob.read().map(({ kind }) => kind)).toEqual(['logged-in', 'entered', 'report', 'members']);
  });
});

function fail(): never {
  throw new Error('no client');
}
