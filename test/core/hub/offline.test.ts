/** Direct messages to offline users, and the summary of missed messages after a login. */
import { describe, expect, it } from 'vitest';
import { gotalk, machat, login } from '../../dialects/speakers.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, passwordOf, World } from '../../support/world.js';

/** Logs in interactively: silent for the greeting delay. Returns the lines that follow the login. */
async function logInInteractively(world: World, name: string): Promise<{ peer: Peer; received: string[] }> {
  const peer = world.connect();
  world.wait(1016);
  peer.read();
  peer.send(`LOGIN ${name} ${passwordOf(name)}\n`);
  await world.hashed();
  return { peer, received: peer.lines() };
}

function worldWith(...names: readonly string[]): World {
  const world = new World({ greetingDelayMs: 1000 });
  world.register(...names);
  return world;
}

describe('a direct message to an offline user', () => {
  it('a DM whose id could be given again is shown to nobody and stored for nobody', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    world.register('reg');
    const [ann, bob] = world.logins('ann', 'bob');
    history.hasNoIds = true;
    ann?.send('DM bob psst\nDM reg psst\n');
    expect(ann?.read()).toBe('ERR not-stored\nERR not-stored\n');
    expect(bob?.read()).toBe('');
    expect(world.accounts.offline.waitingFor('reg')).toEqual([]);
    history.hasNoIds = false;
    ann?.send('DM bob again\n');
    expect(bob?.read()).toBe('DM ann again\n');
  });

  it('a stored direct message is delivered right after the OK of the next login, before replies to later input', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    expect(await bob.ask('DM ANN one\nDM ann two  words\nPING\n')).toBe('PONG\n');
    const ann = world.connect();
    expect(await ann.ask(`LOGIN ann ${passwordOf('ann')}\nPING\n`)).toBe(
      'OK\nDM bob one\nDM bob two  words\nPONG\n',
    );
    ann.send('QUIT\n');
    const again = await world.loginOwner('ann');
    expect(again.read()).toBe('');
  });

  it('a stored direct message has an id that no room message has', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('MSG before\nDM ann kept\nMSG after\nHISTORY\n');
    expect(bob.lines().map((line) => line.split(' ')[1])).toEqual(['1', '3', undefined]);
    expect(world.accounts.offline.waitingFor('ann')).toEqual([
      { id: 2, at: world.clock.now(), from: 'bob', text: 'kept' },
    ]);
  });

  it('an interactive sender gets a notice that its direct message is saved', async () => {
    const world = worldWith('ann', 'bob');
    const { peer } = await logInInteractively(world, 'bob');
    peer.send('DM ann hi\nDM nobody hi\n');
    expect(peer.lines()).toEqual([
      'INFO ann is offline; message saved',
      'ERR user-not-found',
      'INFO no "nobody" here; WHO lists the users',
    ]);
  });

  it('a mailbox holds a hundred messages, and the next one is refused', async () => {
    const world = worldWith('ann');
    const { offline } = world.accounts;
    const at = world.clock.now();
    for (let n = 1; n <= 100; n++) offline.add('ann', { id: n, at, from: `user${n}`, text: `text ${n}` });
    const bob = world.login('bob');
    expect(await bob.ask('DM ann 101\nPING\n')).toBe('ERR mailbox-full\nPONG\n');
    const ann = world.connect();
    const reply = await ann.ask(`LOGIN ann ${passwordOf('ann')}\n`);
    expect(reply).toBe(
      `OK\n${Array.from({ length: 100 }, (_, n) => `DM user${n + 1} text ${n + 1}\n`).join('')}`,
    );
    ann.send('QUIT\n');
    expect(await bob.ask('DM ann room again\nPING\n')).toBe('INFO ann disconnected\nPONG\n');
  });

  it('a mailbox holds 3 messages of an unregistered sender and 20 of a registered one', async () => {
    const world = worldWith('ann', 'reg');
    const lines = (count: number) => 'DM ann hi\n'.repeat(count);
    const bob = world.login('bob');
    expect(await bob.ask(`${lines(4)}PING\n`)).toBe('ERR mailbox-full\nPONG\n');
    const reg = await world.loginOwner('reg');
    expect(await reg.ask(`${lines(21)}PING\n`)).toBe('ERR mailbox-full\nPONG\n');
    expect(world.accounts.offline.waitingFor('ann')).toHaveLength(23);
  });

  it('all direct messages of a turn are one commit, and are refused together if that fails', () => {
    const history = new FragileHistory();
    const world = new World({ history, settlesLater: false });
    world.register('ann');
    const bob = world.login('bob');
    const commits = history.commits;
    bob.send('DM ann 1\nMSG hi\nPING\nTAGS ON\n');
    expect(history.commits).toBe(commits + 1);
    history.broken = true;
    bob.send('DM ann 3\n@label=x DM ann 4\nPING\n');
    expect(bob.read()).toBe('PONG\nOK\nERR not-stored\n@label=x ERR not-stored\nPONG\n');
    expect(world.accounts.offline.waitingFor('ann').map(({ text }) => text)).toEqual(['1']);
    expect(world.seen.filter(({ event }) => event.kind === 'told')).toHaveLength(1);
  });

  it('a stored direct message is delivered and not lost under a clock that is 400 days ahead', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('DM ann old\n');
    world.clock.jump(400 * 24 * 3_600_000);
    bob.send('DM ann new\n');
    const ann = world.connect();
    expect(await ann.ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\nDM bob old\nDM bob new\n');
  });

  it('a stored direct message is delivered in the words of each dialect', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('DM ann hi\n');
    const mina = world.connect('10.0.0.2', machat.converse);
    expect(await mina.ask(`{"name":"ann","room":"dev","password":"${passwordOf('ann')}"}`)).toBe(
      '* bob (private): hi\n',
    );
    mina.vanish();
    const sentAt = world.clock.now();
    bob.send('DM ann ho\n');
    const gus = world.connect('10.0.0.3', gotalk.converse);
    gus.read();
    const stamp = new Date(sentAt).toISOString().slice(0, 19).replace('T', ' ');
    expect(await gus.ask(`ann\n${passwordOf('ann')}\n`)).toBe(
      `[ENTER YOUR PASSWORD]: [${stamp}][bob -> you]: ho\n`,
    );
  });

  it('a stored direct message is delivered again if its connection was lost before the system accepted it', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('DM ann hi\n');
    const ann = world.connect();
    ann.stopReading(0);
    ann.send(`LOGIN ann ${passwordOf('ann')}\n`);
    await world.hashed();
    ann.vanish();
    expect(await world.connect().ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\nDM bob hi\n');
  });

  it('a direct message from an ignored user is not stored, without notice to the sender', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    await (await world.loginOwner('ann')).ask('IGNORE bob\nQUIT\n');
    bob.read();
    expect(await bob.ask('DM ann hi\nPING\n')).toBe('PONG\n');
    expect(await world.connect().ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
  });

  it('a direct message that cannot be stored is refused with an error', async () => {
    const world = worldWith('ann');
    world.accounts.offline.add = () => {
      throw new Error('disk full');
    };
    expect(await world.login('bob').ask('DM ann hi\nPING\n')).toBe('ERR not-stored\nPONG\n');
    expect(world.errors.map(String)).toEqual(['Error: disk full']);
  });
});

