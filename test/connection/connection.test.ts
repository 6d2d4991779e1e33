/** A connection's timeouts, flow control, limits and end, with bytes in and out and a manual clock. */
import { describe, expect, it } from 'vitest';
import { cleanText, parseRoomName, parseUserName } from '../../src/core/text/text.js';
import { ManualClock } from '../support/manual-clock.js';
import { passwordOf, type Peer, World, type WorldOptions } from '../support/world.js';

describe('a silent client', () => {
  it('a silent client that does not log in is disconnected at the login timeout, whatever else it sends', () => {
    const world = new World({ loginTimeoutMs: 60_000 });
    const peer = world.connect();
    for (let second = 0; second < 59; second++) {
      world.wait(1000);
      peer.send('PING\n');
    }
    peer.read();
    world.wait(1100);
    expect(peer.read()).toBe('ERR login-timeout\n');
    expect(peer.closed).toBe(true);
  });

  it('a silent client that is logged in is disconnected at the idle timeout, and the others are notified', () => {
    const world = new World({ loginTimeoutMs: 60_000, idleTimeoutMs: 60_000 });
    const ann = world.login('ann');
    const bob = world.login('bob');
    for (let second = 0; second < 61; second += 10) {
      world.wait(10_000);
      bob.send('\n');
    }
    expect(ann.read()).toBe('INFO disconnected due to inactivity\n');
    expect(bob.read()).toBe('INFO ann disconnected\n');
    expect(ann.closed).toBe(true);
  });

  it('a silent client gets a PING at each heartbeat interval; any line counts as activity, half a line does not', () => {
    const world = new World({ heartbeatIntervalMs: 30_000 });
    const ann = world.login('ann');
    world.wait(29_000);
    expect(ann.read()).toBe('');
    world.wait(1100);
    expect(ann.read()).toBe('PING\n');
    world.wait(30_000);
    expect(ann.read()).toBe('PING\n');
    ann.send('PONG\n');
    world.wait(29_000);
    ann.send('PON');
    expect(ann.read()).toBe('');
    world.wait(1100);
    expect(ann.read()).toBe('PING\n');
  });

  it('a silent client gets no PING if its transport has a heartbeat, whose answer counts as activity', () => {
    const world = new World({ heartbeatIntervalMs: 30_000, idleTimeoutMs: 60_000, hasOwnHeartbeat: true });
    const ann = world.login('ann');
    for (let pongs = 0; pongs < 4; pongs++) {
      world.wait(50_000);
      ann.answerPing();
    }
    expect(ann.read()).toBe('');
    world.wait(60_100);
    expect(ann.read()).toBe('INFO disconnected due to inactivity\n');
  });

  it('a silent client is never disconnected if the timeouts are 0', () => {
    const world = new World();
    const ann = world.login('ann');
    const other = world.connect();
    world.wait(1_000_000);
    expect(ann.read() + other.read()).toBe('');
    expect(ann.closed || other.closed).toBe(false);
  });
});

