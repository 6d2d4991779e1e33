import { describe, expect, it } from 'vitest';
import { IrcPeer, ircLogin, setUpIrc } from '../../support/irc.js';
import { room } from '../../support/roamer.js';
import { passwordOf, World } from '../../support/world.js';

const S = ':partyline.local';
const CAPS = 'draft/chathistory batch server-time message-tags';
const MINUTE = 60_000;

/** Five messages of lin in #dev, the ids of which are 1 to 5, a minute apart, and a client that asks for them. */
function withMessages(caps = CAPS) {
  const world = new World();
  const lin = world.login('lin');
  lin.send('JOIN dev\n');
  const start = world.clock.now();
  for (const text of ['one', 'two', 'three', 'four', 'five']) {
    lin.send(`MSG ${text}\n`);
    world.clock.advance(MINUTE);
  }
  lin.read();
  const ann = ircLogin(world, 'ann', { caps, rooms: ['#dev'] });
  const time = (minutes: number) => new Date(start + minutes * MINUTE).toISOString();
  return { world, lin, ann, time };
}

/** The texts of the messages of an answer. */
function texts(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => / PRIVMSG \S+ :(.*)$/.exec(line)?.[1] ?? []);
}

describe('CHATHISTORY', () => {
  it('answers with a batch of messages with their ids and times', () => {
    const { ann, time } = withMessages();
    const lines = ann.ask('CHATHISTORY LATEST #dev * 2');
    const reference = /^\S+ BATCH \+(\S+) chathistory #dev$/.exec(lines[0] ?? '')?.[1] ?? '?';
    expect(lines).toEqual([
      `${S} BATCH +${reference} chathistory #dev`,
      `@batch=${reference};time=${time(3)};msgid=4 :lin!user@partyline.local PRIVMSG #dev :four`,
      `@batch=${reference};time=${time(4)};msgid=5 :lin!user@partyline.local PRIVMSG #dev :five`,
      `${S} BATCH -${reference}`,
    ]);
  });

  it('fills its pages where a paste has empty lines', () => {
    const { lin, ann } = withMessages();
    const empty = '\n'.repeat(150);
    for (const text of ['six', 'seven', 'eight']) lin.send(`PASTE\n${text}\n${empty}.\n`);
    lin.send('MSG nine\n');
    ann.lines();
    const of = (command: string) => texts(ann.ask(`CHATHISTORY ${command}`)).join(' ');
    expect(of('LATEST #dev * 4')).toBe('six seven eight nine');
    expect(of('LATEST #dev * 7')).toBe('three four five six seven eight nine');
    expect(of('BEFORE #dev msgid=156 2')).toBe('five six');
    expect(of('AFTER #dev msgid=6 2')).toBe('seven eight');
    expect(of('AFTER #dev msgid=6 9')).toBe('seven eight nine');
    expect(of('AROUND #dev msgid=7 2')).toBe('six seven');
  });

  it('finds messages next to a message or a time, and between two', () => {
    const { ann, time } = withMessages();
    const of = (command: string) => texts(ann.ask(`CHATHISTORY ${command}`)).join(' ');
    const [t1, t2, t4] = [1, 2, 4].map((minutes) => `timestamp=${time(minutes)}`);
    expect(of('latest #dev * 100')).toBe('one two three four five');
    expect(of('LATEST #dev msgid=2 2')).toBe('four five');
    expect(of(`LATEST #dev ${t2} 10`)).toBe('four five');
    expect(of('BEFORE #dev msgid=4 2')).toBe('two three');
    expect(of(`BEFORE #dev ${t1} 5`)).toBe('one');
    expect(of('AFTER #DEV msgid=2 2')).toBe('three four');
    expect(of(`AFTER #dev ${t1} 1`)).toBe('three');
    expect(of('AROUND #dev msgid=3 3')).toBe('two three four');
    expect(of(`AROUND #dev ${t2} 2`)).toBe('two three');
    expect(of('BETWEEN #dev msgid=1 msgid=5 2')).toBe('two three');
    expect(of('BETWEEN #dev msgid=5 msgid=1 2')).toBe('three four');
    expect(of(`BETWEEN #dev ${t1} ${t4} 9`)).toBe('three four');
    expect(of('AFTER #dev msgid=5 9')).toBe('');
  });

  it('answers with an empty batch if there are no messages', () => {
    const { ann } = withMessages();
    const lines = ann.ask('CHATHISTORY AFTER #dev msgid=5 9');
    expect(lines.map((line) => line.replace(/([+-])\w+/, '$1x'))).toEqual([
      `${S} BATCH +x chathistory #dev`,
      `${S} BATCH -x`,
    ]);
  });

  it('shows at most 100 messages', () => {
    const { ann, lin } = withMessages();
    for (let count = 1; count <= 120; count++) lin.send(`MSG ${count}\n`);
    ann.lines();
    const found = texts(ann.ask('CHATHISTORY LATEST #dev * 500'));
    expect(found).toHaveLength(100);
    expect(found.at(-1)).toBe('120');
  });

  it('keeps actions and notices, and shows no formatting', () => {
    const { ann } = withMessages();
    ann.ask('PRIVMSG #dev :\x01ACTION waves\x01', 'NOTICE #dev :psst', 'PRIVMSG #dev :\x02bold');
    const lines = ann.ask('CHATHISTORY AFTER #dev msgid=5 9').slice(1, -1);
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      ':ann!user@partyline.local PRIVMSG #dev :\x01ACTION waves\x01',
      ':ann!user@partyline.local NOTICE #dev :psst',
      ':ann!user@partyline.local PRIVMSG #dev :bold',
    ]);
  });

  it('has the label on its batch, or on its refusal', () => {
    const { ann } = withMessages(`${CAPS} labeled-response`);
    const lines = ann.ask('@label=7 CHATHISTORY LATEST #dev * 1');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^@label=7 :partyline\.local BATCH \+\w+ chathistory #dev$/);
    expect(lines.slice(1).some((line) => line.includes('label'))).toBe(false);
    expect(ann.ask('@label=8 CHATHISTORY LATEST #ops * 1')).toEqual([
      `@label=8 ${S} FAIL CHATHISTORY INVALID_TARGET LATEST #ops :Messages could not be retrieved`,
    ]);
    const targets = ann.ask(
      '@label=9 CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00Z timestamp=2100-01-01T00:00:00Z 9',
    );
    expect(targets[0]).toMatch(/^@label=9 :partyline\.local BATCH \+\w+ draft\/chathistory-targets$/);
    expect(targets).toHaveLength(3);
  });

  it('answers without a batch where the client has none', () => {
    const { ann, time } = withMessages('draft/chathistory server-time');
    expect(ann.ask('CHATHISTORY LATEST #dev * 1')).toEqual([
      `@time=${time(4)} :lin!user@partyline.local PRIVMSG #dev :five`,
    ]);
  });

  it('lists the rooms of the client with messages between two times', () => {
    const { world, ann, time } = withMessages();
    ann.ask('JOIN #ops', 'PRIVMSG #ops :hi', 'JOIN #empty');
    const of = (from: string, to: string, limit: number) =>
      ann
        .ask(`CHATHISTORY TARGETS timestamp=${from} timestamp=${to} ${limit}`)
        .slice(1, -1)
        .map((line) => line.replace(/^@batch=\w+ /, ''));
    const dev = `${S} CHATHISTORY TARGETS #dev ${time(4)}`;
    const ops = `${S} CHATHISTORY TARGETS #ops ${new Date(world.clock.now()).toISOString()}`;
    expect(of(time(0), time(9), 9)).toEqual([dev, ops]);
    expect(of(time(0), time(9), 1)).toEqual([dev]);
    expect(of(time(9), time(0), 1)).toEqual([ops]);
    expect(of(time(0), time(4), 9)).toEqual([]);
  });

  it.each([
    ['', 'INVALID_PARAMS * :Unknown command'],
    ['NEWEST #dev * 1', 'INVALID_PARAMS NEWEST :Unknown command'],
    ['LATEST #dev *', 'INVALID_PARAMS LATEST #dev :Insufficient parameters'],
    ['BETWEEN #dev msgid=1 5', 'INVALID_PARAMS BETWEEN #dev :Insufficient parameters'],
    ['LATEST #dev * 1 2', 'INVALID_PARAMS LATEST #dev :Too many parameters'],
    ['LATEST #dev * 0', 'INVALID_PARAMS LATEST #dev :Invalid limit'],
    ['LATEST #dev * -1', 'INVALID_PARAMS LATEST #dev :Invalid limit'],
    ['BEFORE #dev * 1', 'INVALID_MSGREFTYPE BEFORE #dev :Unknown kind of reference'],
    ['BEFORE #dev id=1 1', 'INVALID_MSGREFTYPE BEFORE #dev :Unknown kind of reference'],
    ['BEFORE #dev msgid=04 1', 'INVALID_PARAMS BEFORE msgid=04 :Invalid msgid or timestamp'],
    ['BEFORE #dev msgid=x 1', 'INVALID_PARAMS BEFORE msgid=x :Invalid msgid or timestamp'],
    ['AFTER #dev timestamp=today 1', 'INVALID_PARAMS AFTER timestamp=today :Invalid msgid or timestamp'],
    [
      'AFTER #dev timestamp=2026-13-41T00:00:00.000Z 1',
      'INVALID_PARAMS AFTER timestamp=2026-13-41T00:00:00.000Z :Invalid msgid or timestamp',
    ],
    ['TARGETS timestamp=2026-01-01T00:00:00.000Z 1', 'INVALID_PARAMS TARGETS :Insufficient parameters'],
    ['TARGETS msgid=1 msgid=2 1', 'INVALID_MSGREFTYPE TARGETS :Only timestamps are supported'],
    ['LATEST ann * 1', 'INVALID_TARGET LATEST ann :Messages could not be retrieved'],
    ['LATEST #- * 1', 'INVALID_TARGET LATEST #- :Messages could not be retrieved'],
    ['LATEST #ops * 1', 'INVALID_TARGET LATEST #ops :Messages could not be retrieved'],
  ])('is refused with its fault: CHATHISTORY %s', (command, refusal) => {
    const { ann } = withMessages();
    expect(ann.ask(`CHATHISTORY ${command}`)).toEqual([`${S} FAIL CHATHISTORY ${refusal}`]);
  });

  it('tells that messages cannot be read', () => {
    const { world, ann } = withMessages();
    world.history.read = () => {
      throw new Error('broken');
    };
    expect(ann.ask('CHATHISTORY LATEST #dev * 1')).toEqual([
      `${S} FAIL CHATHISTORY MESSAGE_ERROR LATEST #dev :Messages could not be retrieved`,
    ]);
  });
});

