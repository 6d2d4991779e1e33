/** Names that look alike: new ones are refused, in every dialect; registered ones stay their owners'. */
import { describe, expect, it } from 'vitest';
import { conversationIn } from '../../../src/dialects/index.js';
import { passwordOf, World } from '../../support/world.js';

const MACHAT = () => conversationIn('machat', { maxLineBytes: 4096 });

describe('a look-alike of a registered name', () => {
  const SPOOFS = ['admln_ops', 'admLn_ops', 'adm1n_ops', 'adrnin_ops', 'admin.ops', 'admin-ops', 'ađmin_ops'];

  it.each(SPOOFS)('LOGIN %s is refused beside admin_ops', async (spoof) => {
    const world = new World();
    world.register('admin_ops');
    expect(await world.connect().ask(`LOGIN ${spoof}\n`)).toBe('ERR username-taken\n');
    expect(world.login('bob').lines()).toEqual([]);
  });

  it('NICK and the handshake of machat refuse a look-alike of a registered name', async () => {
    const world = new World();
    world.register('admin_ops');
    expect(await world.login('bob').ask('NICK admln_ops\n')).toBe('ERR username-taken\n');
    const mina = world.connect('10.0.0.2', MACHAT);
    expect(await mina.ask('{"name": "admln.ops", "room": "dev"}')).toBe('* username-taken\n');
  });

  it('the names that IRC clients try beside ann are free', () => {
    const world = new World();
    world.register('ann');
    for (const name of ['ann_', 'ann__', 'ann-phone']) {
      const peer = world.connect();
      peer.send(`LOGIN ${name}\n`);
      expect(peer.read(), name).toBe('OK\n');
    }
  });
});

describe('names that were registered before a rule changed', () => {
  it('look-alikes from before a rule changed are used by their owners beside each other, and by no other user', async () => {
    const world = new World();
    world.register('admin_ops', 'admln_ops', 'http', 'ʼokina');
    for (const name of ['admin_ops', 'admln_ops', 'http', 'ʼokina']) {
      expect(await world.connect().ask(`LOGIN ${name}\n`)).toBe('ERR password-required\n');
      expect(await world.connect().ask(`LOGIN ${name} ${passwordOf(name)}\n`), name).toBe('OK\n');
    }
    expect(await world.connect().ask('LOGIN adm1n_ops\n')).toBe('ERR username-taken\n');
  });

  it('a look-alike that leaves or unregisters does not free the name of the other', async () => {
    const world = new World();
    world.register('admin_ops', 'admln_ops');
    const one = await world.loginOwner('admin_ops');
    const other = await world.loginOwner('admln_ops');
    one.send(`UNREGISTER ${passwordOf('admin_ops')}\n`);
    await world.hashed();
    one.send('QUIT\n');
    expect(await world.connect().ask('LOGIN adm1n.ops\n')).toBe('ERR username-taken\n');
    world.accounts.users.unregister('admln_ops');
    expect(await world.connect().ask('LOGIN adm1n.ops\n')).toBe('ERR username-taken\n');
    other.send('QUIT\n');
    expect(await world.connect().ask('LOGIN adm1n.ops\n')).toBe('OK\n');
  });

  it('an owner that logs in again takes the name back from its older session beside a look-alike', async () => {
    const world = new World();
    world.register('admin_ops', 'admln_ops');
    const ghost = await world.loginOwner('admin_ops');
    await world.loginOwner('admln_ops');
    expect(await world.connect().ask(`LOGIN admin_ops ${passwordOf('admin_ops')}\n`)).toBe('OK\n');
    expect(ghost.closed).toBe(true);
  });
});

describe('modifier letters', () => {
  const NAMES = ['adminˍops', 'ʼokina', 'annˮ', 'a\ua71b'];

  it.each(NAMES)('the name %s with a modifier letter is invalid for users and rooms', async (name) => {
    const world = new World();
    expect(await world.connect().ask(`LOGIN ${name}\n`)).toBe('ERR invalid-username\n');
    const bob = world.login('bob');
    expect(await bob.ask(`NICK ${name}\nJOIN ${name}\n`)).toBe('ERR invalid-username\nERR invalid-room\n');
    const mina = world.connect('10.0.0.2', MACHAT);
    expect(await mina.ask(`{"name": "mina", "room": "${name}"}`)).toMatch(/^\* invalid-room\b/);
  });

  it('a room that was registered with a modifier letter can still be joined', async () => {
    const world = new World();
    world.accounts.rooms.found({ shown: 'ʼohana', fold: 'ʼohana' }, 'ann');
    expect(await world.login('bob').ask('JOIN ʼohana\n')).toBe('OK\n');
  });
});

it.each(['http', 'HTTP', 'NickServ', 'nickserv', 'N1ckServ', 'ChanServ'])(
  'the reserved name %s cannot be used',
  async (name) => {
    expect(await new World().connect().ask(`LOGIN ${name}\n`)).toBe('ERR username-taken\n');
  },
);
