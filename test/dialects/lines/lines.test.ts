import { describe, expect, it } from 'vitest';
import type { Search } from '../../../src/core/ports.js';
import { MemoryHistory } from '../../../src/history/memory.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, World } from '../../support/world.js';

describe('lines: sessions', () => {
  it('lines: a login is answered OK and not shown to other users', () => {
    const world = new World();
    const ann = world.login('ann');
    const bob = world.connect();
    bob.send('LOGIN bob\n');
    expect(bob.read()).toBe('OK\n');
    expect(ann.read()).toBe('');
  });

  it('lines: a login is announced to other users with announceLogin', () => {
    const world = new World({ announceLogin: true });
    const ann = world.login('ann');
    const bob = world.connect();
    bob.send('LOGIN bob\n');
    expect(bob.read()).toBe('OK\n');
    expect(ann.read()).toBe('INFO bob connected\n');
  });

  it('lines: a name belongs to one session, and is free again when it ends', () => {
    const world = new World();
    const ann = world.login('ann');
    const other = world.connect();
    other.send('LOGIN Ann\n');
    expect(other.read()).toBe('ERR username-taken\n');
    ann.vanish();
    other.send('LOGIN Ann\n');
    expect(other.read()).toBe('OK\n');
  });

  it.each([
    ['LOGIN', 'ERR usage: LOGIN <username>'],
    ['LOGIN bob secret spare', 'ERR usage: LOGIN <username>'],
    ['LOGIN system', 'ERR username-taken'],
    ['LOGIN LOBBY', 'ERR username-taken'],
    ['LOGIN -bob', 'ERR invalid-username'],
    ['LOGIN b*b', 'ERR invalid-username'],
    [`LOGIN ${'b'.repeat(33)}`, 'ERR invalid-username'],
    ['login bob', 'OK'],
    ['\ufeffLOGIN bob', 'OK'],
    ['LoGiN   bob   any-password', 'OK'],
    ['\t LOGIN\tbob \t', 'OK'],
    ['MSG hi', "ERR expected 'LOGIN <username>'"],
    ['DM', "ERR expected 'LOGIN <username>'"],
    ['TAGS ON', 'OK'],
    ['TAGS', 'ERR usage: TAGS ON | TAGS OFF'],
    ['TIMES ON', "ERR expected 'LOGIN <username>'"],
    ['@label=1 PING', "ERR expected 'LOGIN <username>'"],
    ['CHAT', "ERR expected 'LOGIN <username>'"],
    ['PASTE', "ERR expected 'LOGIN <username>'"],
    ['FLY', "ERR expected 'LOGIN <username>'"],
    ['PING', 'PONG'],
    ['ping 4 2', 'PONG 4 2'],
    ['PONG', ''],
    ['', ''],
    ['   ', ''],
    ['QUIT', 'INFO bye'],
  ])('lines: before the login, %j is answered %j', (line, answer) => {
    const peer = new World().connect();
    peer.send(`${line}\n`);
    expect(peer.read()).toBe(answer === '' ? '' : `${answer}\n`);
  });

  it('lines: a second login is refused', () => {
    const ann = new World().login('ann');
    ann.send('LOGIN bob\n');
    expect(ann.read()).toBe('ERR already-logged-in\n');
  });

  it('lines: QUIT is answered INFO bye, closes the connection, and later lines are not run', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG last\nQUIT\nMSG never\nPING\n');
    expect(ann?.read()).toBe('INFO bye\n');
    expect(ann?.closed).toBe(true);
    expect(bob?.read()).toBe('MSG ann last\nINFO ann disconnected\n');
  });

  it('lines: the end of a session is shown once to every user on the server', () => {
    const world = new World();
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    cat?.send('JOIN dev\n');
    cat?.read();
    bob?.read();
    ann?.vanish();
    expect(bob?.read()).toBe('INFO ann disconnected\n');
    expect(cat?.read()).toBe('INFO ann disconnected\n');
    expect(bob?.lines()).toEqual([]);
  });

  it('lines: a connection without a login is not shown to other users', () => {
    const world = new World();
    const ann = world.login('ann');
    world.connect().vanish();
    expect(ann.read()).toBe('');
  });

  it('lines: a client that closes its sending side has all lines processed, also one without a line end', () => {
    const world = new World();
    const ann = world.login('ann');
    const pipe = world.connect();
    pipe.end('LOGIN ci\nMSG done\nPING 1');
    expect(pipe.read()).toBe('OK\nPONG 1\n');
    expect(pipe.closed).toBe(true);
    expect(ann.read()).toBe('MSG ci done\nINFO ci disconnected\n');
  });
});

