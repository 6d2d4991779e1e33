/** Deletion of direct messages: whose they are, for how long, and where DELETE looks for them. */
import { describe, expect, it } from 'vitest';
import { cleanText, parseUserName } from '../../../src/core/text/text.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { World } from '../../support/world.js';

const POSTER = { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' };
const DENIED = 'ERR not-permitted\n';

describe('DELETE of a direct message', () => {
  it.each([{}, { storesLater: true }, { settlesLater: true }])(
    'is for its author, right behind it too, in a world with %o',
    (options) => {
      const world = new World(options);
      const [ann, bob] = [world.login('ann'), world.login('bob')];
      bob.send('TAGS ON\n');
      bob.read();
      ann.send('DM bob oops\nDELETE 1\nDM bob kept\nDELETE 1\n');
      expect(ann.read()).toBe(`OK\n${DENIED}`);
      expect(bob.lines().map((line) => line.replace(/^@\S+ /, ''))).toEqual([
        'DM ann oops',
        'INFO ann deleted 1',
        'DM ann kept',
      ]);
      bob.send('DELETE 2\n');
      expect(bob.read()).toBe(DENIED);
    },
  );

  it('is done once, where two sessions of its author ask for it at the same time', async () => {
    const world = new World({ settlesLater: true });
    world.register('ann');
    const phone = await world.loginOwner('ann');
    await phone.ask('NICK ann-phone\n');
    const [ann, bob] = [await world.loginOwner('ann'), world.login('bob')];
    bob.send('TAGS ON\n');
    ann.send('DM bob oops\n');
    for (const peer of [ann, bob, phone]) peer.read();
    world.hold();
    for (const peer of [ann, phone]) peer.send('DELETE 1\n');
    world.release();
    expect([ann.read(), phone.read()]).toEqual(['OK\n', DENIED]);
    expect(bob.lines()).toHaveLength(1);
  });

  it('is not meant where a room is named', () => {
    const world = new World();
    const [ann] = world.logins('ann', 'bob');
    ann?.send('TAGS ON\nDM bob hi\n');
    ann?.read();
    ann?.send('@label=1;room=lobby DELETE 1\n@label=2 DELETE 1\n');
    expect(ann?.read()).toBe('@label=1 ERR not-permitted\n@label=2 OK\n');
  });

  it('cannot be repeated by the id 0', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('TAGS ON\n');
    ann?.send('DM bob oops\nDELETE 1\n');
    for (const client of [ann, bob]) client?.read();
    ann?.send('DELETE 0 again\n');
    expect(ann?.read()).toMatch(/^ERR usage/);
    expect(bob?.read()).toBe('');
  });

  it('is possible for the last 1,000 of the server', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    for (let count = 0; count < 1001; count++) ann?.send('DM bob hi\n');
    bob?.read();
    ann?.send('DELETE 1\nDELETE 2\nDELETE 1001\n');
    expect(ann?.read()).toBe(`${DENIED}OK\nOK\n`);
  });

  it('that is stored for later is for its account, however long ago it was sent', async () => {
    const world = new World();
    world.register('ann', 'reg');
    const ann = await world.loginOwner('ann');
    await ann.ask('DM reg one\nDM reg two\nQUIT\n');
    const [eve] = world.logins('eve', 'bob');
    for (let count = 0; count < 1000; count++) eve?.send('DM bob hi\n');
    eve?.send('DELETE 1\n');
    expect(eve?.read()).toBe(DENIED);
    const again = await world.loginOwner('ann');
    expect(await again.ask('DELETE 1\n')).toBe('OK\n');
    expect(world.accounts.offline.waitingFor('reg')).toMatchObject([{ id: 2 }]);
  });

  it('that a guest sent is not for a stranger who registers the name later', async () => {
    const world = new World();
    world.register('reg');
    const guest = world.login('ann');
    guest.send('DM reg mine\nQUIT\n');
    const [eve] = world.logins('eve', 'bob');
    const stranger = world.login('ann');
    expect(await stranger.ask('REGISTER ann-password\nDELETE 1\n')).toBe(`OK\n${DENIED}`);
    for (let count = 0; count < 1000; count++) eve?.send('DM bob hi\n');
    expect(await stranger.ask('DELETE 1\nDM reg yours\nDELETE 1002\n')).toBe(`${DENIED}OK\n`);
  });

  it('that an account sent under another name is for its other sessions, also from the mailbox', async () => {
    const world = new World();
    world.register('ann', 'reg');
    const ann = await world.loginOwner('ann');
    await ann.ask('NICK ann-phone\nDM reg one\nDM reg two\nQUIT\n');
    const guest = world.login('ann-phone');
    guest.send('DELETE 1\n');
    expect(guest.read()).toBe(DENIED);
    const again = await world.loginOwner('ann');
    expect(await again.ask('DELETE 1\n')).toBe('OK\n');
    const [eve] = world.logins('eve', 'bob');
    for (let count = 0; count < 1000; count++) eve?.send('DM bob hi\n');
    guest.send('DELETE 2\n');
    expect(guest.read()).toBe(DENIED);
    expect(await again.ask('DELETE 2\n')).toBe('OK\n');
  });

  it('that was posted without a session is for its author’s sessions', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    bob.send('TAGS ON\n');
    const [from, hash] = [parseUserName('ann'), world.accounts.users.account('ann')?.passwordHash ?? ''];
    if (from === null) throw new Error('an invalid name');
    const proof = { kind: 'password', hash } as const;
    const by = { kind: 'owner', address: '10.0.0.9', knownKeyHash: null, proof } as const;
    const post = { fold: 'bob', from, texts: [cleanText('psst')], by, once: null };
    world.hub.tell({ ...post, seenAs: POSTER, onResult: () => {} }, world.clock.now());
    world.settle();
    const ann = await world.loginOwner('ann');
    bob.read();
    expect(await ann.ask('DELETE 1\n')).toBe('OK\n');
    expect(bob.read()).toContain('event=delete;id=1;user=ann INFO ann deleted 1\n');
  });

  it('that cannot be stored is tried again with success', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('reg');
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('TAGS ON\n');
    ann?.send('DM bob psst\nDM reg later\n');
    for (const peer of [ann, bob]) peer?.read();
    history.broken = true;
    ann?.send('DELETE 1\nDELETE 2\n');
    history.broken = false;
    expect(ann?.read()).toBe('ERR not-stored\nERR not-stored\n');
    expect(bob?.read()).toBe('');
    expect(world.accounts.offline.waitingFor('reg')).toHaveLength(1);
    ann?.send('DELETE 1\nDELETE 2\n');
    expect(ann?.read()).toBe('OK\nOK\n');
    expect(bob?.read()).toContain('INFO ann deleted 1\n');
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
  });
});
