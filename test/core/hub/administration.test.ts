/** Changes of the command line that come as entries of a cluster's log. */
import { describe, expect, it } from 'vitest';
import type { AdminChange } from '../../../src/core/admin-change.js';
import type { AdminResult } from '../../../src/core/hub/administration.js';
import { World } from '../../support/world.js';

/** Makes a change, and returns its results: one, once it has settled. */
function administer(world: World, change: AdminChange): readonly AdminResult[] {
  const results: AdminResult[] = [];
  world.hub.administer(change, world.clock.now(), (result) => results.push(result));
  world.settle();
  return results;
}

async function newWorld() {
  const world = new World();
  world.register('reg', 'opal');
  return { world, reg: await world.loginOwner('reg') };
}

describe('a change of the command line in the log', () => {
  it('a change of the command line grants and revokes the role of an operator', async () => {
    const { world, reg } = await newWorld();
    const change = { kind: 'set-operator', account: 'reg', isOperator: true } as const;
    expect(administer(world, change)).toEqual([null]);
    expect(await reg.ask('BANS\n')).toContain('OK');
    expect(administer(world, { ...change, isOperator: false })).toEqual([null]);
    expect(await reg.ask('BANS\n')).toContain('ERR not-permitted');
  });

  it('a change of the command line that removes an account ends its sessions, and its rooms have another founder', async () => {
    const { world, reg } = await newWorld();
    await reg.ask('JOIN dev\n');
    const opal = await world.loginOwner('opal');
    await opal.ask('JOIN dev\n');
    expect(administer(world, { kind: 'remove-account', account: 'reg' })).toEqual([null]);
    expect(reg.read()).toContain('INFO disconnected: access revoked\n');
    expect(world.accounts.users.account('reg')).toBe(undefined);
    expect(world.accounts.rooms.room('dev')?.founder).toBe('opal');
  });

  it('a change of the command line that resets a password ends the sessions and revokes the tokens', async () => {
    const { world, reg } = await newWorld();
    const { row, secret } = world.accounts.users.newToken('reg', 0, null);
    expect(administer(world, { kind: 'add-token', token: row })).toEqual([null]);
    expect(world.accounts.users.tokenFor('reg', secret, 0)).toBe(row.id);
    const change = { kind: 'reset-password', account: 'reg', passwordHash: 'new' } as const;
    expect(administer(world, change)).toEqual([null]);
    expect(reg.read()).toContain('INFO disconnected: access revoked\n');
    expect(world.accounts.users.hasToken(row.id)).toBe(false);
    expect(world.accounts.users.account('reg')?.passwordHash).toBe('new');
  });

  it('a change of the command line that revokes a token ends the sessions that logged in with it', async () => {
    const { world } = await newWorld();
    const { row, secret } = world.accounts.users.newToken('opal', 0, null);
    administer(world, { kind: 'add-token', token: row });
    const bot = world.connect();
    bot.send(`LOGIN opal ${secret}\n`);
    await world.hashed();
    expect(bot.read()).toContain('OK\n');
    expect(administer(world, { kind: 'revoke-token', account: 'opal', id: row.id })).toEqual([null]);
    expect(bot.read()).toContain('INFO disconnected: token revoked\n');
  });

  it('a change of the command line bans a name for ever, and lifts the ban', async () => {
    const { world, reg } = await newWorld();
    const target = { kind: 'banned-name', target: 'reg' } as const;
    const ban = { ...target, shown: 'reg', until: null, by: 'server', reason: 'spam' };
    expect(administer(world, { kind: 'add-ban', ban })).toEqual([null]);
    expect(reg.read()).toContain('INFO disconnected: banned by server: spam\n');
    expect(world.accounts.bans.isNameBanned('reg', Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(administer(world, { kind: 'remove-ban', of: target.kind, target: 'reg' })).toEqual([null]);
    expect(world.accounts.bans.isNameBanned('reg', 0)).toBe(false);
  });

  it('a change of the command line to an account that is gone is refused', async () => {
    const { world } = await newWorld();
    const change = { kind: 'set-operator', account: 'nobody', isOperator: true } as const;
    expect(administer(world, change)).toEqual(['not-registered']);
  });
});