describe('after a pause of the process', () => {
  it('after a pause of the process, an idle client has one more idle timeout, and its input is handled', () => {
    const world = new World({ idleTimeoutMs: 60_000, heartbeatIntervalMs: 30_000 });
    const [ann, bob] = world.logins('ann', 'bob');
    world.pause(600_000);
    expect(bob?.closed).toBe(false);
    ann?.send('MSG sent meanwhile\n');
    expect(bob?.read()).toBe('MSG ann sent meanwhile\n');
    for (let second = 0; second < 59; second++) {
      world.wait(1000);
      ann?.send('\n');
    }
    expect(bob?.read()).toBe('PING\n');
    world.wait(1100);
    expect(bob?.read()).toBe('INFO disconnected due to inactivity\n');
    expect(ann?.closed).toBe(false);
  });

  it('after a pause of the process, a client that has not logged in has one more login timeout', () => {
    const world = new World({ loginTimeoutMs: 60_000, greetingDelayMs: 2000 });
    const [ann, bob] = [world.connect(), world.connect()];
    world.pause(600_000);
    ann.send('LOGIN ann\n');
    expect(ann.read()).toBe('OK\n');
    world.wait(59_000);
    expect(bob.closed).toBe(false);
    world.wait(1100);
    expect(bob.read()).toMatch(/^ERR login-timeout\n/m);
    expect(ann.closed).toBe(false);
  });

  it('after a pause of the process, a reader has one more interval to take its output', () => {
    const world = new World();
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading();
    ann?.send('MSG hi\n');
    world.pause(60_000);
    world.wait(9000);
    expect(slow?.closed).toBe(false);
    world.wait(1100);
    expect(slow?.closed).toBe(true);
  });

  it('every further pause of the process grants a further interval', () => {
    const world = new World({ idleTimeoutMs: 60_000 });
    const ann = world.login('ann');
    for (let pauses = 0; pauses < 3; pauses++) world.pause(100_000);
    expect(ann.closed).toBe(false);
  });
});

describe('a slow reader', () => {
  const LINE = `MSG ${'x'.repeat(1000)}\n`;

  it('a slow reader is disconnected at its output limit with a notice, and other readers are not delayed', () => {
    const world = new World({ writeQueueBytes: 64 * 1024 });
    const [ann, slow, bob] = world.logins('ann', 'slow', 'bob');
    slow?.stopReading();
    for (let sent = 0; sent < 60; sent++) {
      ann?.send(LINE);
      expect(bob?.lines()).toHaveLength(1);
    }
    expect(slow?.closed).toBe(false);
    for (let sent = 0; sent < 10; sent++) ann?.send(LINE);
    expect(slow?.closed).toBe(true);
    expect(bob?.read()).toContain('INFO slow disconnected\n');
    expect(ann?.read()).toBe('INFO slow disconnected\n');
    slow?.readOn();
    expect(slow?.read()).toMatch(/x\nINFO disconnected: reading too slowly\n$/);
    expect(world.seen).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ kind: 'detached', why: 'too-slow' }) }),
    );
  });

  it('a slow reader has no more unsent output than its limit and the output of one turn', () => {
    const bound = 64 * 1024;
    const world = new World({ writeQueueBytes: bound });
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading();
    while (slow?.closed === false) {
      ann?.send(LINE);
      expect(slow.unsentBytes).toBeLessThan(bound + 2 * LINE.length);
    }
  });

  it('a slow reader that takes no byte for 10 s is disconnected, however little is unsent', () => {
    const world = new World();
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading();
    ann?.send('MSG hi\n');
    world.wait(9000);
    expect(slow?.closed).toBe(false);
    world.wait(1100);
    expect(slow?.closed).toBe(true);
    expect(ann?.read()).toBe('INFO slow disconnected\n');
  });

  it('a slow reader that takes bytes steadily stays connected, even if the socket does not drain', () => {
    const world = new World();
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading();
    ann?.send('MSG hi\n');
    for (let seconds = 0; seconds < 60; seconds += 5) {
      world.wait(5000);
      slow?.takeSlowly(1);
    }
    expect(slow?.closed).toBe(false);
    world.wait(14_000);
    expect(slow?.closed).toBe(true);
  });

  it('a slow reader that ends its side gets all its lines while it takes bytes, then is disconnected after 10 s', () => {
    const world = new World();
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading();
    ann?.send('MSG hi\n');
    slow?.end();
    for (let seconds = 0; seconds < 30; seconds += 5) {
      world.wait(5000);
      slow?.takeSlowly(1);
    }
    expect(slow?.destroyed).toBe(false);
    world.wait(14_000);
    expect(slow?.destroyed).toBe(true);
  });

  it('a slow reader that reads its last output and does not close is disconnected 2 s later', () => {
    const world = new World();
    const slow = world.login('slow');
    slow.stopReading();
    slow.send('QUIT\n');
    slow.readOn();
    expect(slow.read()).toBe('INFO bye\n');
    world.wait(1900);
    expect(slow.destroyed).toBe(false);
    world.wait(200);
    expect(slow.destroyed).toBe(true);
  });

  it('a slow reader that catches up in time gets all lines in order', () => {
    const world = new World();
    const [ann, slow] = world.logins('ann', 'slow');
    slow?.stopReading(5);
    for (let number = 0; number < 500; number++) ann?.send(`MSG ${number} ${'x'.repeat(number)}\n`);
    slow?.readOn();
    const received = slow?.lines().map((line) => Number(line.split(' ')[2]));
    expect(received).toEqual(Array.from({ length: 500 }, (_, number) => number));
  });

  it('a slow reader is not read from while it does not read, and misses no reply', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.stopReading();
    ann.send('PING 1\n');
    for (let number = 2; number <= 50; number++) ann.send(`PING ${number}\n`);
    expect(ann.paused).toBe(true);
    ann.readOn();
    expect(ann.lines()).toEqual(Array.from({ length: 50 }, (_, index) => `PONG ${index + 1}`));
  });

  it('a client that requested a long reply and reads it is not a slow reader', () => {
    const world = new World({ writeQueueBytes: 16 * 1024 });
    const ann = world.login('ann');
    for (let sent = 0; sent < 500; sent++) ann.send(LINE);
    ann.stopReading(100);
    ann.send('HISTORY 500\nPING\n');
    expect(ann.closed).toBe(false);
    ann.readOn();
    const lines = ann.lines();
    expect(lines).toHaveLength(502);
    expect(lines.slice(-2)).toEqual(['OK', 'PONG']);
  });

  it('a slow reader that quits gets all its output before the close', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.stopReading();
    ann.send('PING\nWHO\nQUIT\n');
    expect(ann.closed).toBe(false);
    ann.readOn();
    expect(ann.read()).toBe('PONG\nUSER ann\nINFO bye\n');
    expect(ann.closed).toBe(true);
  });
});

