/** A client in several rooms: what it and others are sent, and what each feature does there. */
import { describe, expect, it, vi } from 'vitest';
import { rawFraming } from '../../../src/net/raw-framing.js';
import { gotalk } from '../../dialects/speakers.js';
import { passwordOf, type Peer, World, type WorldOptions } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';

/** In the lobby and in these rooms, with TAGS ON. */
function follower(world: World, name: string, ...rooms: readonly string[]): Peer {
  const peer = world.connect();
  peer.send(`TAGS ON\nLOGIN ${name}\n${rooms.map((room) => `FOLLOW ${room}\n`).join('')}`);
  peer.read();
  return peer;
}

/** In one room, without tags. */
function member(world: World, name: string, room: string): Peer {
  const peer = world.login(name);
  peer.send(`JOIN ${room}\n`);
  peer.read();
  return peer;
}

/** A person in the lobby. */
function person(world: World, name: string): Peer {
  const peer = world.connect();
  world.wait(2016);
  peer.send(`LOGIN ${name}\n`);
  peer.read();
  return peer;
}

function readAll(...peers: readonly Peer[]): string[] {
  return peers.map((peer) => peer.read());
}

describe('the messages of several rooms', () => {
  it('the messages of several rooms reach a follower in the order of their ids within one turn', () => {
    const world = new World();
    const [ann, bob, cat] = [
      follower(world, 'ann', 'dev', 'ops'),
      member(world, 'bob', 'dev'),
      member(world, 'cat', 'ops'),
    ];
    const dan = world.login('dan');
    readAll(ann, bob, cat, dan);
    for (let round = 0; round < 3; round++) {
      cat.say('MSG ops\n');
      bob.say('MSG dev\nMSG dev\n');
      dan.say('MSG lobby\nDM ann psst\n');
      ann.say('@room=ops MSG own\nPING\n');
    }
    world.settle();
    const lines = ann.lines();
    const ids = lines.flatMap((line) => /^@id=(\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(lines.filter((line) => line === 'PONG')).toHaveLength(3);
    expect(ids).toHaveLength(15);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(lines[0]).toBe(`@id=1;time=${TIME};room=ops MSG cat ops`);
    expect(bob.read()).toBe('');
  });

  it('the messages of several rooms are encoded once for all followers of the same rooms', () => {
    const world = new World();
    const followers = Array.from({ length: 20 }, (_, number) => follower(world, `f${number}`, 'dev', 'ops'));
    const [bob, cat] = [member(world, 'bob', 'dev'), member(world, 'cat', 'ops')];
    readAll(...followers, bob, cat);
    const encode = vi.spyOn(rawFraming, 'encode');
    bob.say('MSG one\n');
    cat.say('MSG two\n');
    world.settle();
    const calls = encode.mock.calls.map(([text]) => text);
    encode.mockRestore();
    expect(calls).toEqual([
      `@id=1;time=${TIME};room=dev MSG bob one\n@id=2;time=${TIME};room=ops MSG cat two\n`,
    ]);
    for (const one of followers) expect(one.lines()).toHaveLength(2);
  });

  it('the messages of several rooms are not sent from before the FOLLOW or after the UNFOLLOW, also within one turn', () => {
    const world = new World({ settlesLater: false });
    const [ann, bob] = [follower(world, 'ann'), member(world, 'bob', 'dev')];
    ann.read();
    for (let round = 0; round < 2; round++) {
      bob.say('MSG before\n');
      ann.say('FOLLOW dev\n');
      bob.say('MSG between\n');
      ann.say('UNFOLLOW dev\n');
      bob.say('MSG after\n');
    }
    world.settle();
    expect(ann.lines().map((line) => line.replace(/^@\S+ /, ''))).toEqual([
      ...['OK', 'MSG bob between', 'OK'],
      ...['OK', 'MSG bob between', 'OK'],
    ]);
  });

  it('messages of an ignored user are hidden in each room', () => {
    const world = new World();
    const [ann, bob, cat] = [
      follower(world, 'ann', 'dev', 'ops'),
      member(world, 'bob', 'dev'),
      member(world, 'cat', 'ops'),
    ];
    ann.send('IGNORE bob\n');
    readAll(ann, bob, cat);
    bob.say('MSG hidden\n');
    cat.say('MSG shown\n');
    world.settle();
    expect(ann.read()).toBe(`@id=2;time=${TIME};room=ops MSG cat shown\n`);
  });

  it('messages of a muted user are refused in each room', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const [ann, opal] = [follower(world, 'ann', 'dev'), await world.loginOwner('opal')];
    opal.send('MUTE ann\n');
    ann.read();
    ann.send('@label=1;room=dev MSG hi\n@label=2 MSG hi\n@label=3;room=dev TOPIC hi\n');
    expect(ann.lines()).toEqual(['1', '2', '3'].map((label) => `@label=${label} ERR not-permitted`));
  });

  it('the messages of several rooms count as unread output together, and a follower that does not read is disconnected', () => {
    const world = new World({ writeQueueBytes: 500 });
    const [ann, bob, cat] = [
      follower(world, 'ann', 'dev', 'ops'),
      member(world, 'bob', 'dev'),
      member(world, 'cat', 'ops'),
    ];
    readAll(ann, bob, cat);
    ann.stopReading();
    bob.send(`MSG ${'x'.repeat(200)}\n`);
    expect(ann.isEnding).toBe(false);
    cat.send(`MSG ${'x'.repeat(300)}\n`);
    expect(ann.isEnding).toBe(true);
    expect(readAll(bob, cat)).toEqual(['INFO ann disconnected\n', 'INFO ann disconnected\n']);
  });
});

describe('a rename', () => {
  it('a rename is told to each user who shares a room once, however many rooms they share', () => {
    const world = new World();
    const ann = follower(world, 'ann', 'dev', 'ops');
    const both = follower(world, 'both', 'dev', 'ops');
    const [bob, cat, eve] = [
      member(world, 'bob', 'dev'),
      member(world, 'cat', 'ops'),
      member(world, 'eve', 'other'),
    ];
    readAll(ann, both, bob, cat, eve);
    bob.say('MSG before\n');
    ann.say('NICK anna\n');
    bob.say('MSG after\n');
    world.settle();
    expect(both.lines()).toEqual([
      `@id=1;time=${TIME};room=dev MSG bob before`,
      `@time=${TIME};event=rename;user=ann;to=anna INFO ann is now anna`,
      `@id=2;time=${TIME};room=dev MSG bob after`,
    ]);
    expect(readAll(bob, cat, eve)).toEqual(['INFO ann is now anna\n', 'INFO ann is now anna\n', '']);
    expect(ann.lines()[1]).toBe('OK');
  });

  it('a rename is formatted once for each dialect, and encoded once for users of the same rooms', () => {
    const world = new World();
    const ann = follower(world, 'ann', 'dev', 'ops');
    const readers = Array.from({ length: 10 }, (_, number) => follower(world, `r${number}`, 'dev', 'ops'));
    readAll(ann, ...readers);
    const encode = vi.spyOn(rawFraming, 'encode');
    ann.send('NICK anna\n');
    const notices = encode.mock.calls.filter(([text]) => text.includes('is now'));
    encode.mockRestore();
    expect(notices).toEqual([[`@time=${TIME};event=rename;user=ann;to=anna INFO ann is now anna\n`]]);
  });

  it('a rename is observed once in each room', () => {
    const world = new World();
    follower(world, 'ann', 'dev').send('NICK anna\n');
    const rooms = world.seen.flatMap(({ event }) => (event.kind === 'notice' ? [event.room] : []));
    expect(rooms).toEqual(['lobby', 'dev']);
  });
});

describe('the end of a session in several rooms', () => {
  it('the end of a session in several rooms is told once to every user, and frees all rooms', () => {
    const world = new World();
    const ann = follower(world, 'ann', 'dev', 'ops');
    const both = follower(world, 'both', 'dev');
    const [bob, eve] = [member(world, 'bob', 'dev'), member(world, 'eve', 'other')];
    readAll(ann, both, bob, eve);
    ann.vanish();
    expect(readAll(both, bob, eve)).toEqual([
      `@time=${TIME};event=quit;user=ann INFO ann disconnected\n`,
      'INFO ann disconnected\n',
      'INFO ann disconnected\n',
    ]);
    bob.send('ROOMS\n');
    expect(bob.lines()).toEqual(['ROOM lobby 1', 'ROOM dev 2', 'ROOM other 1', 'OK']);
  });

  it('the end of a session in several rooms is told once to a person who shares several rooms, and once in GoTalk', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const kim = person(world, 'kim');
    kim.send('TAGS ON\nFOLLOW dev\nTAGS OFF\n');
    const gus = world.connect('10.0.0.3', gotalk.converse);
    gus.send('gus\n');
    const ann = follower(world, 'ann', 'dev');
    world.wait(3000);
    readAll(kim, gus);
    ann.send('QUIT\n');
    expect(kim.read()).toBe('INFO ann disconnected\n');
    expect(gus.read().match(/ann has left our chat/g)).toHaveLength(1);
  });

  it('the end of a session in several rooms is observed once in each room, for the transcript', () => {
    const world = new World();
    follower(world, 'ann', 'dev').send('QUIT\n');
    const rooms = world.seen.flatMap(({ event }) => (event.kind === 'left' ? [[event.room, event.how]] : []));
    expect(rooms).toEqual([
      ['lobby', 'ended'],
      ['dev', 'ended'],
    ]);
  });

  it('the end of a session in several rooms comes by KICK from all rooms at once', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    const [ann, bob] = [follower(world, 'ann', 'dev'), member(world, 'bob', 'dev')];
    readAll(opal, ann, bob);
    opal.send('KICK ann\n');
    expect(opal.read()).toBe('OK\nINFO ann disconnected\n');
    expect(bob.read()).toBe('INFO ann disconnected\n');
    expect(ann.read()).toBe(`@time=${TIME};event=kick;user=ann;by=opal INFO disconnected: kicked by opal\n`);
  });
});

