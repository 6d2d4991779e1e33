/** Random commands of clients of several nodes: whatever the order of their turns, all nodes have the same state. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Nodes } from '../../support/nodes.js';
import { ircConversationOf } from '../../support/irc.js';
import {
  filledIn,
  filledInIrc,
  RANDOM_COMMANDS,
  RANDOM_IRC_COMMANDS,
} from '../../support/random-commands.js';
import type { Peer } from '../../support/world.js';

const CLIENTS = 9;
/** Those from this number on are clients of IRC. */
const FIRST_OF_IRC = 7;

/** A run takes half a minute on a busy machine. */
const TIMEOUT_MS = 120_000;

type Step =
  | {
      readonly kind: 'say';
      readonly index: number;
      readonly line: string;
      readonly irc: string;
      readonly pick: number;
    }
  | { readonly kind: 'vanish' | 'connect' | 'turn' | 'lose' | 'restart' | 'stop'; readonly index: number }
  | { readonly kind: 'settle' | 'hold' | 'release' | 'wait' };

const index = fc.nat({ max: CLIENTS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      index,
      line: fc.constantFrom(...RANDOM_COMMANDS),
      irc: fc.constantFrom(...RANDOM_IRC_COMMANDS),
      pick: fc.nat({ max: 1000 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn' as const), index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('vanish' as const, 'connect' as const, 'stop' as const),
      index,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'restart' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('settle' as const, 'hold' as const, 'release' as const, 'wait' as const),
    }),
  },
);

it('all nodes have the same state after any commands of their clients', { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }),
      fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }),
      async (count, steps) => {
        const nodes = new Nodes(count, { presenceLimit: 4 });
        nodes.register('reg', 'opal', 'fay');
        nodes.setOperator('opal');
        const peers: Peer[] = [];
        const connect = (number: number) => {
          const world = nodes.world(number % count);
          const address = `10.0.0.${number % count}`;
          if (number < FIRST_OF_IRC) peers[number] = world.connect(address);
          else {
            peers[number] = world.connect(address, ircConversationOf(world));
            const name = number === FIRST_OF_IRC ? 'ivy' : 'ike';
            peers[number]?.say(`NICK ${name}\r\nUSER me 0 * :Me\r\nJOIN #dev,#ops\r\n`);
          }
        };
        const logins = ['ann', 'bob', 'İbo', 'reg reg-password', 'opal opal-password', 'fay fay-password'];
        for (let number = 0; number < CLIENTS; number++) {
          connect(number);
          if (logins[number] !== undefined) peers[number]?.say(`LOGIN ${logins[number]}\n`);
        }
        await nodes.settle();
        nodes.check();
        for (const one of steps) {
          switch (one.kind) {
            case 'say':
              if (one.index < FIRST_OF_IRC) peers[one.index]?.say(`${filledIn(one.line, one.pick)}\n`);
              else peers[one.index]?.say(`${filledInIrc(one.irc, one.pick)}\r\n`);
              break;
            case 'turn':
              nodes.world(one.index % count).settle();
              break;
            case 'vanish':
              peers[one.index]?.vanish();
              break;
            case 'stop':
              peers[one.index]?.stopReading(100);
              break;
            case 'connect':
              if (peers[one.index]?.isEnding === true) connect(one.index);
              break;
            case 'hold':
              nodes.hold();
              break;
            case 'release':
            case 'settle':
              await nodes.release();
              nodes.check();
              break;
            case 'wait':
              await nodes.wait(30_000);
              break;
            case 'lose':
              await nodes.release();
              await nodes.endNode(one.index % count);
              nodes.check();
              break;
            case 'restart':
              await nodes.release();
              await nodes.restart(one.index % count);
              nodes.check();
              for (let number = one.index % count; number < CLIENTS; number += count) connect(number);
              break;
            default:
              one satisfies never;
          }
        }
        await nodes.release();
        nodes.check();
        const [userCount] = nodes.worlds.map(({ hub }) => hub.userCount);
        expect(nodes.worlds.map(({ hub }) => hub.userCount)).toEqual(nodes.worlds.map(() => userCount));
      },
    ),
    { numRuns: 100 },
  );
});
