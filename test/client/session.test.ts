/** Tests a client session against a fake server, with a manual clock: login, messages, reconnects, missed messages. */
import { describe, expect, it } from 'vitest';
import { Session, type SessionOptions } from '../../src/client/session.js';
import type { SessionEvent } from '../../src/client/session-event.js';
import { cleanText } from '../../src/core/text/text.js';
import { ManualClock } from '../support/manual-clock.js';
import { type FakeConnection, FakeServer } from './fake-server.js';

const TIME = '2026-03-01T12:00:00.000Z';

function msg(id: number, from: string, text: string, room = 'lobby'): string {
  return `@id=${id};time=${TIME};room=${room} MSG ${from} ${text}`;
}

function hist(id: number, from: string, text: string): string {
  return `HIST ${id} ${TIME} ${from} ${text}`;
}

/** A session on a fake server: one with labels and FOLLOW, or an older one. */
class TestSession {
  readonly server = new FakeServer();
  readonly clock = new ManualClock();
  readonly events: SessionEvent[] = [];
  readonly session: Session;
  readonly #isOld: boolean;

  constructor({ isOld = false, ...options }: Partial<SessionOptions> & { readonly isOld?: boolean } = {}) {
    this.#isOld = isOld;
    this.session = new Session({
      name: 'ann',
      password: null,
      room: null,
      connect: this.server.connect,
      clock: this.clock,
      random: () => 1,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.session.start();
  }

  /** Opens the connection, and answers what the client asks about tags. */
  open(): FakeConnection {
    const { last } = this.server;
    last.open();
    for (let command = 0; command < 2; command++)
      last.answer(this.#isOld ? "ERR expected 'LOGIN <username>'" : 'OK');
    last.sent();
    return last;
  }

  /** Opens the connection and answers up to the entry into the rooms, which the test answers. */
  logIn(): FakeConnection {
    const last = this.open();
    last.answer('OK');
    last.answer(this.#isOld ? 'OK' : 'ERR usage: FOLLOW <room> [<key>]');
    return last;
  }

  /** Answers the login, the history of the lobby, and the lists of users and rooms. */
  enter(...history: readonly string[]): this {
    const last = this.logIn();
    last.answer(...history, 'OK');
    last.answer('USER ann', 'OK');
    last.answer('ROOM lobby 1', 'OK');
    last.sent();
    this.events.length = 0;
    return this;
  }

  /** Enters one more room. */
  follow(room: string, ...history: readonly string[]): this {
    const { last } = this.server;
    this.session.enter(room, null);
    last.answer('OK');
    last.answer(...history, 'OK');
    last.answerAll();
    last.sent();
    this.events.length = 0;
    return this;
  }

  /** Breaks the connection, and answers the next one up to the entry into the rooms. */
  reconnect(): FakeConnection {
    this.server.last.drop();
    this.clock.advance(500);
    return this.logIn();
  }

  say(text: string, room = 'lobby'): void {
    this.session.say(room, cleanText(text));
  }

  command(line: string, room: string | null = 'lobby'): void {
    this.session.command(cleanText(line), room);
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** The messages, in the order in which they are shown; with their room if it is not the lobby. */
  messages(): string[] {
    const where = (room: string | null) => (room === null || room === 'lobby' ? '' : `[${room}] `);
    return this.events.flatMap((event) => {
      if (event.kind === 'said') return [`${where(event.room)}${event.message.from}: ${event.message.text}`];
      return event.kind === 'own' ? [`${where(event.room)}me: ${event.text}`] : [];
    });
  }
}

describe('a session that logs in', () => {
  it('sends LOGIN, TAGS ON and JOIN, HISTORY, WHO and ROOMS, each after the reply to the previous one', () => {
    const { server } = new TestSession({ password: 'secret123', room: 'dev' });
    expect(server.last.sent()).toEqual([]);
    server.last.open();
    expect(server.last.sent()).toEqual(['LOGIN ann secret123']);
    server.last.answer('OK');
    expect(server.last.sent()).toEqual(['TAGS ON', 'JOIN dev']);
    server.last.answer('OK', 'OK');
    expect(server.last.sent()).toEqual(['HISTORY 20']);
    server.last.answer('OK');
    expect(server.last.sent()).toEqual(['WHO dev', 'ROOMS']);
  });

  it('shows a message once, in order, that arrives live while the history is read', () => {
    const test = new TestSession();
    test.server.last.open();
    test.server.last.answer('OK');
    test.server.last.say('MSG bob said before the tags');
    test.server.last.answer('OK');
    test.server.last.say(msg(7, 'bob', 'second'), msg(8, 'bob', 'third'));
    test.server.last.answer(hist(6, 'bob', 'first'), hist(7, 'bob', 'second'), 'OK');
    expect(test.messages()).toEqual(['bob: first', 'bob: second', 'bob: third']);
  });

  it('holds live lines back while the history is read, and shows them if the connection is lost then', () => {
    const test = new TestSession();
    test.server.last.open();
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.server.last.say(msg(7, 'bob', 'hi'), 'DM bob psst', 'INFO server shutting down');
    expect(test.kinds()).toEqual(['online']);
    test.server.last.drop();
    expect(test.kinds()).toEqual(['online', 'told', 'offline']);
    expect(test.events.at(-1)).toMatchObject({ problem: 'server shutting down' });
  });

  it.each(['username-taken', 'invalid-username', 'server-full'])(
    'ends if its first login is refused with %s',
    (code) => {
      const test = new TestSession();
      test.server.last.open();
      test.server.last.answer(`ERR ${code}`);
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
    test.server.last.open();
    test.server.last.sent();
    test.server.last.answer(`ERR ${code}`);
    expect(test.server.last.sent()).toEqual(['LOGIN server']);
    test.server.last.answer(`ERR ${probed}`);
    expect(test.events).toEqual([
      { kind: 'ended', why: { kind: 'refused', code, hasServerPassword: expected } },
    ]);
  });

  it('reports the refused password if the connection breaks before it knows more', () => {
    const test = new TestSession();
    test.server.last.open();
    test.server.last.answer('ERR wrong-password');
    test.server.last.drop();
    expect(test.events).toMatchObject([{ kind: 'ended', why: { kind: 'refused', code: 'wrong-password' } }]);
  });

  it('reports the refusal if the server refuses and closes at once', () => {
    const test = new TestSession();
    test.server.last.open();
    test.server.last.say('ERR too-many-attempts');
    test.server.last.drop();
    expect(test.events).toEqual([
      { kind: 'ended', why: { kind: 'refused', code: 'too-many-attempts', hasServerPassword: false } },
    ]);
  });

  it('ends if the requested room is refused', () => {
    const test = new TestSession({ room: 'dev' });
    test.server.last.open();
    test.server.last.answer('OK');
    test.server.last.answer('OK', 'ERR room-locked');
    expect(test.events).toEqual([
      { kind: 'ended', why: { kind: 'refused', code: 'room-locked', hasServerPassword: false } },
    ]);
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
  it('sends messages in order, and a command between them alone', () => {
    const test = new TestSession().enter();
    test.say('one');
    test.say('two');
    test.session.command(cleanText('JOIN dev'));
    test.say('three');
    const { last } = test.server;
    expect(last.sent()).toEqual(['MSG one']);
    last.answer();
    expect(last.sent()).toEqual(['MSG two']);
    last.answer();
    expect(last.sent()).toEqual(['JOIN dev']);
    last.answer('OK');
    expect(last.sent()).toEqual(['HISTORY 20']);
    last.answer('OK');
    expect(last.sent()).toEqual(['WHO dev', 'ROOMS']);
    last.answer();
    expect(last.sent()).toEqual(['MSG three']);
    expect(test.messages()).toEqual(['me: one', 'me: two', 'me: three']);
  });

  it('assigns an ERR to the message that was refused', () => {
    const test = new TestSession().enter();
    test.session.dm(cleanText('bbo'), cleanText('hi'));
    expect(test.server.last.sent()).toEqual(['DM bbo hi']);
    test.server.last.answer('ERR user-not-found');
    expect(test.events).toContainEqual({ kind: 'refused', code: 'user-not-found', about: 'hi', to: 'bbo' });
  });

  it('does not send messages to the old room that were typed for a refused room', () => {
    const test = new TestSession().enter();
    test.session.command(cleanText('JOIN secret'));
    test.say('the code is 1234');
    test.server.last.answer('ERR room-locked');
    expect(test.server.last.sent()).toEqual(['JOIN secret']);
    expect(test.events).toContainEqual({ kind: 'unsent', what: 'the code is 1234', why: 'elsewhere' });
    expect(test.session.room).toBe('lobby');
  });

  it('sends pasted lines as one PASTE, in which a line of dots has one more', () => {
    const test = new TestSession().enter();
    test.session.paste(['  a', '', '/who', '.', '..'].map((line) => cleanText(line)));
    expect(test.server.last.sent()).toEqual(['PASTE', '  a', '', '/who', '..', '...', '.']);
    expect(test.messages()).toEqual(['me:   a', 'me: ', 'me: /who', 'me: .', 'me: ..']);
    test.server.last.answer('OK');
    expect(test.session.pendingCount).toBe(0);
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
    expect(test.server.last.sent()).toEqual(['MSG last words']);
    test.server.last.answer();
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

  it('shows the missed messages of a room that it returns to, and nothing twice', () => {
    const test = new TestSession().enter(hist(3, 'bob', 'old'));
    test.session.command(cleanText('JOIN dev'));
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.server.last.answer('USER ann', 'OK');
    test.session.command(cleanText('LEAVE'));
    test.server.last.sent();
    test.server.last.answer('OK');
    expect(test.server.last.sent()).toEqual(['HISTORY AFTER 2 500']);
    test.events.length = 0;
    test.server.last.answer(hist(3, 'bob', 'old'), hist(9, 'bob', 'new'), 'OK');
    expect(test.messages()).toEqual(['bob: new']);
  });
});

describe('a session that stays connected', () => {
  it('sends PING when it has sent nothing for 20 s', () => {
    const test = new TestSession().enter();
    const { last } = test.server;
    for (let minute = 0; minute < 3; minute++) {
      test.clock.advance(60_000, () => last.answer());
      expect(last.isClosed).toBe(false);
    }
    expect(test.events).toEqual([]);
  });

  it('sends keepalives more often after it was disconnected for inactivity', () => {
    const test = new TestSession().enter();
    test.clock.advance(6000);
    test.server.last.say(`@time=${TIME} INFO disconnected due to inactivity`);
    test.reconnect();
    const { last } = test.server;
    last.answer('OK');
    last.answer('USER ann', 'ROOM lobby 1', 'OK');
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
    expect(test.events[0]).toEqual({ kind: 'offline', problem: 'timeout', retryInMs: 500 });
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
    test.clock.advance(30_000, () => test.server.last.answer());
    test.server.last.drop();
    expect(test.events.at(-1)).toMatchObject({ retryInMs: 500 });
  });

  it('shortens a reconnect delay by up to half at random', () => {
    const test = new TestSession({ random: () => 0 }).enter();
    test.server.last.drop();
    expect(test.events).toEqual([{ kind: 'offline', problem: null, retryInMs: 250 }]);
  });

  it('retries while its name is still in use by its lost connection', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.clock.advance(500);
    test.server.last.open();
    test.server.last.answer('ERR username-taken');
    expect(test.events.at(-1)).toEqual({ kind: 'offline', problem: 'username-taken', retryInMs: 1000 });
  });

  it.each(['kicked by op: spam', 'banned by op', 'logged in elsewhere'])(
    'does not reconnect after it was %s',
    (why) => {
      const test = new TestSession().enter();
      test.server.last.say(`@time=${TIME} INFO disconnected: ${why}`);
      test.server.last.drop();
      expect(test.events.at(-1)).toEqual({
        kind: 'ended',
        why: { kind: 'dismissed', words: `disconnected: ${why}` },
      });
    },
  );
});

describe('a session that reconnects', () => {
  it('fetches the missed messages in pages, from the last message shown', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    test.reconnect();
    expect(test.server.last.sent()).toEqual(['LOGIN ann', 'TAGS ON', 'HISTORY AFTER 4 500']);
    test.events.length = 0;
    const page = Array.from({ length: 499 }, (_, index) => hist(6 + index, 'bob', `m${6 + index}`));
    test.server.last.answer(hist(5, 'bob', 'known'), ...page, 'OK');
    expect(test.server.last.sent()).toEqual(['HISTORY AFTER 504 500']);
    test.server.last.say(msg(506, 'bob', 'live'));
    test.server.last.answer(hist(505, 'bob', 'last'), hist(506, 'bob', 'live'), 'OK');
    expect(test.messages()).toHaveLength(501);
    expect(test.messages().slice(-2)).toEqual(['bob: last', 'bob: live']);
  });

  it('does not show own messages again, and finds those that were stored when the connection broke', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    test.say('stored');
    test.server.last.answer();
    test.say('on its way');
    test.say('lost');
    test.reconnect();
    test.server.last.sent();
    test.server.last.answer(
      hist(5, 'bob', 'known'),
      hist(6, 'ann', 'stored'),
      hist(7, 'bob', 'missed'),
      hist(8, 'ann', 'on its way'),
      'OK',
    );
    test.server.last.answer('USER ann', 'OK');
    expect(test.server.last.sent()).toEqual(['WHO lobby', 'ROOMS', 'MSG lost']);
    expect(test.messages()).toEqual([
      'bob: known',
      'me: stored',
      'me: on its way',
      'me: lost',
      'bob: missed',
    ]);
  });

  it('sends messages typed while offline in order, and rejects commands', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    test.say('one');
    test.session.dm(cleanText('bob'), cleanText('two'));
    test.session.command(cleanText('WHO'));
    expect(test.events).toContainEqual({ kind: 'own', to: null, text: 'one', waiting: true });
    expect(test.events.at(-1)).toEqual({ kind: 'unsent', what: 'WHO', why: 'offline' });
    test.clock.advance(500);
    test.server.last.open();
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.server.last.sent();
    test.server.last.answer('USER ann', 'OK');
    expect(test.server.last.sent()).toEqual(['MSG one']);
    test.server.last.answer();
    expect(test.server.last.sent()).toEqual(['DM bob two']);
  });

  it('counts the waiting messages that were sent after the reconnect', () => {
    const test = new TestSession().enter();
    test.server.last.drop();
    for (const text of ['one', 'two']) test.say(text);
    test.session.dm(cleanText('bbo'), cleanText('three'));
    test.clock.advance(500);
    test.server.last.open();
    for (const reply of ['OK', 'OK', 'OK', 'OK']) test.server.last.answer(reply);
    test.say('four');
    test.server.last.answer();
    expect(test.kinds()).not.toContain('resent');
    test.server.last.answer('ERR user-not-found');
    expect(test.events).toContainEqual({ kind: 'resent', count: 2 });
    test.server.last.answer();
    expect(test.kinds().filter((kind) => kind === 'resent')).toHaveLength(1);
  });

  it('logs in again under the name that it has since NICK', () => {
    const test = new TestSession().enter();
    test.session.command(cleanText('NICK anna'));
    test.server.last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'renamed', name: 'anna' });
    test.session.command(cleanText('NICK bob'));
    test.server.last.answer('ERR username-taken');
    test.reconnect();
    expect(test.server.last.sent()[0]).toBe('LOGIN anna');
  });

  it.each(['server shutting down', 'disconnected: reading too slowly', 'disconnected due to inactivity'])(
    'gives "%s" as the reason of the reconnect, and not as a notice',
    (words) => {
      const test = new TestSession().enter();
      test.server.last.say(`@time=${TIME} INFO ${words}`);
      test.server.last.drop('ECONNRESET');
      expect(test.events).toEqual([{ kind: 'offline', problem: words, retryInMs: 500 }]);
    },
  );

  it('does not send a direct message again that was in flight', () => {
    const test = new TestSession().enter();
    test.session.dm(cleanText('bob'), cleanText('psst'));
    test.reconnect();
    test.server.last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'unsent', what: 'bob: psst', why: 'unconfirmed' });
    test.server.last.answer('OK');
    expect(test.server.last.sent()).not.toContain('DM bob psst');
  });

  it.each([
    ['again if the history does not contain it', [], ['PASTE', 'one', 'two', '.']],
    ['once if the history contains it', [hist(1, 'ann', 'one'), hist(2, 'ann', 'two')], []],
  ])('sends a paste %s', (_, history, expected) => {
    const test = new TestSession().enter();
    test.session.paste(['one', 'two'].map((line) => cleanText(line)));
    test.reconnect();
    test.server.last.sent();
    test.server.last.answer(...history, 'OK');
    test.server.last.answer('USER ann', 'OK');
    expect(test.server.last.sent()).toEqual(['WHO lobby', 'ROOMS', ...expected]);
    expect(test.messages()).toEqual(['me: one', 'me: two']);
  });

  it('treats all messages as new if the history of the server was emptied', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(900, 'bob', 'known'));
    test.reconnect();
    test.server.last.answer('OK');
    expect(test.server.last.sent().at(-1)).toBe('HISTORY 100');
    test.events.length = 0;
    test.server.last.answer(hist(1, 'bob', 'anew'), 'OK');
    test.server.last.answer('OK');
    test.server.last.say(msg(2, 'bob', 'and on'));
    expect(test.messages()).toEqual(['bob: anew', 'bob: and on']);
  });

