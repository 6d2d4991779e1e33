/** The parts of composing that no sequence of client input reaches; turn.test.ts covers the others over the wire. */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/core/delivery/compose.js';
import { World } from '../../support/world.js';

describe('compose', () => {
  it('a client whose connection is closing gets no output, and its events of the turn are discarded', () => {
    const world = new World();
    const peer = world.login('ann');
    const { client } = peer;
    if (client === null) throw new Error('the connection was refused');
    client.isClosing = true;
    world.hub.answer(client, 'INFO late\n', world.clock.now());
    expect(client.personal).toHaveLength(1);
    expect(compose(client)).toBeNull();
    expect(client.personal).toBeNull();
    expect(client.isInTurn).toBe(false);
  });
});
