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
    ['REDACT bob 1', `${S} FAIL REDACT INVALID_TARGET bob :You cannot delete messages there`],
    [`REDACT #dev 1 :${'x'.repeat(470)}`, `${S} 417 ann :Input line was too long`],
  ])('answers %s: %s', (line, answer) => {
    const { ann } = inDev();
    ann.send('PRIVMSG #dev :one');
    expect(ann.ask(line)).toEqual([answer]);
  });
});