describe('a short visit', () => {
  it('a short visit is not shown to people in the lobby, also if the visitor follows another room', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const [kim, lee] = [person(world, 'kim'), person(world, 'lee')];
    lee.send('JOIN dev\n');
    readAll(kim, lee);
    const ann = follower(world, 'ann', 'dev');
    expect(readAll(kim, lee)).toEqual(['', 'INFO ann joined dev\n']);
    ann.send('QUIT\n');
    expect(readAll(kim, lee)).toEqual(['', 'INFO ann disconnected\n']);
  });

  it('a short visit ends with two seconds in the room of the login, wherever MSG goes to then', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const kim = person(world, 'kim');
    const ann = follower(world, 'ann', 'dev');
    world.wait(2100);
    expect(kim.read()).toBe('INFO ann joined lobby\n');
    ann.send('JOIN dev\n');
    expect(kim.read()).toBe('INFO ann left lobby\n');
    const bob = follower(world, 'bob', 'dev');
    bob.send('JOIN dev\n');
    world.wait(2100);
    expect(kim.read()).toBe('');
  });
});

describe('WHO, ROOMS and WHOIS', () => {
  it('WHO, ROOMS and WHOIS count a follower in each of its rooms', () => {
    const world = new World();
    const [ann, bob] = [follower(world, 'ann', 'dev', 'ops'), member(world, 'bob', 'dev')];
    bob.send('ROOMS\nWHO dev\nWHO ops\nWHO\n');
    expect(bob.lines()).toEqual([
      ...['ROOM lobby 1', 'ROOM dev 2', 'ROOM ops 1', 'OK'],
      ...['USER ann', 'USER bob', 'USER ann', 'USER ann', 'USER bob'],
    ]);
    bob.send('WHOIS ann\n');
    expect(bob.lines()).toContain('INFO ann is in lobby, dev, ops');
    ann.send('UNFOLLOW ops\n');
    bob.send('WHO ops\n');
    expect(bob.read()).toBe('ERR room-not-found\n');
  });
});