describe('lines: messages', () => {
  it('lines: a message reaches all other members of the room', () => {
    const world = new World();
    const [ann, bob, cat, dan] = world.logins('ann', 'bob', 'cat', 'dan');
    dan?.send('JOIN dev\n');
    for (const peer of [ann, bob, cat, dan]) peer?.read();
    ann?.send('MSG   hi  everyone! \n');
    expect(ann?.read()).toBe('');
    expect(bob?.read()).toBe('MSG ann hi  everyone!\n');
    expect(cat?.read()).toBe('MSG ann hi  everyone!\n');
    expect(dan?.read()).toBe('');
  });

  it('lines: a direct message reaches one user, named in any case', () => {
    const world = new World();
    const [ann, bob, cat] = world.logins('Ann', 'bob', 'cat');
    bob?.send('DM aNN hey   there\n');
    expect(ann?.read()).toBe('DM bob hey   there\n');
    expect(bob?.read()).toBe('');
    expect(cat?.read()).toBe('');
  });

  it.each([
    ['MSG', 'ERR usage: MSG <text>'],
    ['MSG \u200b\u202e', 'ERR usage: MSG <text>'],
    ['MSG \u200b \u200b', 'ERR usage: MSG <text>'],
    ['DM', 'ERR usage: DM <username> <text>'],
    ['DM bob', 'ERR usage: DM <username> <text>'],
    ['DM bob \u0007', 'ERR usage: DM <username> <text>'],
    ['DM nobody hi', 'ERR user-not-found'],
    ['JOIN', 'ERR usage: JOIN <room> [<key>]'],
    ['JOIN a/b', 'ERR invalid-room'],
    ['JOIN dev key spare', 'ERR usage: JOIN <room> [<key>]'],
    ['WHO nowhere', 'ERR room-not-found'],
    ['WHO a/b', 'ERR invalid-room'],
    ['WHO a b', 'ERR usage: WHO [<room>]'],
    ['TAGS', 'ERR usage: TAGS ON | TAGS OFF'],
    ['TAGS maybe', 'ERR usage: TAGS ON | TAGS OFF'],
    ['FLY', 'ERR unknown-cmd'],
    ['/who', 'ERR unknown-cmd'],
    ['/lines', 'ERR unknown-cmd'],
    ['LINES', 'ERR unknown-cmd'],
    ['FIND x', 'ERR unknown-cmd'],
    ['HISTORY 0', 'ERR usage: HISTORY [<n>] | HISTORY AFTER <id> [<n>] | HISTORY BEFORE <id> [<n>]'],
    ['x'.repeat(4097), 'ERR line-too-long'],
  ])('lines: the command %j is answered %j, and the connection stays', (line, answer) => {
    const ann = new World().login('ann');
    ann.send(`${line}\nPING\n`);
    expect(ann.read()).toBe(`${answer}\nPONG\n`);
  });

  it('lines: WHO lists every user, or those of one room', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('JOIN #dev\n');
    ann?.read();
    ann?.send('WHO\nWHO dev\nWHO LOBBY\n');
    expect(ann?.read()).toBe('USER ann\nUSER bob\nUSER bob\nUSER ann\n');
  });

  it('lines: PING is answered after all earlier commands', () => {
    const ann = new World().login('ann');
    ann.send('WHO\nROOMS\nPING x\nHISTORY\nPING\n');
    expect(ann.read()).toBe('USER ann\nROOM lobby 1\nOK\nPONG x\nOK\nPONG\n');
  });
});

