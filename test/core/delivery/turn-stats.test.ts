/** What the meter is told is what the clients see. */
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
  heardBytes = 0;
  commits: number[] = [];
  readonly ends: CloseReason[] = [];
  #elapsed = 0;

  /** A watch that a millisecond passes on with every look. */
  elapsed(): number {
    return this.#elapsed++;
  }

  onReceived(bytes: number): void {
    this.heardBytes += bytes;
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

function counted(options: WorldOptions = {}) {
  const counter = new Counter();
  return { counter, world: new World({ ...options, meter: counter }) };
}

describe('the meter', () => {
  it('counts a room message once, and once for each who is given it', () => {
    const { counter, world } = counted();
    const [ann, bob] = world.logins('ann', 'bob', 'cat');
    ann?.say('MSG one\nMSG two\n');
    bob?.say('MSG three\n');
    world.settle();
    expect([counter.messages, counter.deliveries]).toEqual([3, 6]);
  });

  it('counts direct messages, and nothing else that is said', () => {
    const { counter, world } = counted();
    const [ann] = world.logins('ann', 'bob');
    ann?.send('DM bob hi\nDM nobody hi\nWHO\nJOIN dev\nPING\nHISTORY\n');
    expect([counter.messages, counter.deliveries]).toEqual([1, 1]);
  });

  it('counts no message that could not be stored', () => {
    const history = new FragileHistory();
    const { counter, world } = counted({ history });
    const [ann] = world.logins('ann', 'bob');
    history.broken = true;
    ann?.send('MSG lost\n');
    expect([counter.messages, counter.deliveries]).toEqual([0, 0]);
    expect(counter.commits).toEqual([1]);
  });

  it('is told of every byte, and of each commit and each end', () => {
    const { counter, world } = counted();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG hi\n');
    ann?.send('QUIT\n');
    bob?.vanish();
    expect(counter.heardBytes).toBe('LOGIN ann\nLOGIN bob\nMSG hi\nQUIT\n'.length);
    expect(counter.bytes).toBe('OK\nOK\nMSG ann hi\nINFO bye\nINFO ann disconnected\n'.length);
    expect(counter.commits).toEqual([1]);
    expect(counter.ends).toEqual(['quit', 'lost']);
  });

  it('is told of those who are turned away without a word, too', () => {
    const { counter, world } = counted({ maxClients: 1 });
    for (let count = 0; count < 50; count++) world.connect();
    expect(counter.ends).toEqual(Array.from({ length: 49 }, () => 'server-full'));
  });

  it('counts what clients of all dialects see, whoever comes and goes in the turn', () => {
    const action = fc.tuple(fc.nat(5), fc.constantFrom('say', 'say', 'dm', 'dev', 'lobby', 'end', 'turn'));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { counter, world } = counted();
        const peers: Peer[] = Array.from({ length: 6 }, (_, index) => {
          const speaker = SPEAKERS[index % SPEAKERS.length];
          const peer = world.connect('10.0.0.1', speaker?.converse);
          peer.send(speaker?.login(`user${index}`) ?? '');
          return peer;
        });
        for (const peer of peers) peer.read();
        for (const [index, what] of actions) act(world, peers, index, what);
        world.settle();
        const shown = peers.map((peer) => peer.read().match(/#said#/g)?.length ?? 0);
        expect(counter.deliveries).toBe(shown.reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 300 },
    );
  });
});

/** Every third speaks lines; what the others cannot say, they do not. */
function act(world: World, peers: readonly Peer[], index: number, what: string): void {
  const peer = peers[index];
  const speaksLines = index % 3 === 0;
  switch (what) {
    case 'turn':
      world.settle();
      return;
    case 'say':
      peer?.say(speaksLines ? 'MSG #said#\n' : '#said#\n');
      return;
    case 'dm':
      if (speaksLines) peer?.say('DM user1 #said#\n');
      return;
    case 'end':
      // Of a session that has ended in this turn nothing more is shown, and so nothing is to be counted.
      world.settle();
      peer?.vanish();
      return;
    default:
      if (speaksLines) peer?.say(`JOIN ${what}\n`);
  }
}
