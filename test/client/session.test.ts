/** Tests a client session against a fake server, with a manual clock: login, messages, reconnects, missed messages. */
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/core/text/text.js';
import { hist, msg, TestSession, TIME } from './test-session.js';

describe('a session that logs in', () => {
  it('turns on tags before LOGIN, enters its room, and reads its history, each after the answer to the previous', () => {
    const { server } = new TestSession({ password: 'secret123', room: 'dev' });
    const { last } = server;
    expect(last.sent()).toEqual([]);
    last.open();
    expect(last.sent()).toEqual(['TAGS ON', '@label=tags TAGS ON']);
    last.answer('OK');
    last.answer('@label=tags OK');
    expect(last.sent()).toEqual(['LOGIN ann secret123']);
    last.answer('OK');
    expect(last.sent()).toEqual(['FOLLOW', 'JOIN dev']);
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.answer('OK');
    expect(last.sent()).toEqual(['@room=dev HISTORY 20']);
    last.answer('OK');
    expect(last.sent()).toEqual(['WHO dev', 'ROOMS ALL']);
  });

  it('shows a message once, in order, that arrives live while the history is read', () => {
    const test = new TestSession();
    const last = test.open();
    last.answer('OK');
    last.say(msg(5, 'bob', 'before the answer'));
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.say(msg(7, 'bob', 'second'), msg(8, 'bob', 'third'));
    last.answer(hist(5, 'bob', 'before the answer'), hist(6, 'bob', 'first'), hist(7, 'bob', 'second'), 'OK');
    expect(test.messages()).toEqual(['bob: before the answer', 'bob: first', 'bob: second', 'bob: third']);
  });

  it('holds the lines of a room back while its history is read, and shows its notices if the connection breaks', () => {
    const test = new TestSession();
    const last = test.logIn();
    last.say(
      msg(7, 'bob', 'hi'),
      `@time=${TIME};room=lobby INFO bob left lobby`,
      'INFO server shutting down',
    );
    expect(test.kinds()).toEqual(['online']);
    last.drop();
    expect(test.kinds()).toEqual(['online', 'info', 'offline']);
    expect(test.events.at(-1)).toMatchObject({ problem: 'server shutting down' });
  });

  it('keeps the order of direct messages and the messages of the room while the history is read', () => {
    const test = new TestSession();
    const last = test.logIn();
    last.say(
      msg(7, 'bob', 'first'),
      `@id=8;time=${TIME} DM bob second`,
      `@time=${TIME} INFO bob disconnected`,
    );
    test.say('third');
    test.session.dm(cleanText('eve'), cleanText('fourth'));
    expect(test.kinds()).toEqual(['online']);
    last.answer(hist(7, 'bob', 'first'), 'OK');
    last.answerAll();
    expect(test.kinds().filter((kind) => kind !== 'present')).toEqual([
      ...['online', 'said', 'told', 'info', 'own', 'own'],
    ]);
  });

  it.each(['username-taken', 'invalid-username', 'server-full'])(
    'ends if its first login is refused with %s',
    (code) => {
      const test = new TestSession();
      test.open().answer(`ERR ${code}`);
      expect(test.events).toEqual([
        { kind: 'ended', why: { kind: 'refused', code, hasServerPassword: false } },
      ]);
      expect(test.server.last.isClosed).toBe(true);
    },
  );

  it.each([
    ['password-required', 'password-required', true],
    ['password-required', 'username-taken', false],
    ['wrong-password', 'password-required', true],
    ['wrong-password', 'username-taken', false],
  ])('asks after %s whether the server has a password: %s for a reserved name', (code, probed, expected) => {
    const test = new TestSession();
    const last = test.open();
    last.answer(`ERR ${code}`);
    expect(last.sent()).toEqual(['LOGIN ann', 'LOGIN server']);
    last.answer(`ERR ${probed}`);
    expect(test.events).toEqual([
      { kind: 'ended', why: { kind: 'refused', code, hasServerPassword: expected } },
    ]);
  });

  it('reports the refused password if the connection breaks before it knows more', () => {
    const test = new TestSession();
    test.open().answer('ERR wrong-password');
    test.server.last.drop();
    expect(test.events).toMatchObject([{ kind: 'ended', why: { kind: 'refused', code: 'wrong-password' } }]);
  });

  it.each([true, false])(
    'reports the refusal if the server refuses and closes at once (older: %s)',
    (isOld) => {
      const test = new TestSession({ isOld });
      test.server.last.open();
      test.server.last.say('ERR too-many-connections');
      test.server.last.drop();
      expect(test.events).toEqual([
        { kind: 'ended', why: { kind: 'refused', code: 'too-many-connections', hasServerPassword: false } },
      ]);
    },
  );

  it('ends if the requested room is refused', () => {
    const test = new TestSession({ room: 'dev' });
    test.logIn().answer('ERR room-locked');
    expect(test.events).toEqual([
      { kind: 'ended', why: { kind: 'refused', code: 'room-locked', room: 'dev', hasServerPassword: false } },
    ]);
  });

  it('asks for the key of the requested room on the same connection, and ends without one', () => {
    const test = new TestSession({ room: 'dev', asksForKeys: true });
    const last = test.logIn();
    last.answer('ERR room-locked');
    expect(test.events).toEqual([{ kind: 'locked', room: 'dev', isKeyWrong: false }]);
    last.sent();
    last.say('@event=join;user=eve;room=lobby INFO eve joined lobby', msg(1, 'eve', 'hi'));
    expect(test.events).toHaveLength(1);
    test.session.tryKey('dev', 'wrong');
    expect(last.sent()).toEqual(['FOLLOW', 'JOIN dev wrong']);
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.answer('ERR room-locked');
    expect(test.events.at(-1)).toEqual({ kind: 'locked', room: 'dev', isKeyWrong: true });
    test.session.tryKey('dev', 'sesame');
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.answer('OK');
    expect(test.events.at(-1)).toEqual({ kind: 'online', rooms: ['dev'], again: false });

    const other = new TestSession({ room: 'dev', asksForKeys: true });
    other.logIn().answer('ERR room-locked');
    other.session.tryKey('dev', null);
    expect(other.events.at(-1)).toMatchObject({ kind: 'ended', why: { code: 'room-locked', room: 'dev' } });
  });

  it('does not retry a server that it has never reached', () => {
    const test = new TestSession();
    test.server.last.drop('ECONNREFUSED');
    expect(test.events).toEqual([{ kind: 'ended', why: { kind: 'unreachable', problem: 'ECONNREFUSED' } }]);
  });

  it('gives up a server that does not answer for 15 s', () => {
    const test = new TestSession();
    test.clock.advance(15_000);
    expect(test.events).toEqual([{ kind: 'ended', why: { kind: 'unreachable', problem: 'timeout' } }]);
  });
});