describe('a flood of lines', () => {
  const RATE = { rateLimit: 10, rateBurst: 50, exemptAddresses: ['127.0.0.0/8', '::1'] };

  it('a flood of lines is read at the rate limit, loses no line, and delays no other client', () => {
    const world = new World(RATE);
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send(Array.from({ length: 100 }, (_, number) => `MSG ${number}\n`).join(''));
    const first = bob?.lines() ?? [];
    expect(first).toHaveLength(49); // and LOGIN
    bob?.send('PING\n');
    expect(bob?.read()).toBe('PONG\n');
    world.wait(1010);
    const second = bob?.lines() ?? [];
    expect(second.length).toBeGreaterThanOrEqual(9);
    expect(second.length).toBeLessThanOrEqual(11);
    world.wait(5000);
    const received = [...first, ...second, ...(bob?.lines() ?? [])].map((line) => Number(line.split(' ')[2]));
    expect(received).toEqual(Array.from({ length: 100 }, (_, number) => number));
    expect(ann?.closed).toBe(false);
  });

  it('a flood of lines from a pipe that ends is read to its last line', () => {
    const world = new World(RATE);
    const bob = world.login('bob');
    const pipe = world.connect();
    pipe.end(`LOGIN ci\n${'MSG x\n'.repeat(80)}PING\n`);
    expect(pipe.closed).toBe(false);
    world.wait(4000);
    expect(pipe.read()).toBe('OK\nPONG\n');
    expect(pipe.closed).toBe(true);
    expect(bob.lines()).toHaveLength(81);
  });

  it('a flood of lines from an exempt address is not limited', () => {
    const world = new World(RATE);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) {
      const peer = world.connect(address);
      peer.send('PING\n'.repeat(500));
      expect(peer.lines()).toHaveLength(500);
    }
  });

  it('a flood of pings is answered one by one, in order with all else', () => {
    const world = new World();
    const ann = world.login('ann');
    const pings = (count: number) => 'PING\n'.repeat(count);
    ann.send(
      `${pings(3)}NOPE\n${pings(2)}PING x\nPING x\n${pings(1500)}WHO\nping\nPING\r\n${pings(1)}QUIT\n${pings(4)}`,
    );
    const pongs = (count: number) => 'PONG\n'.repeat(count);
    expect(ann.read()).toBe(
      `${pongs(3)}ERR unknown-cmd\n${pongs(2)}PONG x\nPONG x\n${pongs(1500)}USER ann\n${pongs(3)}INFO bye\n`,
    );
  });

  it.each([{ settlesLater: false, storesLater: false }, { settlesLater: true }, { storesLater: true }])(
    'a flood of pings waits for the message before it: %j',
    (options) => {
      const world = new World(options);
      const [ann, bob] = world.logins('ann', 'bob');
      ann?.send('MSG hi\nPING\nPING\nPING\nMSG yo\nPING\nPING\n');
      expect(ann?.read()).toBe('PONG\n'.repeat(5));
      expect(bob?.read()).toBe('MSG ann hi\nMSG ann yo\n');
    },
  );

  it('a flood of pings is answered at the rate limit, as lines that differ are', () => {
    const answers = ['PING\n'.repeat(12), 'PING\nping\n'.repeat(6)].map((pings) => {
      const world = new World({ ...RATE, rateBurst: 5 });
      const ann = world.login('ann');
      ann.send(`${pings}WHO\n`);
      return Array.from({ length: 12 }, () => {
        const lines = ann.lines();
        world.wait(100);
        return lines;
      });
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toEqual(Array(4).fill('PONG')); // and LOGIN
    expect(answers[0]?.flat()).toEqual([...Array(12).fill('PONG'), 'USER ann']);
  });

  it('a flood of pings in a paste is its text', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send(`PASTE\n${'PING\n'.repeat(3)}.\n`);
    expect(bob?.lines()).toEqual(Array(3).fill('MSG ann PING'));
    expect(ann?.lines()).toEqual(['OK']);
  });

  it('a flood of lines counts as activity while it waits for the rate limit', () => {
    const world = new World({ ...RATE, idleTimeoutMs: 3000 });
    const ann = world.login('ann');
    ann.send('PONG\n'.repeat(150));
    world.wait(8000);
    expect(ann.closed).toBe(false);
  });
});

