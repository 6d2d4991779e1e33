/** The tags `event`, `user`, `by` and `to` of INFO lines: section "Events" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { conversationIn } from '../../../src/dialects/index.js';
import { Nodes } from '../../support/nodes.js';
import { passwordOf, type Peer, World, type WorldOptions } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';

/** Logs in with TAGS ON, and discards the replies. */
function tagged(world: World, name: string, ...commands: readonly string[]): Peer {
  const peer = world.connect();
  peer.send(['TAGS ON', `LOGIN ${name}`, ...commands].map((line) => `${line}\n`).join(''));
  peer.read();
  return peer;
}

/** A tagged session, an untagged one and the registered operator opal, who founded dev; all are in dev. */
async function inDev(options: WorldOptions = {}) {
  const world = new World(options);
  world.register('opal');
  world.accounts.users.setOperator('opal', true);
  const opal = await world.loginOwner('opal');
  opal.send('JOIN dev\n');
  const script = world.login('script');
  script.send('JOIN dev\n');
  const ann = tagged(world, 'ann', 'JOIN dev');
  for (const peer of [opal, script, ann]) peer.read();
  return { world, opal, script, ann };
}

describe('with TAGS ON', () => {
  it('an invitation and a user who is put out have event, user and by', async () => {
    const { world, ann } = await inDev();
    const op = world.connect('10.0.0.5', () => conversationIn('irc', { maxLineBytes: 4096 }));
    op.send('NICK ike\r\nUSER ike 0 * :Ike\r\nJOIN #den\r\n');
    op.send('INVITE ann #den\r\n');
    expect(ann.lines()).toEqual([
      expect.stringMatching(`^@time=${TIME};room=den;event=invite;user=ann;by=ike INFO `),
    ]);
    await ann.ask('JOIN den\n');
    const eve = tagged(world, 'eve', 'FOLLOW den');
    ann.read();
    op.send('KICK #den ann :spam\r\n');
    expect(ann.lines()[0]).toMatch(new RegExp(`^@time=${TIME};room=den;event=put-out;user=ann;by=ike INFO `));
    expect(eve.lines()[0]).toContain(';room=den;event=leave;user=ann INFO ');
  });

  it('a session of a server that is cut off from the others has event=cut-off and its own name', async () => {
    const nodes = new Nodes(2);
    const ann = await nodes.login(0, 'ann');
    await nodes.ask(ann, 'TAGS ON\n');
    ann.read();
    await nodes.endNode(0);
    expect(ann.lines().at(-1)).toMatch(
      /^@time=\S+;event=cut-off;user=ann INFO disconnected: server cut off$/,
    );
  });

  it('the joins and leaves of others have event, user and room', async () => {
    const { world, ann } = await inDev();
    const bob = world.login('bob');
    bob.send('JOIN dev\nLEAVE\n');
    expect(ann.lines()).toEqual([
      `@time=${TIME};room=dev;event=join;user=bob INFO bob joined dev`,
      `@time=${TIME};room=dev;event=leave;user=bob INFO bob left dev`,
    ]);
  });

  it('the end of a session is told once, with event=quit, in however many rooms it was', async () => {
    const { world, ann } = await inDev();
    const bob = tagged(world, 'bob', 'FOLLOW dev');
    ann.read();
    bob.vanish();
    expect(ann.lines()).toEqual([`@time=${TIME};event=quit;user=bob INFO bob disconnected`]);
  });

  it('a login is told in the lobby at once, to sessions with TAGS ON alone', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const script = world.login('script');
    const person = world.connect();
    world.wait(2000);
    person.send('LOGIN person\n');
    const ann = tagged(world, 'ann');
    const taggedPerson = world.connect();
    world.wait(2000);
    taggedPerson.send('TAGS ON\nLOGIN tess\n');
    world.wait(2000);
    for (const peer of [script, person, ann, taggedPerson]) peer.read();
    world.login('bob').send('MSG hi\n');
    const at = new Date(world.clock.now()).toISOString();
    const joined = `@time=${at};room=lobby;event=join;user=bob INFO bob joined lobby`;
    expect(ann.lines()).toEqual([joined, `@id=1;time=${at};room=lobby MSG bob hi`]);
    expect(taggedPerson.lines()).toEqual([joined, `@id=1;time=${at};room=lobby MSG bob hi`]);
    expect(script.lines()).toEqual(['MSG bob hi']);
    expect(person.lines()).toEqual(['MSG bob hi']);
    world.wait(2000);
    expect([ann.read(), taggedPerson.read(), script.read()]).toEqual(['', '', '']);
    expect(person.lines()).toEqual(['INFO bob joined lobby']);
  });

  it('a session is not told of its own login and JOIN', () => {
    const peer = new World().connect();
    peer.send('TAGS ON\nLOGIN ann\nJOIN dev\n');
    expect(peer.lines()).toEqual(['OK', expect.stringMatching(/^@resume=\S+ OK$/), 'OK']);
  });

  it('ANNOUNCE_LOGIN is told with event=login', () => {
    const world = new World({ announceLogin: true });
    const ann = tagged(world, 'ann');
    world.login('bob');
    expect(ann.lines()).toEqual([
      `@time=${TIME};event=login;user=bob INFO bob connected`,
      `@time=${TIME};room=lobby;event=join;user=bob INFO bob joined lobby`,
    ]);
  });

  it('a new name is told with event=rename, the old name and the new one', async () => {
    const { script, ann } = await inDev();
    script.send('NICK scripty\n');
    expect(ann.lines()).toEqual([
      `@time=${TIME};event=rename;user=script;to=scripty INFO script is now scripty`,
    ]);
  });

  it('users who share a room are told of AWAY, and of its end by back=1', async () => {
    const { script, ann, opal } = await inDev();
    script.send('AWAY lunch\nAWAY\n');
    expect(ann.lines()).toEqual([
      `@time=${TIME};event=away;user=script INFO script is away: lunch`,
      `@time=${TIME};event=away;user=script;back=1 INFO script is back`,
    ]);
    expect(opal.read()).toBe('');
    expect(script.read()).toBe('OK\nOK\n');
  });

  it('a direct message of a person to a user who is away is answered with event=away', () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.login('bob').send('AWAY lunch\n');
    const ann = world.connect();
    world.wait(2000);
    ann.send('TAGS ON\nLOGIN ann\n');
    ann.read();
    ann.send('DM bob hi\n');
    const at = new Date(world.clock.now()).toISOString();
    expect(ann.lines()).toEqual([
      `@time=${at} INFO to bob: sent`,
      `@time=${at};event=away;user=bob INFO bob is away: lunch`,
    ]);
  });

  it('topic, lock and unlock are told as to people, and a script without TAGS is not told', async () => {
    const { world, opal, script, ann } = await inDev();
    await opal.ask('TOPIC release day\nLOCK our-key\nUNLOCK\n');
    await world.hashed();
    expect(ann.lines()).toEqual([
      `@time=${TIME};room=dev;event=topic;user=opal INFO opal set the topic of dev: release day`,
      `@time=${TIME};room=dev;event=lock;user=opal INFO opal locked dev`,
      `@time=${TIME};room=dev;event=unlock;user=opal INFO opal unlocked dev`,
    ]);
    expect(script.read()).toBe('');
    expect(await ann.ask('TOPIC\n')).toBe(`@time=${TIME};room=dev INFO the topic of dev: release day\nOK\n`);
  });

  it('what a person is told of a room has its name: confirmations, the topic, the count of WHO', async () => {
    const { world } = await inDev({ greetingDelayMs: 2000 });
    const opal = world.connect();
    world.wait(2000);
    await opal.ask(`TAGS ON\nLOGIN opal ${passwordOf('opal')}\nJOIN dev\n`);
    const asked = await opal.ask('TOPIC soon\nTOPIC\nLOCK our-key\nUNLOCK\n@room=dev WHO\n');
    const about = asked.split('\n').filter((line) => /INFO (dev|the topic|\d+ users)/.test(line));
    expect(about.map((line) => line.replace(/time=[^;]*/, 'time'))).toEqual([
      '@time;room=dev INFO the topic of dev is set',
      '@time;room=dev INFO the topic of dev: soon',
      '@time;room=dev INFO dev is locked; entering it needs the key',
      '@time;room=dev INFO dev is unlocked',
      '@time;room=dev INFO 3 users in dev',
    ]);
  });

  it('an announcement has event=say', async () => {
    const { opal, ann } = await inDev();
    opal.send('SAY restart at noon\n');
    expect(ann.lines()).toEqual([`@time=${TIME};event=say;user=opal INFO opal: restart at noon`]);
  });
});

