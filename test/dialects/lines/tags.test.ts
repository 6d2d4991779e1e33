/** Tags in front of commands, labels of answers, and several rooms: section "Tags" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { passwordOf, type Peer, World } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';
/** The answer to LOGIN of an unregistered name. */
const OK_WITH_RESUME = expect.stringMatching(/^@resume=[\w-]{22} OK$/);
const USAGE = 'ERR usage: @label=<word>;room=<room> <command>';

/** Logs in with TAGS ON, and discards the replies. */
function tagged(world: World, name: string, ...commands: readonly string[]): Peer {
  const peer = world.connect();
  peer.send(['TAGS ON', `LOGIN ${name}`, ...commands].map((line) => `${line}\n`).join(''));
  peer.read();
  return peer;
}

/** Sends one line, and returns the lines that the peer receives from then on. */
function ask(peer: Peer, line: string): string[] {
  peer.read();
  peer.send(`${line}\n`);
  return peer.lines();
}

describe('TAGS ON', () => {
  it('TAGS ON is allowed before the login, and tags what follows', () => {
    const world = new World();
    const bob = world.login('bob');
    const ann = world.connect();
    ann.send('TAGS ON\nLOGIN ann\n');
    bob.send('MSG hi\n');
    expect(ann.lines()).toEqual(['OK', OK_WITH_RESUME, `@id=1;time=${TIME};room=lobby MSG bob hi`]);
  });

  it('without TAGS ON, FOLLOW, UNFOLLOW and lines that begin with @ are unknown', () => {
    const world = new World();
    const ann = world.login('ann');
    const lines = ['@label=1 PING', '@room=lobby MSG hi', '@bob hi', '@', 'FOLLOW dev', 'UNFOLLOW dev'];
    for (const line of lines) expect(ask(ann, line), line).toEqual(['ERR unknown-cmd']);
    const guest = world.connect();
    for (const line of lines) expect(ask(guest, line), line).toEqual(["ERR expected 'LOGIN <username>'"]);
  });

  it('TAGS ON shows FOLLOW and UNFOLLOW in HELP', () => {
    const ann = new World().login('ann');
    expect(ask(ann, 'HELP FOLLOW')).toEqual(['ERR unknown-cmd']);
    expect(ask(ann, 'HELP MORE').join()).not.toContain('FOLLOW');
    ask(ann, 'TAGS ON');
    expect(ask(ann, 'HELP FOLLOW').at(-1)).toBe('OK');
    expect(ask(ann, 'HELP MORE').join()).toContain('FOLLOW');
  });

  it('TAGS ON followed by TAGS OFF takes tags in front of commands away again', () => {
    const ann = tagged(new World(), 'ann');
    expect(ask(ann, '@label=1 TAGS OFF')).toEqual(['@label=1 OK']);
    expect(ask(ann, '@label=1 PING')).toEqual(['ERR unknown-cmd']);
  });
});

