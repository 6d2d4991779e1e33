import { describe, expect, it } from 'vitest';
import { ircLogin } from '../../support/irc.js';
import { World } from '../../support/world.js';

const S = ':partyline.local';
const TIME = '2026-03-01T12:00:00.000Z';
const CAPS = 'draft/message-redaction';

/** ann made the room, and has @. */
function inDev(caps = CAPS) {
  const world = new World();
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  const bob = ircLogin(world, 'bob', { caps, rooms: ['#dev'] });
  for (const peer of [ann, bob]) peer.lines();
  return { world, ann, bob };
}

describe('REDACT', () => {
  it('deletes one’s own message from the history, and tells those with the capability', () => {
    const { world, ann, bob } = inDev();
    const old = ircLogin(world, 'old', { rooms: ['#dev'] });
    const lin = world.connect();
    lin.send('TAGS ON\nLOGIN lin\nJOIN dev\n');
    bob.send('PRIVMSG #dev :secret plans', 'PRIVMSG #dev :other');
    for (const peer of [ann, bob, old]) peer.lines();
    lin.read();
    expect(bob.ask('REDACT #dev 1 :wrong room')).toEqual([]);
    expect(ann.lines()).toEqual([':bob!bob@host REDACT #dev 1 :wrong room']);
    expect(old.lines()).toEqual([]);
    expect(lin.read()).toBe(`@time=${TIME};room=dev;event=delete;id=1;user=bob INFO bob deleted 1\n`);
    lin.send('HISTORY\n');
    expect(lin.read()).toContain(`HIST 2 ${TIME} bob other\n`);
    lin.send('HISTORY\nSEARCH secret\n');
    expect(lin.read()).not.toContain('secret');
  });

  it('of a direct message that is stored for later names its account', async () => {
    const world = new World();
    world.register('uma');
    const phone = await world.loginOwner('uma');
    await phone.ask('NICK umapq\n');
    const bob = ircLogin(world, 'bob', { caps: `${CAPS} labeled-response echo-message` });
    bob.ask('PRIVMSG uma :for later');
    expect(bob.ask('@label=7 REDACT uma 1')).toEqual(['@label=7 :bob!bob@host REDACT uma 1']);
    expect(world.accounts.offline.waitingFor('uma')).toEqual([]);
  });

  it('of a paste tells programs the last of its lines, too', () => {
    const { world, ann } = inDev();
    const lin = world.connect();
    lin.send('TAGS ON\nLOGIN lin\nJOIN dev\n');
    const max = world.login('max');
    max.send('JOIN dev\nPASTE\none\ntwo\nthree\n.\nMSG four\n');
    for (const peer of [lin, ann.peer]) peer.read();
    max.send('DELETE 1\n');
    expect(lin.read()).toBe(`@time=${TIME};room=dev;event=delete;id=1;user=max;last=3 INFO max deleted 1\n`);
  });

  it('is for @ also of the messages of others, and is forbidden to all else', () => {
    const { ann, bob } = inDev();
    ann.send('PRIVMSG #dev :one');
    bob.send('PRIVMSG #dev :two');
    for (const peer of [ann, bob]) peer.lines();
    expect(bob.ask('REDACT #dev 1')).toEqual([
      `${S} FAIL REDACT REDACT_FORBIDDEN #dev 1 :You may not delete this message`,
    ]);
    expect(ann.ask('REDACT #dev 2')).toEqual([]);
    expect(bob.lines()).toEqual([':ann!ann@host REDACT #dev 2']);
  });

  it('comes back to the client with echo-message, under its label', () => {
    const { ann, bob } = inDev(`${CAPS} echo-message labeled-response batch server-time message-tags`);
    ann.send('PRIVMSG #dev :one', 'PRIVMSG #dev :two');
    for (const peer of [ann, bob]) peer.lines();
    expect(ann.ask('@label=7 REDACT #dev 1 :oops')).toEqual([
      `@label=7;time=${TIME} :ann!ann@host REDACT #dev 1 :oops`,
    ]);
    expect(bob.lines()).toEqual([`@time=${TIME} :ann!ann@host REDACT #dev 1 :oops`]);
  });

  it('tells that a DELETE of another protocol deleted a message', () => {
    const { world, ann, bob } = inDev();
    const lin = world.login('lin');
    lin.send('JOIN dev\nMSG hi\n');
    for (const peer of [ann, bob]) peer.lines();
    lin.send('DELETE 1 typo\n');
    expect(ann.lines()).toEqual([':lin!lines@host REDACT #dev 1 :typo']);
  });

  it('of the id of a batch deletes all of its lines; a client without batches is told each', () => {
    const { world, ann } = inDev(`${CAPS} batch draft/multiline message-tags`);
    const plain = ircLogin(world, 'bob2', { caps: CAPS, rooms: ['#dev'] });
    const multi = ircLogin(world, 'bob3', { caps: `${CAPS} batch draft/multiline`, rooms: ['#dev'] });
    ann.send(
      'BATCH +1 draft/multiline #dev',
      '@batch=1 PRIVMSG #dev :one',
      '@batch=1 PRIVMSG #dev :two',
      'BATCH -1',
      'PRIVMSG #dev :three',
    );
    for (const peer of [ann, plain, multi]) peer.lines();
    expect(ann.ask('REDACT #dev 1')).toEqual([]);
    expect(plain.lines()).toEqual([':ann!ann@host REDACT #dev 1', ':ann!ann@host REDACT #dev 2']);
    expect(multi.lines()).toEqual([':ann!ann@host REDACT #dev 1']);
    const lin = world.login('lin');
    lin.send('JOIN dev\n');
    lin.read();
    lin.send('HISTORY\n');
    expect(lin.read()).toBe(`HIST 3 ${TIME} ann three\nOK\n`);
  });

  it.each([
    ['REDACT', `${S} 461 ann REDACT :Not enough parameters`],
    ['REDACT #dev', `${S} 461 ann REDACT :Not enough parameters`],
    ['REDACT #dev 99', `${S} FAIL REDACT UNKNOWN_MSGID #dev 99 :This message does not exist`],
    ['REDACT #dev 1x', `${S} FAIL REDACT UNKNOWN_MSGID #dev 1x :This message does not exist`],
    ['REDACT #dev 01', `${S} FAIL REDACT UNKNOWN_MSGID #dev 01 :This message does not exist`],
    ['REDACT #dev 0', `${S} FAIL REDACT UNKNOWN_MSGID #dev 0 :This message does not exist`],
    ['REDACT #ops 1', `${S} FAIL REDACT INVALID_TARGET #ops :You cannot delete messages there`],
    ['REDACT #ops x', `${S} FAIL REDACT INVALID_TARGET #ops :You cannot delete messages there`],
    ['REDACT @#dev 1', `${S} FAIL REDACT INVALID_TARGET @#dev :You cannot delete messages there`],
    ['REDACT bob 1', `${S} FAIL REDACT UNKNOWN_MSGID bob 1 :This message does not exist`],
    ['REDACT bob x', `${S} FAIL REDACT UNKNOWN_MSGID bob x :This message does not exist`],
    ['REDACT nobody 1', `${S} FAIL REDACT INVALID_TARGET nobody :You cannot delete messages there`],
    ['REDACT NickServ 1', `${S} FAIL REDACT INVALID_TARGET NickServ :You cannot delete messages there`],
    [`REDACT #dev 1 :${'x'.repeat(470)}`, `${S} 417 ann :Input line was too long`],
  ])('answers %s: %s', (line, answer) => {
    const { ann } = inDev();
    ann.send('PRIVMSG #dev :one');
    expect(ann.ask(line)).toEqual([answer]);
  });
});