describe('lines: rooms', () => {
  it('lines: JOIN is answered OK and shown to the former room and to the new one', () => {
    const world = new World();
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    cat?.send('JOIN Dev\n');
    for (const peer of [ann, bob, cat]) peer?.read();
    ann?.send('JOIN dev\nMSG here\n');
    expect(ann?.read()).toBe('OK\n');
    expect(bob?.read()).toBe('INFO ann left lobby\n');
    expect(cat?.read()).toBe('INFO ann joined Dev\nMSG ann here\n');
  });

  it('lines: LEAVE goes back to the lobby', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('JOIN dev\n');
    bob?.read();
    ann?.read();
    ann?.send('LEAVE\n');
    expect(ann?.read()).toBe('OK\n');
    expect(bob?.read()).toBe('INFO ann joined lobby\n');
  });

  it('lines: JOIN of the current room is answered OK and shown to no user', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('LEAVE\nJOIN lobby\nJOIN #LOBBY\n');
    expect(ann?.read()).toBe('OK\nOK\nOK\n');
    expect(bob?.read()).toBe('');
  });

  it('lines: ROOMS lists the lobby always, and other rooms while they have members', () => {
    const world = new World();
    const [ann] = world.logins('ann', 'bob');
    ann?.send('JOIN dev\nROOMS\nLEAVE\nROOMS\nJOIN ops\nROOMS\n');
    expect(ann?.read()).toBe(
      'OK\nROOM lobby 1\nROOM dev 1\nOK\nOK\nROOM lobby 2\nOK\nOK\nROOM lobby 1\nROOM ops 1\nOK\n',
    );
  });

  it('lines: messages from before a JOIN or after a LEAVE are not shown, also within one turn', () => {
    const world = new World({ settlesLater: false });
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('JOIN dev\n');
    ann?.read();
    bob?.read();
    bob?.say('MSG one\n');
    ann?.say('JOIN dev\n');
    bob?.say('MSG two\n');
    ann?.say('LEAVE\n');
    bob?.say('MSG three\n');
    world.settle();
    expect(ann?.read()).toBe('OK\nMSG bob two\nOK\n');
    expect(bob?.read()).toBe('INFO ann joined dev\nINFO ann left dev\n');
  });
});

describe('lines: history', () => {
  const seconds = (n: number) => `2026-03-01T12:00:0${n}.000Z`;

  it('lines: HISTORY shows the last messages of the room, oldest first', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG a\n');
    world.wait(1000);
    ann.send('MSG b\nMSG c\nHISTORY\nHISTORY 2\n');
    const [a, b, c] = [
      `HIST 1 ${seconds(0)} ann a`,
      `HIST 2 ${seconds(1)} ann b`,
      `HIST 3 ${seconds(1)} ann c`,
    ];
    expect(ann.lines()).toEqual([a, b, c, 'OK', b, c, 'OK']);
  });

  it('lines: HISTORY AFTER shows the first messages after an id, BEFORE the last before it, without the id itself', () => {
    const ann = new World().login('ann');
    ann.send('MSG a\nMSG b\nMSG c\nMSG d\n');
    const ask = (line: string) => {
      ann.send(`${line}\n`);
      return ann
        .lines()
        .slice(0, -1)
        .map((hist) => hist.split(' ').at(-1))
        .join('');
    };
    expect(ask('HISTORY AFTER 1')).toBe('bcd');
    expect(ask('HISTORY AFTER 1 2')).toBe('bc');
    expect(ask('HISTORY AFTER 0')).toBe('abcd');
    expect(ask('history before 4')).toBe('abc');
    expect(ask('HISTORY BEFORE 4 2')).toBe('bc');
    expect(ask('HISTORY BEFORE 99999999999999999999')).toBe('abcd');
    expect(ask('HISTORY AFTER 4')).toBe('');
    expect(ask('HISTORY 99999')).toBe('abcd');
  });

  it.each([
    '0',
    '-1',
    'x',
    '1 2',
    '1.5',
    'AFTER',
    'AFTER x',
    'AFTER 1 0',
    'AFTER 1 2 3',
    'BEFORE -1',
    'BEFORE 1 x',
  ])('lines: HISTORY %s is a usage error', (args) => {
    const ann = new World().login('ann');
    ann.send(`HISTORY ${args}\n`);
    expect(ann.read()).toBe(
      'ERR usage: HISTORY [<n>] | HISTORY AFTER <id> [<n>] | HISTORY BEFORE <id> [<n>]\n',
    );
  });

  it('lines: HISTORY includes messages before it in the same packet, not those after it', () => {
    const ann = new World().login('ann');
    ann.send('MSG a\nHISTORY\nMSG b\n');
    expect(ann.lines()).toEqual([`HIST 1 ${seconds(0)} ann a`, 'OK']);
  });

  it('lines: HISTORY excludes later messages of the same turn, which arrive live', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.say('HISTORY\n');
    bob?.say('MSG later\n');
    world.settle();
    expect(ann?.read()).toBe('OK\nMSG bob later\n');
  });

  it('lines: the history is kept per room, also while the room is empty', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG in the lobby\nJOIN dev\nMSG in dev\nLEAVE\n');
    bob?.send('JOIN dev\n');
    bob?.read();
    bob?.send('HISTORY\n');
    expect(bob?.lines()).toEqual([`HIST 2 ${seconds(0)} ann in dev`, 'OK']);
  });
});