describe('tags in front of a command', () => {
  it.each([
    ['@label=a PING', '@label=a PONG'],
    ['@label=A-z_9 PING', '@label=A-z_9 PONG'],
    [`@label=${'x'.repeat(32)} PING`, `@label=${'x'.repeat(32)} PONG`],
    ['@label=1;resume=abc;color=red;flag;;=x PING', '@label=1 PONG'],
    ['@label=1;label=2 PING', '@label=2 PONG'],
    ['@color=red PING', 'PONG'],
    ['@ PING', 'PONG'],
    ['  @label=1 \t  ping   a  b ', '@label=1 PONG a  b'],
    ['@label= PING', USAGE],
    ['@label PING', USAGE],
    ['@label=a.b PING', USAGE],
    ['@label=ä PING', USAGE],
    [`@label=${'x'.repeat(33)} PING`, USAGE],
    ['@LABEL=1 PING', 'PONG'],
    ['@label=1', `@label=1 ${USAGE}`],
    ['@', USAGE],
    ['@label=1;room= MSG hi', `@label=1 ${USAGE}`],
    ['@room=a/b MSG hi', USAGE],
    ['@label=1;room=dev MSG hi', '@label=1 ERR not-in-room'],
    ['@room=dev MSG hi', 'ERR not-in-room'],
    ['@label=1 FLY', '@label=1 ERR unknown-cmd'],
    ['@label=1 MSG', '@label=1 ERR usage: MSG <text>'],
    ['@label=1 @label=2 PING', '@label=1 ERR unknown-cmd'],
  ])('the line %j with TAGS ON is answered %j', (line, answer) => {
    expect(ask(tagged(new World(), 'ann'), line)).toEqual([answer]);
  });

  it('tags in front of a command are at most 512 bytes', () => {
    const ann = tagged(new World(), 'ann');
    const start = '@label=1;x=';
    expect(ask(ann, `${start}${'y'.repeat(512 - start.length)} PING`)).toEqual(['@label=1 PONG']);
    expect(ask(ann, `${start}${'y'.repeat(513 - start.length)} PING`)).toEqual([`@label=1 ${USAGE}`]);
    expect(ask(ann, `${start}${'ä'.repeat((514 - start.length) / 2)} PING`)).toEqual([`@label=1 ${USAGE}`]);
  });

  it('tags in front of a command count in the length of the line', () => {
    const world = new World({ maxLineBytes: 40 });
    const ann = tagged(world, 'ann');
    expect(ask(ann, `@label=1 PING ${'x'.repeat(26)}`)).toEqual([`@label=1 PONG ${'x'.repeat(26)}`]);
    expect(ask(ann, `@label=1 PING ${'x'.repeat(27)}`)).toEqual(['ERR line-too-long']);
  });

  it('tags in front of a command in a PASTE are text', () => {
    const world = new World();
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    ann.read();
    ann.send('PASTE\n@label=1 PING\n@label=2 .\n.\n');
    expect(ann.read()).toBe('OK\n');
    expect(bob.read()).toBe('MSG ann @label=1 PING\nMSG ann @label=2 .\n');
  });

  it('tags in front of a command in CHAT mode are text', () => {
    const world = new World();
    const [ann, bob] = [tagged(world, 'ann', 'CHAT'), world.login('bob')];
    expect(ask(ann, '@bob look here')).toEqual([]);
    expect(bob.read()).toBe('MSG ann @bob look here\n');
  });

  it('tags in front of a command before the login work too, and an invalid one never runs the lines of a PASTE', () => {
    const world = new World();
    const peer = world.connect();
    peer.send('TAGS ON\n@label=1 PING\n@label=2 MSG hi\n@label=3;room=dev LOGIN ann\n');
    expect(peer.lines()).toEqual([
      'OK',
      '@label=1 PONG',
      "@label=2 ERR expected 'LOGIN <username>'",
      expect.stringMatching(/^@label=3;resume=[\w-]{22} OK$/),
    ]);
    peer.send('@label=4;room=a/b PASTE\nQUIT\n.\n@label=5;room=dev PASTE\nQUIT\n.\n');
    expect(peer.lines()).toEqual([`@label=4 ${USAGE}`, '@label=5 ERR not-in-room']);
  });
});

