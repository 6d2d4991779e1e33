/** Tests the summary of benchmark results. */
import { expect, test } from 'vitest';
import type { Reply } from './load/job.js';
import { summarize } from './results.js';
import { rowsFor } from './rows.js';

const a1 = rowsFor(100).find((row) => row.id === 'A1');

test('the ratio of a contender is the median of its ratios per round, and decides the claims', () => {
  const result = summary([
    { name: 'partyline', rounds: [30, 10, 24].map(rate) },
    { name: 'redis', rounds: [10, 2, 12].map(rate) },
  ]);
  expect(result.lines.map(({ ratio }) => ratio)).toEqual([null, 3]);
  expect(result.lines[0]?.medians.perCpuSecond).toBe(24);
  expect(result.verdicts).toEqual([{ claim: 'at least 2.4 × redis', measured: '3.00 ×', holds: true }]);
});

test('a failed round is reported and does not count', () => {
  const result = summary([
    { name: 'partyline', rounds: [rate(8), { failure: 'no port' }] },
    { name: 'redis', rounds: [rate(4), rate(1)] },
  ]);
  expect(result.lines[0]).toMatchObject({ failed: true, remarks: ['FAILED: no port'] });
  expect(result.verdicts).toEqual([{ claim: 'at least 2.4 × redis', measured: '2.00 ×', holds: false }]);
});

test('the limit of the memory of a client has a value for the server on each Node.js and one for the executable', () => {
  const row = rowsFor(100).find(({ id }) => id === 'C');
  if (row === undefined) throw new Error('row C is missing');
  const { verdicts } = summarize(row, [
    { name: 'partyline', rounds: [memory(5 * 1024)] },
    { name: 'Node.js v26.1.0', rounds: [memory(9 * 1024)] },
    { name: 'executable', rounds: [memory(7 * 1024)] },
  ]);
  expect(verdicts.map(({ holds }) => holds)).toEqual([true, false, false]);
});

test('a claim may compare two other contenders, within each round', () => {
  const row = rowsFor(100).find(({ id }) => id === 'H1');
  if (row === undefined) throw new Error('row H1 is missing');
  const { verdicts } = summarize(row, [
    { name: 'alone', rounds: [9, 9, 9].map(rate) },
    { name: '1 server', rounds: [10, 20, 40].map(rate) },
    { name: '3 servers', rounds: [9, 17, 20].map(rate) },
  ]);
  expect(verdicts).toEqual([
    { claim: '3 servers: at least 0.8 × 1 server', measured: '0.850 ×', holds: true },
  ]);
});

function memory(bytesPerClient: number): Reply {
  return { values: { bytesPerClient }, remarks: [] };
}

function summary(series: Parameters<typeof summarize>[1]) {
  if (a1 === undefined) throw new Error('row A1 is missing');
  return summarize(a1, series);
}

function rate(perCpuSecond: number): Reply {
  return { values: { perCpuSecond }, remarks: [] };
}
