/** The limit of connections that follows from the limit of open files. */
import { expect, it } from 'vitest';
import { connectionsWithin, describeShortage } from '../../src/net/fd-limit.js';

it.each([
  // MAX_CLIENTS, limit of open files → connections, refused connections at a time that get the reason
  [10_000, null, 10_000, 1000],
  [10_000, 1_048_576, 10_000, 1000],
  [10_000, 10_364, 10_000, 300],
  [10_000, 1024, 960, 32],
  [0, 1024, 960, 32],
  [0, null, 0, 1000],
  [5, 16, 1, 32],
])(
  'MAX_CLIENTS=%i with a limit of %s open files allows %i connections and %i refused ones',
  (clients, files, connections, refused) => {
    expect(connectionsWithin(clients, files)).toMatchObject({ connections, refused });
  },
);

it('a limit of open files below MAX_CLIENTS gives a warning with both numbers', () => {
  expect(describeShortage(connectionsWithin(10_000, 1024), 'MAX_CLIENTS')).toMatch(
    /MAX_CLIENTS is 10000, .* allows only 960 connections; raise .* to at least 10064/,
  );
  expect(describeShortage(connectionsWithin(10_000, 1024), 'maxClients')).toMatch(
    /^maxClients is 10000, .*, or lower maxClients$/,
  );
  expect(describeShortage(connectionsWithin(10_000, 20_000), 'MAX_CLIENTS')).toBeNull();
  expect(describeShortage(connectionsWithin(0, 1024), 'MAX_CLIENTS')).toBeNull();
});