describe('a labelled command', () => {
  it('a labelled message is answered with its id, time and room', () => {
    const world = new World();
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    expect(ask(ann, '@label=7 MSG hi')).toEqual([`@label=7;id=1;time=${TIME};room=lobby OK`]);
    expect(ask(ann, '@label=8 ME waves')).toEqual([`@label=8;id=2;time=${TIME};room=lobby OK`]);
    ann.send('@label=9 PASTE\none\ntwo\n.\n@label=10 PASTE\none\n.\n@label=11 PASTE\n.\n');
    expect(ann.lines()).toEqual([
      `@label=9;id=3;last=4;time=${TIME};room=lobby OK`,
      `@label=10;id=5;last=5;time=${TIME};room=lobby OK`,
      '@label=11;room=lobby OK',
    ]);
    expect(bob.lines()).toEqual(['hi', '* ann waves', 'one', 'two', 'one'].map((text) => `MSG ann ${text}`));
  });

  it('a labelled direct message is answered with its id and time, and kept=1 where it waits', () => {
    const world = new World();
    world.register('reg');
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    expect(ask(ann, '@label=8 DM bob hi')).toEqual([`@label=8;id=1;time=${TIME} OK`]);
    expect(bob.read()).toBe('DM ann hi\n');
    expect(ask(ann, '@label=9 DM reg hi')).toEqual([`@label=9;id=2;time=${TIME};kept=1 OK`]);
    expect(ask(ann, '@label=10 DM cat hi')).toEqual(['@label=10 ERR user-not-found']);
  });

  it('a labelled direct message to oneself is answered once, and the message has no label', () => {
    const ann = tagged(new World(), 'ann');
    expect(ask(ann, '@label=8 DM ann hi')).toEqual([
      `@id=1;time=${TIME} DM ann hi`,
      `@label=8;id=1;time=${TIME} OK`,
    ]);
  });

  it('a labelled direct message to a user who ignores the sender is answered as any other', async () => {
    const world = new World();
    world.register('reg');
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    bob.send('IGNORE ann\n');
    const reg = await world.loginOwner('reg');
    reg.send('IGNORE ann\nQUIT\n');
    ann.read();
    expect(ask(ann, '@label=8 DM bob hi')).toEqual([`@label=8;id=1;time=${TIME} OK`]);
    expect(ask(ann, '@label=9 DM reg hi')).toEqual([`@label=9;id=2;time=${TIME};kept=1 OK`]);
  });

  it('a labelled WHO, HISTORY, SEARCH, ROOMS or HELP has the label on each line, and one OK', () => {
    const world = new World();
    const [ann] = [tagged(world, 'ann', 'MSG one', 'MSG two'), world.login('bob')];
    expect(ask(ann, '@label=w WHO')).toEqual(['@label=w USER ann', '@label=w USER bob', '@label=w OK']);
    const hist = [1, 2].map((id) => `HIST ${id} ${TIME} ann ${id === 1 ? 'one' : 'two'}`);
    expect(ask(ann, '@label=h HISTORY')).toEqual([...hist.map((line) => `@label=h ${line}`), '@label=h OK']);
    expect(ask(ann, '@label=s SEARCH one')).toEqual([`@label=s ${hist[0]}`, '@label=s OK']);
    expect(ask(ann, '@label=r ROOMS')).toEqual(['@label=r ROOM lobby 2', '@label=r OK']);
    expect(ask(ann, '@label=t TOPIC')).toEqual([
      `@label=t;time=${TIME};room=lobby INFO lobby has no topic`,
      '@label=t OK',
    ]);
    const help = ask(ann, '@label=x HELP');
    expect(help.every((line) => line.startsWith('@label=x;time=') || line === '@label=x OK')).toBe(true);
    expect(help.filter((line) => line.endsWith(' OK'))).toHaveLength(1);
  });

  it('a labelled command has the label on every page of a long answer', () => {
    const world = new World({ writeQueueBytes: 4000 });
    const ann = tagged(world, 'ann');
    for (let count = 0; count < 4; count++) ann.send(`MSG ${'x'.repeat(200)}\n`.repeat(50));
    ann.read();
    for (const line of ['HISTORY 200', 'SEARCH nothing']) {
      ann.send(`@label=h ${line}\n@label=p PING\n`);
      const lines = ann.lines();
      expect(lines.pop()).toBe('@label=p PONG');
      expect(lines.pop()).toBe('@label=h OK');
      expect(lines).toHaveLength(line === 'HISTORY 200' ? 200 : 0);
      expect(lines.every((one) => one.startsWith('@label=h HIST '))).toBe(true);
    }
  });

  it('a labelled command that cannot be stored is answered ERR not-stored, and the others of the turn with it', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann, bob] = [tagged(world, 'ann', 'FOLLOW dev'), world.login('bob')];
    history.broken = true;
    ann.read();
    ann.send(
      '@label=7 MSG one\n@label=8;room=dev MSG two\n@label=9 PASTE\na\nb\n.\nMSG three\n@label=p PING\n',
    );
    expect(ann.lines()).toEqual([
      '@label=7 ERR not-stored',
      '@label=8 ERR not-stored',
      '@label=9 ERR not-stored',
      'ERR not-stored',
      '@label=p PONG',
    ]);
    expect(bob.read()).toBe('');
    history.broken = false;
    expect(ask(ann, '@label=10 MSG four')).toEqual([`@label=10;id=6;time=${TIME};room=lobby OK`]);
  });

  it('a labelled command is answered only after the commit', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const ann = tagged(world, 'ann');
    const commit = history.commit.bind(history);
    let before = '';
    history.commit = () => {
      before += ann.read();
      commit();
    };
    ann.send('@label=7 MSG hi\n');
    expect(before).toBe('');
    expect(ann.read()).toBe(`@label=7;id=1;time=${TIME};room=lobby OK\n`);
  });

  it('a labelled command is answered in the order of the commands, however many are sent at once', () => {
    const ann = tagged(new World(), 'ann');
    const commands = [
      'MSG hi',
      'WHO',
      'PING',
      'FLY',
      'DM ann x',
      'HISTORY 1',
      'ME waves',
      'JOIN a/b',
      'PONG',
    ];
    const all = Array.from({ length: 20 }, () => commands).flat();
    ann.send(all.map((command, number) => `@label=${number} ${command}\n`).join(''));
    const ends = ann
      .lines()
      .flatMap((line) => /^@label=(\d+)\S* (?:OK|ERR|PONG)/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(ends).toEqual(all.map((_, number) => number));
  });

  it('a labelled command of any kind ends with exactly one OK or ERR', async () => {
    const world = new World();
    world.register('ann', 'reg');
    world.accounts.users.setOperator('ann', true);
    world.logins('bob', 'cat');
    const ann = world.connect();
    ann.send('TAGS ON\n');
    ann.read();
    const commands = [
      ...['LOGIN', 'LOGIN ann', 'LOGIN ann wrong-password', `LOGIN ann ${passwordOf('ann')}`, 'LOGIN x'],
      ...[
        'MSG hi',
        'DM bob hi',
        'ME waves',
        'WHO',
        'WHO lobby',
        'WHO nowhere',
        'ROOMS',
        'HISTORY',
        'SEARCH hi',
      ],
      ...[
        'JOIN dev',
        'FOLLOW ops',
        'FOLLOW ops',
        'FOLLOW a/b',
        'UNFOLLOW ops',
        'UNFOLLOW ops',
        'UNFOLLOW dev',
      ],
      ...['LOCK our-key', 'UNLOCK', 'TOPIC hi', 'TOPIC', 'FOUND bob', 'LEAVE', 'LEAVE', 'HELP', 'HELP MORE'],
      ...[
        'WHOIS bob',
        'WHOIS x',
        'SEEN bob',
        'IGNORE bob',
        'IGNORE',
        'UNIGNORE bob',
        'AWAY x',
        'AWAY',
        'PONG',
      ],
      ...['MUTE bob', 'UNMUTE bob', 'SAY hi', 'BANS', 'BAN cat', 'UNBAN cat', 'KICK bob', 'KICK x'],
      ...[
        'REGISTER correct-horse',
        `PASSWORD ${passwordOf('ann')} other-horse`,
        'PASSWORD wrong x',
        'NICK reg',
      ],
      ...['NICK anna', 'UNREGISTER other-horse', 'TIMES ON', 'CHAT'],
    ];
    const seen = new Set<string>();
    for (const [number, command] of commands.entries()) {
      const lines = (await ann.ask(`@label=${number} ${command}\n`)).split('\n').slice(0, -1);
      const answer = lines.filter((line) => line.startsWith(`@label=${number}`));
      const ends = answer.filter((line) => / (OK|ERR .*)$/.test(line) && !line.includes(' INFO '));
      expect(ends, command).toHaveLength(1);
      expect(answer.at(-1), command).toBe(ends[0]);
      for (const line of lines) if (!line.startsWith('@')) seen.add(line);
    }
    // Without a label are only the events.
    expect([...seen]).toEqual([]);
    expect((await ann.ask('/lines\n@label=q QUIT\n')).split('\n')).toEqual([
      'OK',
      `@label=q;time=${TIME};event=quit;user=anna INFO bye`,
      '@label=q OK',
      '',
    ]);
  });

  it('a labelled command that waits for a hash keeps its label, and what is told meanwhile has none', async () => {
    const world = new World();
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    ann.read();
    ann.send('@label=1 REGISTER correct-horse\n@label=2 MSG hi\n');
    bob.send('MSG meanwhile\nDM ann psst\n');
    expect(ann.lines()).toEqual([
      `@id=1;time=${TIME};room=lobby MSG bob meanwhile`,
      `@id=2;time=${TIME} DM bob psst`,
    ]);
    await world.hashed();
    expect(ann.lines()).toEqual(['@label=1 OK', `@label=2;id=3;time=${TIME};room=lobby OK`]);
  });

  it('a labelled LOGIN is answered before the stored messages, which have no label', async () => {
    const world = new World();
    world.register('ann');
    world.login('bob').send('DM ann hello\n');
    const ann = world.connect();
    expect(await ann.ask(`TAGS ON\n@label=1 LOGIN ann ${passwordOf('ann')}\n`)).toBe(
      `OK\n@label=1 OK\n@id=1;time=${TIME} DM bob hello\n`,
    );
  });

  it('a labelled LOGIN or NICK with a name that is taken is offered a free one', () => {
    const world = new World();
    world.logins('bob', 'bob2');
    const peer = world.connect();
    peer.send('TAGS ON\n@label=1 LOGIN bob\nLOGIN bob\n@label=2 LOGIN ann\n@label=3 NICK bob\n');
    expect(peer.lines()).toEqual([
      'OK',
      '@label=1;try=bob3 ERR username-taken',
      'ERR username-taken',
      expect.stringMatching(/^@label=2;resume=[\w-]{22} OK$/),
      '@label=3;try=bob3 ERR username-taken',
    ]);
  });

  it('a labelled command with a fifth wrong password has one ERR, and the end of the connection has no label', async () => {
    const world = new World();
    world.register('ann');
    const peer = world.connect();
    const lines = Array.from({ length: 5 }, (_, number) => `@label=${number} LOGIN ann wrong-one\n`);
    peer.send(`TAGS ON\n${lines.join('')}`);
    for (let count = 0; count < 5; count++) {
      await world.hashed();
      world.wait(30_000);
    }
    await world.hashed();
    expect(peer.lines().slice(-2)).toEqual(['@label=4 ERR wrong-password', 'ERR too-many-attempts']);
    expect(peer.closed).toBe(true);
  });

  it('a labelled command of an interactive session has no hints', () => {
    const world = new World({ greetingDelayMs: 2000 });
    const bob = world.login('bob');
    bob.send('MSG earlier\n');
    const ann = world.connect();
    world.wait(2000);
    ann.send('TAGS ON\n@label=1 LOGIN bob\n@label=2 LOGIN ann\n');
    ann.send('@label=3 DM bob hi\n@label=4 WHO\n@label=5 FLY\n@label=6 JOIN dev\n@label=7 SEARCH none\n');
    ann.send('@label=8 PASTE\n.\n@label=9 AWAY lunch\n@label=10 NICK anna\n');
    expect(ann.lines().slice(1)).toEqual([
      'OK',
      '@label=1;try=bob2 ERR username-taken',
      expect.stringMatching(/^@label=2;resume=[\w-]{22} OK$/),
      '@label=3;id=2;time=2026-03-01T12:00:02.000Z OK',
      '@label=4 USER bob',
      '@label=4 USER ann',
      '@label=4 OK',
      '@label=5 ERR unknown-cmd',
      '@label=6 OK',
      '@label=7 OK',
      '@label=8;room=dev OK',
      '@label=9 OK',
      '@label=10 OK',
    ]);
  });

  it('a labelled PASTE that is too long gets its one ERR at the dot', () => {
    const world = new World({ maxLineBytes: 100 });
    const ann = tagged(world, 'ann');
    ann.send(`@label=1 PASTE\n${'x'.repeat(200)}\n.\n@label=2 PASTE\n${'x\n'.repeat(201)}.\n`);
    expect(ann.lines()).toEqual([
      'ERR line-too-long',
      '@label=1 ERR paste-too-long',
      '@label=2 ERR paste-too-long',
    ]);
  });
});

