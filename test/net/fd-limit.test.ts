import { expect, it } from 'vitest';
import { connectionsWithin, describeShortage } from '../../src/net/fd-limit.js';

it.each([
  // MAX_CLIENTS, the system's limit → connections, told at a time that they are refused
  [10_000, null, 10_000, 1000],
  [10_000, 1_048_576, 10_000, 1000],
  [10_000, 10_364, 10_000, 300],
  [10_000, 1024, 960, 32],
  [0, 1024, 960, 32],
  [0, null, 0, 1000],
  [5, 16, 1, 32],
])(
  'MAX_CLIENTS=%i within %s open files is %i connections, and %i refused',
  (clients, files, connections, refused) => {
    expect(connectionsWithin(clients, files)).toMatchObject({ connections, refused });
  },
);

it('a shortage is described with both numbers, and only a shortage', () => {
  expect(describeShortage(connectionsWithin(10_000, 1024))).toMatch(
    /MAX_CLIENTS is 10000, .* room for 960 connections/,
  );
  expect(describeShortage(connectionsWithin(10_000, 20_000))).toBeNull();
  expect(describeShortage(connectionsWithin(0, 1024))).toBeNull();
});
