/** Replies to telnet requests, in every dialect, before and after the login. */
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../support/world.js';
import { gotalk, lines, machat, type Speaker } from './speakers.js';

const DO_TIMING_MARK = [0xff, 0xfd, 0x06];
const WONT_TIMING_MARK = Buffer.from([0xff, 0xfc, 0x06]);
const AYT = [0xff, 0xf6];
/** GNU telnet at Ctrl-C: interrupt, the rest of an urgent data mark, and the request for a timing mark. */
const CTRL_C = [0xff, 0xf4, 0xf2, ...DO_TIMING_MARK];

function connect(world: World, speaker: Speaker): Peer {
  const peer = world.connect('10.0.0.1', speaker.converse);
  peer.read();
  return peer;
}

function bytes(...parts: readonly (string | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? Buffer.from(part) : part)));
}

const HERE = new Map([
  [lines, /^INFO here\n$/],
  [machat, /^\* here\n$/],
  [gotalk, /^\[[^\]]+\]\[system\]: here\n$/],
]);

describe.each([lines, machat, gotalk].map((speaker) => [speaker.dialect, speaker] as const))(
  'a telnet client of %s',
  (_, speaker) => {
    it('a telnet client is answered WONT TIMING-MARK to each DO TIMING-MARK, before and after the login', () => {
      const world = new World();
      const peer = connect(world, speaker);
      peer.send(bytes(DO_TIMING_MARK));
      if (speaker !== machat) expect(peer.readBytes()).toEqual(WONT_TIMING_MARK);
      const ann = connect(world, speaker);
      ann.send(speaker.login('ann'));
      ann.read();
      ann.send(bytes(DO_TIMING_MARK, DO_TIMING_MARK));
      expect(ann.readBytes()).toEqual(Buffer.concat([WONT_TIMING_MARK, WONT_TIMING_MARK]));
      ann.send(bytes(DO_TIMING_MARK.slice(0, 2)));
      ann.send(bytes(DO_TIMING_MARK.slice(2)));
      expect(ann.readBytes()).toEqual(WONT_TIMING_MARK);
    });

    it('a telnet client is answered AYT by a line', () => {
      const world = new World();
      const ann = connect(world, speaker);
      ann.send(speaker.login('ann'));
      ann.read();
      ann.send(bytes(AYT));
      expect(ann.read()).toMatch(HERE.get(speaker) ?? /never/);
    });

    it('a telnet client may press Ctrl-C, and its next line is whole', () => {
      const world = new World();
      const bob = world.login('bob');
      const ann = connect(world, speaker);
      ann.send(speaker.login('ann'));
      ann.read();
      ann.send(bytes(CTRL_C, speaker.say('still here')));
      expect(ann.readBytes().indexOf(WONT_TIMING_MARK)).toBeGreaterThanOrEqual(0);
      expect(bob.read()).toContain('MSG ann still here\n');
    });

    it('a telnet client that floods requests gets a bounded number of replies', () => {
      const world = new World();
      const ann = connect(world, speaker);
      ann.send(speaker.login('ann'));
      ann.read();
      ann.send(bytes(...Array.from({ length: 10_000 }, () => [...DO_TIMING_MARK, ...AYT])));
      expect(ann.readBytes().length).toBeLessThan(200);
    });
  },
);

describe('lines: telnet', () => {
  it('a timing mark follows the replies to the lines before it', () => {
    const ann = new World().connect();
    ann.send(bytes('LOGIN ann\r\nPING\r\n', DO_TIMING_MARK));
    expect(ann.readBytes()).toEqual(bytes('OK\nPONG\n', [...WONT_TIMING_MARK]));
  });

  it('the answer to AYT has a time with TAGS ON', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send(bytes('TAGS ON\n', AYT));
    expect(ann.read()).toBe('OK\n@time=2026-03-01T12:00:00.000Z INFO here\n');
  });

  it('a session that sent only telnet requests still counts as interactive', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const peer = world.connect();
    peer.send(bytes(AYT, DO_TIMING_MARK));
    expect(peer.readBytes()).toEqual(bytes('INFO here\n', [...WONT_TIMING_MARK]));
    world.wait(2100);
    expect(peer.read()).toMatch(/^INFO type LOGIN/);
  });
});