describe('FOLLOW and UNFOLLOW', () => {
  it('FOLLOW and UNFOLLOW enter and leave a further room, of which its members are told', () => {
    const world = new World();
    const [ann, bob] = [tagged(world, 'ann'), world.login('bob')];
    bob.send('JOIN dev\n');
    bob.read();
    ann.read();
    expect(ask(ann, '@label=1 FOLLOW #Dev')).toEqual(['@label=1 OK']);
    expect(bob.read()).toBe('INFO ann joined dev\n');
    bob.send('MSG hi\n');
    expect(ann.lines()).toEqual([`@id=1;time=${TIME};room=dev MSG bob hi`]);
    expect(ask(ann, 'FOLLOW dev')).toEqual(['OK']);
    expect(bob.read()).toBe('');
    expect(ask(ann, 'UNFOLLOW DEV')).toEqual(['OK']);
    expect(bob.read()).toBe('INFO ann left dev\n');
    bob.send('MSG bye\n');
    expect(ann.read()).toBe('');
  });

  it.each([
    ['FOLLOW', 'ERR usage: FOLLOW <room> [<key>]'],
    ['FOLLOW a b c', 'ERR usage: FOLLOW <room> [<key>]'],
    ['FOLLOW a/b', 'ERR invalid-room'],
    ['UNFOLLOW', 'ERR usage: UNFOLLOW <room>'],
    ['UNFOLLOW a b', 'ERR usage: UNFOLLOW <room>'],
    ['UNFOLLOW a/b', 'ERR invalid-room'],
    ['UNFOLLOW dev', 'ERR not-in-room'],
    ['UNFOLLOW lobby', 'ERR not-permitted'],
  ])('%s with TAGS ON is answered %s', (line, answer) => {
    expect(ask(tagged(new World(), 'ann'), line)).toEqual([answer]);
  });

  it('FOLLOW allows at most 50 rooms, the lobby included', () => {
    const world = new World();
    const ann = tagged(world, 'ann');
    const rooms = Array.from({ length: 49 }, (_, number) => `room${number}`);
    ann.send(rooms.map((room) => `FOLLOW ${room}\n`).join(''));
    expect(ann.lines()).toEqual(rooms.map(() => 'OK'));
    expect(ask(ann, '@label=1 FOLLOW more')).toEqual(['@label=1 ERR too-many-rooms']);
    expect(ask(ann, 'FOLLOW room7')).toEqual(['OK']);
    expect(ask(ann, 'JOIN more')).toEqual(['OK']);
    expect(ask(ann, 'FOLLOW lobby')).toEqual(['ERR too-many-rooms']);
    expect(ask(ann, 'JOIN room7')).toEqual(['OK']);
    expect(ask(ann, 'FOLLOW lobby')).toEqual(['OK']);
    expect(world.hub.roomCount).toBe(50);
    ann.send('QUIT\n');
    expect(world.hub.roomCount).toBe(1);
  });

  it('FOLLOW of a locked room needs its key', async () => {
    const world = new World();
    world.register('fay');
    const fay = await world.loginOwner('fay');
    await fay.ask('JOIN dev\nLOCK our-key\n');
    const ann = tagged(world, 'ann');
    expect(await ann.ask('@label=1 FOLLOW dev\n')).toBe('@label=1 ERR room-locked\n');
    expect(await ann.ask('@label=2 FOLLOW dev wrong\n')).toBe('@label=2 ERR room-locked\n');
    expect(await ann.ask('@label=3 FOLLOW dev our-key\n')).toBe('@label=3 OK\n');
    const hashes = world.hasher.begun;
    expect(await ann.ask('FOLLOW dev\nJOIN dev wrong\nWHO dev\n')).toBe('OK\nOK\nUSER fay\nUSER ann\n');
    expect(world.hasher.begun).toBe(hashes);
  });

  it('FOLLOW shows no history', () => {
    const world = new World();
    world.login('bob').send('JOIN dev\nMSG hi\n');
    const ann = tagged(world, 'ann');
    expect(ask(ann, 'FOLLOW dev')).toEqual(['OK']);
  });
});

