/** The sessions of an account are found by it, whatever their names, and however the account changes. */
import { expect, it } from 'vitest';
import type { Account } from '../../../src/core/accounts.js';
import { Directory } from '../../../src/core/hub/directory.js';
import { RemoteSession } from '../../../src/core/hub/session.js';
import { parseUserName } from '../../../src/core/text/text.js';

function accountOf(fold: string): Account {
  const row = { fold, shown: fold, registeredAt: 0, lastIdBefore: null, passwordHash: 'x' };
  return { ...row, isOperator: false, ignores: new Set() };
}

it('the sessions of an account are in the order of their logins, without those that ended or left it', () => {
  const directory = new Directory();
  const [ann, bob] = [accountOf('ann'), accountOf('bob')];
  const sessions = ['one', 'two', 'three', 'four'].map((name, no) => {
    const session = new RemoteSession({ node: 'a', epoch: 1, no }, 'lines', '10.0.0.1');
    session.name = parseUserName(name);
    directory.everyone.enter(session);
    return session;
  });
  const [one, two, three, four] = sessions;
  for (const session of sessions.toReversed()) session.account = ann;
  expect(directory.sessionsWith(ann)).toEqual(sessions);
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error();
  one.account = bob;
  two.account = null;
  expect(directory.sessionsWith(ann)).toEqual([three, four]);
  expect(directory.sessionsWith(bob)).toEqual([one]);
  two.account = ann;
  three.leaveAccount();
  four.closeReason = 'lost';
  four.leaveAccount();
  four.account = ann;
  expect(directory.sessionsWith(ann)).toEqual([two]);
  expect(three.account).toBe(ann);
});
