/** The suite that every account store passes. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountStore } from '../../src/accounts/account-store.js';
import type { OfflineMessage, Ban } from '../../src/core/accounts.js';
import { cleanText, parseUserName, type UserName } from '../../src/core/text/text.js';
import { roomNamed } from '../history/common.js';

export const NOON = Date.UTC(2026, 2, 1, 12);
const DAY = 24 * 3_600_000;

export function userNamed(name: string): UserName {
  const user = parseUserName(name);
  if (user === null) throw new Error(`invalid user name ${name}`);
  return user;
}

export function accountsSuite(name: string, make: () => AccountStore): void {
  describe(`the account store (${name})`, () => {
    let accounts: AccountStore;
    const register = (...names: string[]) => {
      for (const one of names) accounts.users.register(userNamed(one), `hash of ${one}`, NOON);
    };

    beforeEach(() => {
      accounts = make();
    });

    describe('user names', () => {
      it('user names are unregistered at first', () => {
        expect(accounts.users.account('ann')).toBe(undefined);
        expect(accounts.users.isLike(userNamed('ann'))).toBe(false);
      });

      it('user names are registered with all names that look the same', () => {
        register('Max');
        expect(accounts.users.account('max')).toMatchObject({
          fold: 'max',
          shown: 'Max',
          passwordHash: 'hash of Max',
          isOperator: false,
        });
        for (const like of ['max', 'MAX', 'rnax', 'máx'])
          expect(accounts.users.isLike(userNamed(like))).toBe(true);
        expect(accounts.users.isLike(userNamed('mex'))).toBe(false);
      });

      it('user names keep their account object when the password changes', () => {
        register('ann');
        const account = accounts.users.account('ann');
        accounts.users.changePassword('ann', 'another');
        expect(account?.passwordHash).toBe('another');
        expect(accounts.users.account('ann')).toBe(account);
      });

      it('user names are free again after unregistering, like those that look the same', () => {
        register('max');
        accounts.users.unregister('max');
        expect(accounts.users.account('max')).toBe(undefined);
        expect(accounts.users.isLike(userNamed('rnax'))).toBe(false);
        register('rnax');
      });

      it('user names have a set of ignored names', () => {
        register('ann');
        accounts.users.ignore('ann', 'bob');
        accounts.users.ignore('ann', 'bob');
        accounts.users.ignore('ann', 'cat');
        accounts.users.unignore('ann', 'cat');
        accounts.users.unignore('ann', 'dan');
        expect([...(accounts.users.account('ann')?.ignores ?? [])]).toEqual(['bob']);
      });
    });

    describe('bans and mutes', () => {
      const banOf = (kind: Ban['kind'], target: string, until = Number.POSITIVE_INFINITY): Ban => {
        return { kind, target, shown: target, until, by: 'op', reason: 'spam' };
      };

      it('bans and mutes apply to a name until they expire', () => {
        const { bans } = accounts;
        bans.add(banOf('banned-name', 'bob', NOON + 1000));
        expect(bans.isNameBanned('bob', NOON + 999)).toBe(true);
        expect(bans.isNameBanned('bob', NOON + 1000)).toBe(false);
        expect(bans.isNameBanned('ann', NOON)).toBe(false);
        expect(bans.bans(NOON)).toEqual([banOf('banned-name', 'bob', NOON + 1000)]);
        expect(bans.bans(NOON + 1000)).toEqual([]);
      });

      it('bans and mutes apply to addresses and address blocks until they expire or are removed', () => {
        const { bans } = accounts;
        for (const block of ['10.0.0.9', '10.1.0.0/16', '2001:db8::/32'])
          bans.add(banOf('banned-address', block, NOON + 1000));
        for (const address of ['10.0.0.9', '10.1.2.3', '2001:db8::1', '2001:db8::1%eth0'])
          expect(bans.isAddressBanned(address, NOON), address).toBe(true);
        for (const address of ['10.0.0.8', '10.2.0.0', '2001:db9::1', 'unknown'])
          expect(bans.isAddressBanned(address, NOON), address).toBe(false);
        expect(bans.isAddressBanned('10.0.0.9', NOON + 1000)).toBe(false);
        bans.remove('banned-address', '10.1.0.0/16');
        expect(bans.isAddressBanned('10.1.2.3', NOON)).toBe(false);
      });

      it('bans normalize addresses and blocks', () => {
        const { bans } = accounts;
        expect(bans.blockOf('10.0.0.9')).toBe('10.0.0.9');
        expect(bans.blockOf('10.0.0.9/32')).toBe('10.0.0.9');
        expect(bans.blockOf('10.0.0.0/08')).toBe('10.0.0.0/8');
        expect(bans.blockOf('2001:DB8:0:0::1')).toBe('2001:db8::1');
        expect(bans.blockOf('2001:db8::/64')).toBe('2001:db8::/64');
        expect(bans.blockOf('::ffff:10.0.0.9')).toBe('10.0.0.9');
        expect(bans.blockOf('::ffff:a00:0/104')).toBe('10.0.0.0/8');
        expect(bans.blockOf('::ffff:0:0/95')).toBe('::ffff:0.0.0.0/95');
        for (const none of ['bob', '10.0.0', '10.0.0.0/33', '::1/129', '10.0.0.1/', 'fe80::1%eth0', ''])
          expect(bans.blockOf(none), none).toBe(null);
        expect(bans.addressTest('10.0.0.0/8')('10.9.9.9')).toBe(true);
        expect(bans.addressTest('10.0.0.0/8')('::1')).toBe(false);
      });

      it('bans and mutes apply to no user without one under a clock before 1970', () => {
        const { bans } = accounts;
        const before1970 = -DAY;
        expect(bans.isNameBanned('bob', before1970)).toBe(false);
        expect(bans.isAddressBanned('10.0.0.9', before1970)).toBe(false);
        expect(before1970 < bans.mutedUntil('bob')).toBe(false);
      });

      it('bans and mutes are replaced by the next one, and removed', () => {
        const { bans } = accounts;
        bans.add(banOf('muted', 'bob', NOON + 1));
        bans.add(banOf('muted', 'bob'));
        expect(bans.mutedUntil('bob')).toBe(Number.POSITIVE_INFINITY);
        expect(bans.isNameBanned('bob', NOON)).toBe(false);
        expect(bans.has('muted', 'bob')).toBe(true);
        bans.remove('muted', 'bob');
        bans.remove('muted', 'bob');
        expect(bans.has('muted', 'bob')).toBe(false);
        expect(bans.mutedUntil('bob')).toBe(Number.NEGATIVE_INFINITY);
      });
    });

    describe('tokens', () => {
      const tokenOf = (id: string, isPage: number, expiresAt: number) => {
        return { id, fold: 'ann', hash: `hash of ${id}`, createdAt: NOON, expiresAt, isPage };
      };

      it('tokens of the page are listed by their last use, and each use renews one', () => {
        register('ann');
        const { users } = accounts;
        for (const [index, id] of ['a', 'b', 'c'].entries()) users.addToken(tokenOf(id, 1, NOON + index));
        users.addToken(tokenOf('d', 0, NOON));
        accounts.commit();
        users.renewToken('a', NOON + 9);
        accounts.commit();
        expect(users.pageTokens('ann').map(({ id }) => id)).toEqual(['b', 'c', 'a']);
        expect(users.token('a')?.expiresAt).toBe(NOON + 9);
        users.reload('ann');
        users.revokeToken('b');
        expect(users.pageTokens('bob')).toEqual([]);
      });
    });

    describe('read positions', () => {
      it('read positions move forward alone, in id and in time', () => {
        register('ann');
        const { readPositions } = accounts;
        expect(readPositions.of('ann', 'dev')).toBeUndefined();
        expect(readPositions.advance('ann', 'dev', { id: 5, at: NOON })).toEqual({ id: 5, at: NOON });
        expect(readPositions.advance('ann', 'dev', { id: 4, at: NOON })).toBeNull();
        expect(readPositions.advance('ann', 'dev', { id: 7, at: NOON - 1 })).toEqual({ id: 7, at: NOON });
        expect(readPositions.of('ann', 'ops')).toBeUndefined();
      });

      it('read positions are gone with the account', () => {
        register('ann');
        accounts.readPositions.advance('ann', 'dev', { id: 5, at: NOON });
        accounts.commit();
        accounts.users.unregister('ann');
        accounts.commit();
        register('ann');
        expect(accounts.readPositions.of('ann', 'dev')).toBeUndefined();
      });
    });

    describe('registered rooms', () => {
      it('registered rooms keep their first founder', () => {
        register('ann', 'bob');
        accounts.rooms.found(roomNamed('Dev'), 'ann');
        accounts.rooms.found(roomNamed('dev'), 'bob');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toEqual({
          name: roomNamed('Dev'),
          founder: 'ann',
          keyHash: null,
          topic: null,
          topicBy: null,
          topicAt: null,
          madeAt: null,
          modes: null,
          isTemporary: false,
        });
      });

      it('registered rooms have a lock and a topic that change independently', () => {
        const { rooms } = accounts;
        rooms.lock(roomNamed('dev'), 'hash');
        rooms.setTopic(roomNamed('dev'), { topic: cleanText('release on friday'), by: 'ann', at: NOON });
        expect(rooms.room('dev')).toMatchObject({
          founder: null,
          keyHash: 'hash',
          topic: 'release on friday',
        });
        rooms.lock(roomNamed('dev'), null);
        expect(rooms.room('dev')).toMatchObject({ keyHash: null, topic: 'release on friday' });
      });

      it('registered rooms lose their founder when the name is unregistered, and can be founded again', () => {
        register('ann', 'bob');
        accounts.rooms.found(roomNamed('dev'), 'ann');
        accounts.rooms.found(roomNamed('ops'), 'ann');
        accounts.commit();
        accounts.rooms.lock(roomNamed('dev'), 'hash');
        accounts.users.unregister('ann');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toMatchObject({ founder: null, keyHash: 'hash' });
        accounts.rooms.found(roomNamed('dev'), 'bob');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toMatchObject({ founder: 'bob', keyHash: 'hash' });
      });

      it('registered rooms are limited to 100 per founder', () => {
        register('ann');
        for (let n = 0; n <= 100; n++) accounts.rooms.found(roomNamed(`room${n}`), 'ann');
        accounts.commit();
        expect(accounts.rooms.room('room99')?.founder).toBe('ann');
        expect(accounts.rooms.room('room100')).toBe(undefined);
      });
    });

    describe('offline users', () => {
      const messageOf = (id: number, at = NOON): OfflineMessage => ({
        id,
        at,
        from: 'bob',
        text: `text ${id}`,
      });

      it('offline users have their messages stored until delivery', () => {
        register('ann', 'cat');
        const { offline } = accounts;
        for (const id of [3, 5, 9]) expect(offline.add('ann', messageOf(id))).toBe('kept');
        offline.add('cat', messageOf(4));
        expect(offline.waitingFor('ann')).toEqual([messageOf(3), messageOf(5), messageOf(9)]);
        offline.removeDelivered('ann', 5);
        expect(offline.waitingFor('ann')).toEqual([messageOf(9)]);
        expect(offline.waitingFor('cat')).toEqual([messageOf(4)]);
        expect(offline.waitingFor('bob')).toEqual([]);
      });

      it('offline users lose a single message by its id, which finds its receiver', () => {
        register('ann', 'cat');
        const { offline } = accounts;
        for (const id of [3, 5]) offline.add('ann', messageOf(id));
        accounts.commit();
        offline.add('cat', messageOf(7));
        expect([3, 4, 5, 7].map((id) => offline.find(id)?.to)).toEqual(['ann', undefined, 'ann', 'cat']);
        expect(offline.find(5)?.message).toEqual(messageOf(5));
        offline.remove('ann', 5);
        offline.remove('cat', 3);
        for (const check of [() => {}, () => accounts.commit()]) {
          check();
          expect([3, 5, 7].map((id) => offline.find(id)?.to)).toEqual(['ann', undefined, 'cat']);
          expect(offline.waitingFor('ann')).toEqual([messageOf(3)]);
        }
      });

      it('offline users have at most 100 messages, however old they are', () => {
        register('ann');
        const { offline } = accounts;
        for (let id = 1; id <= 100; id++) expect(offline.add('ann', messageOf(id))).toBe('kept');
        expect(offline.add('ann', messageOf(101, NOON + 400 * DAY))).toBe('full');
        expect(offline.waitingFor('ann')).toHaveLength(100);
      });

      it('offline users lose messages older than a time, and no others', () => {
        register('ann', 'cat');
        const { offline } = accounts;
        for (const id of [1, 2, 3]) offline.add('ann', messageOf(id, NOON + id));
        offline.add('cat', messageOf(4, NOON));
        accounts.commit();
        expect(offline.removeBefore(NOON + 3)).toEqual({ count: 3, upTo: NOON + 2 });
        expect(offline.removeBefore(NOON + 3)).toBe(null);
        expect(offline.waitingFor('ann')).toEqual([messageOf(3, NOON + 3)]);
        expect(offline.waitingFor('cat')).toEqual([]);
      });

      it('offline users have one read marker, which the next replaces', () => {
        register('ann');
        const { offline } = accounts;
        expect(offline.readMarker('ann')).toBe(undefined);
        offline.setReadMarker('ann', { room: roomNamed('dev'), id: 7, at: NOON, isHere: false });
        offline.setReadMarker('ann', { room: roomNamed('ops'), id: 9, at: NOON + 1, isHere: false });
        accounts.commit();
        expect(offline.readMarker('ann')).toEqual({
          room: roomNamed('ops'),
          id: 9,
          at: NOON + 1,
          isHere: false,
        });
      });

      it('offline users lose messages and read marker when their name is unregistered', () => {
        register('ann');
        accounts.offline.add('ann', messageOf(1));
        accounts.offline.setReadMarker('ann', { room: roomNamed('dev'), id: 7, at: NOON, isHere: false });
        accounts.users.unregister('ann');
        accounts.commit();
        register('ann');
        expect(accounts.offline.waitingFor('ann')).toEqual([]);
        expect(accounts.offline.readMarker('ann')).toBe(undefined);
      });
    });
  });
}