describe('a crowd of logins', () => {
  it('the logins of open connections take 5 ms of a turn, in the order of arrival', () => {
    const { world, crowd } = waitingCrowd(6);
    for (const [number, peer] of crowd.entries()) peer.say(`LOGIN user${number}\n`);

    const passes = answeredInPasses(world, crowd);
    expect(passes.flat()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Math.max(...passes.map(({ length }) => length))).toBeLessThanOrEqual(2);
  });

  it('users are not delayed by a crowd of logins', () => {
    const { world, clock, crowd } = waitingCrowd(6);
    clock.msOfWork = 0;
    const ann = world.login('ann');
    clock.msOfWork = 5;
    for (const [number, peer] of crowd.entries()) peer.say(`LOGIN user${number}\n`);
    ann.say('PING\n');

    const answered = answeredInPasses(world, [...crowd, ann]).flat();
    expect(answered.slice(0, 3)).toContain(crowd.length);
  });

  it('a login that waits is handled though its client has ended its side or is gone', () => {
    const { crowd } = waitingCrowd(3);
    const [ann, ended, gone] = crowd;
    ann?.say('LOGIN ann\n');
    gone?.say('LOGIN gone\n');
    gone?.lose();
    ended?.end('LOGIN ci\nMSG built');

    expect(ann?.read()).toBe('OK\nINFO gone disconnected\nMSG ci built\nINFO ci disconnected\n');
    expect(ended?.closed).toBe(true);
  });
});

