/** What was checked before a proposal is checked again when it settles: other entries may have come in between. */
import { describe, expect, it } from 'vitest';
import { machat } from '../../dialects/speakers.js';
import { type Peer, World } from '../../support/world.js';

/** Fay founded `dev` and is in it; opal is an operator. */
async function newWorld(): Promise<{ world: World; fay: Peer; opal: Peer }> {
  const world = new World({ settlesLater: true });
  world.register('fay', 'opal', 'reg');
  world.accounts.users.setOperator('opal', true);
  const fay = await world.loginOwner('fay');
  await fay.ask('JOIN dev\n');
  const opal = await world.loginOwner('opal');
  return { world, fay, opal };
}

/** Lets the peers send while nothing settles, then settles all of it in the order of their input. */
async function atOnce(world: World, ...inputs: readonly (readonly [Peer, string])[]): Promise<void> {
  world.hold();
  for (const [peer, text] of inputs) {
    peer.send(text);
    await world.hashed();
  }
  for (const [peer] of inputs) expect(peer.read()).toBe('');
  world.release();
}

describe('an entry that settles after another one', () => {
  it('a JOIN is refused if the room was locked before it', async () => {
    const { world, fay } = await newWorld();
    const ann = world.login('ann');
    await atOnce(world, [fay, 'LOCK our-key\n'], [ann, 'JOIN dev\n']);
    expect(ann.read()).toBe('ERR room-locked\n');
    expect(await ann.ask('WHO\n')).toContain('ann');
  });

  it('a JOIN with the former key of a room is refused', async () => {
    const { world, fay } = await newWorld();
    const ann = world.login('ann');
    await fay.ask('LOCK our-key\n');
    await atOnce(world, [fay, 'LOCK other-key\n'], [ann, 'JOIN dev our-key\n']);
    expect(ann.read()).toBe('ERR room-locked\n');
  });

  it('a LOGIN into a room that was locked before it is refused', async () => {
    const { world, fay } = await newWorld();
    world.hold();
    await fay.ask('LOCK our-key\n');
    const ann = world.connect('10.0.0.9', machat.converse);
    ann.send(machat.enter('ann', 'dev'));
    world.release();
    expect(ann.read()).toMatch(/locked/);
    expect(ann.closed).toBe(true);
  });

  it('a message of a user who was muted before it is refused', async () => {
    const { world, opal } = await newWorld();
    const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
    bob.read();
    await atOnce(world, [opal, 'MUTE ann 5\n'], [ann, 'MSG one\n']);
    expect(ann.read()).toBe('ERR not-permitted\n');
    expect(bob.read()).not.toContain('one');
  });

  it('a direct message of a user who was muted before it is refused', async () => {
    const { world, opal } = await newWorld();
    const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
    bob.read();
    await atOnce(world, [opal, 'MUTE ann 5\n'], [ann, 'DM bob one\n']);
    expect(ann.read()).toBe('ERR not-permitted\n');
    expect(bob.read()).not.toContain('one');
  });

  it('a LOGIN with a password that was changed before it is refused', async () => {
    const { world, fay } = await newWorld();
    const other = world.connect();
    await atOnce(world, [fay, 'PASSWORD fay-password new-password\n'], [other, 'LOGIN fay fay-password\n']);
    expect(other.read()).toBe('ERR wrong-password\n');
    expect(fay.closed).toBe(false);
  });

  it('a LOGIN with a token that was revoked before it is refused', async () => {
    const { world } = await newWorld();
    const { users } = world.accounts;
    const token = users.createToken('reg', 0, null);
    const reg = world.connect();
    world.hold();
    reg.send(`LOGIN reg ${token}\n`);
    users.revokeTokens('reg');
    world.release();
    expect(reg.read()).toBe('ERR wrong-password\n');
  });

  it.each(['BAN ann', 'BAN 10.0.0.9 FORCE'])('a LOGIN after %s is refused', async (ban) => {
    const { world, opal } = await newWorld();
    const ann = world.connect('10.0.0.9');
    await atOnce(world, [opal, `${ban}\n`], [ann, 'LOGIN ann\n']);
    expect(ann.read()).toMatch(/^ERR banned\n/);
    expect(ann.closed).toBe(true);
  });

  it('of two logins with one name the first one has it', async () => {
    const { world } = await newWorld();
    const [one, two] = [world.connect(), world.connect()];
    await atOnce(world, [one, 'LOGIN ann\n'], [two, 'LOGIN Ann\n']);
    expect(one.read()).toMatch(/^OK\n/);
    expect(two.read()).toBe('ERR username-taken\n');
    expect(world.hub.userCount).toBe(3);
  });

  it('a LOGIN without a password of a name that was registered before it is refused', async () => {
    const { world } = await newWorld();
    const ann = world.connect();
    world.hold();
    ann.send('LOGIN ann\n');
    world.register('ann');
    world.release();
    expect(ann.read()).toBe('ERR password-required\n');
  });

  it('a command of an operator that is none any more is refused', async () => {
    const { world, opal } = await newWorld();
    const ann = world.login('ann');
    world.hold();
    opal.send('KICK ann\n');
    world.accounts.users.setOperator('opal', false);
    world.release();
    expect(opal.read()).toContain('ERR not-permitted\n');
    expect(ann.closed).toBe(false);
  });

  it('a user whom two operators kick at once is kicked once', async () => {
    const { world, fay, opal } = await newWorld();
    world.accounts.users.setOperator('fay', true);
    const ann = world.login('ann');
    opal.read();
    fay.read();
    await atOnce(world, [opal, 'KICK ann one\n'], [fay, 'KICK ann two\n']);
    expect(ann.read()).toBe('INFO disconnected: kicked by opal: one\n');
    expect(fay.read()).toContain('ERR user-not-found\n');
  });

  it('a REGISTER of a name that another program has registered is refused, and its password stays', async () => {
    const { world } = await newWorld();
    const ann = world.login('ann');
    world.register('ann');
    expect(await ann.ask('REGISTER my-own-password\n')).toBe('ERR username-taken\n');
    expect(await world.connect().ask('LOGIN ann ann-password\n')).toMatch(/^OK\n/);
  });

  it('a PASSWORD or UNREGISTER with a password that was changed before it is refused', async () => {
    const { world, fay } = await newWorld();
    world.hold();
    await fay.ask('UNREGISTER fay-password\n');
    world.accounts.users.changePassword('fay', 'other hash');
    world.release();
    expect(fay.read()).toBe('ERR wrong-password\n');
  });
});

