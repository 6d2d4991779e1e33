/** Stored rooms: founders, locks and topics. A locked room looks absent to clients outside of it. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { passwordOf, type Peer, World } from '../../support/world.js';
import { gotalk, lines, machat, login } from '../../dialects/speakers.js';

/** A world with the locked room `dev`: fay founded it and is in it, and its key is `our-key`. */
async function worldWithLockedRoom(): Promise<{ world: World; fay: Peer }> {
  const world = new World();
  world.register('fay');
  const fay = await world.loginOwner('fay');
  expect(await fay.ask('JOIN Dev\nMSG secret plans\nLOCK our-key\n')).toBe('OK\nOK\n');
  return { world, fay };
}

describe('a founder', () => {
  it('a registered user who enters a new room founds it permanently', async () => {
    const world = new World();
    world.register('fay', 'late');
    const fay = await world.loginOwner('fay');
    const late = await world.loginOwner('late');
    await fay.ask('JOIN dev\n');
    await late.ask('JOIN dev\n');
    expect(await late.ask('TOPIC mine\n')).toBe('ERR not-permitted\n');
    expect(await fay.ask('TOPIC ours\n')).toContain('OK\n');
    for (const peer of [fay, late]) peer.send('LEAVE\n');
    await late.ask('JOIN dev\n');
    expect(await late.ask('TOPIC mine\n')).toContain('ERR not-permitted\n');
  });

  it('a registered user does not found a room that has members or messages', async () => {
    const world = new World();
    world.register('late');
    const [guest, other] = world.logins('guest', 'other');
    guest?.send('JOIN dev\n');
    other?.send('JOIN old\nMSG here first\nLEAVE\n');
    const late = await world.loginOwner('late');
    expect(await late.ask('JOIN dev\nTOPIC mine\n')).toBe('OK\nERR not-permitted\n');
    expect(await late.ask('JOIN old\nTOPIC mine\n')).toBe('OK\nERR not-permitted\n');
    expect(await guest?.ask('REGISTER correct-horse\nMSG one\n')).toContain('OK\n');
  });

  it('messages that the cluster has forgotten do not count, though this server has not deleted them yet', async () => {
    const world = new World();
    world.register('late');
    const other = world.login('other');
    other.send('JOIN old\nMSG here first\nLEAVE\n');
    const late = await world.loginOwner('late');
    const at = world.clock.now();
    world.hub.forgetMessages(at);
    expect(await late.ask('JOIN old\nTOPIC mine\n')).toBe('OK\nERR not-permitted\n');
    await late.ask('LEAVE\n');
    world.hub.forgetMessages(at + 1);
    expect(await late.ask('JOIN old\nTOPIC mine\n')).toBe('OK\nOK\n');
  });

  it('a user with others or with messages in the room does not found it by REGISTER', async () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('JOIN dev\n');
    ann?.read();
    expect(await ann?.ask('JOIN dev\nREGISTER correct-horse\nTOPIC mine\n')).toBe(
      'OK\nOK\nERR not-permitted\n',
    );
    const eve = world.login('eve');
    expect(await eve.ask('JOIN own\nMSG hi\nREGISTER correct-horse\nTOPIC mine\n')).toBe(
      'OK\nOK\nERR not-permitted\n',
    );
  });

  it('an operator gives a room without a founder one, who must be in it and registered', async () => {
    const world = new World();
    world.register('opal', 'reg');
    world.accounts.users.setOperator('opal', true);
    const guest = world.login('guest');
    guest.send('JOIN dev\nMSG hi\n');
    const reg = await world.loginOwner('reg');
    const opal = await world.loginOwner('opal');
    expect(await opal.ask('JOIN dev\nFOUND reg\nFOUND guest\n')).toBe(
      'OK\nERR user-not-found\nERR not-registered\n',
    );
    await reg.ask('JOIN dev\n');
    opal.read();
    expect(await opal.ask('FOUND reg\nFOUND opal\n')).toBe('OK\nERR not-permitted\n');
    expect(await reg.ask('TOPIC ours\n')).toBe('OK\n');
  });

  it('FOUND is not permitted in the lobby and in a room with a founder, whatever user it names', async () => {
    const world = new World();
    world.register('opal', 'fay');
    world.accounts.users.setOperator('opal', true);
    world.login('guest');
    const fay = await world.loginOwner('fay');
    const opal = await world.loginOwner('opal');
    const denied = 'ERR not-permitted\n'.repeat(3);
    expect(await opal.ask('FOUND guest\nFOUND fay\nFOUND absent\n')).toBe(denied);
    await fay.ask('JOIN dev\n');
    await opal.ask('JOIN dev\n');
    expect(await opal.ask('FOUND guest\nFOUND fay\nFOUND absent\n')).toBe(denied);
  });

  it.each([
    ['lines', lines, 'LOGIN opal opal-password\nJOIN dev\n', 'FOUND guest\n', 'REGISTER'],
    ['gotalk', gotalk, 'opal\nopal-password\n/join dev\n', '/found guest\n', '/register'],
  ])(
    'the refusal to make an unregistered user the founder says that this user is not registered, in %s',
    async (_, { converse }, enter, found, register) => {
      const world = new World({ greetingDelayMs: 2000 });
      world.register('opal');
      world.accounts.users.setOperator('opal', true);
      world.login('guest').send('JOIN dev\nMSG hi\n');
      const opal = world.connect('10.0.0.1', converse);
      world.wait(2100);
      await opal.ask(enter);
      expect(await opal.ask(found)).toContain(
        `guest must be registered to be a founder; ask guest to type ${register} <password>\n`,
      );
    },
  );

  it('a room of a founder who unregisters passes to its longest present registered member', async () => {
    const world = new World();
    world.register('fay', 'reg', 'late');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nLOCK our-key\n');
    for (const name of ['reg', 'late']) await (await world.loginOwner(name)).ask('JOIN dev our-key\n');
    await fay.ask('UNREGISTER fay-password\n');
    expect(world.accounts.rooms.room('dev')).toMatchObject({ founder: 'reg' });
    expect(world.accounts.rooms.room('dev')?.keyHash).not.toBeNull();
  });

  it('a locked room of a founder who unregisters is unlocked when no member is registered', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nLOCK our-key\nUNREGISTER fay-password\n');
    expect(world.accounts.rooms.room('dev')).toMatchObject({ founder: null, keyHash: null });
  });

  it.each([
    ['unregisters', 'UNREGISTER fay-password'],
    ['logs in to another account', `NICK other ${passwordOf('other')}`],
  ])('a founder who %s may no longer change the room, or delete messages in it', async (_, command) => {
    const world = new World();
    world.register('fay', 'other');
    const fay = await world.loginOwner('fay');
    const bob = world.login('bob');
    expect(await fay.ask('JOIN dev\nTOPIC mine\n')).toBe('OK\nOK\n');
    bob.send('JOIN dev\nMSG of bob\n');
    fay.read();
    expect(await fay.ask(`${command}\n`)).toBe('OK\n');
    const [message] = world.history.read('dev', { after: 0, before: Infinity, limit: 1, keep: 'newest' });
    expect(await fay.ask(`TOPIC x\nLOCK k\nUNLOCK\nDELETE ${message?.id}\n`)).toBe(
      'ERR not-permitted\n'.repeat(4),
    );
  });

  it('a founder who unregisters leaves the room to its heir', async () => {
    const world = new World();
    world.register('fay', 'reg');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const reg = await world.loginOwner('reg');
    await reg.ask('JOIN dev\n');
    await fay.ask('UNREGISTER fay-password\n');
    expect(await fay.ask('TOPIC x\n')).toBe('ERR not-permitted\n');
    expect(await reg.ask('TOPIC y\n')).toBe('OK\n');
  });

  it('an UNREGISTER or a REGISTER that cannot be stored changes no rights', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('fay', 'reg');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nMSG hi\n');
    const reg = await world.loginOwner('reg');
    await reg.ask('JOIN dev\n');
    const guest = world.login('guest');
    guest.send('JOIN own\n');
    history.broken = true;
    expect(await fay.ask('UNREGISTER fay-password\n')).toContain('ERR not-stored\n');
    expect(await guest.ask('REGISTER correct-horse\n')).toContain('ERR not-stored\n');
    history.broken = false;
    fay.read();
    expect(await fay.ask('TOPIC x\n')).toBe('OK\n');
    expect(await reg.ask('TOPIC y\n')).toContain('ERR not-permitted\n');
    expect(await guest.ask('TOPIC z\n')).toBe('ERR not-permitted\n');
  });

  it('a founder who is muted cannot set the topic', async () => {
    const { world, fay } = await worldWithLockedRoom();
    if (fay.client !== null) fay.client.mutedUntil = Number.POSITIVE_INFINITY;
    expect(await fay.ask('TOPIC hi\nUNLOCK\n')).toBe('ERR not-permitted\nOK\n');
    expect(world.accounts.rooms.room('dev')?.topic).toBeNull();
  });

  it('an interactive member is told of a topic, a lock and an unlock; a program is not', async () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const script = world.login('script');
    const person = world.connect();
    world.wait(2000);
    person.send('LOGIN kim\n');
    for (const peer of [script, person]) {
      peer.send('JOIN dev\n');
      peer.read();
    }
    person.read();
    script.read();
    await fay.ask('TOPIC release\nLOCK our-key\nUNLOCK\n');
    expect(person.lines()).toEqual([
      'INFO fay set the topic of dev: release',
      'INFO fay locked dev',
      'INFO fay unlocked dev',
    ]);
    expect(script.read()).toBe('');
  });

  it('a member of a room without a founder becomes the founder by REGISTER', async () => {
    const world = new World();
    const fay = world.login('fay');
    expect(await fay.ask('JOIN dev\nTOPIC no\nREGISTER correct-horse\nTOPIC yes\n')).toBe(
      'OK\nERR not-permitted\nOK\nOK\n',
    );
  });

  it('a registered user that logs in straight into a room becomes its founder, too', async () => {
    const world = new World();
    world.register('mina', 'fay');
    const mina = world.connect('10.0.0.2', machat.converse);
    await mina.ask('{"name":"mina","room":"dev","password":"mina-password"}');
    const fay = await world.loginOwner('fay');
    expect(await fay.ask('JOIN dev\nTOPIC mine\n')).toBe('OK\nERR not-permitted\n');
  });

  it('the lobby has no founder, so even an operator cannot change it', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    expect(await opal.ask('LOCK our-key\nUNLOCK\nTOPIC hi\n')).toBe('ERR not-permitted\n'.repeat(3));
  });
});

