/** Commands that name a user find it by its fold, as LOGIN does, and without the dot of an İ. */
import { describe, expect, it } from 'vitest';
import { conversationIn } from '../../../src/dialects/index.js';
import { GotalkDialect } from '../../../src/dialects/gotalk/format.js';
import { passwordOf, type Peer, World } from '../../support/world.js';

const SPELLINGS = [
  ['Ann', ['ann', 'ANN', 'Ａｎｎ', 'ａｎｎ']],
  ['José', ['jose\u0301', 'JOSÉ', 'JOSE\u0301']],
  ['straße', ['STRASSE', 'STRAẞE']],
  ['Νίκος', ['νίκοσ', 'ΝΊΚΟΣ', 'νίκος']],
  ['İbrahim', ['ibrahim', 'IBRAHIM', 'İBRAHİM', 'i\u0307brahim', 'ıbrahim']],
] as const;

describe.each(SPELLINGS)('the user %s', (name, spellings) => {
  it.each(spellings)('a user is found by DM as %s, online and offline', async (typed) => {
    const world = new World();
    world.register(name);
    const ann = await world.loginOwner(name);
    const bob = world.login('bob');
    ann.read();
    expect(await bob.ask(`DM ${typed} hi\n`)).toBe('');
    expect(ann.read()).toBe('DM bob hi\n');
    ann.send('QUIT\n');
    bob.read();
    expect(await bob.ask(`DM ${typed} later\nPING\n`)).toBe('PONG\n');
    expect(await world.connect().ask(`LOGIN ${name} ${passwordOf(name)}\n`)).toBe('OK\nDM bob later\n');
  });

  it.each(spellings)('a user is found by gotalk as %s', (typed) => {
    const world = new World();
    const ann = world.login(name);
    const dialect = new GotalkDialect({ historyReplay: 0 });
    const gus = world.connect('10.0.0.3', () =>
      conversationIn('gotalk', { maxLineBytes: 4096, gotalk: { dialect } }),
    );
    gus.send('gus\n');
    ann.read();
    gus.send(`/dm ${typed} hi\n`);
    expect(ann.read()).toBe('DM gus hi\n');
  });

  it.each(spellings)('a user is ignored, banned, muted and let back in as %s', async (typed) => {
    const world = new World();
    world.register('op', name);
    world.accounts.users.setOperator('op', true);
    const op = await world.loginOwner('op');
    const ann = await world.loginOwner(name);
    op.read();
    const ask = async (peer: Peer, line: string) => (await peer.ask(`${line}\n`)).replace(/INFO .*\n/g, '');
    expect(await ask(op, `IGNORE ${typed}`)).toBe('OK\n');
    ann.send('MSG ignored\n');
    expect(await ask(op, `UNIGNORE ${typed}`)).toBe('OK\n');
    ann.send('MSG seen\n');
    expect(await ask(op, `MUTE ${typed}`)).toBe(`MSG ${name} seen\nOK\n`);
    ann.send('MSG muted\n');
    expect(await ask(op, `UNMUTE ${typed}`)).toBe('OK\n');
    ann.send('MSG again\n');
    expect(await ask(op, `BAN ${typed}`)).toBe(`MSG ${name} again\nOK\n`);
    expect(ann.closed).toBe(true);
    expect(await ask(op, `UNBAN ${typed}`)).toBe('OK\n');
    expect(await world.connect().ask(`LOGIN ${name} ${passwordOf(name)}\n`)).toBe('OK\n');
  });
});

it('a name without the dot stays taken for LOGIN, and its ghost is not ended by a look-alike', async () => {
  const world = new World();
  const ann = world.login('İbrahim');
  expect(await world.connect().ask('LOGIN ibrahim\n')).toBe('ERR username-taken\n');
  expect(ann.closed).toBe(false);
});
