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
    expect(offline.waitingFor('ann')).toEqual([{ id: 7, at: NOON, from: 'bob', text: 'hey' }]);
    expect(offline.lastId()).toBe(7);
    expect(offline.readMarker('ann')).toEqual({ room: roomNamed('Dev'), id: 6, at: NOON, isHere: false });
  });

  it('accounts in the data file are unchanged in memory if the file cannot be written', () => {
    const { users, bans, rooms, offline } = onDisk();
    users.register(userNamed('ann'), 'hash', NOON);
    dataFiles[0]?.database.pragma('query_only = ON');
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

  it('bans in the data file are taken over by a running server, and mutes stay', () => {
    const server = onDisk();
    const ban = { shown: 'x', until: Number.POSITIVE_INFINITY, by: 'server', reason: '' };
    server.bans.add({ kind: 'muted', target: 'bob', ...ban });
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

  it('the account store stores the changes of a failed commit with the next one', () => {
    const before = onDisk();
    before.users.register(userNamed('ann'), 'hash', NOON);
    before.rooms.found(roomNamed('dev'), 'ann');
    dataFiles[0]?.database.pragma('query_only = ON');
    expect(() => before.commit()).toThrow();
    dataFiles[0]?.database.pragma('query_only = OFF');
    before.commit();
    expect(reopened().rooms.room('dev')?.founder).toBe('ann');
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
    const { offline } = reopened();
    expect(offline.readMarker('ann')).toEqual({
      room: roomNamed('dev'),
      id: 9,
      at: NOON + 1000,
      isHere: false,
    });
    expect(offline.readMarker('bob')).toEqual({ room: roomNamed('dev'), id: 5, at: NOON, isHere: false });
  });

  it('the data file contains no readable token', () => {
    const { users } = onDisk();
    users.register(userNamed('ann'), 'hash', NOON);
    const token = users.createToken('ann', NOON, null);
    const rows = dataFiles[0]?.database.prepare('SELECT * FROM tokens').all();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('accounts in the data file show the changes of another program after a poll', () => {
    const server = onDisk();
    server.users.register(userNamed('ann'), 'hash', NOON);
    server.users.register(userNamed('bob'), 'hash', NOON);
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
    const other = besideServer();
    other.changeFromOutside(GRANT);
    server.users.changePassword('ann', 'new');
    server.poll();
    expect(server.users.account('ann')).toMatchObject({ isOperator: true, passwordHash: 'new' });
  });
});
