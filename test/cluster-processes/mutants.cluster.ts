/** The proof finds what it must: without a rule, the run that passes in rules.cluster.ts has faults. */
import { expect, it } from 'vitest';
import { describeCluster } from './cluster.js';
import { doubledBatch, lateBatch, namesAtOnce } from './attacks.js';
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

describeCluster('a program without a rule', () => {
  it.each([
    ['the rule of the counter', NO_COUNTER_RULE, doubledBatch],
    ['the rule of the epoch', NO_EPOCH_RULE, lateBatch],
    ['the check of names when a login settles', NO_RECHECK, namesAtOnce],
  ])('without %s, its test fails', async (_, change, attack) => {
    const faults = await attack(mutated([change]));
    expect(faults).not.toEqual([]);
  });
});
