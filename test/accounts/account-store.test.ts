import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.js';
import { sqliteAccounts } from '../../src/accounts/sqlite.js';
import { cleanText } from '../../src/core/text/text.js';
import { migrations } from '../../src/server/migrations.js';
import { openDatabase, openBesideServer, type DataFile } from '../../src/database/open.js';
import { roomNamed } from '../history/common.js';
import { accountsSuite, NOON, userNamed } from './common.js';

let folder: string;
let stores: DataFile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-accounts-'));
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function onDisk(): AccountStore {
  const store = openDatabase(folder, migrations);
  stores.push(store);
  return sqliteAccounts(store.database);
}

/** As the command line does while a server runs. */
function beside(): AccountStore {
  const store = openBesideServer(folder, migrations);
  stores.push(store);
  return sqliteAccounts(store.database);
}

function reopened(): AccountStore {
  for (const store of stores.splice(0)) store.close();
  return onDisk();
}

const note = (fold: string) => ({ fold, what: `something to ${fold}` });

accountsSuite('memory', () => AccountStore.inMemory());
accountsSuite('the data file', onDisk);

describe('accounts in the data file', () => {
  it('are there after a restart', () => {
    const before = onDisk();
    before.users.register(userNamed('Ann'), 'hash', NOON);
    before.users.setOperator('ann', true);
    before.users.ignore('ann', 'bob');
    const token = before.users.createToken('ann', NOON, null);
    before.bans.add({
      kind: 'banned-address',
      target: '10.0.0.0/8',
      shown: '10.0.0.0/8',
      until: Number.POSITIVE_INFINITY,
      by: 'Ann',
      reason: 'spam',
    });
    before.bans.add({
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
    before.offline.add('ann', { id: 7, at: NOON, from: 'bob', text: 'hey' });
    before.offline.setReadMarker('ann', { room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
    before.commit();

    const { users, bans, rooms, offline } = reopened();
    expect(users.account('ann')).toMatchObject({ shown: 'Ann', passwordHash: 'hash', isOperator: true });
    expect([...(users.account('ann')?.ignores ?? [])]).toEqual(['bob']);
    expect(users.isLike(userNamed('ánn'))).toBe(true);
    expect(users.tokenFor('ann', token, NOON)).toBe(users.tokens()[0]?.id);
    expect(bans.isAddressBanned('10.9.9.9', NOON)).toBe(true);
    expect(bans.mutedUntil('bob')).toBe(NOON + 5);
    expect(rooms.room('dev')).toEqual({
      name: roomNamed('Dev'),
      founder: 'ann',
      keyHash: 'key',
      topic: 'hi',
    });
    expect(offline.waitingFor('ann', NOON)).toEqual([{ id: 7, at: NOON, from: 'bob', text: 'hey' }]);
    expect(offline.lastId()).toBe(7);
    expect(offline.readMarker('ann')).toEqual({ room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
  });

  it('are changed in memory only when the file has taken it', () => {
    const { users, bans, rooms, offline } = onDisk();
    users.register(userNamed('ann'), 'hash', NOON);
    stores[0]?.database.pragma('query_only = ON');
    expect(() => users.register(userNamed('bob'), 'hash', NOON)).toThrow();
    expect(() => users.changePassword('ann', 'new')).toThrow();
    expect(() => users.unregister('ann')).toThrow();
    expect(() => users.ignore('ann', 'bob')).toThrow();
    expect(() => rooms.lock(roomNamed('dev'), 'key')).toThrow();
    expect(() => offline.add('ann', { id: 1, at: NOON, from: 'bob', text: 'hi' })).toThrow();
    const ban = {
      kind: 'banned-name',
      target: 'bob',
      shown: 'bob',
      until: NOON,
      by: 'ann',
      reason: '',
    } as const;
    expect(() => bans.add(ban)).toThrow();
    expect(users.account('bob')).toBe(undefined);
    expect(users.account('ann')).toMatchObject({ passwordHash: 'hash' });
    expect(users.account('ann')?.ignores.size).toBe(0);
    expect(rooms.room('dev')).toBe(undefined);
    expect(bans.bans(0)).toEqual([]);
  });

  it('keep what was only noted until the file takes it', () => {
    const before = onDisk();
    before.users.register(userNamed('ann'), 'hash', NOON);
    before.rooms.found(roomNamed('dev'), 'ann');
    stores[0]?.database.pragma('query_only = ON');
    expect(() => before.commit()).toThrow();
    stores[0]?.database.pragma('query_only = OFF');
    before.commit();
    expect(reopened().rooms.room('dev')?.founder).toBe('ann');
  });

  it('know where a session was that a kill cut off, which had seen what was stored by then', () => {
    const before = onDisk();
    for (const name of ['ann', 'bob']) before.users.register(userNamed(name), 'hash', NOON);
    before.offline.setReadMarker('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: true });
    before.offline.setReadMarker('bob', { room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
    before.commit();
    const after = reopened();
    after.recover(9, NOON + 1000);
    after.commit();
    const { offline } = reopened();
    expect(offline.readMarker('ann')).toEqual({
      room: roomNamed('dev'),
      id: 9,
      at: NOON + 1000,
      isHere: false,
    });
    expect(offline.readMarker('bob')).toEqual({ room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
  });

  it('forget mail that nobody fetched in thirty days, looking once an hour', () => {
    const { users, offline } = onDisk();
    users.register(userNamed('ann'), 'hash', NOON);
    const left = () => stores[0]?.database.prepare('SELECT id FROM mail').pluck().all();
    for (const id of [1, 2]) offline.add('ann', { id, at: NOON + id, from: 'bob', text: 'hi' });
    const due = NOON + 30 * 24 * 3_600_000;
    offline.removeExpired(due + 2);
    expect(left()).toEqual([2]);
    offline.removeExpired(due + 3);
    expect(left()).toEqual([2]);
    offline.removeExpired(due + 3_600_002);
    expect(left()).toEqual([]);
  });

  it('hold no password and no token that could be read out of it', () => {
    const { users } = onDisk();
    users.register(userNamed('ann'), 'hash', NOON);
    const token = users.createToken('ann', NOON, null);
    const rows = stores[0]?.database.prepare('SELECT * FROM tokens').all();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('learn within a look what another program did', () => {
    const server = onDisk();
    server.users.register(userNamed('ann'), 'hash', NOON);
    server.users.register(userNamed('bob'), 'hash', NOON);
    const ann = server.users.account('ann');
    const other = beside();
    expect(server.poll()).toEqual([]);

    other.changeFromOutside(note('ann'), () => other.users.setOperator('ann', true));
    expect(ann?.isOperator).toBe(false);
    expect(server.poll()).toEqual([note('ann')]);
    expect(ann?.isOperator).toBe(true);
    expect(server.poll()).toEqual([]);

    const token = other.changeFromOutside(note('ann'), () =>
      other.users.createToken('ann', NOON, NOON + 1000),
    );
    expect(server.users.tokenFor('ann', token, NOON)).toBe(null);
    server.poll();
    const id = server.users.tokenFor('ann', token, NOON + 999) ?? '';
    expect(server.users.hasToken(id)).toBe(true);
    expect(server.users.tokenFor('ann', token, NOON + 1000)).toBe(null);
    expect(server.users.tokenFor('bob', token, NOON)).toBe(null);
    expect(server.users.tokenFor('ann', `${token}x`, NOON)).toBe(null);

    expect(other.changeFromOutside(note('ann'), () => other.users.revokeToken(id))).toBe('ann');
    expect(other.users.revokeToken(id)).toBe(null);
    other.changeFromOutside(note('bob'), () => other.users.unregister('bob'));
    expect(server.poll()).toEqual([note('ann'), note('bob')]);
    expect(server.users.hasToken(id)).toBe(false);
    expect(server.users.account('bob')).toBe(undefined);
  });

  it('do not undo what another program did and they have not seen yet', () => {
    const server = onDisk();
    server.users.register(userNamed('ann'), 'hash', NOON);
    const other = beside();
    other.changeFromOutside(note('ann'), () => other.users.setOperator('ann', true));
    server.users.changePassword('ann', 'new');
    server.poll();
    expect(server.users.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
  });
});
