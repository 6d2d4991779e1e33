/** Which servers stop when their states differ. */
import { describe, expect, it } from 'vitest';
import { Agreement } from '../../src/cluster/agreement.js';

/** The state of a server with the run 5, at position 7. */
function stateOf(): Agreement {
  const agreement = new Agreement();
  agreement.keep(7, 'own');
  return agreement;
}

function run(node: string, epoch: number): { readonly node: string; readonly epoch: number } {
  return { node, epoch };
}

describe('servers whose states differ', () => {
  it.each([
    ['one against two equal ones stops', { b: 'x', c: 'x' }, true],
    ['two against one go on', { b: 'own', c: 'x' }, false],
    ['two of four with the oldest run go on', { b: 'own', c: 'x', d: 'x' }, false, { b: 1, c: 2, d: 9 }],
    ['two of four without the oldest run stop', { b: 'own', c: 'x', d: 'x' }, true, { b: 6, c: 2, d: 9 }],
    ['one of two with the older run goes on', { b: 'x' }, false, { b: 8 }],
    ['one of two with the newer run stops', { b: 'x' }, true, { b: 3 }],
    ['equal ones go on', { b: 'own', c: 'own' }, false],
  ] as const)('%s', (_title, hashes, mustStop, epochs: Readonly<Record<string, number>> = {}) => {
    const agreement = stateOf();
    for (const [node, hash] of Object.entries(hashes))
      expect(agreement.compare(node, 7, hash)).toBe(hash !== 'own');
    const others = Object.keys(hashes).map((node) => run(node, epochs[node] ?? 6));
    expect(agreement.mustStop(5, others)).toBe(mustStop);
  });

  it('no server stops before all were compared, or for a position that is not known any more', () => {
    const agreement = stateOf();
    expect(agreement.compare('b', 3, 'x')).toBe(false);
    expect(agreement.mustStop(5, [run('b', 1)])).toBe(false);
    agreement.compare('b', 7, 'x');
    expect(agreement.mustStop(5, [run('b', 1), run('c', 2)])).toBe(false);
    agreement.compare('c', 7, 'x');
    expect(agreement.mustStop(5, [run('b', 1), run('c', 2)])).toBe(true);
    agreement.forget('c');
    expect(agreement.mustStop(5, [run('b', 1), run('c', 2)])).toBe(false);
  });

  it('the hashes of the last 16,384 positions are kept', () => {
    const agreement = stateOf();
    for (let position = 8; position < 7 + 16_384; position++) agreement.keep(position, 'own');
    expect(agreement.compare('b', 7, 'x')).toBe(true);
    agreement.keep(20_000, 'own');
    expect(agreement.compare('b', 7, 'x')).toBe(false);
  });
});
