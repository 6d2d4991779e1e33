import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountKeep } from '../../src/accounts/account-store.js';
import { storedAccounts } from '../../src/accounts/sqlite.js';
import { cleanText } from '../../src/core/text/text.js';
import { migrations } from '../../src/server/migrations.js';
import { openStore, openStoreBeside, type Store } from '../../src/database/open.js';
import { roomNamed } from '../history/common.js';
import { accountsSuite, NOON, userNamed } from './common.js';

let folder: string;
let stores: Store[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-accounts-'));
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function onDisk(): AccountKeep {
  const store = openStore(folder, migrations);
  stores.push(store);
  return storedAccounts(store.database);
}

/** As the command line does while a server runs. */
function beside(): AccountKeep {
  const store = openStoreBeside(folder, migrations);
  stores.push(store);
  return storedAccounts(store.database);
}

function reopened(): AccountKeep {
  for (const store of stores.splice(0)) store.close();
  return onDisk();
}

const note = (fold: string) => ({ fold, what: `something to ${fold}` });

accountsSuite('memory', () => AccountKeep.inMemory());
accountsSuite('the data file', onDisk);

describe('accounts in the data file', () => {
  it('are there after a restart', () => {
    const before = onDisk();
    before.people.register(userNamed('Ann'), 'hash', NOON);
    before.people.setOperator('ann', true);
    before.people.ignore('ann', 'bob');
    const token = before.people.createToken('ann', NOON, null);
    before.restraints.impose({
      kind: 'banned-address',
      target: '10.0.0.0/8',
      shown: '10.0.0.0/8',
      until: Number.POSITIVE_INFINITY,
      by: 'Ann',
      reason: 'spam',
    });
    before.restraints.impose({
      kind: 'muted',
      target: 'bob',
      shown: 'Bob',
      until: NOON + 5,
      by: 'Ann',
      reason: '',
    });
    before.rooms.found(roomNamed('Dev'), 'ann');
    before.commit();
    before.rooms.lock(roomNamed('Dev'), 'key');
    before.rooms.setTopic(roomNamed('Dev'), cleanText('hi'));
    before.returns.keep('ann', { id: 7, at: NOON, from: 'bob', text: 'hey' });
    before.returns.leave('ann', { room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
    before.commit();

    const { people, restraints, rooms, returns } = reopened();
    expect(people.account('ann')).toMatchObject({ shown: 'Ann', passwordHash: 'hash', isOperator: true });
    expect([...(people.account('ann')?.ignores ?? [])]).toEqual(['bob']);
    expect(people.isLike(userNamed('ánn'))).toBe(true);
    expect(people.tokenFor('ann', token, NOON)).toBe(people.tokens()[0]?.id);
    expect(restraints.isBarred('10.9.9.9', NOON)).toBe(true);
    expect(restraints.mutedUntil('bob')).toBe(NOON + 5);
    expect(rooms.room('dev')).toEqual({
      name: roomNamed('Dev'),
      founder: 'ann',
      keyHash: 'key',
      topic: 'hi',
    });
    expect(returns.waiting('ann', NOON)).toEqual([{ id: 7, at: NOON, from: 'bob', text: 'hey' }]);
    expect(returns.lastId()).toBe(7);
    expect(returns.mark('ann')).toEqual({ room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
  });

  it('are changed in memory only when the file has taken it', () => {
    const { people, restraints, rooms, returns } = onDisk();
    people.register(userNamed('ann'), 'hash', NOON);
    stores[0]?.database.pragma('query_only = ON');
    expect(() => people.register(userNamed('bob'), 'hash', NOON)).toThrow();
    expect(() => people.changePassword('ann', 'new')).toThrow();
    expect(() => people.unregister('ann')).toThrow();
    expect(() => people.ignore('ann', 'bob')).toThrow();
    expect(() => rooms.lock(roomNamed('dev'), 'key')).toThrow();
    expect(() => returns.keep('ann', { id: 1, at: NOON, from: 'bob', text: 'hi' })).toThrow();
    const ban = {
      kind: 'banned-name',
      target: 'bob',
      shown: 'bob',
      until: NOON,
      by: 'ann',
      reason: '',
    } as const;
    expect(() => restraints.impose(ban)).toThrow();
    expect(people.account('bob')).toBe(undefined);
    expect(people.account('ann')).toMatchObject({ passwordHash: 'hash' });
    expect(people.account('ann')?.ignores.size).toBe(0);
    expect(rooms.room('dev')).toBe(undefined);
    expect(restraints.bans(0)).toEqual([]);
  });

  it('keep what was only noted until the file takes it', () => {
    const before = onDisk();
    before.people.register(userNamed('ann'), 'hash', NOON);
    before.rooms.found(roomNamed('dev'), 'ann');
    stores[0]?.database.pragma('query_only = ON');
    expect(() => before.commit()).toThrow();
    stores[0]?.database.pragma('query_only = OFF');
    before.commit();
    expect(reopened().rooms.room('dev')?.founder).toBe('ann');
  });

  it('know where a session was that a kill cut off, which had seen what was stored by then', () => {
    const before = onDisk();
    for (const name of ['ann', 'bob']) before.people.register(userNamed(name), 'hash', NOON);
    before.returns.leave('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: true });
    before.returns.leave('bob', { room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
    before.commit();
    const after = reopened();
    after.recover(9, NOON + 1000);
    after.commit();
    const { returns } = reopened();
    expect(returns.mark('ann')).toEqual({ room: roomNamed('dev'), id: 9, at: NOON + 1000, isHere: false });
    expect(returns.mark('bob')).toEqual({ room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
  });

  it('forget mail that nobody fetched in thirty days, looking once an hour', () => {
    const { people, returns } = onDisk();
    people.register(userNamed('ann'), 'hash', NOON);
    const left = () => stores[0]?.database.prepare('SELECT id FROM mail').pluck().all();
    for (const id of [1, 2]) returns.keep('ann', { id, at: NOON + id, from: 'bob', text: 'hi' });
    const due = NOON + 30 * 24 * 3_600_000;
    returns.forgetOld(due + 2);
    expect(left()).toEqual([2]);
    returns.forgetOld(due + 3);
    expect(left()).toEqual([2]);
    returns.forgetOld(due + 3_600_002);
    expect(left()).toEqual([]);
  });

  it('hold no password and no token that could be read out of it', () => {
    const { people } = onDisk();
    people.register(userNamed('ann'), 'hash', NOON);
    const token = people.createToken('ann', NOON, null);
    const rows = stores[0]?.database.prepare('SELECT * FROM tokens').all();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('learn within a look what another program did', () => {
    const server = onDisk();
    server.people.register(userNamed('ann'), 'hash', NOON);
    server.people.register(userNamed('bob'), 'hash', NOON);
    const ann = server.people.account('ann');
    const other = beside();
    expect(server.look()).toEqual([]);

    other.changeFromOutside(note('ann'), () => other.people.setOperator('ann', true));
    expect(ann?.isOperator).toBe(false);
    expect(server.look()).toEqual([note('ann')]);
    expect(ann?.isOperator).toBe(true);
    expect(server.look()).toEqual([]);

    const token = other.changeFromOutside(note('ann'), () =>
      other.people.createToken('ann', NOON, NOON + 1000),
    );
    expect(server.people.tokenFor('ann', token, NOON)).toBe(null);
    server.look();
    const id = server.people.tokenFor('ann', token, NOON + 999) ?? '';
    expect(server.people.hasToken(id)).toBe(true);
    expect(server.people.tokenFor('ann', token, NOON + 1000)).toBe(null);
    expect(server.people.tokenFor('bob', token, NOON)).toBe(null);
    expect(server.people.tokenFor('ann', `${token}x`, NOON)).toBe(null);

    expect(other.changeFromOutside(note('ann'), () => other.people.revokeToken(id))).toBe('ann');
    expect(other.people.revokeToken(id)).toBe(null);
    other.changeFromOutside(note('bob'), () => other.people.unregister('bob'));
    expect(server.look()).toEqual([note('ann'), note('bob')]);
    expect(server.people.hasToken(id)).toBe(false);
    expect(server.people.account('bob')).toBe(undefined);
  });

  it('do not undo what another program did and they have not seen yet', () => {
    const server = onDisk();
    server.people.register(userNamed('ann'), 'hash', NOON);
    const other = beside();
    other.changeFromOutside(note('ann'), () => other.people.setOperator('ann', true));
    server.people.changePassword('ann', 'new');
    server.look();
    expect(server.people.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
  });
});
