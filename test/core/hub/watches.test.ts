/** Users who are watched, and those who have left. */
import { describe, expect, it } from 'vitest';
import type { ParsedLine } from '../../../src/core/dialect.js';
import { cleanText } from '../../../src/core/text/text.js';
import { roam, type RoamingPeer, user, who } from '../../support/roamer.js';
import { World } from '../../support/world.js';

function watch(
  action: 'add' | 'remove' | 'clear' | 'list' | 'status',
  ...names: readonly string[]
): ParsedLine {
  return { kind: 'watch', action, who: names.map(who), isExtended: false };
}

const nick = (name: string): ParsedLine => ({ kind: 'nick', name: user(name), secret: null });

/** `+bob` for one who is online. */
function seenBy(peer: RoamingPeer): readonly string[] {
  return peer
    .readOnly('watched')
    .flatMap(({ online, offline }) => [
      ...online.map(({ name }) => `+${name}`),
      ...offline.map((name) => `-${name}`),
    ]);
}

describe('a watched user', () => {
  it('a watched user is shown on coming and going, and others are not', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send(watch('add', 'Bob', 'cat'));
    expect(seenBy(ann)).toEqual(['-Bob', '-cat']);
    const [bob, dan] = world.logins('bob', 'dan');
    dan?.send('QUIT\n');
    bob?.vanish();
    expect(seenBy(ann)).toEqual(['+bob', '-bob']);
    ann.send(watch('status'), watch('list'));
    expect(ann.readOnly('watched', 'report')).toMatchObject([
      { kind: 'watched', online: [], offline: ['Bob', 'cat'], isReply: true },
      { kind: 'report', report: { kind: 'watches', names: ['Bob', 'cat'] } },
    ]);
  });

  it('a watched user who takes another name has left the first one; another case of it is nothing', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann'), roam(world, 'bob')];
    ann.send(watch('add', 'bob', 'rob'));
    expect(seenBy(ann)).toEqual(['+bob', '-rob']);
    bob.send(nick('BOB'), nick('rob'));
    expect(seenBy(ann)).toEqual(['-BOB', '+rob']);
  });

  it('a watched user is not shown any more after it is removed, or all are', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send(watch('add', 'bob', 'cat', 'dan'), watch('remove', 'BOB'));
    ann.read();
    world.logins('bob', 'cat');
    expect(seenBy(ann)).toEqual(['+cat']);
    ann.send(watch('clear'));
    world.login('dan');
    expect(seenBy(ann)).toEqual([]);
  });

  it('a watched user is one of at most a hundred', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send(watch('add', ...Array.from({ length: 102 }, (_, number) => `n${number}`)));
    expect(ann.readOnly('refused')).toMatchObject([
      { reason: 'watch-list-full', detail: { about: 'n100,n101' } },
    ]);
  });

  it('a watched user who changes is shown to a client that wants that and shares no room, once', () => {
    const world = new World();
    const [ann, bob, cat] = [roam(world, 'ann', 'dev'), roam(world, 'bob', 'dev'), roam(world, 'cat')];
    for (const peer of [ann, cat])
      peer.send({ kind: 'watch', action: 'add', who: [who('bob')], isExtended: true });
    for (const peer of [ann, cat]) peer.read();
    bob.send({ kind: 'away', text: cleanText('lunch') });
    expect(ann.readOnly('changed')).toHaveLength(1);
    expect(cat.readOnly('changed')).toMatchObject([{ by: { name: 'bob' }, what: 'away', text: 'lunch' }]);
  });

  it('a watched user leaves nothing behind when its watcher ends', () => {
    const world = new World();
    const ann = roam(world, 'ann');
    ann.send(watch('add', 'bob'), { kind: 'quit' });
    world.login('bob');
    expect(world.errors).toEqual([]);
    expect(seenBy(ann)).toEqual(['-bob']);
  });
});

describe('users who have left', () => {
  it('users who have left are listed under each name that they had, the last one first', () => {
    const world = new World();
    const [ann, bob] = [roam(world, 'ann'), roam(world, 'bob')];
    bob.send(nick('rob'), { kind: 'quit' });
    world.login('bob').send('QUIT\n');
    ann.send(
      { kind: 'departures', who: who('bob'), limit: 9 },
      { kind: 'departures', who: who('bob'), limit: 1 },
      { kind: 'departures', who: who('rob'), limit: 9 },
      { kind: 'departures', who: who('eve'), limit: 9 },
    );
    const users = ann
      .readOnly('report')
      .map(({ report }) =>
        report.kind === 'departures' ? report.users.map(({ by }) => `${by.name} ${by.user}`) : [],
      );
    expect(users).toEqual([['bob lines', 'bob me'], ['bob lines'], ['rob me'], []]);
  });
});

describe('an account with several sessions', () => {
  it('an account with several sessions is kicked, muted and banned with all of them', async () => {
    const world = new World();
    world.register('ann', 'opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const phone = await world.loginOwner('ann');
    phone.send('NICK ann-phone\n');
    const ann = await world.loginOwner('ann');
    expect(await opal.ask('MUTE ann-phone\n')).toContain('OK\n');
    for (const peer of [phone, ann]) peer.send('MSG hi\n');
    expect([phone.lines().at(-1), ann.lines().at(-1)]).toEqual(['ERR not-permitted', 'ERR not-permitted']);
    expect(await opal.ask('UNMUTE ann\nKICK ann-phone spam\n')).toContain('OK\n');
    expect([phone.closed, ann.closed]).toEqual([true, true]);
    const again = await world.loginOwner('ann');
    again.send('NICK ann2\n');
    opal.read();
    expect(await opal.ask('BAN ann2\n')).toContain('OK\n');
    expect(again.closed).toBe(true);
    const late = world.connect();
    expect(await late.ask('LOGIN ann ann-password\n')).toBe('ERR banned\n');
  });

  it('an operator cannot ban its own account under another name', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    opal.send('NICK o2\n');
    opal.read();
    expect(await opal.ask('BAN opal\nMUTE opal\n')).toBe('ERR not-permitted\nERR not-permitted\n');
  });
});
