/** Random messages, streams and readers: each stream has every message after its cursor once, in order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';

type Step =
  | { readonly kind: 'say'; readonly who: 0 | 1; readonly size: number; readonly count: number }
  | { readonly kind: 'subscribe'; readonly rooms: readonly string[]; readonly after: number | null }
  | { readonly kind: 'stop' | 'readOn'; readonly stream: number }
  | { readonly kind: 'readSome'; readonly stream: number; readonly bytes: number }
  | { readonly kind: 'pass' | 'settle' | 'hold' | 'release' };

const ROOMS = ['lobby', 'dev'];
const stream = fc.nat({ max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      who: fc.constantFrom<0 | 1>(0, 1),
      size: fc.constantFrom(1, 200, 3000),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      rooms: fc.constantFrom(['lobby'], ['dev'], ROOMS),
      after: fc.option(fc.nat({ max: 60 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('readSome' as const),
      stream,
      bytes: fc.integer({ min: 1, max: 60_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'readOn' as const), stream }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('pass' as const, 'settle' as const, 'hold' as const, 'release' as const),
    }),
  },
);

interface Stream {
  readonly peer: Peer;
  readonly rooms: readonly string[];
  readonly after: number;
}

it.each([false, true])(
  'a stream has each message after its cursor once and in order (turns stored later: %s)',
  { timeout: 120_000 },
  (storesLater) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World({ storesLater, writeQueueBytes: 100_000_000 });
        const users = world.logins('ann', 'bob');
        users[1]?.send('JOIN dev\n');
        const streams: Stream[] = [];
        for (const one of steps) run(world, users, streams, one);
        release(world);
        world.settle();
        for (const { peer } of streams) peer.readOn();
        world.settle();
        for (const { peer, rooms, after } of streams) {
          const ids = Array.from(peer.read().matchAll(/^(\d+) /gm), ([, id]) => Number(id));
          expect(ids).toEqual(storedIn(world, rooms, after));
        }
        expect(world.errors).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
);

function run(world: World, users: readonly Peer[], streams: Stream[], one: Step): void {
  switch (one.kind) {
    case 'say':
      users[one.who]?.say(`MSG ${'x'.repeat(one.size)}\n`.repeat(one.count));
      return;
    case 'subscribe': {
      const { lastId } = world.hub.state();
      const { rooms } = one;
      // A cursor above the newest id begins anew.
      const after = one.after === null ? null : Math.min(one.after, lastId);
      if (streams.length < 6)
        streams.push({ peer: world.subscribe(rooms, { after }), rooms, after: after ?? lastId });
      return;
    }
    case 'stop':
      streams[one.stream]?.peer.stopReading();
      return;
    case 'readOn':
      streams[one.stream]?.peer.readOn();
      return;
    case 'readSome':
      streams[one.stream]?.peer.readSome(one.bytes);
      return;
    case 'pass':
      world.pass();
      return;
    case 'settle':
      world.settle();
      return;
    case 'hold':
      if (world.disk !== null) world.disk.isHeld = true;
      return;
    case 'release':
      release(world);
      return;
    default:
      one satisfies never;
  }
}

/** A commit that is not held has been told to end already. */
function release({ disk }: World): void {
  if (disk?.isHeld === true) disk.release();
}

function storedIn(world: World, rooms: readonly string[], after: number): number[] {
  const range = { after, before: Number.MAX_SAFE_INTEGER, limit: 100_000, keep: 'oldest' } as const;
  return rooms.flatMap((room) => world.history.read(room, range).map(({ id }) => id)).sort((a, b) => a - b);
}
