import { describe, expect, it } from 'vitest';
import { type Peer, World } from '../../support/world.js';

const DELAY = { greetingDelayMs: 2000 };
const TIME = '2026-03-01T12:00';

function interactive(world: World): Peer {
  const peer = world.connect();
  world.wait(2100);
  return peer;
}

/** An interactive session that has logged in and read the output so far. */
function interactiveLogin(world: World, name: string): Peer {
  const peer = interactive(world);
  peer.send(`LOGIN ${name}\n`);
  peer.read();
  return peer;
}

describe('lines: interactive sessions', () => {
  it('lines: a client that is silent after connecting gets a hint, once', () => {
    const world = new World(DELAY);
    const peer = interactive(world);
    expect(peer.read()).toBe('INFO type LOGIN <username> to join, HELP for help\n');
    world.wait(10_000);
    expect(peer.read()).toBe('');
  });

  it('lines: a client that sends immediately, even half a line, gets plain replies only', () => {
    const world = new World(DELAY);
    const script = world.connect();
    script.send('LOG');
    world.wait(5000);
    script.send('IN ci\nJOIN dev\nFLY\nWHO\nQUIT\n');
    expect(script.read()).toBe('OK\nOK\nERR unknown-cmd\nUSER ci\nINFO bye\n');
  });

  it('lines: telnet negotiation does not count as input', () => {
    const world = new World(DELAY);
    const telnet = world.connect();
    telnet.send(Uint8Array.from([255, 253, 3, 255, 250, 31, 0, 80, 0, 24, 255, 240]));
    world.wait(2100);
    expect(telnet.read()).toMatch(/^INFO type LOGIN/);
  });

  it('lines: no session is interactive with a greeting delay of 0', () => {
    const world = new World({ greetingDelayMs: 0 });
    const peer = world.connect();
    world.wait(100_000);
    expect(peer.read()).toBe('');
  });

  it('lines: a login shows the room, its members and its last messages between two rules', () => {
    const world = new World(DELAY);
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG first\n');
    bob?.send('MSG second\n');
    const cat = interactive(world);
    cat.read();
    cat.send('LOGIN cat\n');
    const lines = cat.lines();
    expect(lines[0]).toBe('OK');
    expect(lines[1]).toBe('INFO you are in lobby with ann, bob; to talk: MSG <text>');
    expect(lines[2]).toMatch(/^INFO -/);
    expect(lines[3]).toBe(`HIST 1 ${TIME}:00.000Z ann first`);
    expect(lines[4]).toBe(`HIST 2 ${TIME}:00.000Z bob second`);
    expect(lines[5]).toMatch(/^INFO -/);
    expect(lines).toHaveLength(6);
  });

  it('lines: the recap has at most 20 messages and 20 names', () => {
    const world = new World(DELAY);
    const ann = world.login('ann');
    ann.send('MSG x\n'.repeat(30));
    for (let number = 0; number < 30; number++) world.login(`user${number}`);
    const cat = interactive(world);
    cat.read();
    cat.send('LOGIN cat\n');
    const lines = cat.lines();
    expect(lines.filter((line) => line.startsWith('HIST '))).toHaveLength(20);
    expect(lines[1]).toMatch(/user18 and 11 more;/);
  });

  it('lines: a recap in several pages has one heading and one end', () => {
    const world = new World({ ...DELAY, writeQueueBytes: 2048 });
    world.login('ann').send(`MSG ${'x'.repeat(100)}\n`.repeat(20));
    const cat = interactive(world);
    cat.read();
    cat.send('LOGIN cat\n');
    const kinds = cat.lines().map((line) => line.replace(/^HIST .*/, 'HIST'));
    expect(kinds).toEqual([
      'OK',
      'INFO you are in lobby with ann; to talk: MSG <text>',
      'INFO ---- the last messages in lobby ----',
      ...Array.from({ length: 20 }, () => 'HIST'),
      'INFO ---- you are up to date ----',
    ]);
  });

  it('lines: a JOIN shows the members and last messages of the new room', () => {
    const world = new World(DELAY);
    const ann = world.login('ann');
    ann.send('JOIN dev\nMSG here\n');
    const cat = interactiveLogin(world, 'cat');
    cat.send('JOIN dev\n');
    const lines = cat.lines();
    expect(lines.slice(0, 2)).toEqual(['OK', 'INFO you are in dev with ann; to talk: MSG <text>']);
    expect(lines).toContain(`HIST 1 ${TIME}:00.000Z ann here`);
  });

  it('lines: a room without messages is shown without rules', () => {
    const cat = interactiveLogin(new World(DELAY), 'cat');
    cat.send('JOIN dev\n');
    expect(cat.read()).toBe('OK\nINFO you are alone in dev; to talk: MSG <text>\n');
  });

  it('lines: a direct message is confirmed, and WHO ends with a count', () => {
    const world = new World(DELAY);
    const ann = world.login('ann');
    const cat = interactiveLogin(world, 'cat');
    cat.send('DM ann hi\nWHO\nWHO lobby\n');
    expect(ann.read()).toBe('DM cat hi\n');
    expect(cat.lines()).toEqual([
      'INFO to ann: sent',
      'INFO ann (lobby)  cat (lobby)',
      'INFO 2 users',
      'INFO ann  cat',
      'INFO 2 users in lobby',
    ]);
  });

  it.each([
    ['DM bbo hi', 'ERR user-not-found', 'INFO no "bbo" here; did you mean bob?'],
    ['DM zzzzzz hi', 'ERR user-not-found', 'INFO no "zzzzzz" here; WHO lists the users'],
    ['WHO loby', 'ERR room-not-found', 'INFO no "loby" here; did you mean lobby?'],
    ['hello everyone', 'ERR unknown-cmd', 'INFO not sent; to talk: MSG <text>'],
    ['HELP FLY', 'ERR unknown-cmd', 'INFO unknown command; HELP lists the commands'],
    ['JOIN', 'ERR usage: JOIN <room> [<key>]', 'INFO arguments missing or invalid; for example: JOIN dev'],
    [
      'KICK bob',
      'ERR not-permitted',
      'INFO permission denied: only operators can; contact the operator of the server',
    ],
    [
      'LOCK key',
      'ERR not-permitted',
      'INFO the lobby has no founder; REGISTER, then be first to JOIN another room',
    ],
    [
      'TOPIC x',
      'ERR not-permitted',
      'INFO the lobby has no founder; REGISTER, then be first to JOIN another room',
    ],
    [
      'IGNORE cat',
      'ERR not-permitted',
      'INFO not possible with your own name; give the name of another user',
    ],
    ['TIMES', 'ERR usage: TIMES ON | TIMES OFF', 'INFO arguments missing or invalid; for example: TIMES ON'],
    ['/who', 'ERR unknown-cmd', 'INFO no slash outside of CHAT: type WHO, or CHAT first'],
    ['/lines', 'ERR unknown-cmd', 'INFO CHAT is off already; HELP lists the commands'],
    ['LINES', 'ERR unknown-cmd', 'INFO CHAT is off already; HELP lists the commands'],
    ['/chat', 'ERR unknown-cmd', 'INFO no slash outside of CHAT: type CHAT'],
    ['/msg bob hi', 'ERR unknown-cmd', 'INFO no slash outside of CHAT: type DM, or CHAT first'],
    ['exit', 'ERR unknown-cmd', 'INFO to leave: QUIT'],
    ['bye', 'ERR unknown-cmd', 'INFO to leave: QUIT'],
    [':q', 'ERR unknown-cmd', 'INFO to leave: QUIT'],
    ['LOGIN eve', 'ERR already-logged-in', 'INFO you are cat; for another name: NICK <new>'],
  ])('lines: %j is answered %j and a line with the remedy', (line, error, hint) => {
    const world = new World(DELAY);
    world.login('bob');
    const cat = interactiveLogin(world, 'cat');
    cat.send(`${line}\n`);
    expect(cat.lines()).toEqual([error, hint]);
  });

  it('lines: a refusal to delete a message of another user says who can, in the lobby and in a room', () => {
    const world = new World(DELAY);
    const bob = world.login('bob');
    bob.send('MSG one\nJOIN dev\nMSG two\n');
    const cat = interactiveLogin(world, 'cat');
    cat.send('DELETE 1\n');
    expect(cat.lines()).toEqual([
      'ERR not-permitted',
      'INFO permission denied: only operators can delete messages of others in the lobby',
    ]);
    cat.send('JOIN dev\n');
    cat.read();
    cat.send('DELETE 2\n');
    expect(cat.lines()).toEqual([
      'ERR not-permitted',
      'INFO permission denied: only the founder can; REGISTER, then be first to JOIN a room',
    ]);
  });

  it('lines: a refusal to a user who is not the founder says how to become one', () => {
    const world = new World(DELAY);
    world.login('bob').send('JOIN dev\n');
    const cat = interactiveLogin(world, 'cat');
    cat.send('JOIN dev\n');
    cat.read();
    cat.send('TOPIC x\nLOCK key\nCHAT\n');
    cat.send('/unlock\n/exit\n');
    const lines = cat.lines();
    expect(lines.slice(0, 4)).toEqual([
      'ERR not-permitted',
      'INFO permission denied: only the founder can; REGISTER, then be first to JOIN a room',
      'ERR not-permitted',
      'INFO permission denied: only the founder can; REGISTER, then be first to JOIN a room',
    ]);
    expect(lines.slice(-4)).toEqual([
      'ERR not-permitted',
      'INFO permission denied: only the founder can; /register, then be first to /join a room',
      'ERR unknown-cmd',
      'INFO to leave: /quit',
    ]);
  });

  it('lines: a person who types exit before the login is told of QUIT', () => {
    const cat = interactive(new World(DELAY));
    cat.read();
    cat.send('exit\n');
    expect(cat.lines()).toEqual(["ERR expected 'LOGIN <username>'", 'INFO to leave: QUIT']);
  });

  it.each(['LOGIN john secret', 'LOGIN John Smith'])(
    'lines: %s of an unregistered name tells a person its name, and that no password was needed',
    (login) => {
      const world = new World(DELAY);
      const person = interactive(world);
      person.read();
      person.send(`${login}\n`);
      const [ok, info] = person.lines();
      expect(ok).toBe('OK');
      expect(info).toMatch(/^INFO you are john; .* no password was needed$/i);
      const script = world.connect();
      script.send('LOGIN jane secret\n');
      expect(script.read()).toBe('OK\n');
    },
  );

  it('lines: the hint for a name in use suggests a free name', () => {
    const world = new World(DELAY);
    world.logins('bob', 'bob2');
    const cat = interactive(world);
    cat.read();
    cat.send('LOGIN Bob\n');
    expect(cat.lines()).toEqual(['ERR username-taken', 'INFO name in use, try Bob3']);
  });

  it('lines: every error comes with one hint', () => {
    const cat = interactiveLogin(new World(DELAY), 'cat');
    for (const line of ['MSG', 'DM', 'JOIN', 'JOIN a/b', 'WHO a b', 'TAGS', 'HISTORY x', 'x'.repeat(5000)]) {
      cat.send(`${line}\n`);
      const [error, hint, ...rest] = cat.lines();
      expect(error).toMatch(/^ERR /);
      expect(hint).toMatch(/^INFO \S/);
      expect(rest).toEqual([]);
    }
  });

  it('lines: the last line before the end tells how to leave ncat', () => {
    const cat = interactiveLogin(new World(DELAY), 'cat');
    cat.send('QUIT\n');
    const lines = cat.lines();
    expect(lines[0]).toBe('INFO bye');
    expect(lines.at(-1)).toMatch(/^INFO .*Ctrl-C/);
    expect(cat.closed).toBe(true);
  });

  it('lines: an interactive session is warned at three quarters of the idle timeout, and gets no PING', () => {
    const world = new World({ ...DELAY, idleTimeoutMs: 60_000, heartbeatIntervalMs: 20_000 });
    const cat = interactiveLogin(world, 'cat');
    world.wait(44_000);
    expect(cat.read()).toBe('');
    world.wait(1100);
    expect(cat.read()).toBe('INFO idle: press Enter to stay\n');
    cat.send('\n');
    world.wait(44_000);
    expect(cat.read()).toBe('');
    world.wait(20_000);
    expect(cat.lines().slice(0, 2)).toEqual([
      'INFO idle: press Enter to stay',
      'INFO disconnected due to inactivity',
    ]);
  });

  it('lines: an interactive session may be silent for an hour by default, and a program for 60 seconds', () => {
    const world = new World({ ...DELAY, idleTimeoutMs: null, heartbeatIntervalMs: 0 });
    const cat = interactiveLogin(world, 'cat');
    const bot = world.login('bot');
    world.wait(59_900);
    expect(bot.read()).toBe('');
    world.wait(200);
    expect(bot.read()).toBe('INFO disconnected due to inactivity\n');
    expect(cat.read()).toBe('INFO bot joined lobby\nINFO bot disconnected\n');
    world.wait(2_700_000 - 60_050);
    expect(cat.read()).toBe('INFO idle: press Enter to stay\n');
    world.wait(899_800);
    expect(cat.closed).toBe(false);
    world.wait(200);
    expect(cat.lines()[0]).toBe('INFO disconnected due to inactivity');
  });

  it('lines: an idle timeout that is set holds for programs and for people', () => {
    const world = new World({ ...DELAY, idleTimeoutMs: 5000, heartbeatIntervalMs: 0 });
    const cat = interactiveLogin(world, 'cat');
    const bot = world.login('bot');
    world.wait(5100);
    expect([bot.closed, cat.closed]).toEqual([true, true]);
  });

  it('lines: hints in CHAT mode show how to talk there', () => {
    const cat = interactiveLogin(new World(DELAY), 'cat');
    cat.send('CHAT\n');
    cat.read();
    cat.send('/fly\n/join dev\n/dm\n/who zz\n/lines\n');
    cat.send('FLY\n');
    const lines = cat.lines();
    expect(lines.slice(0, 8)).toEqual([
      'ERR unknown-cmd',
      'INFO not sent; to talk: just type',
      'OK',
      'INFO you are alone in dev; to talk: just type',
      'ERR usage: DM <username> <text>',
      'INFO arguments missing or invalid; for example: /dm ann hey there',
      'ERR room-not-found',
      'INFO no "zz" here; /rooms lists the rooms',
    ]);
    expect(lines.slice(-2)).toEqual(['ERR unknown-cmd', 'INFO not sent; to talk: MSG <text>']);
  });

  it('lines: hints have tags with TAGS ON', () => {
    const cat = interactiveLogin(new World(DELAY), 'cat');
    cat.send('TAGS ON\nFLY\n');
    expect(cat.lines()).toEqual([
      'OK',
      'ERR unknown-cmd',
      `@time=${TIME}:02.100Z INFO not sent; to talk: MSG <text>`,
    ]);
  });
});
