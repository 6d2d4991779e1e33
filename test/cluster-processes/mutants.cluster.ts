/** The proof finds what it must: without a rule, the run that passes in rules.cluster.ts has faults. */
import { expect, it } from 'vitest';
import { describeCluster } from './cluster.js';
import { bannedAtOnce, doubledBatch, lateBatch, lockedAtOnce, namesAtOnce } from './attacks.js';
import { type Change, mutated } from './mutation.js';

const NO_COUNTER_RULE: Change = {
  file: 'cluster/rules.js',
  from: 'return n === node.lastN + 1;',
  to: 'return true;',
};

const NO_EPOCH_RULE: Change = {
  file: 'cluster/rules.js',
  from: 'return node.isLive && node.epoch === epoch;',
  to: 'return true;',
};

const NO_RECHECK: Change = {
  file: 'core/hub/sessions.js',
  from: 'if (registration.isTaken(name, own)) {',
  to: 'if (false) {',
};

const NO_RECHECK_OF_BANS: Change = {
  file: 'core/hub/sessions.js',
  from: /(settleLogin\([^]*?)!this\.#admits\(session, proposal, at\)/,
  to: '$1false',
};

const NO_RECHECK_OF_LOCKS: Change = {
  file: 'core/hub/membership.js',
  from: /(settleJoin\([^]*?)!this\.#admits\(session, name, knownKeyHash, at\)/,
  to: '$1false',
};

describeCluster('a program without a rule', () => {
  it.each([
    ['the rule of the counter', NO_COUNTER_RULE, doubledBatch],
    ['the rule of the epoch', NO_EPOCH_RULE, lateBatch],
    ['the check of names when a login settles', NO_RECHECK, namesAtOnce],
    ['the check of bans when a login settles', NO_RECHECK_OF_BANS, bannedAtOnce],
    ['the check of locks when a join settles', NO_RECHECK_OF_LOCKS, lockedAtOnce],
  ])('without %s, its test fails', async (_, change, attack) => {
    const faults = await attack(mutated([change]));
    expect(faults).not.toEqual([]);
  });
});