describe('lines: PASTE', () => {
  it('lines: PASTE sends the lines unchanged, with no other line between them', () => {
    const world = new World();
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    ann?.say('PASTE\n  if (x) {\n');
    bob?.say('MSG between\n');
    ann?.say('\n\tQUIT\n  }\n.\nPING\n');
    world.settle();
    expect(ann?.read()).toBe('MSG bob between\nOK\nPONG\n');
    expect(cat?.read()).toBe('MSG bob between\nMSG ann   if (x) {\nMSG ann \nMSG ann \tQUIT\nMSG ann   }\n');
  });

  it('lines: PASTE takes one dot from a line of two or more dots, so that a pasted lone dot is text', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('PASTE\n..\n...\n.x\n..x\n .\n. \n.\nPING\n');
    expect(ann?.read()).toBe('OK\nPONG\n');
    expect(bob?.lines()).toEqual([
      'MSG ann .',
      'MSG ann ..',
      'MSG ann .x',
      'MSG ann ..x',
      'MSG ann  .',
      'MSG ann . ',
    ]);
  });

  it('lines: PASTE accepts 200 lines, and refuses 201 as a whole', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send(`PASTE\n${'x\n'.repeat(200)}.\n`);
    expect(ann?.read()).toBe('OK\n');
    expect(bob?.lines()).toHaveLength(200);
    ann?.send(`PASTE\n${'x\n'.repeat(201)}.\nPING\n`);
    expect(ann?.read()).toBe('ERR paste-too-long\nPONG\n');
    expect(bob?.read()).toBe('');
  });

  it('lines: PASTE accepts 16 KiB, and refuses more', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    const line = `${'é'.repeat(2000)}\n`;
    ann?.send(`PASTE\n${line.repeat(4)}.\n`);
    expect(ann?.read()).toBe('OK\n');
    bob?.read();
    ann?.send(`PASTE\n${line.repeat(5)}.\n`);
    expect(ann?.read()).toBe('ERR paste-too-long\n');
    expect(bob?.read()).toBe('');
  });

  it('lines: PASTE is refused as a whole if one of its lines is too long', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send(`PASTE\nfine\n${'x'.repeat(5000)}\nfine\n.\n`);
    expect(ann?.read()).toBe('ERR line-too-long\nERR paste-too-long\n');
    expect(bob?.read()).toBe('');
  });

  it('lines: PASTE without its final dot sends nothing', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.end('PASTE\nhalf\n');
    expect(bob?.read()).toBe('INFO ann disconnected\n');
  });
});

