/** What a client session does with the tags of the server: events of users, topics, the name and the password. */
import { describe, expect, it } from 'vitest';
import { TestSession, TIME } from './test-session.js';

/** A session in the lobby with bob and eve, and in dev with bob and dan. */
function inTwoRooms(): TestSession {
  const test = new TestSession();
  const last = test.logIn();
  last.answer('OK');
  last.answer('USER ann', 'USER bob', 'USER eve', 'OK');
  last.answer('ROOM lobby 3', 'OK');
  test.session.enter('dev', null);
  last.answer('OK');
  last.answer('OK');
  last.answer('USER bob', 'USER dan', 'USER ann', 'OK');
  last.answer('ROOM lobby 3', 'ROOM dev 3', 'OK');
  last.sent();
  test.events.length = 0;
  return test;
}

function infos(test: TestSession): string[] {
  return test.events.flatMap((event) =>
    event.kind === 'info' ? [`${event.room}: ${event.text}${event.isRepeated ? ' (again)' : ''}`] : [],
  );
}

describe('the events of users', () => {
  it('the end of a session is shown in the rooms that the user was in, and otherwise nowhere', () => {
    const test = inTwoRooms();
    const quit = (name: string) => `@time=${TIME};event=quit;user=${name} INFO ${name} disconnected`;
    test.server.last.say(quit('bob'), quit('EVE'), quit('dan'), quit('stranger'), quit('bob'));
    expect(infos(test)).toEqual([
      'lobby: bob disconnected',
      'dev: bob disconnected (again)',
      'lobby: EVE disconnected',
      'dev: dan disconnected',
    ]);
  });

  it('the members of a room are those of its list, and who came and left since', () => {
    const test = inTwoRooms();
    test.server.last.say(
      '@room=dev;event=join;user=fay INFO fay joined dev',
      '@room=dev;event=leave;user=bob INFO bob left dev',
      '@event=rename;user=eve;to=eva INFO eve is now eva',
      '@event=quit;user=fay INFO fay disconnected',
      '@event=quit;user=bob INFO bob disconnected',
      '@event=quit;user=eve INFO eve disconnected',
      '@event=quit;user=eva INFO eva disconnected',
    );
    expect(infos(test)).toEqual([
      'dev: fay joined dev',
      'dev: bob left dev',
      'lobby: eve is now eva',
      'dev: fay disconnected',
      'lobby: bob disconnected',
      'lobby: eva disconnected',
    ]);
  });

  it('a user who is away is shown in the rooms of the user, and an announcement without a room', () => {
    const test = inTwoRooms();
    test.server.last.say(
      '@event=away;user=dan INFO dan is away: lunch',
      '@event=away;user=stranger INFO stranger is away: lunch',
      '@event=say;user=opal INFO opal: eve disconnected',
      '@event=quit;user=eve INFO eve disconnected',
    );
    expect(infos(test)).toEqual([
      'dev: dan is away: lunch',
      'null: opal: eve disconnected',
      'lobby: eve disconnected',
    ]);
  });

  it('the members of a room that is entered again are read again', () => {
    const test = inTwoRooms();
    const { last } = test.server;
    test.session.leave('dev');
    last.answer('OK');
    test.session.enter('dev', null);
    last.answer('OK');
    last.answer('OK');
    last.answer('USER ann', 'OK');
    last.answerAll();
    test.events.length = 0;
    last.say('@event=quit;user=dan INFO dan disconnected', '@event=quit;user=bob INFO bob disconnected');
    expect(infos(test)).toEqual(['lobby: bob disconnected']);
  });

  it('the words of a server without event tags are shown as they are, where the user looks', () => {
    const test = new TestSession({ isOld: true }).enter();
    test.server.last.say('INFO stranger disconnected');
    expect(infos(test)).toEqual(['null: stranger disconnected']);
  });

  it.each([
    ['@event=kick;user=ann;by=opal INFO go away', { kind: 'dismissed', words: 'go away' }],
    ['@event=revoked;user=ann INFO your token is gone', { kind: 'dismissed', words: 'your token is gone' }],
  ])('%s ends the session for good, whatever its words', (line, why) => {
    const test = new TestSession().enter();
    test.server.last.say(line);
    test.server.last.drop();
    expect(test.events.at(-1)).toEqual({ kind: 'ended', why });
  });

  it.each([
    '@event=say;user=opal INFO disconnected: kicked by opal',
    '@room=dev;event=kick;user=bob;by=opal INFO put out of dev by opal',
    '@event=shutdown;user=ann INFO closing for today',
  ])('%s does not end the session for good', (line) => {
    const test = new TestSession().enter();
    test.server.last.say(line);
    test.server.last.drop();
    expect(test.events.at(-1)?.kind).toBe('offline');
  });
});

