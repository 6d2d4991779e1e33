/** Accounts in the data file: restarts, failed writes, crashes, and changes by the command line. */
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
let dataFiles: DataFile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-accounts-'));
  dataFiles = [];
});

afterEach(() => {
  for (const { close } of dataFiles) close();
  rmSync(folder, { recursive: true, force: true });
});

function onDisk(): AccountStore {
  const dataFile = openDatabase(folder, migrations);
  dataFiles.push(dataFile);
  return sqliteAccounts(dataFile.database);
}

/** The same accounts opened by the command line while the server runs. */
function besideServer(): AccountStore {
  const dataFile = openBesideServer(folder, migrations);
  dataFiles.push(dataFile);
  return sqliteAccounts(dataFile.database);
}

function reopened(): AccountStore {
  for (const { close } of dataFiles.splice(0)) close();
  return onDisk();
}

const GRANT = { kind: 'set-operator', account: 'ann', isOperator: true } as const;

accountsSuite('in memory', () => AccountStore.inMemory());
accountsSuite('in the data file', onDisk);

describe('accounts in the data file', () => {
  it('accounts in the data file are complete after a restart', () => {
    const before = onDisk();
    before.users.register(userNamed('Ann'), 'hash', NOON);
    before.users.setOperator('ann', true);
    before.users.ignore('ann', 'bob');
    const token = before.users.createToken('ann', NOON, null);
    before.readPositions.advance('ann', 'dev', { id: 7, at: NOON });
    before.leftPositions.advance('ann', 'ops', { id: 5, at: NOON });
    before.readPositions.advance('ann', 'dev', { id: 9, at: NOON + 1 });
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
    before.rooms.setTopic(roomNamed('Dev'), { topic: cleanText('hi'), by: 'ann', at: NOON });
    before.offline.add('ann', { id: 7, at: NOON, from: 'bob', text: 'hey' });
    before.offline.setReadMarker('ann', { room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
    before.commit();

    const { users, bans, rooms, offline, readPositions, leftPositions } = reopened();
    expect(leftPositions.of('ann', 'ops')).toEqual({ id: 5, at: NOON });
    expect(readPositions.of('ann', 'dev')).toEqual({ id: 9, at: NOON + 1 });
    expect(users.account('ann')).toMatchObject({ shown: 'Ann', passwordHash: 'hash', isOperator: true });
    expect([...(users.account('ann')?.ignores ?? [])]).toEqual(['bob']);
    expect(users.isLike(userNamed('ánn'))).toBe(true);
    expect(users.tokenFor('ann', token, NOON)).toBe(users.tokens()[0]?.id);
    expect(bans.isAddressBanned('10.9.9.9', NOON)).toBe(true);
    expect(bans.mutedUntil('bob')).toBe(NOON + 5);
    expect(rooms.room('dev')).toMatchObject({
      name: roomNamed('Dev'),
      topicBy: 'ann',
      topicAt: NOON,
      founder: 'ann',
      keyHash: 'key',
      topic: 'hi',
    });
    expect(offline.waitingFor('ann')).toEqual([{ id: 7, at: NOON, from: 'bob', text: 'hey' }]);
    expect(offline.lastId()).toBe(7);
    expect(offline.readMarker('ann')).toEqual({ room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
  });

  it('a failed commit undoes all changes in memory, whatever their order', () => {
    const accounts = onDisk();
    const { users, bans, rooms, offline } = accounts;
    const banOf = (target: string, until = NOON) => {
      const kind = 'banned-name' as const;
      return { kind, target, shown: target, until, by: 'ann', reason: '' };
    };
    for (const name of ['ann', 'bob', 'İan']) users.register(userNamed(name), `hash of ${name}`, NOON);
    users.ignore('ann', 'bob');
    const token = users.createToken('ann', NOON, null);
    bans.add(banOf('cat'));
    rooms.found(roomNamed('Dev'), 'ann');
    rooms.lock(roomNamed('Dev'), 'key');
    offline.add('ann', { id: 1, at: NOON, from: 'bob', text: 'kept' });
    offline.setReadMarker('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: false });
    accounts.commit();
    const ann = users.account('ann');
    const state = () => ({
      all: users
        .all()
        .map((row) => JSON.stringify(row))
        .sort(),
      tokens: users.tokens().length,
      token: users.tokenFor('ann', token, NOON) !== null,
      ignored: [...(users.account('ann')?.ignores ?? [])],
      isSame: users.account('ann') === ann,
      like: [users.isLike(userNamed('bób')), users.isLike(userNamed('dan')), users.find('ian')?.shown],
      bans: bans
        .bans(0)
        .map((ban) => JSON.stringify(ban))
        .sort(),
      dev: rooms.room('dev'),
      ops: rooms.room('ops'),
      founded: [rooms.foundedBy('ann').length, rooms.foundedBy('bob').length],
      mail: ['ann', 'bob'].map((name) => offline.waitingFor(name)),
      marker: offline.readMarker('ann'),
    });
    const before = state();
    const changes = [
      () => users.register(userNamed('dan'), 'hash', NOON),
      () => users.changePassword('ann', 'new'),
      () => users.setOperator('ann', true),
      () => users.ignore('ann', 'cat'),
      () => users.unignore('ann', 'bob'),
      () => users.createToken('ann', NOON, null),
      () => users.revokeTokens('ann'),
      () => bans.add(banOf('bob')),
      () => bans.add(banOf('cat', NOON + 1)),
      () => bans.remove('banned-name', 'cat'),
      () => rooms.found(roomNamed('ops'), 'bob'),
      () => rooms.lock(roomNamed('Dev'), null),
      () => rooms.setTopic(roomNamed('ops'), { topic: cleanText('hi'), by: 'ann', at: NOON }),
      () => offline.add('ann', { id: 2, at: NOON, from: 'bob', text: 'lost' }),
      () => offline.remove('ann', 1),
      () => offline.removeDelivered('ann', 1),
      () => users.unregister('ann'),
      () => users.unregister('ian'),
      () => users.account('ann') ?? users.register(userNamed('Ann'), 'hash', NOON),
      () => rooms.found(roomNamed('dev'), 'bob'),
      () => offline.add('ann', { id: 3, at: NOON, from: 'bob', text: 'lost' }),
    ];
    dataFiles[0]?.database.pragma('query_only = ON');
    for (const order of [changes, [...changes].reverse(), ...changes.map((change) => [change])]) {
      for (const change of order) change();
      expect(() => accounts.commit()).toThrow();
      expect(state()).toEqual(before);
    }
    dataFiles[0]?.database.pragma('query_only = OFF');
    accounts.commit();
    expect(reopened().users.all()).toHaveLength(3);
  });

  it('changes that are not stored yet are seen by reads and by the poll, and stored in their order', () => {
    const server = onDisk();
    for (const name of ['ann', 'bob']) server.users.register(userNamed(name), 'hash', NOON);
    server.commit();
    const other = besideServer();
    server.offline.add('ann', { id: 1, at: NOON, from: 'bob', text: 'one' });
    server.offline.removeDelivered('ann', 1);
    server.offline.add('ann', { id: 2, at: NOON, from: 'bob', text: 'two' });
    server.users.changePassword('ann', 'new');
    expect(server.offline.waitingFor('ann').map(({ id }) => id)).toEqual([2]);
    other.changeFromOutside(GRANT);
    server.poll();
    expect(server.users.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
    server.commit();
    expect(server.offline.waitingFor('ann').map(({ id }) => id)).toEqual([2]);
    const { users, offline } = reopened();
    expect(users.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
    expect(offline.waitingFor('ann').map(({ id }) => id)).toEqual([2]);
  });

  it('a removed topic that an earlier version stored as an empty one is none', () => {
    const before = onDisk();
    before.rooms.setTopic(roomNamed('dev'), { topic: cleanText(''), by: 'ann', at: NOON });
    before.commit();
    expect(reopened().rooms.room('dev')).toMatchObject({ topic: null, topicBy: 'ann' });
  });

  it('a turn is stored without the rows of an account that another program has just removed', () => {
    const server = onDisk();
    for (const name of ['ann', 'bob']) server.users.register(userNamed(name), 'hash', NOON);
    server.rooms.setTopic(roomNamed('dev'), { topic: cleanText('hi'), by: 'ann', at: NOON });
    server.commit();
    const other = besideServer();
    other.changeFromOutside({ kind: 'remove-account', account: 'ann' });
    server.offline.add('ann', { id: 1, at: NOON, from: 'bob', text: 'one' });
    server.offline.setReadMarker('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: false });
    server.users.ignore('ann', 'bob');
    server.users.createToken('ann', NOON, null);
    server.rooms.found(roomNamed('dev'), 'ann');
    server.users.ignore('bob', 'cat');
    server.commit();
    const { users, rooms, offline } = reopened();
    expect(users.account('ann')).toBe(undefined);
    expect(offline.waitingFor('ann')).toEqual([]);
    expect(rooms.room('dev')).toMatchObject({ founder: null, topic: 'hi' });
    expect([...(users.account('bob')?.ignores ?? [])]).toEqual(['cat']);
  });

  it('bans in the data file are taken over by a running server, and mutes stay', () => {
    const server = onDisk();
    const ban = { shown: 'x', until: Number.POSITIVE_INFINITY, by: 'server', reason: '' };
    server.bans.add({ kind: 'muted', target: 'bob', ...ban });
    server.commit();
    const outside = besideServer();
    const target = { kind: 'banned-address', target: '10.0.0.0/8' } as const;
    outside.changeFromOutside({ kind: 'add-ban', ban: { ...ban, ...target, until: null } });
    expect(server.bans.isAddressBanned('10.1.2.3', NOON)).toBe(false);
    expect(server.poll()).toEqual([{ fold: '10.0.0.0/8', what: 'ban' }]);
    expect(server.bans.isAddressBanned('10.1.2.3', NOON)).toBe(true);
    outside.changeFromOutside({ kind: 'remove-ban', of: target.kind, target: target.target });
    server.poll();
    expect(server.bans.isAddressBanned('10.1.2.3', NOON)).toBe(false);
    expect(server.bans.mutedUntil('bob')).toBe(Number.POSITIVE_INFINITY);
  });

  it('the account store stores the read markers of a failed commit with the next one', () => {
    const before = onDisk();
    before.users.register(userNamed('ann'), 'hash', NOON);
    before.commit();
    before.offline.setReadMarker('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: false });
    dataFiles[0]?.database.pragma('query_only = ON');
    expect(() => before.commit()).toThrow();
    dataFiles[0]?.database.pragma('query_only = OFF');
    before.commit();
    expect(reopened().offline.readMarker('ann')?.id).toBe(6);
  });

  it('the account store moves the read marker of a session ended by a kill to the last stored message', () => {
    const before = onDisk();
    for (const name of ['ann', 'bob']) before.users.register(userNamed(name), 'hash', NOON);
    before.offline.setReadMarker('ann', { room: roomNamed('dev'), id: 6, at: NOON, isHere: true });
    before.offline.setReadMarker('bob', { room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
    before.commit();
    const after = reopened();
    after.recover(9, NOON + 1000);
    after.commit();
    const { offline, leftPositions } = reopened();
    expect(leftPositions.of('ann', 'dev')).toEqual({ id: 9, at: NOON + 1000 });
    expect(leftPositions.of('bob', 'dev')).toBeUndefined();
    expect(offline.readMarker('ann')).toEqual({
      room: roomNamed('dev'),
      id: 9,
      at: NOON + 1000,
      isHere: false,
    });
    expect(offline.readMarker('bob')).toEqual({ room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
  });

  it('the data file contains no readable token', () => {
    const store = onDisk();
    const { users } = store;
    users.register(userNamed('ann'), 'hash', NOON);
    const token = users.createToken('ann', NOON, null);
    store.commit();
    const rows = dataFiles[0]?.database.prepare('SELECT * FROM tokens').all();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('accounts in the data file show the changes of another program after a poll', () => {
    const server = onDisk();
    server.users.register(userNamed('ann'), 'hash', NOON);
    server.users.register(userNamed('bob'), 'hash', NOON);
    server.commit();
    const ann = server.users.account('ann');
    const other = besideServer();
    expect(server.poll()).toEqual([]);

    other.changeFromOutside(GRANT);
    expect(ann?.isOperator).toBe(false);
    expect(server.poll()).toEqual([{ fold: 'ann', what: 'grant operator' }]);
    expect(ann?.isOperator).toBe(true);
    expect(server.poll()).toEqual([]);

    const { secret: token, row } = other.users.newToken('ann', NOON, NOON + 1000);
    other.changeFromOutside({ kind: 'add-token', token: row });
    expect(server.users.tokenFor('ann', token, NOON)).toBe(null);
    server.poll();
    const id = server.users.tokenFor('ann', token, NOON + 999) ?? '';
    expect(server.users.hasToken(id)).toBe(true);
    expect(server.users.tokenFor('ann', token, NOON + 1000)).toBe(null);
    expect(server.users.tokenFor('bob', token, NOON)).toBe(null);
    expect(server.users.tokenFor('ann', `${token}x`, NOON)).toBe(null);

    other.changeFromOutside({ kind: 'revoke-token', account: 'ann', id });
    expect(other.users.revokeToken(id)).toBe(null);
    other.changeFromOutside({ kind: 'remove-account', account: 'bob' });
    expect(server.poll()).toEqual([
      { fold: 'ann', what: 'revoke token' },
      { fold: 'bob', what: 'remove' },
    ]);
    expect(server.users.hasToken(id)).toBe(false);
    expect(server.users.account('bob')).toBe(undefined);
  });

  it('accounts in the data file keep a change of another program that is not polled yet', () => {
    const server = onDisk();
    server.users.register(userNamed('ann'), 'hash', NOON);
    server.commit();
    const other = besideServer();
    other.changeFromOutside(GRANT);
    server.users.changePassword('ann', 'new');
    server.commit();
    server.poll();
    expect(server.users.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
  });
});
