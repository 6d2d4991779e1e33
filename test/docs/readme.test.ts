/** Plays the two transcripts of README.md against a server, each line at its time. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../support/world.js';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const [ann = [], bob = []] = Array.from(
  readme.matchAll(/```\n\$ ncat localhost 4000\n([^]*?)```/g),
  ([, text = '']) => text.trimEnd().split('\n'),
);
const TYPED = / +<-$/;

/** Someone who types the lines of a transcript that are marked, each when the lines before it have come. */
class Typist {
  readonly #peer: Peer;
  readonly #lines: readonly string[];
  readonly #screen: string[] = [];

  constructor(world: World, lines: readonly string[]) {
    this.#peer = world.connect();
    this.#lines = lines;
  }

  /** What the screen shows so far, typed lines included. */
  get screen(): readonly string[] {
    this.#screen.push(...this.#peer.lines());
    return this.#screen;
  }

  /** Types the next line, if it is its turn. */
  step(): void {
    const line = this.#lines[this.screen.length] ?? '';
    if (!TYPED.test(line)) return;
    this.#screen.push(line);
    this.#peer.send(`${line.replace(TYPED, '')}\n`);
  }
}

describe('the transcripts of README.md', () => {
  it('the transcripts of README.md show all lines that ann and bob see and type', () => {
    const world = new World({ greetingDelayMs: 2_000 });
    const first = new Typist(world, ann);
    const typists = [first];
    for (let seconds = 0; seconds < 30; seconds++) {
      // Bob connects when ann has been there for a while.
      if (seconds === 10) typists.push(new Typist(world, bob));
      for (const typist of typists) typist.step();
      world.wait(1_000);
    }
    expect(typists.map(({ screen }) => screen)).toEqual([ann, bob]);
  });
});