describe('a crowd that leaves at once', () => {
  it.each([
    ['loses its connections', (peer: Peer) => peer.lose()],
    ['ends its side', (peer: Peer) => peer.endSide()],
  ])('other users are not delayed: the crowd %s', (_, leave) => {
    // With later settling, a turn begins only after all of them.
    const { world, ann, crowd } = crowdOfUsers(200, { settlesLater: false });
    for (const peer of crowd) leave(peer);
    ann.say('PING\n');
    let received = '';
    while (!received.includes('PONG\n') && world.pass()) received += ann.read();
    expect(world.hub.userCount).toBeGreaterThan(50);

    world.settle();
    received += ann.read();
    expect(world.hub.userCount).toBe(1);
    const left = received.match(/^INFO \S+ disconnected$/gm) ?? [];
    expect(left.sort()).toEqual(crowd.map((_, number) => `INFO user${number} disconnected`).sort());
    expect(world.errors).toEqual([]);
  });

  it('what was sent before the end counts, in order', () => {
    const { world, ann, crowd } = crowdOfUsers(100);
    for (const [number, peer] of crowd.entries()) {
      peer.say(`MSG one ${number}\n`);
      peer.endSide(`MSG two ${number}\nMSG three ${number}`);
    }
    expect(world.hub.userCount).toBeGreaterThan(50);
    world.settle();
    const lines = ann.lines();
    for (const number of crowd.keys())
      expect(
        lines.filter((line) => line.endsWith(` ${number}`) || line === `INFO user${number} disconnected`),
      ).toEqual([
        ...['one', 'two', 'three'].map((word) => `MSG user${number} ${word} ${number}`),
        `INFO user${number} disconnected`,
      ]);
    expect(world.hub.userCount).toBe(1);
  });

  it('their places are free at once, also for the same names', () => {
    const { world, crowd } = crowdOfUsers(100, { maxClients: 101 });
    for (const peer of crowd) peer.lose();
    const again = Array.from(crowd, () => world.connect());
    for (const [number, peer] of again.entries()) peer.say(`LOGIN user${number}\n`);
    world.settle();
    expect(again.map((peer) => peer.lines()[0])).toEqual(crowd.map(() => 'OK'));
  });

  describe.each([
    ['is closed', (peer: Peer) => peer.lose()],
    ['is at its end', (peer: Peer) => peer.endSide()],
    ['is at its end, and is then closed', (peer: Peer) => (peer.endSide(), peer.lose())],
  ])('a user whose connection %s', (_, leave) => {
    it('gets direct messages saved', async () => {
      const { world, ann } = await crowdThatLeft(leave);
      ann.say('DM reg hi\n');
      world.settle();
      expect(world.accounts.offline.waitingFor('reg')).toMatchObject([{ text: 'hi' }]);
      expect(world.hub.userCount).toBe(1);
    });

    it('leaves its name to others at once', async () => {
      const { world, ann } = await crowdThatLeft(leave);
      const [from, room] = [parseUserName('user98'), parseRoomName('dev')];
      if (from === null || room === null) throw new Error('invalid name');
      const results: unknown[] = [];
      const onResult = (result: unknown) => results.push(result);
      world.hub.post({ room, from, ...outside, texts: [cleanText('hi')], onResult }, world.clock.now());
      expect(results).not.toContain('username-taken');
      ann.say('NICK user99\n');
      world.settle();
      expect(ann.read()).toContain('OK\n');
      expect(ann.client?.name?.shown).toBe('user99');
    });
  });

  it('a message that is written after a connection is closed counts as unread', async () => {
    const { world, ann } = await crowdThatLeft((peer) => peer.lose());
    ann.say('MSG to the room\n');
    world.settle();
    const [message] = world.history.read('lobby', { after: 0, before: Infinity, limit: 1, keep: 'newest' });
    expect(message?.text).toBe('to the room');
    expect(world.accounts.offline.readMarker('reg')?.id).toBeLessThan(message?.id ?? 0);
  });

  it('a login whose password is still being checked is not applied to a closed connection', async () => {
    const { world, crowd } = crowdOfUsers(100, { settlesLater: false }, 'reg');
    const bob = world.login('bob');
    bob.send('DM reg hi\n');
    const reg = world.connect();
    reg.send(`LOGIN reg ${passwordOf('reg')}\n`);
    for (const peer of [...crowd, reg]) peer.lose();
    await world.hasher.finish();
    world.settle();
    expect(world.accounts.offline.waitingFor('reg')).toMatchObject([{ text: 'hi' }]);
  });

  it('a post from outside to a user whose connection is closed is saved', async () => {
    const { world } = await crowdThatLeft((peer) => peer.lose());
    const from = parseUserName('ci');
    if (from === null) throw new Error('invalid name');
    const post = { to: 'reg', fold: 'reg', from, texts: [cleanText('hi')], ...outside };
    world.hub.tell({ ...post, onResult() {} }, world.clock.now());
    world.settle();
    expect(world.accounts.offline.waitingFor('reg')).toMatchObject([{ text: 'hi' }]);
  });

  /** The last one that left is registered. */
  async function crowdThatLeft(leave: (peer: Peer) => void) {
    const { world, ann, crowd } = crowdOfUsers(100, { settlesLater: false }, 'reg');
    const reg = await world.loginOwner('reg');
    world.settle();
    for (const peer of [...crowd, reg]) leave(peer);
    expect(world.hub.userCount).toBeGreaterThan(50);
    return { world, ann };
  }
});

