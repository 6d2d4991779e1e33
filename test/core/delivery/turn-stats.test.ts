/** The meter's figures of messages, deliveries and bytes match what the clients receive. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meter, TurnReport } from '../../../src/core/ports.js';
import type { CloseReason } from '../../../src/core/reasons.js';
import { SPEAKERS } from '../../dialects/speakers.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, World, type WorldOptions } from '../../support/world.js';

class Counter implements Meter {
  messages = 0;
  deliveries = 0;
  bytes = 0;
  receivedBytes = 0;
  commits: number[] = [];
  readonly ends: CloseReason[] = [];
  #elapsed = 0;

  /** A clock that advances one millisecond with each reading. */
  elapsed(): number {
    return this.#elapsed++;
  }

  onReceived(bytes: number): void {
    this.receivedBytes += bytes;
  }

  onTurn({ messages, deliveries, bytes, commitMs }: TurnReport): void {
    this.messages += messages;
    this.deliveries += deliveries;
    this.bytes += bytes;
    if (commitMs !== null) this.commits.push(commitMs);
  }

  onConnectionEnd(why: CloseReason): void {
    this.ends.push(why);
  }
}

function countedWorld(options: WorldOptions = {}) {
  const counter = new Counter();
  return { counter, world: new World({ ...options, meter: counter }) };
}

describe('the meter', () => {
  it('a room message counts as one message, and as one delivery per reader', () => {
    const { counter, world } = countedWorld();
    const [ann, bob] = world.logins('ann', 'bob', 'cat');
    ann?.say('MSG one\nMSG two\n');
    bob?.say('MSG three\n');
    world.settle();
    expect([counter.messages, counter.deliveries]).toEqual([3, 6]);
  });

  it('a delivered direct message counts, other commands and replies do not', () => {
    const { counter, world } = countedWorld();
    const [ann] = world.logins('ann', 'bob');
    ann?.send('DM bob hi\nDM nobody hi\nWHO\nJOIN dev\nPING\nHISTORY\n');
    expect([counter.messages, counter.deliveries]).toEqual([1, 1]);
  });

  it('a message that could not be stored does not count', () => {
    const history = new FragileHistory();
    const { counter, world } = countedWorld({ history });
    const [ann] = world.logins('ann', 'bob');
    history.broken = true;
    ann?.send('MSG lost\n');
    expect([counter.messages, counter.deliveries]).toEqual([0, 0]);
    expect(counter.commits).toEqual([1]);
  });

  it('the meter receives every byte count, every commit and every close reason', () => {
    const { counter, world } = countedWorld();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG hi\n');
    ann?.send('QUIT\n');
    bob?.vanish();
    expect(counter.receivedBytes).toBe('LOGIN ann\nLOGIN bob\nMSG hi\nQUIT\n'.length);
    expect(counter.bytes).toBe('OK\nOK\nMSG ann hi\nINFO bye\nINFO ann disconnected\n'.length);
    expect(counter.commits).toEqual([1]);
    expect(counter.ends).toEqual(['quit', 'lost']);
  });

  it('a refused connection counts under its close reason, even if it was closed without a reply', () => {
    const { counter, world } = countedWorld({ maxClients: 1 });
    for (let count = 0; count < 50; count++) world.connect();
    expect(counter.ends).toEqual(Array.from({ length: 49 }, () => 'server-full'));
  });

  it('the deliveries equal the messages that clients of all dialects receive, whatever happens in the turn', () => {
    const step = fc.tuple(fc.nat(5), fc.constantFrom('say', 'say', 'dm', 'dev', 'lobby', 'end', 'turn'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { counter, world } = countedWorld();
        const peers: Peer[] = Array.from({ length: 6 }, (_, index) => {
          const speaker = SPEAKERS[index % SPEAKERS.length];
          const peer = world.connect('10.0.0.1', speaker?.converse);
          peer.send(speaker?.login(`user${index}`) ?? '');
          return peer;
        });
        for (const peer of peers) peer.read();
        for (const [index, kind] of steps) act(world, peers, index, kind);
        world.settle();
        const received = peers.map((peer) => peer.read().match(/#said#/g)?.length ?? 0);
        expect(counter.deliveries).toBe(received.reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 300 },
    );
  });
});

/** Every third client uses `lines`; the others skip the steps that their dialect cannot express. */
function act(world: World, peers: readonly Peer[], index: number, kind: string): void {
  const peer = peers[index];
  const usesLines = index % 3 === 0;
  switch (kind) {
    case 'turn':
      world.settle();
      return;
    case 'say':
      peer?.say(usesLines ? 'MSG #said#\n' : '#said#\n');
      return;
    case 'dm':
      if (usesLines) peer?.say('DM user1 #said#\n');
      return;
    case 'end':
      // A session that is lost in a turn receives nothing of that turn, so the turn ends first.
      world.settle();
      peer?.vanish();
      return;
    default:
      if (usesLines) peer?.say(`JOIN ${kind}\n`);
  }
}