describe('a session that sends', () => {
  it('sends messages in batches, each for its room, and a command between them alone', () => {
    const test = new TestSession().enter().follow('dev');
    test.say('one');
    test.say('two');
    test.say('three', 'dev');
    test.command('WHO');
    test.say('four');
    const { last } = test.server;
    expect(last.sent()).toEqual(['@room=lobby MSG one']);
    last.answer('OK');
    expect(last.sent()).toEqual(['@room=lobby MSG two', '@room=dev MSG three']);
    last.answer('OK');
    last.answer('OK');
    expect(last.sent()).toEqual(['WHO']);
    last.answer('USER ann', 'OK');
    expect(last.sent()).toEqual(['@room=lobby MSG four']);
    expect(test.messages()).toEqual(['me: one', 'me: two', '[dev] me: three', 'me: four']);
  });

  it('assigns each ERR to the message that was refused, by its label', () => {
    const test = new TestSession().enter();
    test.say('first');
    test.say('refused');
    test.session.dm(cleanText('bbo'), cleanText('hi'));
    test.say('last');
    const { last } = test.server;
    last.answer('OK');
    last.sent();
    last.answer('ERR not-stored');
    last.answer('ERR user-not-found');
    last.answer('OK');
    expect(test.events.filter(({ kind }) => kind === 'refused')).toEqual([
      { kind: 'refused', room: 'lobby', code: 'not-stored', about: 'refused', to: null },
      { kind: 'refused', room: null, code: 'user-not-found', about: 'hi', to: 'bbo' },
    ]);
    expect(test.session.pendingCount).toBe(0);
  });

  it('assigns an ERR without a label to the line that was too long for one, and to no PASTE', () => {
    const test = new TestSession().enter();
    const { last } = test.server;
    test.command('WHO');
    for (const text of ['short', 'too long', 'short again']) test.say(text);
    test.session.paste(
      'lobby',
      ['too long', 'short'].map((line) => cleanText(line)),
    );
    last.answer('OK');
    last.answer('OK');
    last.answerWithoutLabel('ERR line-too-long');
    last.answer('OK');
    last.say('ERR line-too-long');
    last.answer('ERR paste-too-long');
    expect(test.events.filter(({ kind }) => kind === 'refused')).toMatchObject([
      { code: 'line-too-long', about: 'too long' },
      { code: 'paste-too-long', about: 'too long … (2 lines)' },
    ]);
    expect(test.session.pendingCount).toBe(0);
  });

  it('matches answers by their labels, in whatever order they come', () => {
    const test = new TestSession().enter();
    const { last } = test.server;
    test.say('one');
    last.answer('OK');
    test.session.dm(cleanText('eve'), cleanText('two'));
    last.answer('OK');
    test.command('WHO');
    for (const text of ['three', 'four']) test.say(text);
    last.answer('OK');
    last.answerNewest('ERR not-stored');
    last.answer('OK');
    expect(test.events.filter(({ kind }) => kind === 'refused')).toMatchObject([{ about: 'four' }]);
  });

  it('reports a direct message that is saved for a user who is offline', () => {
    const test = new TestSession().enter();
    test.session.dm(cleanText('bob'), cleanText('hi'));
    test.server.last.answer('@id=9;kept=1 OK');
    expect(test.events).toContainEqual({ kind: 'kept', to: 'bob' });
  });

  it('sends pasted lines as one PASTE, in which a line of dots has one more', () => {
    const test = new TestSession().enter();
    test.session.paste(
      'lobby',
      ['  a', '', '/who', '.', '..'].map((line) => cleanText(line)),
    );
    expect(test.server.last.sent()).toEqual(['@room=lobby PASTE', '  a', '', '/who', '..', '...', '.']);
    expect(test.messages()).toEqual(['me:   a', 'me: ', 'me: /who', 'me: .', 'me: ..']);
    test.server.last.answer('OK');
    expect(test.session.pendingCount).toBe(0);
  });

  it('names the room of a command about it, and of no other command', () => {
    const test = new TestSession().enter().follow('dev');
    const { last } = test.server;
    for (const line of ['TOPIC release day', 'SEARCH lunch', 'HISTORY 5', 'WHO', 'WHOIS bob']) {
      test.command(line, 'dev');
      last.answer('OK');
    }
    expect(last.sent()).toEqual([
      '@room=dev TOPIC release day',
      '@room=dev SEARCH lunch',
      '@room=dev HISTORY 5',
      'WHO',
      'WHOIS bob',
    ]);
  });

  it('takes the labelled notices of an answer as its content', () => {
    const test = new TestSession().enter();
    test.command('TOPIC');
    test.server.last.say(`@time=${TIME} INFO eve disconnected`);
    test.server.last.answer(`@time=${TIME} INFO the topic of lobby: tea`, 'OK');
    const answer = test.events.find((event) => event.kind === 'answer');
    expect(answer?.replies).toMatchObject([
      { kind: 'info', text: 'the topic of lobby: tea' },
      { kind: 'ok' },
    ]);
  });

  it('answers PING immediately', () => {
    const test = new TestSession().enter();
    test.server.last.say('PING');
    expect(test.server.last.sent()).toEqual(['PONG']);
  });

  it('quits after everything is confirmed', () => {
    const test = new TestSession().enter();
    test.say('last words');
    test.session.quit(2000);
    expect(test.server.last.sent()).toEqual(['@room=lobby MSG last words']);
    test.server.last.answer('OK');
    expect(test.server.last.sent()).toEqual(['QUIT']);
    expect(test.events.at(-1)).toEqual({ kind: 'ended', why: { kind: 'left', unsent: 0 } });
  });

  it('quits after the timeout if the server does not confirm', () => {
    const test = new TestSession().enter();
    test.say('last words');
    test.session.quit(2000);
    test.clock.advance(2000);
    expect(test.events.at(-1)).toEqual({ kind: 'ended', why: { kind: 'left', unsent: 1 } });
  });
});

