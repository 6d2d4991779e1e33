import { describe, expect, it } from 'vitest';
import { World } from '../support/world.js';
import { dialectSuite } from './common.js';
import { gotalk, lines, login, machat, SPEAKERS } from './speakers.js';

for (const speaker of SPEAKERS) dialectSuite(speaker, SPEAKERS);

describe('a room with clients of all dialects', () => {
  it('a room with clients of all dialects has one order of messages, and each client sees it in its own dialect', () => {
    const world = new World();
    const [ann, mina, gus] = [
      login(world, lines, 'ann'),
      login(world, machat, 'mina'),
      login(world, gotalk, 'gus'),
    ];
    ann.say('MSG one\n');
    mina.say('two\n');
    gus.say('three\n');
    ann.say('DM gus psst\nMSG four\n');
    world.settle();
    expect(ann.read()).toBe('MSG mina two\nMSG gus three\n');
    expect(mina.read()).toBe('ann:one\nmina:two\ngus:three\nann:four\n');
    expect(gus.lines().map((line) => line.slice('[2026-03-01 12:00:00]'.length))).toEqual([
      '[ann]: one',
      '[mina]: two',
      '[ann -> you]: psst',
      '[ann]: four',
    ]);
  });

  it('a room with clients of all dialects shows lines and gotalk clients that a user enters or leaves it', () => {
    const world = new World();
    const [ann, mina, gus] = [
      login(world, lines, 'ann'),
      login(world, machat, 'mina'),
      login(world, gotalk, 'gus'),
    ];
    const mover = login(world, gotalk, 'mover');
    for (const peer of [ann, mina, gus]) peer.read();
    mover.send('/join dev\n');
    expect(ann.read()).toBe('INFO mover left lobby\n');
    expect(mina.read()).toBe('');
    expect(gus.read()).toBe(gotalk.disconnected('mover'));
    mover.send('/join lobby\n');
    expect(ann.read()).toBe('INFO mover joined lobby\n');
    expect(gus.read()).toBe(gotalk.joined('mover'));
  });
});
