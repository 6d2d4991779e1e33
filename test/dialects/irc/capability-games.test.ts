/** Clients that ask for one set of capabilities after the other leave no memory behind. */
import { setImmediate as nextTask } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const CAPS =
  'server-time message-tags account-tag batch extended-join away-notify account-notify setname invite-notify'.split(
    ' ',
  );

/** A set of capabilities for each number below 512. */
function capsNumbered(number: number): string {
  return CAPS.map((cap, bit) => (((number >> bit) & 1) === 1 ? cap : `-${cap}`)).join(' ');
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** A reference to the encoder that a client has at the moment; it does not keep it. */
function encoderOf(peer: IrcPeer): WeakRef<object> {
  const encoder = peer.peer.client?.encoder;
  if (encoder === undefined) throw new Error('there is no client');
  return new WeakRef(encoder);
}

async function livingOf(encoders: readonly WeakRef<object>[]): Promise<number> {
  // References that were read stay alive until the end of the task.
  await nextTask();
  collect();
  return encoders.filter((encoder) => encoder.deref() !== undefined).length;
}

it('an encoder is dropped when no client uses it', async () => {
  const world = new World();
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
  const encoders: WeakRef<object>[] = [];
  for (let number = 1; number < 512; number++) {
    ann.ask(`CAP REQ :${capsNumbered(number)}`);
    encoders.push(encoderOf(ann));
    // It is used, so that it has output.
    bob.ask(`PRIVMSG #dev :${number}`);
    expect(ann.lines()).toHaveLength(1);
  }
  expect(await livingOf(encoders)).toBe(1);

  ann.peer.vanish();
  const quick = Array.from({ length: 100 }, (_, number) => {
    const peer = new IrcPeer(world);
    peer.ask(`CAP REQ :${capsNumbered(number + 1)}`);
    const encoder = encoderOf(peer);
    peer.peer.vanish();
    return encoder;
  });
  // What the observers saw holds the clients.
  world.seen.length = 0;
  expect(await livingOf(quick)).toBe(0);
});

it('clients with the same capabilities share an encoder, also after others have used it', async () => {
  const world = new World();
  const [ann, bob] = ['ann', 'bob'].map((name) => ircLogin(world, name, { caps: 'server-time' }));
  expect(await livingOf([])).toBe(0);
  const eve = ircLogin(world, 'eve', { caps: 'server-time echo-message' });
  expect(eve.peer.client?.encoder).toBe(ann?.peer.client?.encoder);
  expect(eve.peer.client?.encoder).toBe(bob?.peer.client?.encoder);
});
