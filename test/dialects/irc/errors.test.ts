/** Errors that are not IRC's alone: each refusal of the hub in IRC's words. */
import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';

/** ann made #dev and has @; bob is in it. */
function inDev(world = new World()) {
  const ann = ircLogin(world, 'ann', { rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { rooms: ['#dev'] });
  for (const peer of [ann, bob]) peer.lines();
  return { world, ann, bob };
}

describe('a refusal', () => {
  it('of a name is 433 or 432', () => {
    const { ann } = inDev();
    expect(ann.ask('NICK bob', 'NICK [x]', 'NICK')).toEqual([
      `${S} 433 ann bob :Nickname is already in use`,
      `${S} 432 ann [x] :Erroneous nickname`,
      `${S} 431 ann :No nickname given`,
    ]);
  });

  it('of a registered nick is 433, and the connection stays open', () => {
    const world = new World();
    world.register('reg');
    const { ann } = inDev(world);
    expect(ann.ask('NICK reg')).toEqual([
      `${S} 433 ann reg :Nickname is registered`,
      `${S} NOTICE ann :reg is registered: log in with /msg NickServ IDENTIFY reg <password>, or choose another nick`,
    ]);
    expect(ann.ask('PING x')).toEqual([`${S} PONG partyline.local x`]);
  });

  it('of a password is 464, and the connection closes', async () => {
    const world = new World();
    world.register('reg');
    const peer = new IrcPeer(world);
    peer.send('PASS wrong', 'NICK reg', 'USER reg 0 * :Reg');
    await world.hashed();
    expect(peer.lines()).toEqual([
      `${S} 464 * :Password incorrect`,
      expect.stringMatching(/^ERROR :Closing Link: /),
    ]);
    expect(peer.peer.closed).toBe(true);
  });

  it('of a permission is 481, 482 or 404', () => {
    const { ann, bob } = inDev();
    expect(bob.ask('KILL ann :x', 'WALLOPS :x', 'MODE #dev +m', 'KICK #dev ann', 'TOPIC #dev :x')).toEqual([
      `${S} 481 bob :Permission denied: you are not an IRC operator`,
      `${S} 481 bob :Permission denied: you are not an IRC operator`,
      `${S} 482 bob #dev :You are not channel operator`,
      `${S} 482 bob #dev :You are not channel operator`,
      `${S} 482 bob #dev :You are not channel operator`,
    ]);
    ann.ask('MODE #dev +m');
    bob.lines();
    expect(bob.ask('PRIVMSG #dev :x')).toEqual([`${S} 404 bob #dev :Cannot send to channel`]);
  });

  it.each([
    ['+k secret', '475', '+k'],
    ['+i', '473', '+i'],
    ['+l 1', '471', '+l'],
    ['+b eve', '474', '+b'],
  ])('of a room with %s is %s', async (modes, numeric, letter) => {
    const { world, ann } = inDev();
    ann.ask(`MODE #dev ${modes}`);
    await world.hashed();
    const eve = ircLogin(world, 'eve');
    expect(eve.ask('JOIN #dev')).toEqual([`${S} ${numeric} eve #dev :Cannot join channel (${letter})`]);
  });

  it('of what does not exist is 401 or 403', () => {
    const { ann } = inDev();
    expect(ann.ask('PRIVMSG nobody :x', 'MODE #none', 'JOIN #a!b', 'INVITE nobody #dev')).toEqual([
      `${S} 401 ann nobody :No such nick or channel`,
      `${S} 403 ann #none :No such channel`,
      `${S} 403 ann #a!b :No such channel`,
      `${S} 401 ann nobody :No such nick or channel`,
    ]);
  });

  it('of a form is 461, 431, 411 or 412', () => {
    const { ann } = inDev();
    expect(ann.ask('JOIN', 'WHOIS', 'PRIVMSG', 'PRIVMSG bob', 'XYZZY')).toEqual([
      `${S} 461 ann JOIN :Not enough parameters`,
      `${S} 431 ann :No nickname given`,
      `${S} 411 ann :No recipient given (PRIVMSG)`,
      `${S} 412 ann :No text to send`,
      `${S} 421 ann XYZZY :Unknown command`,
    ]);
    expect(new IrcPeer(new World()).ask('JOIN #dev', 'XYZZY')).toEqual([
      `${S} 451 * :You have not registered`,
      `${S} 451 * :You have not registered`,
    ]);
  });

  it('of a full mailbox is FAIL MAILBOX_FULL', () => {
    const world = new World();
    world.register('reg');
    const { ann } = inDev(world);
    const kept = `${S} 301 ann reg :not here; your message is kept`;
    expect(ann.ask(...Array.from({ length: 4 }, (_, n) => `PRIVMSG reg :${n}`))).toEqual([
      ...[kept, kept, kept],
      `${S} FAIL PRIVMSG MAILBOX_FULL reg :Not sent: too many messages wait for that user`,
    ]);
  });

  it('of a weak password, and of an account that is registered already, is FAIL', async () => {
    const world = new World();
    const ann = ircLogin(world, 'ann');
    ann.send('REGISTER * * short', 'REGISTER * * correct-horse', 'REGISTER * * correct-horse');
    await world.hashed();
    const lines = ann.lines();
    expect(lines[0]).toMatch(/^:partyline\.local FAIL REGISTER WEAK_PASSWORD ann :/);
    expect(lines.at(-1)).toMatch(/^:partyline\.local FAIL REGISTER ACCOUNT_EXISTS ann :/);
  });

  it('of a line that is too long is 417', () => {
    const { ann, bob } = inDev();
    const long = `${S} 417 ann :Input line was too long`;
    expect(ann.ask(`PRIVMSG #dev :${'x'.repeat(490)}`, `TOPIC #dev :${'x'.repeat(391)}`)).toEqual([
      long,
      long,
    ]);
    expect(ann.ask(`@+a=${'x'.repeat(4092)} PING x`, `AWAY :${'x'.repeat(301)}`)).toEqual([long, long]);
    expect(bob.lines()).toEqual([]);
  });

  it.each([
    ['AWAY :', 120],
    ['PART #dev :', 120],
    ['KICK #dev bob :', 120],
    ['TOPIC #dev :', 120],
    ['PRIVMSG #dev :', 120],
    ['NOTICE bob :', 120],
    ['PRIVMSG bob :\x01X ', 119],
  ])('of a text that is too long with the names that IRC puts in front is 417: %s', (command, characters) => {
    const { ann, bob } = inDev();
    const refused = `${S} 417 ann :Input line was too long`;
    // Four bytes each.
    expect(ann.ask(command + '😀'.repeat(characters))).toEqual([refused]);
    expect(bob.lines()).toEqual([]);
  });

  it('of a real name that is too long with its user in front is FAIL', () => {
    const { ann, bob } = inDev();
    expect(ann.ask(`SETNAME :${'😀'.repeat(120)}`)).toEqual([
      `${S} FAIL SETNAME INVALID_REALNAME :Realname is not valid`,
    ]);
    expect(bob.lines()).toEqual([]);
  });
});
