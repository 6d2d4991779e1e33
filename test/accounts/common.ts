/** What every keeper of accounts must do. Each implementation runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Accounts, Mail, Restraint } from '../../src/core/accounts.js';
import { cleanText, parseUserName, type UserName } from '../../src/core/text/text.js';
import { roomNamed } from '../history/common.js';

export const NOON = Date.UTC(2026, 2, 1, 12);
const DAY = 24 * 3_600_000;

export function userNamed(name: string): UserName {
  const user = parseUserName(name);
  if (user === null) throw new Error(`${name} is no name`);
  return user;
}

export function accountsSuite(name: string, make: () => Accounts): void {
  describe(`${name} as a keeper of accounts`, () => {
    let accounts: Accounts;
    const register = (...names: string[]) => {
      for (const one of names) accounts.people.register(userNamed(one), `hash of ${one}`, NOON);
    };

    beforeEach(() => {
      accounts = make();
    });

    describe('names', () => {
      it('are nobody’s at first', () => {
        expect(accounts.people.account('ann')).toBe(undefined);
        expect(accounts.people.isLike(userNamed('ann'))).toBe(false);
      });

      it('are registered, and so is whatever looks like them', () => {
        register('Max');
        expect(accounts.people.account('max')).toMatchObject({
          fold: 'max',
          shown: 'Max',
          passwordHash: 'hash of Max',
          isOperator: false,
        });
        for (const like of ['max', 'MAX', 'rnax', 'máx'])
          expect(accounts.people.isLike(userNamed(like))).toBe(true);
        expect(accounts.people.isLike(userNamed('mex'))).toBe(false);
      });

      it('have a new password, and are the same account', () => {
        register('ann');
        const account = accounts.people.account('ann');
        accounts.people.changePassword('ann', 'another');
        expect(account?.passwordHash).toBe('another');
        expect(accounts.people.account('ann')).toBe(account);
      });

      it('are free again, looks and all', () => {
        register('max');
        accounts.people.unregister('max');
        expect(accounts.people.account('max')).toBe(undefined);
        expect(accounts.people.isLike(userNamed('rnax'))).toBe(false);
        register('rnax');
      });

      it('do not hear whom they ignore', () => {
        register('ann');
        accounts.people.ignore('ann', 'bob');
        accounts.people.ignore('ann', 'bob');
        accounts.people.ignore('ann', 'cat');
        accounts.people.unignore('ann', 'cat');
        accounts.people.unignore('ann', 'dan');
        expect([...(accounts.people.account('ann')?.ignores ?? [])]).toEqual(['bob']);
      });
    });

    describe('restraints', () => {
      const restraint = (
        kind: Restraint['kind'],
        target: string,
        until = Number.POSITIVE_INFINITY,
      ): Restraint => {
        return { kind, target, shown: target, until, by: 'op', reason: 'spam' };
      };

      it('shut a name out until their time is over', () => {
        const { restraints } = accounts;
        restraints.impose(restraint('banned-name', 'bob', NOON + 1000));
        expect(restraints.isBanned('bob', NOON + 999)).toBe(true);
        expect(restraints.isBanned('bob', NOON + 1000)).toBe(false);
        expect(restraints.isBanned('ann', NOON)).toBe(false);
        expect(restraints.bans(NOON)).toEqual([restraint('banned-name', 'bob', NOON + 1000)]);
        expect(restraints.bans(NOON + 1000)).toEqual([]);
      });

      it('shut addresses and blocks out', () => {
        const { restraints } = accounts;
        for (const block of ['10.0.0.9', '10.1.0.0/16', '2001:db8::/32'])
          restraints.impose(restraint('banned-address', block, NOON + 1000));
        for (const address of ['10.0.0.9', '10.1.2.3', '2001:db8::1', '2001:db8::1%eth0'])
          expect(restraints.isBarred(address, NOON), address).toBe(true);
        for (const address of ['10.0.0.8', '10.2.0.0', '2001:db9::1', 'unknown'])
          expect(restraints.isBarred(address, NOON), address).toBe(false);
        expect(restraints.isBarred('10.0.0.9', NOON + 1000)).toBe(false);
        restraints.lift('banned-address', '10.1.0.0/16');
        expect(restraints.isBarred('10.1.2.3', NOON)).toBe(false);
      });

      it('write an address in one way', () => {
        const { restraints } = accounts;
        expect(restraints.blockOf('10.0.0.9')).toBe('10.0.0.9');
        expect(restraints.blockOf('10.0.0.9/32')).toBe('10.0.0.9');
        expect(restraints.blockOf('10.0.0.0/08')).toBe('10.0.0.0/8');
        expect(restraints.blockOf('2001:DB8:0:0::1')).toBe('2001:db8::1');
        expect(restraints.blockOf('2001:db8::/64')).toBe('2001:db8::/64');
        expect(restraints.blockOf('::ffff:10.0.0.9')).toBe('10.0.0.9');
        expect(restraints.blockOf('::ffff:a00:0/104')).toBe('10.0.0.0/8');
        expect(restraints.blockOf('::ffff:0:0/95')).toBe('::ffff:0.0.0.0/95');
        for (const none of ['bob', '10.0.0', '10.0.0.0/33', '::1/129', '10.0.0.1/', 'fe80::1%eth0', ''])
          expect(restraints.blockOf(none), none).toBe(null);
        expect(restraints.covers('10.0.0.0/8', '10.9.9.9')).toBe(true);
        expect(restraints.covers('10.0.0.0/8', '::1')).toBe(false);
      });

      it('are replaced by the next, and lifted', () => {
        const { restraints } = accounts;
        restraints.impose(restraint('muted', 'bob', NOON + 1));
        restraints.impose(restraint('muted', 'bob'));
        expect(restraints.mutedUntil('bob')).toBe(Number.POSITIVE_INFINITY);
        expect(restraints.isBanned('bob', NOON)).toBe(false);
        expect(restraints.isImposed('muted', 'bob')).toBe(true);
        restraints.lift('muted', 'bob');
        restraints.lift('muted', 'bob');
        expect(restraints.isImposed('muted', 'bob')).toBe(false);
        expect(restraints.mutedUntil('bob')).toBe(0);
      });
    });

    describe('rooms', () => {
      it('are founded by the first, for good', () => {
        register('ann', 'bob');
        accounts.rooms.found(roomNamed('Dev'), 'ann');
        accounts.rooms.found(roomNamed('dev'), 'bob');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toEqual({
          name: roomNamed('Dev'),
          founder: 'ann',
          keyHash: null,
          topic: null,
        });
      });

      it('have a lock and a topic, and keep each when the other changes', () => {
        const { rooms } = accounts;
        rooms.lock(roomNamed('dev'), 'hash');
        rooms.setTopic(roomNamed('dev'), cleanText('release on friday'));
        expect(rooms.room('dev')).toMatchObject({
          founder: null,
          keyHash: 'hash',
          topic: 'release on friday',
        });
        rooms.lock(roomNamed('dev'), null);
        expect(rooms.room('dev')).toMatchObject({ keyHash: null, topic: 'release on friday' });
      });

      it('lose their founder with the name, and are founded anew', () => {
        register('ann', 'bob');
        accounts.rooms.found(roomNamed('dev'), 'ann');
        accounts.rooms.found(roomNamed('ops'), 'ann');
        accounts.commit();
        accounts.rooms.lock(roomNamed('dev'), 'hash');
        accounts.people.unregister('ann');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toMatchObject({ founder: null, keyHash: 'hash' });
        accounts.rooms.found(roomNamed('dev'), 'bob');
        accounts.commit();
        expect(accounts.rooms.room('dev')).toMatchObject({ founder: 'bob', keyHash: 'hash' });
      });

      it('are founded up to a hundred by one name', () => {
        register('ann');
        for (let n = 0; n <= 100; n++) accounts.rooms.found(roomNamed(`room${n}`), 'ann');
        accounts.commit();
        expect(accounts.rooms.room('room99')?.founder).toBe('ann');
        expect(accounts.rooms.room('room100')).toBe(undefined);
      });
    });

    describe('those who are away', () => {
      const mail = (id: number, at = NOON): Mail => ({ id, at, from: 'bob', text: `text ${id}` });

      it('have their mail kept until it is delivered', () => {
        register('ann', 'cat');
        const { returns } = accounts;
        for (const id of [3, 5, 9]) expect(returns.keep('ann', mail(id))).toBe('kept');
        returns.keep('cat', mail(4));
        expect(returns.waiting('ann', NOON)).toEqual([mail(3), mail(5), mail(9)]);
        returns.delivered('ann', 5);
        expect(returns.waiting('ann', NOON)).toEqual([mail(9)]);
        expect(returns.waiting('cat', NOON)).toEqual([mail(4)]);
        expect(returns.waiting('bob', NOON)).toEqual([]);
      });

      it('have a hundred at most, each for thirty days', () => {
        register('ann');
        const { returns } = accounts;
        for (let id = 1; id <= 100; id++) expect(returns.keep('ann', mail(id))).toBe('kept');
        expect(returns.keep('ann', mail(101))).toBe('full');
        expect(returns.waiting('ann', NOON + 30 * DAY)).toHaveLength(100);
        expect(returns.waiting('ann', NOON + 30 * DAY + 1)).toEqual([]);
        expect(returns.keep('ann', mail(102, NOON + 31 * DAY))).toBe('kept');
        expect(returns.waiting('ann', NOON + 31 * DAY)).toHaveLength(1);
      });

      it('left off somewhere', () => {
        register('ann');
        const { returns } = accounts;
        expect(returns.mark('ann')).toBe(undefined);
        returns.leave('ann', { room: roomNamed('dev'), id: 7, at: NOON, isHere: false });
        returns.leave('ann', { room: roomNamed('ops'), id: 9, at: NOON + 1, isHere: false });
        accounts.commit();
        expect(returns.mark('ann')).toEqual({ room: roomNamed('ops'), id: 9, at: NOON + 1, isHere: false });
      });

      it('are forgotten with their names', () => {
        register('ann');
        accounts.returns.keep('ann', mail(1));
        accounts.returns.leave('ann', { room: roomNamed('dev'), id: 7, at: NOON, isHere: false });
        accounts.people.unregister('ann');
        accounts.commit();
        register('ann');
        expect(accounts.returns.waiting('ann', NOON)).toEqual([]);
        expect(accounts.returns.mark('ann')).toBe(undefined);
      });
    });
  });
}