describe('a session in several rooms', () => {
  it('enters one more room with FOLLOW, and sends what was typed for it after its history', () => {
    const test = new TestSession().enter();
    const { last } = test.server;
    test.session.enter('dev', 'sesame');
    test.say('hello dev', 'dev');
    test.say('hello lobby');
    expect(last.sent()).toEqual(['FOLLOW dev sesame']);
    last.say(msg(4, 'bob', 'in the lobby'), msg(6, 'eve', 'live', 'dev'));
    last.answer('OK');
    expect(last.sent()).toEqual(['@room=dev HISTORY 20']);
    last.answer(hist(5, 'eve', 'old'), hist(6, 'eve', 'live'), 'OK');
    expect(last.sent()).toEqual(['WHO dev', 'ROOMS ALL']);
    last.answerAll();
    expect(last.sent()).toEqual(['@room=dev MSG hello dev', '@room=lobby MSG hello lobby']);
    expect(test.events).toContainEqual({ kind: 'entered', room: 'dev' });
    expect(test.messages()).toEqual([
      'me: hello lobby',
      'bob: in the lobby',
      '[dev] eve: old',
      '[dev] eve: live',
      '[dev] me: hello dev',
    ]);
  });

  it('enters a room that the user asks for while the first history is read', () => {
    const test = new TestSession();
    const last = test.logIn();
    test.session.enter('dev', null);
    test.say('hi', 'dev');
    last.answer('OK');
    last.sent();
    last.answerAll();
    expect(last.sent()).toEqual(['FOLLOW dev']);
    last.answer('OK');
    last.answer('OK');
    last.answerAll();
    expect(last.sent()).toContain('@room=dev MSG hi');
  });

  it('enters a room that the user asks for while it returns to the others', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.clock.advance(500);
    const last = test.open();
    last.answer('OK');
    test.session.enter('dev', null);
    last.answerAll();
    last.answerAll();
    last.answerAll();
    expect(last.sent()).toEqual([
      ...['LOGIN ann', 'FOLLOW', '@room=lobby HISTORY AFTER 0 500', 'WHO lobby', 'ROOMS ALL'],
      'FOLLOW dev',
    ]);
    expect(test.events).toContainEqual({ kind: 'online', rooms: ['lobby'], again: true });
  });

  it('enters a room that the user asked for when the connection broke', () => {
    const test = new TestSession().enter();
    test.session.enter('dev', null);
    test.say('hi', 'dev');
    const last = test.reconnect();
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', 'FOLLOW dev']);
    last.answer('OK');
    last.answerAll();
    last.answerAll();
    expect(last.sent().at(-1)).toBe('@room=dev MSG hi');
    expect(test.messages()).toEqual(['[dev] me: hi']);
  });

  it('does not send messages to another room that were typed for a refused room', () => {
    const test = new TestSession().enter();
    test.session.enter('secret', null);
    test.say('the code is 1234', 'secret');
    test.server.last.answer('ERR room-locked');
    expect(test.server.last.sent()).toEqual(['FOLLOW secret']);
    expect(test.events).toContainEqual({ kind: 'barred', room: 'secret', code: 'room-locked' });
    expect(test.events).toContainEqual({
      kind: 'unsent',
      room: null,
      what: 'the code is 1234',
      why: 'elsewhere',
    });
    test.say('again', 'secret');
    expect(test.events.at(-1)).toMatchObject({ kind: 'unsent', what: 'again', why: 'elsewhere' });
    expect(test.server.last.sent()).toEqual([]);
  });

  it('sorts the live lines by their room, and ignores those of a room that is being left', () => {
    const test = new TestSession().enter().follow('dev');
    const { last } = test.server;
    last.say(msg(10, 'bob', 'one', 'dev'), msg(11, 'bob', 'two'));
    last.say(`@time=${TIME};room=dev;event=join;user=eve INFO eve joined dev`);
    test.session.leave('dev');
    last.say(msg(12, 'bob', 'three', 'dev'));
    expect(test.messages()).toEqual(['[dev] bob: one', 'bob: two']);
    expect(test.events).toContainEqual(expect.objectContaining({ kind: 'info', room: 'dev' }));
  });

  it('leaves a room with UNFOLLOW, and the home room by going to another one', () => {
    const test = new TestSession().enter().follow('dev').follow('ops');
    const { last } = test.server;
    test.session.leave('ops');
    expect(last.sent()).toEqual(['UNFOLLOW ops']);
    last.answer('OK');
    test.session.leave('lobby');
    expect(last.sent()).toEqual(['JOIN dev']);
    last.answer('OK');
    test.session.enter('ops', null);
    last.answer('OK');
    last.answer(hist(3, 'bob', 'old'), 'OK');
    last.answerAll();
    expect(test.messages()).toEqual(['[ops] bob: old']);
    last.sent();
    test.session.leave('dev');
    expect(last.sent()).toEqual(['JOIN ops']);
  });

  it('sends what was typed in a room before it leaves the room, in the order of typing', () => {
    const test = new TestSession().enter();
    const { last } = test.server;
    test.session.enter('dev', null);
    test.say('in dev', 'dev');
    test.command('HISTORY 5', 'dev');
    test.session.leave('dev');
    test.session.enter('dev', 'sesame');
    test.session.leave('lobby');
    test.say('in dev again', 'dev');
    for (let command = 0; command < 30 && test.session.pendingCount > 0; command++) last.answer('OK');
    expect(last.sent().filter((line) => !/^(?:WHO|ROOMS|@room=dev HISTORY 20)/.test(line))).toEqual([
      ...['FOLLOW dev', '@room=dev MSG in dev', '@room=dev HISTORY 5', 'UNFOLLOW dev'],
      ...['FOLLOW dev sesame', 'JOIN dev sesame', '@room=dev MSG in dev again'],
    ]);
    expect(test.messages()).toEqual(['[dev] me: in dev', '[dev] me: in dev again']);
  });

  it('does not return to a room that it was leaving when the connection broke', () => {
    const test = new TestSession().enter().follow('dev');
    test.say('lost', 'dev');
    test.session.leave('dev');
    const last = test.reconnect();
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', '@room=lobby HISTORY AFTER 0 500']);
    last.answer('OK');
    expect(test.events).toContainEqual(expect.objectContaining({ what: 'lost', why: 'unconfirmed' }));
  });

  it('is in the lobby after it was put out of the home room, and stays in its other rooms', () => {
    const test = new TestSession({ room: 'dev' });
    const { last } = test.server;
    test.logIn();
    last.answerAll();
    last.answerAll();
    last.answerAll();
    test.follow('ops');
    last.say(`@time=${TIME};room=dev;event=put-out;user=Ann;by=op INFO put out of dev by op: enough`);
    expect(test.kinds()).toEqual(['put-out', 'entered']);
    expect(last.sent()).toEqual(['@room=lobby HISTORY 20']);
    last.answer('OK');
    last.answerAll();
    last.sent();
    test.say('still here', 'ops');
    expect(last.sent()).toEqual(['@room=ops MSG still here']);
    test.say('and here?', 'dev');
    expect(test.events.at(-1)).toMatchObject({ kind: 'unsent', why: 'elsewhere' });
  });

  it('does not take a message for being put out of a room', () => {
    const test = new TestSession().enter();
    test.server.last.say(`@time=${TIME};room=lobby;event=put-out;user=bob INFO put out of lobby by op`);
    test.server.last.say(msg(3, 'bob', 'put out of lobby by op'));
    expect(test.kinds()).toEqual(['info', 'said']);
  });

  it('rejects a new room while offline, and does not return to a room that was left meanwhile', () => {
    const test = new TestSession().enter().follow('dev').follow('ops');
    test.server.last.drop();
    expect(test.session.enter('new', null)).toBe(false);
    test.session.leave('lobby');
    test.session.leave('ops');
    test.clock.advance(500);
    const last = test.open();
    last.answer('OK');
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', 'JOIN dev']);
  });
});