it('a login that waits longer than the login timeout is handled', () => {
  const clock = new BusyClock();
  const world = new World({ clock, loginTimeoutMs: 60_000, settlesLater: false, storesLater: false });
  const crowd = [world.connect(), world.connect(), world.connect()];
  clock.msOfWork = 5;
  for (const [number, peer] of crowd.entries()) peer.say(`LOGIN user${number}\n`);
  clock.msOfWork = 0;
  clock.advance(61_000);
  world.settle();

  expect(crowd.map((peer) => peer.read())).toEqual(['OK\n', 'OK\n', 'OK\n']);
});

describe('a connection over the limit', () => {
  it('a connection over the limit of the server gets the reason and is closed, and a freed place is used again', () => {
    const world = new World({ maxClients: 2 });
    const [ann] = world.logins('ann', 'bob');
    const third = world.connect();
    expect(third.read()).toBe('ERR server-full\n');
    expect(third.closed).toBe(true);
    ann?.vanish();
    const fourth = world.connect();
    fourth.send('LOGIN ann\n');
    expect(fourth.read()).toBe('OK\n');
  });

  it('a connection over the limit is closed without a reply if too many refused ones are open; the log counts them', () => {
    const world = new World({ maxClients: 1, maxRefused: 32 });
    const ann = world.login('ann');
    const flood = Array.from({ length: 100 }, () => world.connect());
    expect(flood.every((one) => one.closed)).toBe(true);
    expect(flood.filter((one) => one.read() === 'ERR server-full\n')).toHaveLength(32);
    world.wait(1000);
    expect(world.turnedAway).toEqual([flood.length - 32]);
    expect(flood.filter((one) => one.destroyed)).toHaveLength(68);
    world.wait(2100);
    expect(flood.every((one) => one.destroyed)).toBe(true);
    expect(world.connect().read()).toBe('ERR server-full\n');
    ann.send('PING\n');
    expect(ann.read()).toBe('PONG\n');
  });

  it('a connection over the limit per address gets the reason, and exempt addresses have no limit', () => {
    const world = new World({ maxClientsPerAddress: 1, exemptAddresses: ['10.0.0.9'] });
    world.connect('10.0.0.1');
    expect(world.connect('10.0.0.1').read()).toBe('ERR too-many-connections\n');
    expect(world.connect('10.0.0.2').read()).toBe('');
    world.connect('10.0.0.9');
    expect(world.connect('10.0.0.9').closed).toBe(false);
  });
});