describe('REDACT of a direct message', () => {
  const TAGS = `${CAPS} echo-message server-time message-tags labeled-response batch`;

  it('is shown to its receiver, and to its author as PRIVMSG is', () => {
    const { ann, bob } = inDev(TAGS);
    const said = `@time=${TIME};msgid=1 :ann!ann@host PRIVMSG bob :psst`;
    expect(ann.ask('PRIVMSG bob :psst')).toEqual([said]);
    expect(bob.lines()).toEqual([said]);
    const redacted = `time=${TIME} :ann!ann@host REDACT bob 1 :wrong window`;
    expect(ann.ask('@label=7 REDACT BOB 1 :wrong window')).toEqual([`@label=7;${redacted}`]);
    expect(bob.lines()).toEqual([`@${redacted}`]);
    expect(ann.ask('REDACT bob 1')).toEqual([
      `${S} FAIL REDACT UNKNOWN_MSGID bob 1 :This message does not exist`,
    ]);
    expect(bob.lines()).toEqual([]);
  });

  it('is not shown without the capability, and has no answer without echo-message', () => {
    const { world, ann } = inDev();
    const old = ircLogin(world, 'old');
    expect(ann.ask('PRIVMSG old :psst', 'REDACT old 1')).toEqual([]);
    expect(old.lines()).toEqual([':ann!ann@host PRIVMSG old :psst']);
  });

  it('is for its author alone; of a message between others nothing is told', () => {
    const { world, ann, bob } = inDev();
    const eve = ircLogin(world, 'eve', { caps: CAPS });
    ann.send('PRIVMSG bob :psst');
    bob.lines();
    const unknown = (target: string) => [
      `${S} FAIL REDACT UNKNOWN_MSGID ${target} 1 :This message does not exist`,
    ];
    expect(eve.ask('REDACT bob 1')).toEqual(unknown('bob'));
    expect(eve.ask('REDACT ann 1')).toEqual(unknown('ann'));
    expect(ann.ask('REDACT eve 1')).toEqual(unknown('eve'));
    expect(bob.ask('REDACT ann 1')).toEqual([
      `${S} FAIL REDACT REDACT_FORBIDDEN ann 1 :You may not delete this message`,
    ]);
    for (const peer of [ann, bob, eve]) expect(peer.lines()).toEqual([]);
  });

  it('finds the receiver and the author under the names that they have now', () => {
    const { ann, bob } = inDev();
    ann.send('PRIVMSG bob :psst');
    bob.send('NICK rob');
    ann.send('NICK amy');
    for (const peer of [ann, bob]) peer.lines();
    expect(ann.ask('REDACT rob 1')).toEqual([]);
    expect(bob.lines()).toEqual([':amy!ann@host REDACT rob 1']);
  });

  it('tells an author nothing of being ignored, whatever name the receiver has since', () => {
    const { world, ann } = inDev(`${CAPS} echo-message`);
    const lin = world.login('lin');
    lin.send('TAGS ON\nIGNORE ann\n');
    lin.read();
    ann.ask('PRIVMSG lin :psst');
    lin.send('NICK lina\n');
    lin.read();
    expect(ann.ask('REDACT lina 1')).toEqual([':ann!ann@host REDACT lina 1']);
    lin.send('DELETE 1\n');
    expect(lin.read()).toBe('ERR not-permitted\n');
  });

  it('is of all lines of a batch, of which the first has the id', () => {
    const { world, ann, bob } = inDev(`${CAPS} batch draft/multiline message-tags`);
    const lin = world.connect();
    lin.send('TAGS ON\nLOGIN lin\n');
    const lines = ['@batch=1 PRIVMSG x :one', '@batch=1 PRIVMSG x :two', 'BATCH -1'];
    for (const nick of ['bob', 'lin'])
      ann.send(`BATCH +1 draft/multiline ${nick}`, ...lines.map((line) => line.replace(' x ', ` ${nick} `)));
    for (const peer of [ann, bob]) peer.lines();
    lin.read();
    ann.send('REDACT bob 1', 'REDACT lin 3');
    expect(bob.lines()).toEqual([':ann!ann@host REDACT bob 1']);
    expect(lin.read()).toBe(`@time=${TIME};event=delete;id=3;user=ann;last=4 INFO ann deleted 3\n`);
  });

  it('that is kept for a user who is offline takes it from there', async () => {
    const world = new World();
    world.register('reg');
    const ann = ircLogin(world, 'ann', { caps: CAPS });
    ann.send('PRIVMSG reg :one', 'PRIVMSG reg :two', 'REDACT reg 1');
    ann.lines();
    const reg = world.connect();
    reg.send('TAGS ON\nLOGIN reg reg-password\n');
    await world.hashed();
    expect(reg.read()).toBe(`OK\nOK\n@id=2;time=${TIME} DM ann two\n`);
    // It has been handed over; who has read it is told.
    expect(ann.ask('REDACT reg 2')).toEqual([]);
    expect(reg.read()).toBe(`@time=${TIME};event=delete;id=2;user=ann INFO ann deleted 2\n`);
  });

  it('is not shown to a receiver who ignores the author', () => {
    const { world, ann } = inDev();
    const lin = world.connect();
    lin.send('TAGS ON\nLOGIN lin\n');
    ann.send('PRIVMSG lin :psst');
    lin.send('IGNORE ann\n');
    lin.read();
    expect(ann.ask('REDACT lin 1 :and read this')).toEqual([]);
    expect(lin.read()).toBe('');
  });

  it('with a reason is refused to a muted user', () => {
    const { ann } = inDev();
    ann.send('PRIVMSG bob :psst', 'PRIVMSG bob :psst');
    if (ann.peer.client !== null) ann.peer.client.mutedUntil = Number.POSITIVE_INFINITY;
    expect(ann.ask('REDACT bob 2 :and read this', 'REDACT bob 2')).toEqual([
      `${S} FAIL REDACT REDACT_FORBIDDEN bob 2 :You may not delete this message`,
    ]);
  });
});