  it('does not send a message again if the history cannot show whether it was stored', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    test.say('on its way');
    test.reconnect();
    test.server.last.answer('ERR busy');
    test.server.last.answer('OK');
    expect(test.events).toContainEqual({ kind: 'unsent', what: 'on its way', why: 'unconfirmed' });
    expect(test.server.last.sent()).not.toContain('MSG on its way');
  });

  it('detects an emptied history by another message under a known id', () => {
    const test = new TestSession().enter();
    test.server.last.say(msg(5, 'bob', 'known'));
    test.reconnect();
    test.server.last.answer('HIST 5 2026-03-01T13:00:00.000Z eve another', 'OK');
    expect(test.kinds()).toContain('gap');
    expect(test.server.last.sent().at(-1)).toBe('HISTORY 100');
  });

  it('returns to its room with the key', () => {
    const test = new TestSession().enter();
    test.session.command(cleanText('JOIN dev sesame'));
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    test.reconnect();
    expect(test.server.last.sent()).toEqual([
      'LOGIN ann',
      'TAGS ON',
      'JOIN dev sesame',
      'HISTORY AFTER 0 500',
    ]);
  });

  it('does not send messages to the lobby that wait for a room which refuses it', () => {
    const test = new TestSession({ room: 'dev' }).enter();
    test.server.last.drop();
    test.say('for dev alone');
    test.clock.advance(500);
    test.server.last.open();
    test.server.last.answer('OK');
    test.server.last.answer('OK', 'ERR room-locked');
    expect(test.events).toContainEqual({ kind: 'unsent', what: 'for dev alone', why: 'elsewhere' });
    test.server.last.answer('OK');
    test.server.last.answer('OK');
    expect(test.server.last.sent().filter((line) => line.startsWith('MSG'))).toEqual([]);
  });
});