describe('the end of a connection', () => {
  it('the end of a connection leaves the peer 2 s to close first, then destroys the transport', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('QUIT\n');
    expect(ann.closed).toBe(true);
    expect(ann.destroyed).toBe(false);
    world.wait(2100);
    expect(ann.destroyed).toBe(true);
  });

  it('the end of a connection follows at once after 64 KiB without a line end', () => {
    const world = new World();
    const ann = world.login('ann');
    for (let sent = 0; sent < 65; sent++) ann.send('x'.repeat(1024));
    expect(ann.read()).toBe('ERR line-too-long\n');
    expect(ann.closed).toBe(true);
  });

  it('the end of a connection is the only effect of an exception, and other connections go on', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    const original = world.hub.apply;
    world.hub.apply = () => {
      throw new Error('a bug');
    };
    ann?.send('MSG hi\n');
    world.hub.apply = original;
    expect(ann?.read()).toBe('INFO disconnected: internal error\n');
    expect(ann?.closed).toBe(true);
    expect(world.errors).toHaveLength(1);
    expect(bob?.read()).toBe('INFO ann disconnected\n');
    bob?.send('PING\n');
    expect(bob?.read()).toBe('PONG\n');
  });

  it('the end of a connection is announced once if the client quits and vanishes in one turn', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.say('QUIT\n');
    ann?.vanish();
    expect(world.errors).toEqual([]);
    expect(bob?.read()).toBe('INFO ann disconnected\n');
  });

  it('the end of a connection on a shutdown is announced to its own client only', async () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    const unnamed = world.connect();
    const closed = world.connections.close();
    world.settle();
    for (const peer of [ann, bob, unnamed]) {
      expect(peer?.read()).toBe('INFO server shutting down\n');
      expect(peer?.closed).toBe(true);
      peer?.vanish();
    }
    await closed;
  });
});

/** Clients that have not logged in, on a server on which each read takes 5 ms. */
function waitingCrowd(count: number) {
  const clock = new BusyClock();
  const world = new World({ clock });
  const crowd = Array.from({ length: count }, () => world.connect());
  clock.msOfWork = 5;
  return { world, clock, crowd };
}

/** A user, and a crowd of others. Each command and each end of them takes a while. */
function crowdOfUsers(count: number, options: WorldOptions = {}, ...registered: string[]) {
  const clock = new BusyClock();
  const world = new World({ clock, ...options });
  world.register(...registered);
  const ann = world.login('ann');
  const crowd = Array.from({ length: count }, (_, number) => world.login(`user${number}`));
  ann.read();
  clock.msOfWork = 0.2;
  return { world, ann, crowd };
}

/** Of a post without a session. */
const outside = {
  by: { kind: 'guest', address: '10.0.0.9', knownKeyHash: null, orElse: null },
  once: null,
  seenAs: { id: 0, name: null, peer: '10.0.0.9:5000', dialect: 'http', room: '' },
} as const;

/** The clients that are answered in each pass, without the passes in which none is. */
function answeredInPasses(world: World, clients: readonly Peer[]): number[][] {
  const passes: number[][] = [];
  while (world.pass()) {
    const answered = clients.flatMap((peer, number) => (/^(OK|PONG)$/m.test(peer.read()) ? [number] : []));
    if (answered.length > 0) passes.push(answered);
  }
  return passes;
}

/** Each look at the wall clock, one for each read, stands for some work. */
class BusyClock extends ManualClock {
  msOfWork = 0;
  #workedMs = 0;

  override now(): number {
    this.#workedMs += this.msOfWork;
    return super.now();
  }

  override elapsed(): number {
    return super.elapsed() + this.#workedMs;
  }
}