describe('with TAGS ON, the last line before the server closes the connection', () => {
  it.each([
    ['KICK ann spam', `@time=${TIME};event=kick;user=ann;by=opal INFO disconnected: kicked by opal: spam`],
    ['KICK ann', `@time=${TIME};event=kick;user=ann;by=opal INFO disconnected: kicked by opal`],
    ['BAN ann 5 spam', `@time=${TIME};event=ban;user=ann;by=opal INFO disconnected: banned by opal: spam`],
  ])('after %s it names the user and the operator', async (command, line) => {
    const { opal, ann } = await inDev();
    opal.send(`${command}\n`);
    expect(ann.lines()).toEqual([line]);
    expect(ann.closed).toBe(true);
  });

  it('after QUIT it has event=quit', async () => {
    const { ann } = await inDev();
    ann.send('@label=7 QUIT\n');
    expect(ann.lines()).toEqual([`@label=7;time=${TIME};event=quit;user=ann INFO bye`, '@label=7 OK']);
  });

  it('after the idle timeout it has event=idle', async () => {
    const { world, ann } = await inDev({ idleTimeoutMs: 60_000 });
    world.wait(61_000);
    expect(ann.lines()).toEqual([
      expect.stringMatching(/^@time=\S+;event=idle;user=ann INFO disconnected due to inactivity$/),
    ]);
  });

  it('after a login elsewhere it has event=logged-in-elsewhere', async () => {
    const world = new World();
    world.register('ann');
    const old = world.connect();
    await old.ask(`TAGS ON\nLOGIN ann ${passwordOf('ann')}\n`);
    await world.loginOwner('ann');
    expect(old.lines()).toEqual([
      `@time=${TIME};event=logged-in-elsewhere;user=ann INFO disconnected: logged in elsewhere`,
    ]);
  });

  it('of a slow reader it has event=too-slow', async () => {
    const { script, ann } = await inDev({ writeQueueBytes: 2000 });
    ann.stopReading();
    for (let count = 0; count < 20; count++) script.send(`MSG ${'x'.repeat(1000)}\n`);
    ann.readOn();
    expect(ann.lines().at(-1)).toBe(
      `@time=${TIME};event=too-slow;user=ann INFO disconnected: reading too slowly`,
    );
  });

  it('after the account is removed it has event=revoked', async () => {
    const world = new World();
    world.register('ann');
    const ann = world.connect();
    await ann.ask(`TAGS ON\nLOGIN ann ${passwordOf('ann')}\n`);
    world.accounts.users.unregister('ann');
    world.hub.accountChanged('ann', true, world.clock.now());
    world.settle();
    expect(ann.lines()).toEqual([`@time=${TIME};event=revoked;user=ann INFO disconnected: access revoked`]);
  });

  it('at a shutdown it has event=shutdown, before the login without a user', async () => {
    const { world, ann } = await inDev();
    const guest = world.connect();
    guest.send('TAGS ON\n');
    guest.read();
    const clients = [ann, guest].flatMap(({ client }) => (client === null ? [] : [client]));
    world.hub.close(clients, world.clock.now());
    world.settle();
    expect(ann.lines()).toEqual([`@time=${TIME};event=shutdown;user=ann INFO server shutting down`]);
    expect(guest.lines()).toEqual([`@time=${TIME};event=shutdown INFO server shutting down`]);
  });
});

describe('in a cluster, with TAGS ON', () => {
  it('the events of users of other nodes have the same tags', async () => {
    const nodes = new Nodes(2);
    nodes.register('opal');
    nodes.setOperator('opal');
    const ann = nodes.world(0).connect();
    await nodes.ask(ann, 'TAGS ON\nLOGIN ann\nJOIN dev\n');
    const opal = await nodes.login(1, 'opal');
    await nodes.ask(opal, 'JOIN dev\n');
    await nodes.ask(opal, 'NICK ops\nAWAY lunch\nSAY hi\n');
    await nodes.ask(opal, 'KICK ann spam\n');
    const lines = ann.lines().map((line) => line.replaceAll(TIME, 'T'));
    expect(lines).toEqual([
      '@time=T;room=dev;event=join;user=opal INFO opal joined dev',
      '@time=T;event=rename;user=opal;to=ops INFO opal is now ops',
      '@time=T;event=away;user=ops INFO ops is away: lunch',
      '@time=T;event=say;user=ops INFO ops: hi',
      '@time=T;event=kick;user=ann;by=ops INFO disconnected: kicked by ops: spam',
    ]);
    nodes.check();
  });
});