describe('a locked room', () => {
  it('a locked room can be entered with its key only', async () => {
    const { world } = await worldWithLockedRoom();
    const bob = world.login('bob');
    expect(await bob.ask('JOIN dev\nJOIN dev other-key\nMSG still in the lobby\nWHO lobby\n')).toBe(
      'ERR room-locked\nERR room-locked\nUSER bob\n',
    );
    expect(await bob.ask('JOIN DEV our-key\nHISTORY\n')).toMatch(/^OK\nHIST \d+ \S+ fay secret plans\nOK\n$/);
  });

  it('a locked room is not shown to clients outside in ROOMS, WHO and suggestions', async () => {
    const { world } = await worldWithLockedRoom();
    const bob = world.connect();
    world.wait(2000);
    bob.send('LOGIN bob\n');
    bob.read();
    expect(await bob.ask('ROOMS\nWHO dev\n')).toBe('ROOM lobby 1\nOK\nERR room-not-found\n');
    const interactive = new World({ greetingDelayMs: 1 });
    interactive.register('fay');
    const fay = await interactive.loginOwner('fay');
    await fay.ask('JOIN dev\nLOCK our-key\n');
    const person = interactive.connect();
    interactive.wait(20);
    person.send('LOGIN bob\nWHO dve\n');
    expect(person.read()).not.toContain('did you mean');
    await fay.ask('UNLOCK\n');
    person.send('WHO dve\n');
    expect(person.read()).toContain('did you mean dev?');
  });

  it('a locked room is shown to its members and to operators, without a key', async () => {
    const { world, fay } = await worldWithLockedRoom();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    expect(await fay.ask('ROOMS\nWHO dev\nJOIN dev\n')).toBe('ROOM lobby 0\nROOM Dev 1\nOK\nUSER fay\nOK\n');
    const opal = await world.loginOwner('opal');
    expect(await opal.ask('ROOMS\nWHO dev\nJOIN dev\n')).toBe('ROOM lobby 1\nROOM Dev 1\nOK\nUSER fay\nOK\n');
  });

  it('a locked room stays locked while it is empty, also for its founder', async () => {
    const { world, fay } = await worldWithLockedRoom();
    fay.send('LEAVE\n');
    expect(await fay.ask('JOIN dev\nJOIN dev our-key\n')).toMatch(/ERR room-locked\nOK\n$/);
    expect(await fay.ask('UNLOCK\n')).toBe('OK\n');
    expect(await world.login('bob').ask('JOIN dev\n')).toBe('OK\n');
  });

  it('a new key of a locked room is valid at once, and members stay', async () => {
    const { world, fay } = await worldWithLockedRoom();
    const bob = world.login('bob');
    await bob.ask('JOIN dev our-key\n');
    const cat = world.login('cat');
    fay.say('LOCK new-key\n');
    cat.say('JOIN dev our-key\n');
    await world.hashed();
    expect(cat.read()).toBe('ERR room-locked\n');
    expect(await world.login('dan').ask('JOIN dev our-key\nJOIN dev new-key\n')).toBe(
      'ERR room-locked\nOK\n',
    );
    expect(await bob.ask('MSG here\nPING\n')).toContain('PONG\n');
  });

  it('a login into a locked room is refused, except for an operator', async () => {
    const { world } = await worldWithLockedRoom();
    const mina = world.connect('10.0.0.2', machat.converse);
    expect(await mina.ask('{"name":"mina","room":"dev"}')).toBe('* room-locked\n');
    expect(mina.closed).toBe(true);
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = world.connect('10.0.0.3', machat.converse);
    expect(await opal.ask('{"name":"opal","room":"dev","password":"opal-password"}hi\n')).toBe('opal:hi\n');
  });

  it('a gotalk user can enter a locked room with its key', async () => {
    const { world, fay } = await worldWithLockedRoom();
    const gus = login(world, gotalk, 'gus');
    const system = (text: string) => `[2026-03-01 12:00:00][system]: ${text}\n`;
    expect(await gus.ask('/join dev\n')).toBe(system('the room is locked; with its key: /join dev <key>'));
    await fay.ask('TOPIC release on friday\n');
    expect(await gus.ask('/join dev our-key\n')).toBe(
      system('you are in Dev') +
        system('the topic of Dev: release on friday') +
        '[2026-03-01 12:00:00][fay]: secret plans\n',
    );
    expect(await gus.ask('/lock mine\n')).toBe(
      system('permission denied: only the founder can; /register, then be first to /join a room'),
    );
  });

  it.each([
    ['LOCK', 'ERR usage: LOCK <key>'],
    ['LOCK two words', 'ERR usage: LOCK <key>'],
  ])('the command %j about registered rooms is answered %j', async (line, answer) => {
    const { fay } = await worldWithLockedRoom();
    expect(await fay.ask(`${line}\n`)).toBe(`${answer}\n`);
  });

  it('a lock or topic that cannot be stored is refused and has no effect, and no member is told of it', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('fay');
    const fay = await world.loginOwner('fay');
    const bob = world.login('bob');
    await fay.ask('JOIN dev\n');
    await bob.ask('JOIN dev\n');
    fay.read();
    history.broken = true;
    expect(await fay.ask('LOCK our-key\nTOPIC ours\n')).toBe('ERR not-stored\nERR not-stored\n');
    expect(bob.read()).toBe('');
    history.broken = false;
    expect(await bob.ask('TOPIC\n')).toBe('INFO dev has no topic\nOK\n');
    expect(await world.login('cat').ask('JOIN dev\n')).toBe('OK\n');
    expect(world.seen.filter(({ event }) => event.kind === 'done')).toEqual([]);
  });

  it('wrong keys of a room delay the next attempt, without ending the session', async () => {
    const { world } = await worldWithLockedRoom();
    const bob = world.connect('10.0.0.66');
    bob.send('LOGIN bob\n');
    bob.read();
    expect(await bob.ask('JOIN dev one\nJOIN dev two\nJOIN dev three\n')).toBe('ERR room-locked\n'.repeat(2));
    world.wait(500);
    expect(await bob.ask('')).toBe('ERR room-locked\n');
    expect(bob.closed).toBe(false);
  });
});

describe('a topic', () => {
  it('the topic is shown to an interactive client that joins, and not to a script', async () => {
    const world = new World({ greetingDelayMs: 1 });
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nTOPIC release  on friday\n');
    const person = world.connect();
    world.wait(20);
    person.send('LOGIN bob\n');
    person.read();
    person.send('JOIN dev\n');
    expect(person.lines()).toEqual([
      'OK',
      'INFO you are in dev with fay; to talk: MSG <text>',
      'INFO the topic of dev: release  on friday',
    ]);
    expect(await world.login('script').ask('JOIN dev\n')).toBe('OK\n');
  });
});
