import { describe, expect, it } from 'vitest';
import { type IrcPeer, ircLogin } from '../../support/irc.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const CAPS = 'draft/read-marker';
const T0 = '2026-03-01T12:00:00.000Z';
const T5 = '2026-03-01T12:00:05.000Z';
const NOW = '2026-03-01T12:00:10.000Z';

/** A session that is logged in to ann's account. */
async function annAs(world: World, nick: string, caps = CAPS): Promise<IrcPeer> {
  const peer = ircLogin(world, nick, { caps });
  peer.send(`NS IDENTIFY ann ${passwordOf('ann')}`);
  await world.hashed();
  peer.send('JOIN #dev');
  peer.lines();
  return peer;
}

describe('MARKREAD', () => {
  it('is sent on JOIN, before the members: `*` where nothing is known', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: CAPS });
    expect(ann.ask('JOIN #dev', 'TOPIC #dev :tea')).toEqual([
      ':ann!ann@host JOIN #dev',
      `${S} MARKREAD #dev *`,
      `${S} 353 ann = #dev :@ann`,
      `${S} 366 ann #dev :End of NAMES list`,
      ':ann!ann@host TOPIC #dev :tea',
    ]);
    const bob = ircLogin(world, 'bob', { caps: CAPS });
    expect(bob.ask('JOIN #dev').map((line) => line.split(' ')[1])).toEqual([
      ...['JOIN', '332', '333', 'MARKREAD', '353', '366'],
    ]);
  });

  it('is not sent without the capability', () => {
    const ann = ircLogin(new World(), 'ann');
    expect(ann.ask('JOIN #dev').join('\n')).not.toContain('MARKREAD');
  });

  it('moves the marker of a session without an account, which never goes back', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: CAPS, rooms: ['#dev'] });
    world.wait(10_000);
    expect(ann.ask('MARKREAD #dev', `MARKREAD #dev timestamp=${T5}`)).toEqual([
      `${S} MARKREAD #dev *`,
      `${S} MARKREAD #dev timestamp=${T5}`,
    ]);
    expect(ann.ask(`MARKREAD #dev timestamp=${T0}`, 'MARKREAD #dev')).toEqual([
      `${S} MARKREAD #dev timestamp=${T5}`,
      `${S} MARKREAD #dev timestamp=${T5}`,
    ]);
    ann.ask('PART #dev');
    expect(ann.ask('JOIN #dev')[1]).toBe(`${S} MARKREAD #dev timestamp=${T5}`);
    const other = ircLogin(world, 'bob', { caps: CAPS });
    expect(other.ask('JOIN #dev')[1]).toBe(`${S} MARKREAD #dev *`);
  });

  it('does not move the marker beyond the present', () => {
    const world = new World();
    const ann = ircLogin(world, 'ann', { caps: CAPS, rooms: ['#dev'] });
    world.wait(10_000);
    expect(ann.ask('MARKREAD #dev timestamp=2030-01-01T00:00:00.000Z')).toEqual([
      `${S} MARKREAD #dev timestamp=${NOW}`,
    ]);
  });

  it('is kept for an account, and its other sessions with the capability are told', async () => {
    const world = new World();
    world.register('ann');
    const phone = await annAs(world, 'phone', `${CAPS} labeled-response`);
    const laptop = await annAs(world, 'laptop');
    const old = await annAs(world, 'old', '');
    world.wait(10_000);
    for (const peer of [phone, laptop, old]) peer.lines();
    expect(phone.ask(`@label=3 MARKREAD #dev timestamp=${T5}`)).toEqual([
      `@label=3 ${S} MARKREAD #dev timestamp=${T5}`,
    ]);
    expect(laptop.lines()).toEqual([`${S} MARKREAD #dev timestamp=${T5}`]);
    expect(old.lines()).toEqual([]);
    for (const peer of [phone, laptop, old]) peer.send('QUIT');
    const again = ircLogin(world, 'tablet', { caps: CAPS });
    again.send(`NS IDENTIFY ann ${passwordOf('ann')}`);
    await world.hashed();
    again.lines();
    expect(again.ask('JOIN #dev')[1]).toBe(`${S} MARKREAD #dev timestamp=${T5}`);
  });

  it('keeps a marker of the messages to and from a user', async () => {
    const world = new World();
    world.register('ann');
    const phone = await annAs(world, 'phone');
    const laptop = await annAs(world, 'laptop');
    const lin = await world.loginOwner('ann');
    await lin.ask('TAGS ON\n');
    lin.read();
    world.wait(10_000);
    for (const peer of [phone, laptop]) peer.lines();
    expect(phone.ask('MARKREAD Bob', `MARKREAD Bob timestamp=${T5}`, `MARKREAD BOB timestamp=${T0}`)).toEqual(
      [`${S} MARKREAD Bob *`, `${S} MARKREAD Bob timestamp=${T5}`, `${S} MARKREAD BOB timestamp=${T5}`],
    );
    expect(laptop.lines()).toEqual([`${S} MARKREAD Bob timestamp=${T5}`]);
    expect(lin.read()).toBe('');
    const guest = ircLogin(world, 'cat', { caps: CAPS });
    expect(guest.ask('MARKREAD bob', `MARKREAD bob timestamp=${T5}`, 'MARKREAD bob', 'MARKREAD eve')).toEqual(
      [
        `${S} MARKREAD bob *`,
        `${S} MARKREAD bob timestamp=${T5}`,
        `${S} MARKREAD bob timestamp=${T5}`,
        `${S} MARKREAD eve *`,
      ],
    );
  });

  it('is the marker of READ in `lines`', async () => {
    const world = new World();
    world.register('ann');
    const phone = await annAs(world, 'phone');
    const lin = await world.loginOwner('ann');
    await lin.ask('TAGS ON\nJOIN dev\nMSG one\n');
    world.wait(5000);
    await lin.ask('MSG two\n');
    world.wait(5000);
    phone.lines();
    await lin.ask('@room=dev READ 1\n');
    expect(phone.lines()).toEqual([`${S} MARKREAD #dev timestamp=${T0}`]);
    phone.send(`MARKREAD #dev timestamp=${T5}`);
    expect(phone.lines()).toEqual([`${S} MARKREAD #dev timestamp=${T5}`]);
    expect(lin.read()).toBe('@room=dev;event=read;id=2 INFO read\n');
  });

  it.each([
    ['MARKREAD', `${S} FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters`],
    ['MARKREAD #dev *', `${S} FAIL MARKREAD INVALID_PARAMS #dev :Invalid target or timestamp`],
    [`MARKREAD #dev ${T0}`, `${S} FAIL MARKREAD INVALID_PARAMS #dev :Invalid target or timestamp`],
    [
      'MARKREAD #dev timestamp=2026-13-01T12:00:00.000Z',
      `${S} FAIL MARKREAD INVALID_PARAMS #dev :Invalid target or timestamp`,
    ],
    ['MARKREAD #ops', `${S} FAIL MARKREAD INVALID_PARAMS #ops :Invalid target or timestamp`],
    ['MARKREAD b!d', `${S} FAIL MARKREAD INVALID_PARAMS b!d :Invalid target or timestamp`],
  ])('answers %s: %s', (line, answer) => {
    const ann = ircLogin(new World(), 'ann', { caps: CAPS, rooms: ['#dev'] });
    expect(ann.ask(line)).toEqual([answer]);
  });
});