describe('lines: TAGS', () => {
  it('lines: TAGS ON puts id, time and room in front of messages, and replies stay without tags', () => {
    const world = new World({ announceLogin: true });
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.read();
    ann?.send('TAGS ON\nPING\nWHO\n');
    expect(ann?.read()).toBe('OK\nPONG\nUSER ann\nUSER bob\n');
    const time = 'time=2026-03-01T12:00:00.000Z';
    bob?.send('MSG hi\nDM ann psst\nJOIN dev\nQUIT\n');
    world.login('cat');
    expect(ann?.lines()).toEqual([
      `@id=1;${time};room=lobby MSG bob hi`,
      `@id=2;${time} DM bob psst`,
      `@${time};room=lobby;event=leave;user=bob INFO bob left lobby`,
      `@${time};event=quit;user=bob INFO bob disconnected`,
      `@${time};event=login;user=cat INFO cat connected`,
      `@${time};room=lobby;event=join;user=cat INFO cat joined lobby`,
    ]);
    ann?.send('HELP MORE\n');
    expect(ann?.lines().every((line) => line === 'OK' || line.startsWith(`@${time} INFO `))).toBe(true);
    ann?.send('TAGS OFF\nHISTORY 1\n');
    expect(ann?.read()).toBe('OK\nHIST 1 2026-03-01T12:00:00.000Z bob hi\nOK\n');
  });

  it('lines: TAGS apply from their OK on, also within one turn', () => {
    const world = new World({ settlesLater: false });
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.say('MSG before\n');
    ann?.say('TAGS ON\n');
    bob?.say('MSG during\n');
    ann?.say('TAGS OFF\n');
    bob?.say('MSG after\n');
    world.settle();
    expect(ann?.lines()).toEqual([
      'MSG bob before',
      'OK',
      '@id=2;time=2026-03-01T12:00:00.000Z;room=lobby MSG bob during',
      'OK',
      'MSG bob after',
    ]);
  });
});

describe('lines: CHAT', () => {
  it.each(['msg', 'MSG', 'query', 'tell', 'w', 'whisper', 'dm'])('lines: /%s is a direct message', (verb) => {
    const world = new World();
    const [ann, bob, cat] = world.logins('ann', 'bob', 'cat');
    ann?.send(`CHAT\n/${verb} bob secret\n/${verb} bob\n/${verb}\n`);
    expect(bob?.read()).toBe('DM ann secret\n');
    expect(cat?.read()).toBe('');
    expect(ann?.read()).toBe(`OK\n${'ERR usage: DM <username> <text>\n'.repeat(2)}`);
  });

  it.each(['/name', '/nick'])('lines: %s changes the name', (verb) => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send(`CHAT\n${verb} anna\nhi\n`);
    expect(bob?.read()).toBe('INFO ann is now anna\nMSG anna hi\n');
  });

  it('lines: an unknown /verb is never sent as text', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('CHAT\n/fly away\n/ secret\n  /msgbob secret\n/\n');
    expect(ann?.read()).toBe(`OK\n${'ERR unknown-cmd\n'.repeat(4)}`);
    expect(bob?.read()).toBe('');
  });

  it('lines: CHAT makes every line a message and every /verb a command, until /lines', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('CHAT\nhello there\nWHO\nPING\n\n//etc/passwd\n/who\n/fly\nHost: x\n/lines\nPING\n');
    expect(ann?.read()).toBe('OK\nUSER ann\nUSER bob\nERR unknown-cmd\nOK\nPONG\n');
    expect(bob?.lines()).toEqual([
      'MSG ann hello there',
      'MSG ann WHO',
      'MSG ann PING',
      'MSG ann /etc/passwd',
      'MSG ann Host: x',
    ]);
  });
});