describe('JOIN and LEAVE in several rooms', () => {
  function setUp() {
    const world = new World();
    const [inLobby, inDev, inOps] = world.logins('lob', 'dev1', 'ops1');
    inDev?.send('JOIN dev\n');
    inOps?.send('JOIN ops\n');
    const ann = tagged(world, 'ann', 'FOLLOW dev');
    const others = [inLobby, inDev, inOps];
    const read = () => {
      ann.read();
      return others.map((peer) => peer?.read());
    };
    read();
    return { world, ann, read };
  }

  it('JOIN of a followed room leaves the former one, and the joined room is not told', () => {
    const { ann, read } = setUp();
    expect(ask(ann, '@label=1 JOIN dev')).toEqual(['@label=1 OK']);
    expect(read()).toEqual(['INFO ann left lobby\n', '', '']);
    ann.send('MSG hi\n');
    expect(read()).toEqual(['', 'MSG ann hi\n', '']);
    expect(ask(ann, '@room=lobby MSG hi')).toEqual(['ERR not-in-room']);
  });

  it('JOIN of another room moves, and the followed rooms stay', () => {
    const { ann, read } = setUp();
    ann.send('JOIN ops\n@room=dev MSG to dev\nMSG to ops\n');
    expect(read()).toEqual([
      'INFO ann left lobby\n',
      'MSG ann to dev\n',
      'INFO ann joined ops\nMSG ann to ops\n',
    ]);
  });

  it('JOIN of the room that MSG goes to tells nobody', () => {
    const { ann, read } = setUp();
    expect(ask(ann, 'JOIN lobby')).toEqual(['OK']);
    expect(read()).toEqual(['', '', '']);
  });

  it('LEAVE leaves the room that MSG goes to, for the lobby', () => {
    const { ann, read } = setUp();
    ann.send('JOIN ops\n');
    read();
    ann.send('LEAVE\nMSG hi\n');
    expect(read()).toEqual(['INFO ann joined lobby\nMSG ann hi\n', '', 'INFO ann left ops\n']);
    ann.send('JOIN dev\nFOLLOW lobby\n');
    read();
    expect(ask(ann, 'LEAVE')).toEqual(['OK']);
    expect(read()).toEqual(['', 'INFO ann left dev\n', '']);
    expect(ask(ann, 'LEAVE')).toEqual(['OK']);
    expect(read()).toEqual(['', '', '']);
  });
});