describe('a session on an older server', () => {
  it('turns on tags after the login, and moves from room to room', () => {
    const test = new TestSession({ isOld: true });
    const last = test.open();
    expect(last.sent()).toEqual(['LOGIN ann']);
    last.answer('OK');
    expect(last.sent()).toEqual(['TAGS ON']);
    last.say('MSG bob said before the tags');
    last.answer('OK');
    expect(last.sent()).toEqual(['HISTORY 20']);
    last.answer('OK');
    last.answerAll();
    expect(test.session.followsRooms).toBe(false);
    last.sent();
    test.say('one');
    test.session.enter('dev', null);
    test.say('two', 'the name of the room does not count');
    expect(last.sent()).toEqual(['MSG one']);
    last.answer();
    expect(last.sent()).toEqual(['JOIN dev']);
    last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'moved', from: 'lobby', room: 'dev' });
    expect(last.sent()).toEqual(['HISTORY 20']);
    last.say(msg(8, 'bob', 'live', 'dev'));
    last.answer('OK');
    expect(last.sent()).toEqual(['WHO dev', 'ROOMS']);
    last.answerAll();
    expect(last.sent()).toEqual(['MSG two']);
    expect(test.messages()).toEqual(['me: one', '[dev] bob: live', '[dev] me: two']);
  });

  it('sends what is typed together to the rooms in which it was typed', () => {
    const test = new TestSession({ isOld: true }).enter();
    const { last } = test.server;
    test.session.enter('dev', null);
    test.say('in dev');
    test.command('HISTORY 5');
    test.session.enter('lobby', null);
    test.say('in the lobby');
    for (let command = 0; command < 20 && test.session.pendingCount > 0; command++) last.answer('OK');
    expect(last.sent().filter((line) => !/^(?:WHO|ROOMS|HISTORY (?:20|AFTER))/.test(line))).toEqual([
      'JOIN dev',
      'MSG in dev',
      'HISTORY 5',
      'LEAVE',
      'MSG in the lobby',
    ]);
    expect(test.events).toContainEqual(expect.objectContaining({ kind: 'answer', room: 'dev' }));
    expect(test.messages()).toEqual(['[dev] me: in dev', 'me: in the lobby']);
  });

  it('does the same on a server with labels that does not know FOLLOW', () => {
    const test = new TestSession();
    const last = test.open();
    last.answer('OK');
    last.answer('ERR unknown-cmd');
    last.answerAll();
    last.answerAll();
    last.sent();
    expect(test.session.followsRooms).toBe(false);
    test.session.enter('dev', null);
    expect(last.sent()).toEqual(['JOIN dev']);
  });

  it('does not send messages to the old room that were typed for a refused room', () => {
    const test = new TestSession({ isOld: true }).enter();
    test.session.enter('secret', null);
    test.say('the code is 1234');
    test.server.last.answer('ERR room-locked');
    expect(test.server.last.sent()).toEqual(['JOIN secret']);
    expect(test.events).toContainEqual(
      expect.objectContaining({ kind: 'unsent', what: 'the code is 1234', why: 'elsewhere' }),
    );
    test.say('back again');
    expect(test.server.last.sent()).toEqual(['MSG back again']);
  });

  it('shows the missed messages of a room that it returns to, and nothing twice', () => {
    const test = new TestSession({ isOld: true }).enter(hist(3, 'bob', 'old')).follow('dev');
    test.session.enter('lobby', null);
    expect(test.server.last.sent()).toEqual(['LEAVE']);
    test.server.last.answer('OK');
    expect(test.server.last.sent()).toEqual(['HISTORY AFTER 2 500']);
    test.events.length = 0;
    test.server.last.answer(hist(3, 'bob', 'old'), hist(9, 'bob', 'new'), 'OK');
    expect(test.messages()).toEqual(['bob: new']);
  });

  it('assigns an ERR to its message by the PING behind it', () => {
    const test = new TestSession({ isOld: true }).enter();
    const { last } = test.server;
    for (const text of ['one', 'two', 'three']) test.say(text);
    last.answer();
    last.answer('ERR not-stored');
    last.answer();
    expect(test.events.filter(({ kind }) => kind === 'refused')).toMatchObject([{ about: 'two' }]);
  });

  it('returns to one of its rooms if the server does not follow several any more', () => {
    const test = new TestSession().enter().follow('dev');
    test.server.last.drop();
    test.say('for dev alone', 'dev');
    test.clock.advance(500);
    const { last } = test.server;
    last.open();
    for (let command = 0; command < 2; command++) last.answer("ERR expected 'LOGIN <username>'");
    last.answer('OK');
    last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'barred', room: 'dev', code: 'one-room' });
    expect(test.events).toContainEqual(
      expect.objectContaining({ kind: 'unsent', what: 'for dev alone', why: 'elsewhere' }),
    );
    expect(test.events).toContainEqual({ kind: 'online', rooms: ['lobby'], again: true });
  });
});

