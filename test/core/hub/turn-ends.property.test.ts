/**
 * The founders, topics and messages of rooms do not depend on where turns end: servers of a cluster settle the same
 * entries in turns of their own.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanText, parseRoomName, parseUserName } from '../../../src/core/text/text.js';
import { type Peer, World } from '../../support/world.js';

const ROOMS = ['dev', 'ops'];
const MAX_ID = 8;
const COMMANDS = [
  ...ROOMS.flatMap((room) => [`JOIN ${room}\n`, `JOIN ${room}\n`, `JOIN ${room}\nMSG hi\n`]),
  'LEAVE\n',
  'LEAVE\n',
  'MSG hi\n',
  'PASTE\none\ntwo\n.\n',
  'TOPIC ours\n',
];
/** For a guest, who may delete its own messages alone: those of others are not shown yet while the turn goes on. */
const DELETIONS = Array.from({ length: MAX_ID }, (_, index) => `DELETE ${index + 1}\n`);

const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ user: fc.nat({ max: 2 }), command: fc.constantFrom(...COMMANDS) }) },
  { weight: 5, arbitrary: fc.record({ user: fc.constant(0), command: fc.constantFrom(...DELETIONS) }) },
  { weight: 1, arbitrary: fc.record({ post: fc.constantFrom(...ROOMS) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function stateAfter(steps: readonly Step[], endsTurns: boolean): Promise<unknown> {
  const world = new World();
  world.register('reg', 'fay');
  const users: Peer[] = [world.login('ann'), await world.loginOwner('reg'), await world.loginOwner('fay')];
  for (const one of steps) {
    if ('post' in one) post(world, one.post);
    else users[one.user]?.say(one.command);
    if (endsTurns) world.settle();
  }
  world.settle();
  const reader = world.login('eve');
  return ROOMS.map((name) => {
    const { founder, topic } = world.accounts.rooms.room(name) ?? {};
    reader.read();
    reader.send(`JOIN ${name}\nHISTORY\n`);
    return { name, founder, topic, messages: reader.lines() };
  });
}

function post(world: World, name: string): void {
  const [room, from] = [parseRoomName(name), parseUserName('ci')];
  if (room === null || from === null) throw new Error('invalid test name');
  const by = { kind: 'guest', address: '10.0.0.9', knownKeyHash: null, orElse: null } as const;
  const seenAs = { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' };
  const texts = [cleanText('posted')];
  world.hub.post({ room, from, texts, by, once: null, seenAs, onResult() {} }, world.clock.now());
}

it('what rooms keep is the same, whether a turn ends after each command or after the last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }), async (steps) => {
      expect(await stateAfter(steps, false)).toEqual(await stateAfter(steps, true));
    }),
    { numRuns: 1000 },
  );
});
