/** How handshakes are spread over the turns of the event loop. */
import { expect, it } from 'vitest';
import { HandshakeQueue } from '../../src/net/handshake-queue.js';

it('a crowd of handshakes takes 5 ms of a turn, in the order of arrival', async () => {
  const { add, begun } = queue(2);

  for (let number = 1; number <= 7; number++) add(number);
  expect(begun).toEqual([1]);
  await ticks();
  expect(begun).toEqual([1, 2, 3]);
  await turn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
  await turn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it('handshakes that arrive one after the other in a turn share its 5 ms', async () => {
  const { add, begun } = queue(2);

  for (let number = 1; number <= 6; number++) {
    add(number);
    await ticks();
  }

  expect(begun).toEqual([1, 2, 3]);
  await turn();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
});

it('a handshake after a pause begins at once', async () => {
  const { add, begun } = queue(20);
  add(1);
  await turn();
  await turn();

  add(2);

  expect(begun).toEqual([1, 2]);
});

it('a connection that closes while it waits is forgotten', async () => {
  const { add, remove, begun } = queue(20);
  for (let number = 1; number <= 3; number++) add(number);

  remove(2);
  await turn();
  await turn();

  expect(begun).toEqual([1, 3]);
});

/** A queue whose handshakes take `ms` each, half of it in the next tick. */
function queue(ms: number) {
  let now = 0;
  const begun: number[] = [];
  const handshakes = new HandshakeQueue(() => now);
  const starts = new Map<number, () => void>();
  return {
    begun,
    add(number: number) {
      const begin = () => {
        begun.push(number);
        now += ms / 2;
        process.nextTick(() => (now += ms / 2));
      };
      starts.set(number, begin);
      handshakes.add(begin);
    },
    remove(number: number) {
      const begin = starts.get(number);
      if (begin !== undefined) handshakes.remove(begin);
    },
  };
}

/** Resolves after all ticks of this turn, before the event loop goes on. */
async function ticks(): Promise<void> {
  for (let count = 0; count < 20; count++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await ticks();
}