describe('draft/event-playback', () => {
  it('can be had, and changes nothing', () => {
    const { ann } = withMessages(`${CAPS} draft/event-playback`);
    expect(texts(ann.ask('CHATHISTORY LATEST #dev * 9'))).toHaveLength(5);
    expect(ann.ask('CAP LIST')[0]).toContain('draft/event-playback');
  });
});

/** The account ann, and lin in #dev, where nothing but what is missed is shown. */
function withAccount() {
  const world = new World();
  setUpIrc(world, { replay: 0 });
  world.register('ann');
  const lin = world.login('lin');
  lin.send('JOIN dev\n');
  return { world, lin };
}

/** A client that is logged in to an account, under this nick. */
async function loginAs(world: World, nick: string, account: string): Promise<IrcPeer> {
  const peer = new IrcPeer(world);
  const secret = Buffer.from(`\0${account}\0${passwordOf(account)}`).toString('base64');
  peer.send('CAP REQ :sasl server-time', 'AUTHENTICATE PLAIN', `AUTHENTICATE ${secret}`);
  await world.hashed();
  peer.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`, 'CAP END');
  peer.lines();
  return peer;
}

describe('the replay after JOIN', () => {
  /** What a client is shown once it is a member: the lines after 366. */
  const joined = (lines: readonly string[]) =>
    lines.slice(lines.findIndex((line) => line.includes(' 366 ')) + 1);

  it('shows the last messages with their times as a batch, behind the members', () => {
    const { world, ann, time } = withMessages();
    ann.ask('PRIVMSG #dev :\x01ACTION waves\x01', 'NOTICE #dev :psst');
    const bob = ircLogin(world, 'bob', { caps: 'batch server-time' });
    const now = new Date(world.clock.now()).toISOString();
    const [start = '', ...lines] = joined(bob.ask('JOIN #dev'));
    const reference = /^:\S+ BATCH \+(\S+) chathistory #dev$/.exec(start)?.[1] ?? '?';
    expect(lines.slice(3)).toEqual([
      `@batch=${reference};time=${time(3)} :lin!user@partyline.local PRIVMSG #dev :four`,
      `@batch=${reference};time=${time(4)} :lin!user@partyline.local PRIVMSG #dev :five`,
      `@batch=${reference};time=${now} :ann!user@partyline.local PRIVMSG #dev :\x01ACTION waves\x01`,
      `@batch=${reference};time=${now} :ann!user@partyline.local NOTICE #dev :psst`,
      `${S} BATCH -${reference}`,
    ]);
  });

  it('shows the messages alone without batch, and nothing without server-time or with draft/chathistory', () => {
    const { world, time } = withMessages();
    const of = (nick: string, caps: string) => joined(ircLogin(world, nick, { caps }).ask('JOIN #dev'));
    expect(of('b1', 'server-time').slice(-1)).toEqual([
      `@time=${time(4)} :lin!user@partyline.local PRIVMSG #dev :five`,
    ]);
    expect(of('b2', '')).toEqual([]);
    expect(of('b3', 'batch message-tags')).toEqual([]);
    expect(of('b4', 'batch server-time draft/chathistory')).toEqual([]);
  });

  it('is a part of the answer to a JOIN with a label', () => {
    const { world } = withMessages();
    const bob = ircLogin(world, 'bob', { caps: 'batch server-time labeled-response' });
    const lines = bob.ask('@label=7 JOIN #dev');
    const [, outer = '?'] = /^@label=7 :\S+ BATCH \+(\S+) labeled-response$/.exec(lines[0] ?? '') ?? [];
    const inner = lines.findIndex((line) => line.includes(' chathistory #dev'));
    const [, reference = '?'] = / BATCH \+(\S+) /.exec(lines[inner] ?? '') ?? [];
    expect(lines[inner]).toBe(`@batch=${outer} ${S} BATCH +${reference} chathistory #dev`);
    expect(lines.slice(inner + 1, -2).every((line) => line.startsWith(`@batch=${reference};time=`))).toBe(
      true,
    );
    expect(lines.slice(-2)).toEqual([`@batch=${outer} ${S} BATCH -${reference}`, `${S} BATCH -${outer}`]);
  });

  it('shows IRC_REPLAY messages, also in the rooms of the login', () => {
    const world = new World();
    setUpIrc(world, { replay: 2, autojoin: [room('lobby')] });
    const lin = world.login('lin');
    lin.send('MSG one\nMSG two\nMSG three\n');
    const ann = new IrcPeer(world);
    ann.send('CAP LS 302', 'CAP REQ server-time', 'NICK ann', 'USER ann 0 * :Ann');
    ann.lines();
    expect(texts(ann.ask('CAP END'))).toEqual(['two', 'three']);
    const bob = ircLogin(world, 'bob', { caps: 'server-time' });
    expect(texts(bob.ask('PART #lobby', 'JOIN #lobby'))).toEqual(['two', 'three']);
    expect(texts(bob.ask('JOIN #empty'))).toEqual([]);
  });

  it('shows what the account missed in each room, also under another nick and with IRC_REPLAY=0', async () => {
    const { world, lin } = withAccount();
    const ann = await loginAs(world, 'ann', 'ann');
    expect(texts(ann.ask('JOIN #dev,#ops'))).toEqual([]);
    ann.ask('PART #ops');
    lin.send('MSG one\n');
    ann.ask('QUIT');
    lin.send('MSG two\nMSG three\n');
    const phone = await loginAs(world, 'ann-phone', 'ann');
    expect(texts(phone.ask('JOIN #dev'))).toEqual(['two', 'three']);
    expect(texts(phone.ask('PART #dev', 'JOIN #dev'))).toEqual([]);
  });

  it('shows what was missed since the connection was lost', async () => {
    const { world, lin } = withAccount();
    const ann = await loginAs(world, 'ann', 'ann');
    ann.ask('JOIN #dev');
    lin.send('MSG seen\n');
    ann.peer.vanish();
    lin.send('MSG missed\n');
    const again = await loginAs(world, 'ann', 'ann');
    expect(texts(again.ask('JOIN #dev'))).toEqual(['missed']);
  });

  it('shows users of other accounts and of none the same as before', async () => {
    const { world, lin } = withAccount();
    world.register('bob');
    const ann = await loginAs(world, 'ann', 'ann');
    ann.ask('JOIN #dev', 'PART #dev');
    lin.send('MSG one\n');
    const bob = await loginAs(world, 'bob', 'bob');
    expect(texts(bob.ask('JOIN #dev'))).toEqual([]);
    const guest = ircLogin(world, 'guest', { caps: 'server-time' });
    guest.ask('JOIN #dev', 'PART #dev');
    lin.send('MSG two\n');
    expect(texts(guest.ask('JOIN #dev'))).toEqual([]);
  });

  it('shows the newest 50 of those, and nothing that another session of the account saw there', async () => {
    const { world, lin } = withAccount();
    const ann = await loginAs(world, 'ann', 'ann');
    ann.ask('JOIN #dev', 'PART #dev');
    for (let count = 1; count <= 60; count++) lin.send(`MSG ${count}\n`);
    const missed = texts(ann.ask('JOIN #dev'));
    expect([missed.length, missed[0], missed.at(-1)]).toEqual([50, '11', '60']);
    lin.send('MSG seen\n');
    const phone = await loginAs(world, 'ann-phone', 'ann');
    expect(texts(phone.ask('JOIN #dev'))).toEqual([]);
  });
});
