/** IGNORE hides the messages of one user, live and later; all others arrive in the same order. */
import { describe, expect, it } from 'vitest';
import { machat, login } from '../../dialects/speakers.js';
import { World } from '../../support/world.js';

describe('IGNORE', () => {
  it('room messages and direct messages of an ignored user are hidden, without a notice', async () => {
    const world = new World();
    const [ann, bob, cat] = [world.login('ann'), world.login('bob'), world.login('cat')];
    expect(await ann.ask('IGNORE BOB\n')).toBe('OK\n');
    bob.say('MSG one\nDM ann two\n');
    cat.say('MSG three\n');
    bob.say('MSG four\nPING\n');
    ann.say('MSG five\n');
    world.settle();
    expect(ann.read()).toBe('MSG cat three\n');
    expect(bob.read()).toBe('MSG cat three\nPONG\nMSG ann five\n');
    expect(cat.read()).toBe('MSG bob one\nMSG bob four\nMSG ann five\n');
  });

  it('all sessions and streams of an account share what it ignores, also when the list gets its first name or loses its last', async () => {
    const world = new World();
    world.register('ann');
    const ann = await world.loginOwner('ann');
    await ann.ask('NICK ann2\n');
    const again = await world.loginOwner('ann');
    const account = world.accounts.users.findFolded('ann');
    if (account === undefined) throw new Error('not registered');
    const stream = world.subscribe(['lobby'], { reader: { account, tokenId: null } });
    const bob = world.login('bob');
    const readers = [ann, again, stream];
    const read = (text: string): boolean[] => {
      for (const peer of readers) peer.read();
      bob.send(`MSG ${text}\n`);
      return readers.map((peer) => peer.read().includes(text));
    };
    expect(await ann.ask('IGNORE bob\n')).toContain('OK\n');
    expect(read('one')).toEqual([false, false, false]);
    await again.ask('UNIGNORE bob\n');
    expect(read('two')).toEqual([true, true, true]);
    await again.ask('IGNORE bob\n');
    expect(read('three')).toEqual([false, false, false]);
    await ann.ask('UNIGNORE bob\n');
    expect(read('four')).toEqual([true, true, true]);
  });

  it('a user who registers shares what it ignores with the later sessions of the account', async () => {
    const world = new World();
    const ann = world.login('ann');
    const bob = world.login('bob');
    await ann.ask('IGNORE bob\nREGISTER correct-horse\nNICK ann2\n');
    const again = world.connect();
    await again.ask('LOGIN ann correct-horse\n');
    await again.ask('UNIGNORE bob\n');
    ann.read();
    bob.send('MSG hi\n');
    expect(ann.read()).toBe('MSG bob hi\n');
  });

  it('HISTORY and SEARCH leave out the messages of an ignored user, until UNIGNORE', async () => {
    const world = new World();
    const [ann, bob, cat] = [world.login('ann'), world.login('bob'), world.login('cat')];
    bob.send('MSG plan b\n');
    cat.send('MSG plan c\n');
    ann.read();
    expect(await ann.ask('IGNORE bob\nHISTORY\nSEARCH plan\n')).toMatch(
      /^OK\nHIST \d+ \S+ cat plan c\nOK\nHIST \d+ \S+ cat plan c\nOK\n$/,
    );
    expect(await ann.ask('UNIGNORE bob\nHISTORY\n')).toMatch(/^OK\nHIST .* plan b\nHIST .* plan c\nOK\n$/);
  });

  it('joins, leaves and announcements of an ignored user are still shown', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const ann = world.login('ann');
    const opal = await world.loginOwner('opal');
    await ann.ask('IGNORE opal\n');
    opal.send('MSG quiet\nSAY loud\nJOIN dev\nQUIT\n');
    expect(ann.read()).toBe('INFO opal: loud\nINFO opal left lobby\nINFO opal disconnected\n');
  });

  it('the ignore list of a guest ends with its session, that of a registered name is stored', async () => {
    const world = new World();
    world.register('ann');
    const bob = world.login('bob');
    for (const [name, received] of [
      ['guest', 'MSG bob hi\n'],
      ['ann', ''],
    ] as const) {
      const logIn = () => (name === 'ann' ? world.loginOwner('ann') : Promise.resolve(world.login(name)));
      const first = await logIn();
      await first.ask('IGNORE bob\nQUIT\n');
      const second = await logIn();
      bob.send('MSG hi\n');
      expect(second.read()).toBe(received);
      second.send('QUIT\n');
    }
  });

  it('the ignore list of a guest is stored when the guest registers', async () => {
    const world = new World();
    const [ann, bob] = [world.login('ann'), world.login('bob')];
    await ann.ask('IGNORE bob\nREGISTER correct-horse\nQUIT\n');
    const back = world.connect();
    await back.ask('LOGIN ann correct-horse\n');
    bob.send('MSG hi\n');
    expect(back.read()).toBe('');
  });

  it('messages of ignored users are hidden in a turn with TAGS ON, a join and an author that sees its own messages', () => {
    const world = new World();
    const bob = world.login('bob');
    const mina = login(world, machat, 'mina');
    const ann = world.login('ann');
    ann.send('IGNORE bob\nIGNORE mina\n');
    ann.read();
    bob.say('MSG one\n');
    mina.say('two\n');
    ann.say('TAGS ON\n');
    bob.say('MSG three\n');
    ann.say('JOIN dev\n');
    bob.say('JOIN dev\nMSG four\n');
    ann.say('MSG mine\n');
    world.settle();
    expect(ann.lines()).toEqual(['OK', 'OK', expect.stringMatching(/^@\S+ INFO bob joined dev$/)]);
    expect(mina.read()).toBe('bob:one\nmina:two\nbob:three\n');
  });

  it.each([
    ['IGNORE two words', 'ERR usage: IGNORE [<user>]'],
    ['IGNORE nobody', 'ERR user-not-found'],
    ['IGNORE ann', 'ERR not-permitted'],
    ['UNIGNORE', 'ERR usage: UNIGNORE <user>'],
    ['UNIGNORE nobody', 'ERR user-not-found'],
    ['UNIGNORE bob', 'OK'],
  ])('the command %j about an ignored user is answered %j', async (line, answer) => {
    const world = new World();
    const [ann] = world.logins('ann', 'bob');
    expect(await ann?.ask(`${line}\n`)).toBe(`${answer}\n`);
  });

  it('UNIGNORE of a disconnected user succeeds', async () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    await ann?.ask('IGNORE bob\n');
    bob?.send('QUIT\n');
    ann?.read();
    expect(await ann?.ask('UNIGNORE bob\n')).toBe('OK\n');
  });
});
