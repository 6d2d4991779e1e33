/** WHO and ROOMS of many users: made in slices, consistent while users come and go, and no delay for other clients. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PAGES_PER_TURN } from '../../../src/core/delivery/page-queue.js';
import { MAX_ITEMS_PER_SLICE } from '../../../src/core/delivery/pages.js';
import { type Peer, World } from '../../support/world.js';

/** A world with so many users, whose connections are in the order of their names. */
function crowd(size: number): { readonly world: World; readonly peers: Peer[] } {
  const world = new World();
  const peers = Array.from({ length: size }, (_, number) => {
    const peer = world.connect(`10.0.${number >> 8}.${number & 255}`);
    peer.say(`LOGIN user${number}\n`);
    return peer;
  });
  world.settle();
  for (const peer of peers) peer.read();
  return { world, peers };
}

function usersIn(received: string): string[] {
  return [...received.matchAll(/^(?:@\S+ )?USER (\S+)$/gm)].map(([, name = '']) => name);
}

/** Asks without reading more than the first slice. */
function askSlowly(world: World, peer: Peer | undefined, command: string): void {
  peer?.stopReading();
  peer?.say(`${command}\n`);
  world.pass();
}

describe('a list of many users', () => {
  it('WHO of 10,000 users is sent in slices of a bounded number, one for each turn', () => {
    const { world, peers } = crowd(10_000);
    const [ann] = peers;
    ann?.say('WHO\nPING end\n');
    let received = '';
    while (world.pass()) {
      const slice = ann?.read() ?? '';
      expect(usersIn(slice).length).toBeLessThanOrEqual(MAX_ITEMS_PER_SLICE);
      received += slice;
    }
    expect(usersIn(received)).toEqual(peers.map((_, number) => `user${number}`));
    expect(received).toMatch(/\nPONG end\n$/);
  });

  it('each line of a labelled WHO has the label, and one OK ends it', () => {
    const { peers } = crowd(600);
    const [ann] = peers;
    ann?.send('TAGS ON\n@label=7 WHO\n');
    const [, ...received] = ann?.lines() ?? [];
    expect(received).toHaveLength(601);
    expect(received.every((line) => line.startsWith('@label=7 '))).toBe(true);
    expect(received.filter((line) => line === '@label=7 OK')).toEqual([received.at(-1)]);
  });

  it('a list leaves out users that leave before their slice, and those that come after the command', () => {
    const { world, peers } = crowd(600);
    const [ann] = peers;
    askSlowly(world, ann, 'WHO');
    peers[100]?.vanish();
    peers[500]?.vanish();
    world.login('user100').send('PING\n');
    world.login('newcomer').send('PING\n');
    ann?.readOn();
    const names = usersIn(ann?.read() ?? '');
    expect(names).toHaveLength(599);
    expect(names.filter((name) => name === 'user100')).toHaveLength(1);
    expect(names).not.toContain('user500');
    expect(names).not.toContain('newcomer');
  });

  it('the list of a room holds a user that leaves and comes back during it at most once', () => {
    const { world, peers } = crowd(600);
    const [ann] = peers;
    askSlowly(world, ann, 'WHO lobby');
    for (const number of [100, 500]) peers[number]?.send('JOIN dev\nLEAVE\n');
    ann?.readOn();
    const names = usersIn(ann?.read() ?? '');
    expect(names).toHaveLength(599);
    expect(new Set(names).size).toBe(599);
  });

  it('a name that a renamed user takes over during a list is not listed twice', () => {
    const { world, peers } = crowd(600);
    const [ann] = peers;
    askSlowly(world, ann, 'WHO');
    peers[100]?.send('NICK other\n');
    peers[500]?.send('NICK user100\n');
    ann?.readOn();
    const names = usersIn(ann?.read() ?? '');
    expect(names.filter((name) => name === 'user100')).toHaveLength(1);
    expect(new Set(names).size).toBe(names.length);
  });

  it('the count that an interactive session gets is the number of users that it was shown', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const peers = Array.from({ length: 600 }, (_, number) => world.login(`user${number}`));
    const person = world.connect();
    world.wait(2500);
    person.send('LOGIN person\n');
    person.read();
    askSlowly(world, person, 'WHO');
    for (const peer of peers.slice(400, 450)) peer.vanish();
    person.readOn();
    const received = person.read();
    const shown = received.match(/\buser\d+ \(lobby\)|\bperson \(lobby\)/g) ?? [];
    expect(shown).toHaveLength(551);
    expect(received).toContain('\nINFO 551 users\n');
    for (const line of received.split('\n')) expect(line.length).toBeLessThanOrEqual(79);
  });

  it('ROOMS holds a room that is left and created again during the list at most once', () => {
    const { world, peers } = crowd(600);
    for (const [number, peer] of peers.entries()) peer.say(`JOIN room${number}\n`);
    world.settle();
    for (const peer of peers) peer.read();
    const [ann] = peers;
    askSlowly(world, ann, 'ROOMS');
    for (const number of [100, 500]) peers[number]?.send(`LEAVE\nJOIN room${number}\n`);
    peers[501]?.send('JOIN new\n');
    ann?.readOn();
    const received = ann?.lines() ?? [];
    const rooms = received.filter((line) => line.startsWith('ROOM '));
    expect(new Set(rooms).size).toBe(rooms.length);
    expect(rooms).toHaveLength(601 - 2);
    expect(received.filter((line) => line === 'OK')).toHaveLength(1);
  });

  it('a list names each user that stays once, and only users that were there, for any comings and goings', () => {
    const SIZE = 520;
    const change = fc.record({
      index: fc.nat({ max: SIZE - 1 }),
      kind: fc.constantFrom('vanish', 'again', 'nick', 'swap', 'move', 'pass'),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 40 }),
        fc.constantFrom('WHO', 'WHO lobby'),
        (changes, command) => {
          const { world, peers } = crowd(SIZE);
          const asker = world.login('asker');
          const stays = new Set(peers.map((_, number) => `user${number}`));
          const asked = new Set(stays).add('asker');
          asker.stopReading(2000);
          asker.say(`${command}\n`);
          world.pass();
          for (const [number, { index, kind }] of changes.entries()) {
            const peer = peers[index];
            if (kind === 'pass') asker.readSome(3000);
            else stays.delete(peer?.client?.name?.shown ?? '');
            if (kind === 'vanish' || kind === 'again') peer?.vanish();
            if (kind === 'again') peers[index] = world.login(`user${index}`);
            if (kind === 'nick') peer?.send(`NICK other${number}\n`);
            if (kind === 'swap') peer?.send(`NICK user${(index + 1) % SIZE}\n`);
            if (kind === 'move') peer?.send('JOIN dev\nLEAVE\n');
            world.settle();
          }
          asker.readOn();
          const names = usersIn(asker.read());
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(asked).toContain(name);
          const listed = new Set(names);
          for (const name of stays) expect(listed).toContain(name);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('many lists at once', () => {
  it('a turn makes a bounded number of slices, every client gets its list, and a PING is answered at once', () => {
    const { world, peers } = crowd(2000);
    const askers = peers.slice(0, 100);
    for (const peer of askers) peer.say('WHO\n');
    const received = askers.map(() => '');
    const other = peers[1999];
    for (let turn = 0; ; turn++) {
      if (turn === 5) other?.say('PING now\n');
      if (!world.pass()) break;
      if (turn === 5) expect(other?.read()).toBe('PONG now\n');
      let listed = 0;
      for (const [index, peer] of askers.entries()) {
        const text = peer.read();
        listed += usersIn(text).length;
        received[index] += text;
      }
      expect(listed).toBeLessThanOrEqual(2 * MAX_PAGES_PER_TURN * MAX_ITEMS_PER_SLICE);
    }
    for (const text of received) expect(usersIn(text)).toHaveLength(2000);
  });

  it('a short list is not delayed by the long ones that other clients are being sent', () => {
    const { world, peers } = crowd(2000);
    const late = peers[1999];
    late?.send('JOIN dev\n');
    for (const peer of peers.slice(0, 100)) peer.say('WHO\n');
    for (let turn = 0; turn < 30; turn++) world.pass();
    late?.say('WHO dev\nMSG hi\nPING end\n');
    world.pass();
    world.pass();
    expect(late?.read()).toBe('OK\nUSER user1999\nPONG end\n');
  });

  it('a client that ends while it waits for its slice delays no other', () => {
    const { world, peers } = crowd(1000);
    const askers = peers.slice(0, 50);
    for (const peer of askers) peer.say('WHO\n');
    for (let turn = 0; turn < 3; turn++) world.pass();
    for (const peer of askers.slice(0, 49)) peer.vanish();
    askers[49]?.send('PING end\n');
    expect(askers[49]?.read()).toMatch(/\nUSER user999\n(?:INFO .*\n)*PONG end\n$/);
    expect(world.errors).toEqual([]);
  });

  it('a client that does not read holds one slice of its list, and the others get theirs', () => {
    const { world, peers } = crowd(3000);
    const [ann, bob] = peers;
    ann?.stopReading();
    ann?.say('WHO\n');
    bob?.say('WHO\n');
    world.settle();
    expect(usersIn(bob?.read() ?? '')).toHaveLength(3000);
    expect(ann?.unreadBytes).toBeLessThan(MAX_ITEMS_PER_SLICE * 'USER user1234\n'.length + 1);
    ann?.readOn();
    expect(usersIn(ann?.read() ?? '')).toHaveLength(3000);
  });
});