describe('a command for one of several rooms', () => {
  it('MSG, ME, PASTE, HISTORY, SEARCH and WHO go to the room of the tag', () => {
    const world = new World();
    const [ann, bob, cat] = [tagged(world, 'ann', 'FOLLOW dev'), world.login('bob'), world.login('cat')];
    bob.send('JOIN dev\n');
    bob.read();
    ann.read();
    cat.read();
    ann.send('@room=dev MSG one\n@room=dev ME two\n@label=1;room=dev PASTE\nthree\n.\n@label=2 MSG lobby\n');
    expect(ann.lines()).toEqual([
      `@label=1;id=3;last=3;time=${TIME};room=dev OK`,
      `@label=2;id=4;time=${TIME};room=lobby OK`,
    ]);
    expect(bob.read()).toBe('MSG ann one\nMSG ann * ann two\nMSG ann three\n');
    expect(cat.read()).toBe('MSG ann lobby\n');
    const ids = (lines: readonly string[]) => lines.flatMap((line) => /HIST (\d+)/.exec(line)?.[1] ?? []);
    expect(ids(ask(ann, '@room=dev HISTORY'))).toEqual(['1', '2', '3']);
    expect(ids(ask(ann, 'HISTORY'))).toEqual(['4']);
    expect(ids(ask(ann, '@room=dev SEARCH three'))).toEqual(['3']);
    expect(ids(ask(ann, 'SEARCH three'))).toEqual([]);
    expect(ask(ann, '@room=dev WHO')).toEqual(['USER ann', 'USER bob']);
    expect(ask(ann, '@room=dev WHO lobby')).toEqual(['USER ann', 'USER cat']);
    for (const command of [
      'MSG x',
      'ME x',
      'HISTORY',
      'SEARCH x',
      'WHO',
      'TOPIC',
      'LOCK x',
      'UNLOCK',
      'TOPIC x',
    ])
      expect(ask(ann, `@label=x;room=ops ${command}`), command).toEqual(['@label=x ERR not-in-room']);
    expect(ask(ann, '@room=ops PING')).toEqual(['PONG']);
  });

  it('LOCK, UNLOCK and TOPIC need the rights of the founder in that room', async () => {
    const world = new World();
    world.register('fay', 'gus');
    const fay = world.connect();
    await fay.ask(`TAGS ON\nLOGIN fay ${passwordOf('fay')}\nFOLLOW dev\n`);
    const gus = world.connect();
    await gus.ask(`TAGS ON\nLOGIN gus ${passwordOf('gus')}\nFOLLOW ops\nFOLLOW dev\n`);
    fay.read();
    expect(await fay.ask('TOPIC x\nLOCK x\n')).toBe('ERR not-permitted\nERR not-permitted\n');
    expect(await fay.ask('@room=dev TOPIC release\n@label=1;room=dev LOCK our-key\n')).toBe(
      'OK\n@label=1 OK\n',
    );
    expect(world.accounts.rooms.room('dev')).toMatchObject({ topic: 'release', founder: 'fay' });
    expect(world.accounts.rooms.room('dev')?.keyHash).not.toBeNull();
    const hashes = world.hasher.begun;
    gus.read();
    expect(await gus.ask('@room=dev LOCK x\n@room=dev UNLOCK\n@room=nowhere LOCK x\n')).toBe(
      'ERR not-permitted\nERR not-permitted\nERR not-in-room\n',
    );
    expect(world.hasher.begun).toBe(hashes);
    expect(await gus.ask('@room=dev TOPIC\n')).toBe(
      `@time=${TIME};room=dev INFO the topic of dev: release\nOK\n`,
    );
    expect(await fay.ask('@room=dev UNLOCK\n')).toBe('OK\n');
    expect(world.accounts.rooms.room('dev')?.keyHash).toBeNull();
  });
});
