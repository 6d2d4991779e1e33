/** Owners of registered names log in while strangers flood the server with registrations and guesses. */
import { describe, expect, it } from 'vitest';
import { passwordOf, type Peer, World } from '../support/world.js';
import { settled } from '../support/slow-hasher.js';

/** A hash takes a third of a second. */
const HASH_MS = 330;
/** How often an owner repeats a LOGIN that got `ERR busy`. */
const RETRY_MS = 50;
const LOGIN_TIMEOUT_MS = 5000;
const SHARED = '127.0.0.1';
const CROWDED = '10.0.0.9';

interface Stranger {
  peer: Peer;
  readonly line: (n: number) => string;
  readonly address: string;
}

/** A server whose hashes take their time by the manual clock. */
class Siege {
  readonly world = new World({ exemptAddresses: ['127.0.0.0/8'], loginTimeoutMs: LOGIN_TIMEOUT_MS });
  readonly #strangers: Stranger[] = [];
  #nextHashAt = HASH_MS;
  #lines = 0;

  /** Adds connections that send such a line again as soon as the last one is answered, and connect anew if closed. */
  attack(count: number, address: string, line: (n: number) => string): void {
    for (let n = 0; n < count; n++)
      this.#strangers.push({ peer: this.#send(this.world.connect(address), line), line, address });
  }

  /** Lets time pass, while the strangers go on. */
  async pass(ms: number): Promise<void> {
    const { world } = this;
    for (const until = world.clock.elapsed() + ms; world.clock.elapsed() < until;) {
      world.wait(RETRY_MS);
      await settled();
      if (world.clock.elapsed() >= this.#nextHashAt) {
        this.#nextHashAt = world.clock.elapsed() + HASH_MS;
        await world.hasher.finish();
        world.settle();
        await settled();
      }
      for (const stranger of this.#strangers) this.#goOn(stranger);
    }
  }

  /** Logs in as the owner, and again after each `ERR busy`. Returns the last reply and the time that it took. */
  async login(address: string): Promise<{ readonly reply: string; readonly ms: number }> {
    const { world } = this;
    const since = world.clock.elapsed();
    const owner = world.connect(address);
    owner.send(`LOGIN ann ${passwordOf('ann')}\n`);
    for (;;) {
      await this.pass(RETRY_MS);
      const reply = owner.read();
      if (reply === 'ERR busy\n') owner.send(`LOGIN ann ${passwordOf('ann')}\n`);
      else if (reply !== '' || world.clock.elapsed() > since + 120_000)
        return { reply, ms: world.clock.elapsed() - since };
    }
  }

  #goOn(stranger: Stranger): void {
    const { peer, line, address } = stranger;
    if (peer.closed) stranger.peer = this.#send(this.world.connect(address), line);
    else if (peer.read() !== '') this.#send(peer, line);
  }

  #send(peer: Peer, line: (n: number) => string): Peer {
    peer.send(line(this.#lines++));
    return peer;
  }
}

const ATTACKS = {
  'forty connections that loop REGISTER': (siege: Siege, address: string) =>
    siege.attack(40, address, (n) => `LOGIN stranger${n}\nREGISTER password${n}\nPING\n`),
  'six guessers at the name': (siege: Siege, address: string) =>
    siege.attack(6, address, (n) => `LOGIN ann guess${n}\n`),
  'six guessers at many names': (siege: Siege, address: string) =>
    siege.attack(6, address, (n) => `LOGIN owner${n % 6} guess${n}\n`),
};

const CROWDS = {
  'twenty guessers at the name': (siege: Siege, address: string) =>
    siege.attack(20, address, (n) => `LOGIN ann guess${n}\n`),
  'twenty guessers at the name, with a connection for each guess': (siege: Siege, address: string) =>
    siege.attack(20, address, (n) => `LOGIN ann guess${n}\nQUIT\n`),
  'twenty guessers at many names': (siege: Siege, address: string) =>
    siege.attack(20, address, (n) => `LOGIN owner${n % 6} guess${n}\n`),
};

type Attack = (siege: Siege, address: string) => void;

async function siegeBy(attack: Attack, address: string, warmUpMs: number): Promise<Siege> {
  const siege = new Siege();
  siege.world.register('ann', ...Array.from({ length: 6 }, (_, n) => `owner${n}`));
  attack(siege, address);
  await siege.pass(warmUpMs);
  return siege;
}

describe.each(Object.entries(ATTACKS))('under %s', (_, attack) => {
  const besieged = (address: string, warmUpMs: number) => siegeBy(attack, address, warmUpMs);

  it.each([3000, 60_000])(
    'an owner at another address than the attack logs in within 2 s (after %i ms)',
    async (warmUpMs) => {
      const siege = await besieged(CROWDED, warmUpMs);
      const { reply, ms } = await siege.login('10.0.0.1');
      expect(reply).toBe('OK\n');
      expect(ms).toBeLessThanOrEqual(2000);
    },
  );

  it.each([3000, 60_000])(
    'an owner at another address than an attack from an exempt one logs in within 2 s (after %i ms)',
    async (warmUpMs) => {
      const siege = await besieged(SHARED, warmUpMs);
      const { reply, ms } = await siege.login('10.0.0.1');
      expect(reply).toBe('OK\n');
      expect(ms).toBeLessThanOrEqual(2000);
    },
  );

  it.each([3000, 60_000])(
    'an owner at the exempt address of the attack logs in within 2 s (after %i ms)',
    async (warmUpMs) => {
      const siege = await besieged(SHARED, warmUpMs);
      const { reply, ms } = await siege.login(SHARED);
      expect(reply).toBe('OK\n');
      expect(ms).toBeLessThanOrEqual(2000);
    },
  );
});

describe.each(Object.entries({ ...ATTACKS, ...CROWDS }))('under %s', (_, attack) => {
  it.each([0, 3000, 12_000, 60_000])(
    'an owner at the same address, which is not exempt, logs in within 30 s, without a login timeout (after %i ms)',
    async (warmUpMs) => {
      const siege = await siegeBy(attack, CROWDED, warmUpMs);
      const { reply, ms } = await siege.login(CROWDED);
      expect(reply).toBe('OK\n');
      expect(ms).toBeLessThanOrEqual(30_000);
    },
  );
});

describe.each(Object.entries(CROWDS))('under %s', (_, attack) => {
  it('an owner at the address of an attack logs in within 30 s while another address attacks as well', async () => {
    const siege = await siegeBy(attack, CROWDED, 0);
    attack(siege, '10.0.0.8');
    await siege.pass(20_000);
    const { reply, ms } = await siege.login(CROWDED);
    expect(reply).toBe('OK\n');
    expect(ms).toBeLessThanOrEqual(30_000);
  });
});