describe('a session that stays connected', () => {
  it.each([true, false])('sends PING when it has sent nothing for 20 s (older server: %s)', (isOld) => {
    const test = new TestSession({ isOld }).enter();
    const { last } = test.server;
    last.fences();
    for (let minute = 0; minute < 3; minute++) {
      test.clock.advance(60_000, () => last.fences() > 0 && last.answer());
      expect(last.isClosed).toBe(false);
    }
    expect(test.events).toEqual([]);
  });

  it('sends keepalives more often after it was disconnected for inactivity', () => {
    const test = new TestSession().enter();
    test.clock.advance(6000);
    test.server.last.say(`@time=${TIME} INFO disconnected due to inactivity`);
    const last = test.reconnect();
    last.answer('OK');
    last.answerAll();
    last.fences();
    for (let turn = 0; turn < 10; turn++) {
      test.clock.advance(3000);
      expect(last.fences()).toBe(1);
      last.answer();
    }
  });

  it('detects a connection that is dead without a close', () => {
    const test = new TestSession().enter();
    test.clock.advance(20_000); // the keepalive goes out
    test.clock.advance(40_000);
    expect(test.events[0]).toEqual({ kind: 'offline', problem: 'timeout', retryInMs: 500, isRetry: false });
  });

  it('doubles the reconnect delay up to 30 s, and resets it after a stable connection', () => {
    const test = new TestSession().enter();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      test.server.last.drop('ECONNREFUSED');
      const event = test.events.at(-1);
      const delay = event?.kind === 'offline' ? event.retryInMs : 0;
      delays.push(delay);
      test.clock.advance(delay);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    test.enter();
    test.clock.advance(15_000);
    test.server.last.drop();
    expect(test.events.at(-1)).toMatchObject({ retryInMs: 30_000 });
    test.clock.advance(30_000);
    test.enter();
    const { last } = test.server;
    last.fences();
    test.clock.advance(30_000, () => last.fences() > 0 && last.answer());
    test.server.last.drop();
    expect(test.events.at(-1)).toMatchObject({ retryInMs: 500 });
  });

  it('shortens a reconnect delay by up to half at random', () => {
    const test = new TestSession({ random: () => 0 }).enter();
    test.server.last.drop();
    expect(test.events).toEqual([{ kind: 'offline', problem: null, retryInMs: 250, isRetry: false }]);
  });

  it('retries while its name is still in use by its lost connection', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.clock.advance(500);
    test.open().answer('ERR username-taken');
    expect(test.events.at(-1)).toMatchObject({ problem: 'username-taken', retryInMs: 1000, isRetry: true });
  });

  it.each(['kicked by op: spam', 'banned by op', 'logged in elsewhere', 'token revoked', 'access revoked'])(
    'does not reconnect after it was disconnected: %s',
    (why) => {
      const test = new TestSession().enter();
      test.server.last.say(`@time=${TIME} INFO disconnected: ${why}`);
      test.server.last.drop();
      expect(test.events.at(-1)).toEqual({
        kind: 'ended',
        why: { kind: 'dismissed', words: `disconnected: ${why}` },
      });
      expect(test.server.connections).toHaveLength(1);
    },
  );
});

