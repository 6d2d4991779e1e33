/** The parts of composing that no sequence of client input reaches; turn.test.ts covers the others over the wire. */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/core/delivery/compose.js';
import type { Output } from '../../../src/core/ports.js';
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

describe('an author', () => {
  const others = (...texts: readonly string[]) => texts.map((text) => `MSG bob ${text}\n`).join('');

  it.each([
    ['in ASCII', 'one', 'two'],
    ['in other characters, which take several bytes', 'één', 'zwei 🙂'],
  ])('gets the messages of others around its own ones, %s', (_, one, two) => {
    const world = new World();
    const [ann, bob, eve] = world.logins('ann', 'bob', 'eve');
    for (const peer of [ann, bob, eve]) peer?.read();
    bob?.say(`MSG ${one}\n`);
    ann?.say('MSG mine\nMSG mine too\n');
    bob?.say(`MSG ${two}\n`);
    ann?.say('MSG mine again\n');
    world.settle();
    expect(ann?.read()).toBe(others(one, two));
    expect(bob?.read()).toBe('MSG ann mine\nMSG ann mine too\nMSG ann mine again\n');
    expect(eve?.read()).toBe(
      `MSG bob ${one}\nMSG ann mine\nMSG ann mine too\nMSG bob ${two}\nMSG ann mine again\n`,
    );
  });

  it('alone in what was said gets nothing, and what was said before or after it as it is', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    for (const peer of [ann, bob]) peer?.read();
    ann?.say('MSG mine\n');
    world.settle();
    expect(ann?.read()).toBe('');
    bob?.say('MSG one\n');
    ann?.say('MSG mine\n');
    world.settle();
    expect(ann?.read()).toBe(others('one'));
    ann?.say('MSG mine\n');
    bob?.say('MSG one\nMSG two\n');
    world.settle();
    expect(ann?.read()).toBe(others('one', 'two'));
  });

  it('gets bytes of its own, so that its queue does not keep those of all readers in memory', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.say('MSG one\n');
    ann?.say('MSG mine\n');
    const { client } = ann ?? {};
    if (client == null) throw new Error('the connection was refused');
    let bytes: Output | null = null;
    client.send = (sent) => (bytes = sent).length;
    world.settle();
    expect(Buffer.from(bytes ?? []).toString()).toBe('MSG bob one\n');
    expect(bytes).toHaveProperty('buffer.byteLength', 'MSG bob one\n'.length);
  });
});