describe('lines: SEARCH', () => {
  const found = (peer: Peer | undefined, query: string) => {
    peer?.send(`SEARCH ${query}\n`);
    const lines = peer?.lines() ?? [];
    expect(lines.pop()).toBe('OK');
    return lines.map((line) => line.replace(/^HIST \d+ \S+ /, ''));
  };

  it('lines: SEARCH shows the newest 20 messages of the room with all of the words, oldest first, as HIST lines', () => {
    const [ann] = new World().logins('ann');
    ann?.send('MSG Build failed!\nMSG the build is fine\nJOIN dev\nMSG build elsewhere\nLEAVE\n');
    ann?.read();
    ann?.send('SEARCH BUILD\n');
    expect(ann?.read()).toBe(
      'HIST 1 2026-03-01T12:00:00.000Z ann Build failed!\nHIST 2 2026-03-01T12:00:00.000Z ann the build is fine\nOK\n',
    );
    expect(found(ann, 'fine build')).toEqual(['ann the build is fine']);
    for (let count = 1; count <= 30; count++) ann?.send(`MSG build ${count}\n`);
    expect(found(ann, 'build')).toEqual(Array.from({ length: 20 }, (_, i) => `ann build ${i + 11}`));
  });

  it.each(['nobody', 'wor', '"', '*', '" OR *', '()', 'words:hello', 'hell*', 'NOT hello', 'hello OR x'])(
    'lines: SEARCH %j takes search operators as plain text and finds nothing',
    (query) => {
      const [ann] = new World().logins('ann');
      ann?.send('MSG Hello world\n');
      expect(found(ann, query)).toEqual([]);
    },
  );

  it('lines: SEARCH finds messages of the same turn, and none that could not be stored', () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const [ann] = world.logins('ann');
    ann?.send('MSG needle\nSEARCH needle\nMSG needle again\n');
    expect(ann?.read()).toMatch(/^HIST \d+ \S+ ann needle\nOK\n$/);
    history.broken = true;
    ann?.send('MSG needle lost\n');
    expect(ann?.read()).toBe('ERR not-stored\n');
    expect(found(ann, 'needle lost')).toEqual([]);
  });

  it.each([
    ['no words', ''],
    ['removed characters alone', '\u200b'],
    ['more than 32 words', Array.from({ length: 33 }, (_, i) => `w${i}`).join(' ')],
  ])('lines: SEARCH with %s is a usage error', (_, query) => {
    const [ann] = new World().logins('ann');
    ann?.send(`SEARCH ${query}\n`);
    expect(ann?.read()).toBe('ERR usage: SEARCH <words>, at most 32\n');
  });

  it('lines: SEARCH is answered busy if the history cannot be read', () => {
    const history = new FragileHistory();
    const [ann] = new World({ history }).logins('ann');
    history.unreadable = true;
    ann?.send('SEARCH x\n');
    expect(ann?.read()).toBe('ERR busy\n');
  });

  it('lines: a long SEARCH delays its own client, and no other', () => {
    const history = new (class extends MemoryHistory {
      override *search(): Search {
        yield;
        yield;
        expect(bob?.read()).toBe('PONG\n');
        return [];
      }
    })();
    const world = new World({ history });
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.say('SEARCH absent\nPING after\n');
    bob?.say('PING\n');
    world.settle();
    expect(ann?.read()).toBe('OK\nPONG after\n');
    expect.assertions(2);
  });
});