describe('a session that reconnects', () => {
  it('fetches the missed messages in pages, from the last message shown', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    const last = test.reconnect();
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', '@room=lobby HISTORY AFTER 4 500']);
    test.events.length = 0;
    const page = Array.from({ length: 499 }, (_, index) => hist(6 + index, 'bob', `m${6 + index}`));
    last.answer(hist(5, 'bob', 'known'), ...page, 'OK');
    expect(last.sent()).toEqual(['@room=lobby HISTORY AFTER 504 500']);
    last.say(msg(506, 'bob', 'live'));
    last.answer(hist(505, 'bob', 'last'), hist(506, 'bob', 'live'), 'OK');
    expect(test.messages()).toHaveLength(501);
    expect(test.messages().slice(-2)).toEqual(['bob: last', 'bob: live']);
  });

  it('follows all its rooms again, with their keys, and catches each one up without loss or doubles', () => {
    const test = new TestSession().enter(hist(1, 'bob', 'l1'));
    const { last: first } = test.server;
    test.session.enter('dev', 'sesame');
    first.answer('OK');
    first.answer(hist(2, 'bob', 'd2'), 'OK');
    first.answerAll();
    test.follow('ops');
    first.say(msg(3, 'bob', 'l3'), msg(4, 'bob', 'd4', 'dev'));
    test.server.last.drop();
    test.say('later', 'dev');
    test.say('later', 'ops');
    test.clock.advance(500);
    test.events.length = 0;
    const last = test.open();
    last.answer('OK');
    expect(last.sent()).toEqual(['LOGIN ann', 'FOLLOW', 'FOLLOW dev sesame', 'FOLLOW ops']);
    last.answer('ERR usage: FOLLOW <room> [<key>]');
    last.answer('OK');
    last.answer('OK');
    expect(last.sent()).toEqual([
      '@room=lobby HISTORY AFTER 2 500',
      '@room=dev HISTORY AFTER 3 500',
      '@room=ops HISTORY AFTER 0 500',
    ]);
    // Live lines come between the answers: of a room that is read already, of one that is not yet, and of both.
    last.say(msg(8, 'bob', 'd8', 'dev'), msg(9, 'bob', 'l9'));
    last.answer(hist(3, 'bob', 'l3'), hist(5, 'bob', 'l5'), hist(9, 'bob', 'l9'), 'OK');
    last.say(msg(10, 'bob', 'l10'), msg(11, 'bob', 'd11', 'dev'));
    last.answer(hist(4, 'bob', 'd4'), hist(6, 'bob', 'd6'), hist(8, 'bob', 'd8'), 'OK');
    last.answer(hist(7, 'bob', 'o7'), 'OK');
    expect(test.messages()).toEqual([
      'bob: l5',
      'bob: l9',
      'bob: l10',
      '[dev] bob: d6',
      '[dev] bob: d8',
      '[dev] bob: d11',
      '[ops] bob: o7',
    ]);
    last.sent();
    last.answerAll();
    expect(last.sent()).toEqual(['@room=dev MSG later', '@room=ops MSG later']);
  });

  it('reports a room that refuses it, and the messages that waited for it, and is in the others', () => {
    const test = new TestSession().enter().follow('dev').follow('ops');
    test.server.last.drop();
    for (const room of ['dev', 'ops']) test.say(`for ${room}`, room);
    test.clock.advance(500);
    const last = test.logIn();
    last.answer('ERR room-locked');
    last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'barred', room: 'dev', code: 'room-locked' });
    expect(test.events).toContainEqual({ kind: 'online', rooms: ['lobby', 'ops'], again: true });
    expect(test.events).toContainEqual(
      expect.objectContaining({ kind: 'unsent', what: 'for dev', why: 'elsewhere' }),
    );
    last.answerAll();
    last.answerAll();
    expect(last.sent().filter((line) => line.includes('MSG'))).toEqual(['@room=ops MSG for ops']);
  });

  it.each([true, false])(
    'does not show own messages again, and finds those stored unconfirmed (older: %s)',
    (isOld) => {
      const test = new TestSession({ isOld }).enter();
      test.server.last.say(msg(5, 'bob', 'known'));
      test.say('stored');
      test.server.last.answer('OK');
      test.say('on its way');
      test.say('lost');
      const last = test.reconnect();
      last.sent();
      last.answer(
        hist(5, 'bob', 'known'),
        hist(6, 'ann', 'stored'),
        hist(7, 'bob', 'missed'),
        hist(8, 'ann', 'on its way'),
        'OK',
      );
      last.answerAll();
      expect(last.sent()).toEqual(
        isOld ? ['WHO lobby', 'ROOMS', 'MSG lost'] : ['WHO lobby', 'ROOMS ALL', '@room=lobby MSG lost'],
      );
      expect(test.messages()).toEqual([
        'bob: known',
        'me: stored',
        'me: on its way',
        'me: lost',
        'bob: missed',
      ]);
    },
  );

  it('recognises its messages by their ids: another session may have sent the same text under its name', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    test.say('yes');
    test.server.last.answer('@id=6;time=x;room=lobby OK');
    test.reconnect();
    test.events.length = 0;
    test.server.last.answer(hist(5, 'bob', 'known'), hist(6, 'ann', 'yes'), hist(7, 'ann', 'yes'), 'OK');
    expect(test.messages()).toEqual(['ann: yes']);
  });

  it('does not show an own message again whose id came before an older message of another user', () => {
    const test = new TestSession().enter();
    test.say('mine');
    test.server.last.answer('@id=6;time=x;room=lobby OK');
    test.server.last.say(msg(5, 'bob', 'just before'));
    test.reconnect();
    test.server.last.answer(hist(5, 'bob', 'just before'), hist(6, 'ann', 'mine'), 'OK');
    expect(test.messages()).toEqual(['me: mine', 'bob: just before']);
  });

  it('sends messages typed while offline in order, and rejects commands', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.say('one');
    test.session.dm(cleanText('bob'), cleanText('two'));
    test.command('WHO');
    expect(test.events).toContainEqual({ kind: 'own', room: 'lobby', to: null, text: 'one', waiting: true });
    expect(test.events.at(-1)).toEqual({ kind: 'unsent', room: 'lobby', what: '/who', why: 'offline' });
    test.clock.advance(500);
    const last = test.logIn();
    last.answer('OK');
    last.sent();
    last.answerAll();
    expect(last.sent()).toEqual(['@room=lobby MSG one', 'DM bob two']);
  });

  it('counts the waiting messages that were sent after the reconnect', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    for (const text of ['one', 'two']) test.say(text);
    test.session.dm(cleanText('bbo'), cleanText('three'));
    test.clock.advance(500);
    const last = test.logIn();
    last.answer('OK');
    last.answerAll();
    test.say('four');
    last.answer('OK');
    last.answer('OK');
    expect(test.kinds()).not.toContain('resent');
    last.answer('ERR user-not-found');
    expect(test.events).toContainEqual({ kind: 'resent', count: 2 });
    last.answer('OK');
    expect(test.kinds().filter((kind) => kind === 'resent')).toHaveLength(1);
  });

  it('counts the lines of a paste that waited for the reconnect', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.session.paste('lobby', [cleanText('one'), cleanText('two'), cleanText('three')]);
    test.say('four');
    test.clock.advance(500);
    test.logIn().answerAll();
    for (let answers = 0; answers < 4; answers++) test.server.last.answerAll();
    expect(test.events).toContainEqual({ kind: 'resent', count: 4 });
  });

  it('logs in again under the name that it has since NICK', () => {
    const test = new TestSession().enter();
    test.command('NICK anna');
    test.server.last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'renamed', name: 'anna' });
    test.command('NICK bob');
    test.server.last.answer('ERR username-taken');
    expect(test.reconnect().sent()[0]).toBe('LOGIN anna');
  });

  it.each([
    ['OK', []],
    ['ERR username-taken', [{ kind: 'renamed', name: 'ann' }]],
  ])('logs in to its account again after NICK, and then takes its name again: %s', (answer, renamed) => {
    const test = new TestSession({ password: 'correct-horse' }).enter();
    test.command('NICK anna');
    test.server.last.answer('OK');
    test.server.last.drop();
    test.clock.advance(500);
    test.events.length = 0;
    const last = test.open();
    expect(last.sent()).toEqual(['LOGIN ann correct-horse']);
    last.answer('OK');
    expect(last.sent()).toEqual(['NICK anna']);
    last.answer(answer);
    expect(last.sent()[0]).toBe('FOLLOW');
    expect(test.events).toEqual(renamed);
  });

  it('logs in to the account that NICK with a password has changed to', () => {
    const test = new TestSession({ password: 'correct-horse' }).enter();
    test.command('NICK kim battery-staple');
    test.server.last.answer('OK');
    expect(test.reconnect().sent()).toEqual(expect.arrayContaining(['LOGIN kim battery-staple', 'FOLLOW']));
  });

  it.each([
    [['REGISTER correct-horse'], 'LOGIN ann correct-horse'],
    [['REGISTER correct-horse', 'PASSWORD correct-horse battery-staple'], 'LOGIN ann battery-staple'],
  ])('logs in again with the password and the keys that it has set since: %j', (lines, login) => {
    const test = new TestSession().enter().follow('dev');
    for (const line of [...lines, 'LOCK our-key']) {
      test.command(line, 'dev');
      test.server.last.answer('OK');
    }
    test.command('PASSWORD battery-staple no');
    test.server.last.answer('ERR weak-password');
    expect(test.reconnect().sent()).toEqual(expect.arrayContaining([login, 'FOLLOW dev our-key']));
  });

  it.each([
    ['REGISTER short', '/register …'],
    ['PASSWORD correct-horse battery', '/password …'],
    ['LOCK our-key', '/lock …'],
    ['NICK kim correct-horse', '/nick kim …'],
    ['NICK kim', '/nick kim'],
  ])('does not show the secret again where it reports the failure of %s', (line, about) => {
    const test = new TestSession().enter();
    test.command(line);
    test.server.last.answer('ERR not-permitted');
    expect(test.events).toContainEqual(expect.objectContaining({ kind: 'refused', about }));
    test.command(line);
    test.server.last.drop();
    test.command(line);
    test.clock.advance(500);
    test.logIn().answerAll();
    expect(test.events).toContainEqual(expect.objectContaining({ what: about, why: 'offline' }));
    expect(test.events).toContainEqual(expect.objectContaining({ what: about, why: 'unconfirmed' }));
  });

  it.each(['server shutting down', 'disconnected: reading too slowly', 'disconnected due to inactivity'])(
    'gives "%s" as the reason of the reconnect, and not as a notice',
    (words) => {
      const test = new TestSession().enter();
      test.server.last.say(`@time=${TIME} INFO ${words}`);
      test.server.last.drop('ECONNRESET');
      expect(test.events).toEqual([{ kind: 'offline', problem: words, retryInMs: 500, isRetry: false }]);
    },
  );

  it('does not send a direct message again that was in flight', () => {
    const test = new TestSession().enter();
    test.session.dm(cleanText('bob'), cleanText('psst'));
    const last = test.reconnect();
    last.answer('OK');
    expect(test.events).toContainEqual({
      kind: 'unsent',
      room: null,
      what: 'bob: psst',
      why: 'unconfirmed',
    });
    last.answerAll();
    expect(last.sent()).not.toContain('DM bob psst');
  });

  it.each([
    ['again if the history does not contain it', [], ['@room=lobby PASTE', 'one', 'two', '.']],
    ['once if the history contains it', [hist(1, 'ann', 'one'), hist(2, 'ann', 'two')], []],
  ])('sends a paste %s', (_, history, expected) => {
    const test = new TestSession().enter();
    test.session.paste(
      'lobby',
      ['one', 'two'].map((line) => cleanText(line)),
    );
    const last = test.reconnect();
    last.sent();
    last.answer(...history, 'OK');
    last.answerAll();
    expect(last.sent()).toEqual(['WHO lobby', 'ROOMS ALL', ...expected]);
    expect(test.messages()).toEqual(['me: one', 'me: two']);
  });

  it('treats all messages as new if the history of the server was emptied', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(900, 'bob', 'known'));
    const last = test.reconnect();
    last.answer('OK');
    expect(last.sent().at(-1)).toBe('@room=lobby HISTORY 100');
    test.events.length = 0;
    last.answer(hist(1, 'bob', 'anew'), 'OK');
    last.answerAll();
    last.say(msg(2, 'bob', 'and on'));
    expect(test.messages()).toEqual(['bob: anew', 'bob: and on']);
  });

  it('does not send a message again if the history cannot show whether it was stored', () => {
    const test = new TestSession().enter().follow('dev');
    test.server.last.say(msg(5, 'bob', 'known'));
    test.say('on its way');
    test.server.last.answer('OK');
    test.say('lost');
    test.say('for dev', 'dev');
    const last = test.reconnect();
    last.answer('OK');
    last.answer('ERR busy');
    last.answer('OK');
    last.answerAll();
    expect(test.events).toContainEqual({ kind: 'unsent', room: 'lobby', what: 'lost', why: 'unconfirmed' });
    expect(last.sent().filter((line) => line.includes('MSG'))).toEqual(['@room=dev MSG for dev']);
  });

  it('detects an emptied history by another message under a known id', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    const last = test.reconnect();
    last.answer('HIST 5 2026-03-01T13:00:00.000Z eve another', 'OK');
    expect(test.events).toContainEqual({ kind: 'gap', room: 'lobby' });
    expect(last.sent().at(-1)).toBe('@room=lobby HISTORY 100');
  });

  it('does not send messages to the lobby that wait for its only room, which refuses it', () => {
    const test = new TestSession({ room: 'dev' });
    test.logIn().answerAll();
    test.server.last.answerAll();
    test.server.last.answerAll();
    test.server.last.drop();
    test.say('for dev alone', 'dev');
    test.clock.advance(500);
    const last = test.logIn();
    last.answer('ERR room-locked');
    expect(test.kinds().slice(-4)).toEqual(['barred', 'unsent', 'entered', 'online']);
    last.answerAll();
    last.answerAll();
    expect(last.sent().filter((line) => line.includes('MSG'))).toEqual([]);
  });
});