describe('registered rooms', () => {
  it('a room that a registered user follows first is founded by it', async () => {
    const world = new World();
    world.register('ann');
    const ann = world.connect();
    await ann.ask(`TAGS ON\nLOGIN ann ${passwordOf('ann')}\nFOLLOW dev\n`);
    expect(world.accounts.rooms.room('dev')?.founder).toBe('ann');
  });

  it('a follower who registers founds all rooms that are empty except for it', async () => {
    const world = new World();
    member(world, 'bob', 'ops');
    const ann = follower(world, 'ann', 'dev', 'ops');
    expect(await ann.ask('REGISTER correct-horse\n')).toBe('OK\n');
    expect(world.accounts.rooms.room('dev')?.founder).toBe('ann');
    expect(world.accounts.rooms.room('ops')?.founder).toBeUndefined();
  });

  it('a follower succeeds the founder of a room', async () => {
    const world = new World();
    world.register('fay', 'gus');
    const fay = await world.loginOwner('fay');
    fay.send('JOIN dev\n');
    const gus = world.connect();
    await gus.ask(`TAGS ON\nLOGIN gus ${passwordOf('gus')}\nFOLLOW dev\n`);
    await fay.ask(`UNREGISTER ${passwordOf('fay')}\n`);
    expect(world.accounts.rooms.room('dev')?.founder).toBe('gus');
  });

  it('a lock leaves followers in the room, and they are shown its messages and settings', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    fay.send('JOIN dev\n');
    const ann = follower(world, 'ann', 'dev');
    await fay.ask('LOCK our-key\nMSG secret\n');
    ann.send('@room=dev HISTORY\nWHO dev\nJOIN dev\nLEAVE\nFOLLOW dev\n');
    expect(ann.lines()).toEqual([
      `@time=${TIME};room=dev;event=lock;user=fay INFO fay locked dev`,
      `@id=1;time=${TIME};room=dev MSG fay secret`,
      `HIST 1 ${TIME} fay secret`,
      'OK',
      'USER fay',
      'USER ann',
      'OK',
      'OK',
      'ERR room-locked',
    ]);
  });
});

