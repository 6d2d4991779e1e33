/** Clients with changes that have not settled: answers keep their order, and are those of a server that settles at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gotalk, lines, machat, newIrcSpeaker, type Speaker } from '../../dialects/speakers.js';
import { type Peer, World } from '../../support/world.js';

const TAGS = 'time=2026-03-01T12:00:00.000Z;room=lobby';

function newWorld(): { world: World; ann: Peer; bob: Peer } {
  const world = new World({ settlesLater: true });
  const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
  ann.send('TAGS ON\n');
  for (const peer of [ann, bob]) peer.read();
  return { world, ann, bob };
}

describe('a client with unsettled changes', () => {
  it('messages and direct messages follow each other without waiting', () => {
    const { world, ann, bob } = newWorld();
    world.hold();
    ann.send('MSG one\nDM bob two\n@label=x ME waves\nPASTE\nthree\nfour\n.\n');
    expect([ann.read(), bob.read()]).toEqual(['', '']);
    expect(ann.client?.proposedCount).toBe((ann.client?.settledCount ?? 0) + 4);
    world.release();
    expect(bob.read()).toBe('MSG ann one\nDM ann two\nMSG ann * ann waves\nMSG ann three\nMSG ann four\n');
    expect(ann.read()).toBe(`@label=x;id=3;${TAGS} OK\nOK\n`);
  });

  it('PONG is sent when everything before the PING has settled', () => {
    const { world, ann } = newWorld();
    world.hold();
    ann.send('@label=a MSG one\nPING x\n@label=b MSG two\n@label=c PING\n');
    expect(ann.read()).toBe('');
    world.release();
    expect(ann.read()).toBe(`@label=a;id=1;${TAGS} OK\nPONG x\n@label=b;id=2;${TAGS} OK\n@label=c PONG\n`);
  });

  it('any other command waits, and is not parsed before a login or a join has settled', () => {
    const { world, ann, bob } = newWorld();
    bob.send('JOIN dev\n');
    ann.read();
    world.hold();
    ann.send('MSG one\nJOIN dev\nMSG two\nWHO\nFLY\nPING\n');
    expect(ann.read()).toBe('');
    world.release();
    expect(ann.read()).toMatch(/^OK\n(?:.*\n)*ERR unknown-cmd\nPONG\n$/);
    expect(bob.read()).toContain('INFO ann joined dev\nMSG ann two\n');
  });

  it('a refusal waits for the answers before it', () => {
    const { world, ann } = newWorld();
    world.hold();
    ann.send('@label=a MSG one\n@label=b;room=ops MSG two\n@label=c MSG\nPING\n');
    expect(ann.read()).toBe('');
    world.release();
    const answers = ann.lines().map((line) => /^@label=(\w)/.exec(line)?.[1] ?? line);
    expect(answers).toEqual(['a', 'b', 'c', 'PONG']);
  });

  it('a client that waits is not read, and input that follows is not lost', () => {
    const { world, ann } = newWorld();
    world.hold();
    ann.send('AWAY\nPING 1\n');
    expect(ann.paused).toBe(true);
    ann.send('PING 2\n');
    world.release();
    expect(ann.paused).toBe(false);
    expect(ann.read()).toBe('OK\nPONG 1\nPONG 2\n');
  });

  it('a client that waits for long is neither asked for a sign of life nor disconnected', () => {
    const world = new World({ settlesLater: true, idleTimeoutMs: 2000, heartbeatIntervalMs: 500 });
    const ann = world.login('ann');
    world.hold();
    ann.send('JOIN dev\nPING\n');
    world.wait(10_000);
    expect(ann.isEnding).toBe(false);
    world.release();
    expect(ann.read()).toBe('OK\nPONG\n');
  });

  it('a client that ends is deaf at once, and what it sent before counts', () => {
    const { world, ann, bob } = newWorld();
    world.hold();
    ann.send('MSG one\n');
    ann.end('MSG two\n');
    ann.send('MSG three\n');
    world.release();
    expect(bob.read()).toBe('MSG ann one\nMSG ann two\nINFO ann disconnected\n');
    expect(ann.closed).toBe(true);
  });

  it('a client that quits and loses its connection before that settles ends once', () => {
    const { world, ann, bob } = newWorld();
    world.hold();
    ann.send('QUIT\n');
    ann.vanish();
    world.release();
    expect(bob.read()).toBe('INFO ann disconnected\n');
    expect(world.errors).toEqual([]);
    expect(world.hub.userCount).toBe(1);
  });

  it('messages of a client that is kicked before they settle are not sent', async () => {
    const { world, ann, bob } = newWorld();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    ann.read();
    bob.read();
    world.hold();
    opal.send('KICK ann\n');
    ann.send('MSG one\nPING\n');
    world.release();
    expect(ann.read()).toMatch(/^\S+ INFO disconnected: kicked by opal\n$/);
    expect(bob.read()).toBe('INFO ann disconnected\n');
  });

  it('a client that is too slow loses no message between others', () => {
    const world = new World({ settlesLater: true, writeQueueBytes: 300 });
    const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
    bob.read();
    bob.stopReading();
    ann.send('MSG one\n');
    ann.say(`MSG ${'two'.repeat(300)}\n`);
    // The end of bob is proposed when this turn is over, and another message settles before it.
    world.pass();
    ann.say('MSG three\n');
    world.settle();
    bob.readOn();
    expect(bob.read()).toBe('MSG ann one\nINFO disconnected: reading too slowly\n');
  });
});

/** What each of three clients of a dialect receives after each step. */
function receivedBy(
  speaker: Speaker,
  steps: readonly { index: number; text: string }[],
  settlesLater: boolean,
) {
  const world = new World({ settlesLater });
  const peers = ['ann', 'bob', 'cat'].map((name) => {
    const peer = world.connect('10.0.0.1', speaker.converse);
    peer.send(speaker.login(name));
    return peer;
  });
  return steps.map(({ index, text }) => {
    peers[index]?.send(text);
    return peers.map((peer) => [peer.read(), peer.closed]);
  });
}