describe('an interactive login after an absence', () => {
  it('the messages missed in the room of the last session are shown in place of the last messages', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    const { peer } = await logInInteractively(world, 'ann');
    peer.send('JOIN dev\n');
    bob.send('MSG seen\n');
    peer.send('QUIT\n');
    const since = new Date(world.clock.now()).toISOString();
    world.wait(60_000);
    bob.send('MSG one\nMSG two\nLEAVE\nMSG elsewhere\n');
    const { received } = await logInInteractively(world, 'ann');
    expect(received).toEqual([
      'OK',
      'INFO you are in lobby with bob; to talk: MSG <text>',
      `INFO you missed 2 messages in dev since ${since}`,
      expect.stringMatching(/^HIST \d+ \S+ bob one$/),
      expect.stringMatching(/^HIST \d+ \S+ bob two$/),
      'INFO ---- you are up to date ----',
    ]);
  });

  it('at most the last fifty missed messages are shown', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    const { peer } = await logInInteractively(world, 'ann');
    peer.send('QUIT\n');
    bob.send(Array.from({ length: 70 }, (_, n) => `MSG ${n}\n`).join(''));
    const { received } = await logInInteractively(world, 'ann');
    expect(received[2]).toMatch(/^INFO you missed 70 messages in lobby since /);
    const shown = received.filter((line) => line.startsWith('HIST')).map((line) => line.split(' ').at(-1));
    expect(shown).toEqual(Array.from({ length: 50 }, (_, n) => String(n + 20)));
  });

  it('messages of an ignored user do not count as missed', async () => {
    const world = worldWith('ann');
    const [bob, eve] = [world.login('bob'), world.login('eve')];
    const { peer } = await logInInteractively(world, 'ann');
    await peer.ask('IGNORE eve\nQUIT\n');
    eve.send('MSG spam\n');
    const { peer: again, received: none } = await logInInteractively(world, 'ann');
    expect(none.join('\n')).not.toContain('missed');
    again.send('QUIT\n');
    bob.send('MSG one\n');
    bob.send('MSG two\n');
    eve.send('MSG spam\n'.repeat(60));
    const { received } = await logInInteractively(world, 'ann');
    expect(received.find((line) => line.includes('missed'))).toMatch(
      /^INFO you missed 2 messages in lobby since /,
    );
    expect(received.filter((line) => line.startsWith('HIST'))).toHaveLength(2);
  });

  it('a user that missed nothing gets the last messages, like any other', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    bob.send('MSG hi\n');
    const { peer } = await logInInteractively(world, 'ann');
    peer.send('QUIT\n');
    bob.read();
    const { received } = await logInInteractively(world, 'ann');
    expect(received[2]).toBe('INFO ---- the last messages in lobby ----');
  });

  it('a message that a script of the same user received does not count as missed', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    const { peer } = await logInInteractively(world, 'ann');
    peer.send('QUIT\n');
    bob.send('MSG unseen\n');
    const script = await world.loginOwner('ann');
    expect(script.read()).toBe('');
    bob.send('MSG seen\n');
    script.send('QUIT\n');
    const { received } = await logInInteractively(world, 'ann');
    expect(received[2]).toBe('INFO ---- the last messages in lobby ----');
  });

  it('output that a slow reader never accepted counts as missed', async () => {
    const world = new World({ greetingDelayMs: 1000, writeQueueBytes: 2000 });
    world.register('ann');
    const bob = world.login('bob');
    const { peer } = await logInInteractively(world, 'ann');
    bob.send('MSG taken\n');
    peer.stopReading(0);
    bob.send(`MSG lost ${'x'.repeat(500)}\n`);
    for (let n = 0; n < 10; n++) bob.send(`MSG ${'y'.repeat(500)}\n`);
    expect(peer.closed).toBe(true);
    world.wait(60_000);
    const { received } = await logInInteractively(world, 'ann');
    expect(received.find((line) => line.includes('missed'))).toMatch(
      /^INFO you missed 11 messages in lobby since /,
    );
  });

  it('messages of a room that was locked in the meantime are not shown', async () => {
    const world = worldWith('ann', 'fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\n');
    const { peer } = await logInInteractively(world, 'ann');
    await peer.ask('JOIN dev\nQUIT\n');
    await fay.ask('LOCK our-key\nMSG secret plans\n');
    const { received } = await logInInteractively(world, 'ann');
    expect(received.join('\n')).not.toMatch(/secret|dev|missed/);
  });

  it('stored direct messages come before missed room messages', async () => {
    const world = worldWith('ann');
    const bob = world.login('bob');
    const { peer } = await logInInteractively(world, 'ann');
    peer.send('QUIT\n');
    bob.send('MSG one\nDM ann psst\n');
    const { received } = await logInInteractively(world, 'ann');
    expect(received.slice(0, 2)).toEqual(['OK', 'INFO 1 message while you were away:']);
    expect(received[2]).toMatch(/^\[2026-0.-.. ..:..\] DM bob psst$/);
    expect(received[4]).toMatch(/^INFO you missed 1 messages in lobby since /);
  });

  it('a gotalk user gets no summary of missed messages, since gotalk shows the last ones anyway', async () => {
    const world = worldWith('gus');
    const bob = world.login('bob');
    const first = login(world, gotalk, 'gus');
    await first.ask(`${passwordOf('gus')}\n/quit\n`);
    bob.send('MSG hi\n');
    const back = login(world, gotalk, 'gus');
    expect(await back.ask(`${passwordOf('gus')}\n`)).toMatch(/^\[\S+ \S+\]\[bob\]: hi\n$/);
  });
});