describe('missed messages', () => {
  async function comesBack(world: World, name: string): Promise<string[]> {
    const peer = world.connect();
    world.wait(2016);
    peer.send(`LOGIN ${name} ${passwordOf(name)}\n`);
    await world.hashed();
    return peer.lines().filter((line) => line.startsWith('INFO you missed'));
  }

  async function setUp(...commands: readonly string[]) {
    const options: WorldOptions = { greetingDelayMs: 2000 };
    const world = new World(options);
    world.register('ann');
    const ann = world.connect();
    await ann.ask(`TAGS ON\nLOGIN ann ${passwordOf('ann')}\nFOLLOW dev\n`);
    for (const command of commands) ann.send(`${command}\n`);
    ann.send('QUIT\n');
    const [bob, cat] = [world.login('bob'), member(world, 'cat', 'dev')];
    bob.send('MSG one\n');
    cat.send('MSG two\nMSG three\n');
    return world;
  }

  it('missed messages are those of the room that MSG went to, not of a followed one', async () => {
    const world = await setUp();
    expect(await comesBack(world, 'ann')).toEqual([`INFO you missed 1 messages in lobby since ${TIME}`]);
  });

  it('missed messages are those of a followed room that was joined last', async () => {
    const world = await setUp('JOIN dev');
    expect(await comesBack(world, 'ann')).toEqual([`INFO you missed 2 messages in dev since ${TIME}`]);
  });
});