const COMMANDS = [
  'MSG hi',
  'MSG there',
  'ME waves',
  'DM bob psst',
  'DM nobody psst',
  'JOIN dev',
  'JOIN ops',
  'LEAVE',
  'FOLLOW dev',
  'UNFOLLOW dev',
  '@room=dev MSG hi',
  '@label=1 MSG hi',
  '@label=2;room=dev PASTE\none\ntwo\n.',
  'PASTE\none\ntwo\n.',
  'PASTE\n.',
  'NICK dan',
  'NICK bob',
  'AWAY lunch',
  'AWAY',
  'IGNORE ann',
  'UNIGNORE ann',
  'TOPIC ours',
  'WHO',
  'ROOMS',
  'HISTORY',
  'WHOIS bob',
  'PING',
  '@label=3 PING x',
  'TAGS ON',
  'TAGS OFF',
  'LOGIN eve',
  'KICK bob',
  'FLY',
  'MSG',
  'QUIT',
];

const IRC_COMMANDS = [
  'PRIVMSG #lobby :hi',
  'PRIVMSG bob,#dev :psst',
  'PRIVMSG nobody :psst',
  'NOTICE #dev :\x02hi',
  'PRIVMSG #dev :\x01ACTION waves\x01',
  'TAGMSG #dev',
  'JOIN #dev',
  'JOIN #ops,#dev',
  'PART #lobby :bye',
  'JOIN 0',
  'NICK dan',
  'NICK bob',
  'AWAY :lunch',
  'AWAY',
  'SETNAME :Dan',
  'MODE #dev +mi',
  'MODE #dev -m+ov bob ann',
  'MODE #dev +b bob!*@*',
  'MODE #dev b',
  'MODE #dev',
  'KICK #dev bob :out',
  'INVITE bob #dev',
  'TOPIC #dev :ours',
  'TOPIC #dev',
  'NAMES #dev',
  'WHO #dev',
  'LIST',
  'WHOIS bob',
  'WHOWAS dan',
  'MONITOR + bob,dan',
  'CAP REQ :labeled-response batch echo-message server-time message-tags',
  'CAP REQ :draft/multiline draft/chathistory draft/read-marker away-notify setname',
  '@label=1 PRIVMSG #dev,#lobby :hi',
  '@label=2 PING x',
  '@label=3 JOIN #dev',
  '@label=4 FLY',
  '@label=5 BATCH +1 draft/multiline #dev\r\n@batch=1 PRIVMSG #dev :one\r\n@batch=1 PRIVMSG #dev :two\r\nBATCH -1',
  'CHATHISTORY LATEST #dev * 10',
  'MARKREAD #dev',
  'REDACT #dev 2',
  'PING y',
  'PRIVMSG',
  'QUIT :bye',
];

describe('the bytes for each client are those of a server that settles at once', () => {
  const linesInput = fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 6 });
  const words = fc.array(
    fc.constantFrom('hi', '/who', '/msg bob psst', '/nick dan', '/join dev', '/help', '/ping'),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const said = fc.array(fc.constantFrom('hi', 'there'), { minLength: 1, maxLength: 4 });
  const ircInput = fc.array(fc.constantFrom(...IRC_COMMANDS), { minLength: 1, maxLength: 6 });
  const cases = [
    ['lines', () => lines, linesInput],
    ['gotalk', () => gotalk, words],
    ['machat', () => machat, said],
    ['irc', newIrcSpeaker, ircInput],
  ] as const;

  it.each(cases)('for %s, however its input is cut', (_, newSpeaker, input) => {
    const text = input.map((all) => all.map((one) => `${one}\n`).join(''));
    const step = fc.record({ index: fc.nat({ max: 2 }), text });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        expect(receivedBy(newSpeaker(), steps, true)).toEqual(receivedBy(newSpeaker(), steps, false));
      }),
      { numRuns: 150 },
    );
  });
});