describe('the topic of a room', () => {
  const topics = (test: TestSession) =>
    test.events.flatMap((event) => (event.kind === 'topic' ? [`${event.room}: ${event.text}`] : []));

  it('the topic of a room is shown when the room is entered, and again after a reconnect if it has changed', () => {
    const test = new TestSession({ furtherRooms: ['dev'] });
    const enter = (dev: string) => {
      const { last } = test.server;
      last.answer('OK');
      for (let count = 0; count < 4; count++) last.answer('OK');
      last.answer('ROOM lobby 3', `@topic=${dev};locked=1 ROOM Dev 3`, '@topic=x ROOM ops 0', 'OK');
    };
    const reconnect = () => {
      test.server.last.drop();
      test.clock.advance(15_000);
      test.logIn();
    };
    test.logIn();
    enter('release%20day');
    expect(topics(test)).toEqual(['dev: release day']);
    reconnect();
    enter('release%20day');
    expect(topics(test)).toEqual(['dev: release day']);
    reconnect();
    enter('tea');
    expect(topics(test)).toEqual(['dev: release day', 'dev: tea']);
  });
});

describe('several rooms at the start', () => {
  it('several rooms at the start are entered together, and one that is refused does not end the session', () => {
    const test = new TestSession({ room: 'dev', furtherRooms: ['ops', 'DEV', 'den'] });
    const last = test.open();
    last.answer('OK');
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', 'JOIN dev', 'FOLLOW ops', 'FOLLOW den']);
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.answer('OK');
    last.answer('ERR room-locked');
    last.answer('OK');
    expect(test.events).toEqual([
      { kind: 'barred', room: 'ops', code: 'room-locked' },
      { kind: 'online', rooms: ['dev', 'den'], again: false },
    ]);
  });
});

describe('the name after a reconnect', () => {
  it('the name after a reconnect is taken back with the newest value that the server gave', () => {
    const test = new TestSession();
    const login = () => {
      const last = test.open();
      expect(last.sent().at(-1)).toMatch(/LOGIN ann$/);
      return last;
    };
    test.open().answer('@resume=first OK');
    test.server.last.answer('ERR usage: FOLLOW <room> [<key>]');
    test.server.last.answerAll();
    test.server.last.answerAll();
    test.server.last.drop();
    test.clock.advance(500);
    expect(test.open().sent()).toEqual(['@resume=first LOGIN ann']);
    test.server.last.drop();
    test.clock.advance(1000);
    expect(test.open().sent()).toEqual(['@resume=first LOGIN ann']);
    test.server.last.answer('@resume=second OK');
    test.server.last.answer('ERR usage: FOLLOW <room> [<key>]');
    test.server.last.drop();
    test.clock.advance(2000);
    expect(login).not.toThrow();
  });
});

describe('a password whose confirmation is lost with the connection', () => {
  it.each([
    [null, 'REGISTER red-horse', 'password-required', 'LOGIN ann', 'LOGIN ann red-horse'],
    [
      'old-horse',
      'PASSWORD old-horse red-horse',
      'wrong-password',
      'LOGIN ann old-horse',
      'LOGIN ann red-horse',
    ],
  ])(
    'a password %j is followed by that of %s, if the server answers %s',
    (password, command, code, first, second) => {
      const test = new TestSession({ password }).enter();
      test.command(command);
      expect(test.server.last.sent()).toEqual([command]);
      test.server.last.drop();
      test.clock.advance(500);
      const last = test.open();
      expect(last.sent()).toEqual([first]);
      last.answer(`ERR ${code}`);
      expect(last.sent()).toEqual(['LOGIN server']);
      last.answer('ERR username-taken');
      expect(last.sent()).toEqual([second]);
      last.answer('OK');
      last.answer('ERR usage: FOLLOW <room> [<key>]');
      last.answerAll();
      expect(test.kinds()).toContain('online');
      expect(test.kinds()).not.toContain('ended');
      last.drop();
      test.clock.advance(2000);
      expect(test.open().sent()).toEqual([second]);
    },
  );

  it('a password that was refused is not tried again', () => {
    const test = new TestSession().enter();
    test.command('REGISTER short');
    test.server.last.answer('ERR weak-password');
    test.server.last.drop();
    test.clock.advance(500);
    const last = test.open();
    last.answer('ERR password-required');
    last.sent();
    last.answer('ERR username-taken');
    expect(last.sent()).toEqual(['QUIT']);
    expect(test.events.at(-1)).toMatchObject({ kind: 'ended', why: { code: 'password-required' } });
  });
});