describe('lines: HELP', () => {
  const lines = (peer: Peer, line: string) => {
    peer.send(`${line}\n`);
    return peer.lines();
  };

  it('lines: HELP lists the everyday commands in at most 14 INFO lines, then OK, also before the login', () => {
    const help = lines(new World().connect(), 'HELP');
    expect(help.pop()).toBe('OK');
    expect(help.length).toBeLessThanOrEqual(14);
    expect(help.every((line) => line.startsWith('INFO ') && line.length <= 79)).toBe(true);
    for (const verb of [
      'LOGIN',
      'MSG',
      'DM',
      'WHO',
      'JOIN',
      'LEAVE',
      'ROOMS',
      'HISTORY',
      'SEARCH',
      'PASTE',
      'CHAT',
      'HELP MORE',
      'QUIT',
    ])
      expect(help.some((line) => line.startsWith(`INFO ${verb}`))).toBe(true);
  });

  it('lines: HELP MORE lists the other commands', () => {
    const help = lines(new World().connect(), 'help more').join('\n');
    expect(help).toMatch(/^INFO TAGS ON \| OFF/m);
    expect(help).toMatch(/^INFO PING/m);
    expect(help).toMatch(/\nOK$/);
  });

  it.each([
    ['HELP JOIN', ['INFO JOIN <room> [<key>]  enter a room, created if missing: JOIN dev', 'OK']],
    ['HELP join now', ['INFO JOIN <room> [<key>]  enter a room, created if missing: JOIN dev', 'OK']],
    ['HELP FLY', ['ERR unknown-cmd']],
    ['HELP LINES', ['ERR unknown-cmd']],
    ['HELP OPERATOR', ['ERR not-permitted']],
    ['HELP KICK', ['ERR not-permitted']],
  ])('lines: %s is answered %j', (line, answer) => {
    expect(lines(new World().login('ann'), line)).toEqual(answer);
  });

  it('lines: HELP names HELP OPERATOR to operators, who may read it', async () => {
    const world = new World();
    world.register('opal');
    world.accounts.users.setOperator('opal', true);
    const opal = await world.loginOwner('opal');
    expect(lines(opal, 'HELP').join('\n')).toContain('HELP OPERATOR');
    expect(lines(opal, 'HELP OPERATOR')[0]).toMatch(/^INFO KICK <user> \[<reason>\] +disconnect a user/);
    expect(lines(opal, 'HELP KICK')).toHaveLength(2);
  });

  it('lines: HELP shows commands with a slash in CHAT mode', () => {
    const ann = new World().login('ann');
    lines(ann, 'CHAT');
    const help = lines(ann, '/help');
    expect(help[0]).toBe('INFO <text>               send a message to the room; //x sends /x');
    expect(help).toContain('INFO /join <room> [<key>] enter a room, created if missing: /join dev');
    expect(help.some((line) => line.startsWith('INFO /lines '))).toBe(true);
    expect(lines(ann, '/help /join')).toEqual([
      'INFO /join <room> [<key>] enter a room, created if missing: /join dev',
      'OK',
    ]);
  });
});

describe('lines: HTTP requests', () => {
  it.each([
    'POST / HTTP/1.1\r\nHost: localhost:4000\r\n\r\nLOGIN evil\r\nMSG bought\r\n',
    'GET /?LOGIN=x HTTP/1.0\n\nLOGIN evil\nMSG bought\n',
    'Host: localhost\nLOGIN evil\nMSG bought\n',
    'LOGIN / HTTP/1.1\nLOGIN evil\nMSG bought\n',
    'OPTIONS * HTTP/1.1\nLOGIN evil\nMSG bought\n',
    'PING\nhOsT:x\nLOGIN evil\nMSG bought\n',
  ])('lines: %j closes the connection, and later lines are not run', (bytes) => {
    const world = new World();
    const ann = world.login('ann');
    const browser = world.connect();
    browser.send(bytes);
    expect(browser.closed).toBe(true);
    expect(ann.read()).not.toContain('MSG');
  });

  it('lines: after the login a line that looks like an HTTP request is an unknown verb', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('Host: Anna brings the cake\nGET /index.html HTTP/1.1\nMSG hi\n');
    expect(ann?.read()).toBe('ERR unknown-cmd\nERR unknown-cmd\n');
    expect(bob?.read()).toBe('MSG ann hi\n');
  });

  it('lines: the text of a message may look like an HTTP request', () => {
    const world = new World();
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('MSG GET / HTTP/1.1\nDM bob Host: x\nPASTE\nPOST / HTTP/1.1\nHost: x\n.\n');
    expect(ann?.closed).toBe(false);
    expect(bob?.lines()).toEqual([
      'MSG ann GET / HTTP/1.1',
      'DM ann Host: x',
      'MSG ann POST / HTTP/1.1',
      'MSG ann Host: x',
    ]);
  });
});