describe('shared state changes when an entry settles, and not before', () => {
  it('stored messages that were handed over are removed, and sent again if the server stops before that', async () => {
    const { world, fay } = await newWorld();
    await fay.ask('DM reg hello\n');
    const reg = await world.loginOwner('reg');
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
    reg.send('QUIT\n');
    await fay.ask('DM reg again\n');
    const other = world.connect();
    other.send('LOGIN reg reg-password\n');
    await world.hasher.finish();
    // The login settles, its reply is written, and the removal is proposed.
    for (let pass = 0; pass < 10 && !other.read().includes('again'); pass++) world.pass();
    world.hold();
    expect(world.accounts.offline.waitingFor('reg')).toHaveLength(1);
    world.release();
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
  });

  it('a session that another program has banned ends', async () => {
    const { world } = await newWorld();
    const ann = world.login('ann');
    world.accounts.bans.add({
      kind: 'banned-name',
      target: 'ann',
      shown: 'ann',
      until: Number.POSITIVE_INFINITY,
      by: 'command line',
      reason: '',
    });
    world.hold();
    world.hub.banChanged('ann', world.clock.now());
    world.settle();
    expect(ann.closed).toBe(false);
    world.release();
    expect(ann.closed).toBe(true);
  });

  it('rooms pass on to another founder', async () => {
    const { world } = await newWorld();
    const reg = await world.loginOwner('reg');
    await reg.ask('JOIN dev\n');
    const room = world.accounts.rooms.room('dev');
    expect(room?.founder).toBe('fay');
    world.accounts.users.unregister('fay');
    world.hold();
    world.hub.accountChanged('fay', true, world.clock.now(), room === undefined ? [] : [room.name]);
    world.settle();
    expect(world.accounts.rooms.room('dev')?.founder).toBe(null);
    world.release();
    expect(world.accounts.rooms.room('dev')?.founder).toBe('reg');
  });

  it('the read marker of a session that was kicked is the last message that reached its client', async () => {
    const { world, opal } = await newWorld();
    const reg = await world.loginOwner('reg');
    const ann = world.login('ann');
    ann.send('MSG one\n');
    reg.stopReading();
    ann.send('MSG two\n');
    ann.send('MSG three\n');
    const before = world.accounts.offline.readMarker('reg');
    opal.send('KICK reg\n');
    expect(before).toMatchObject({ isHere: true });
    expect(world.accounts.offline.readMarker('reg')).toMatchObject({ isHere: false, id: 1 });
  });
});
