import { describe, expect, it } from 'vitest';
import { Session, type SessionOptions } from '../../src/client/session.js';
import type { SessionEvent } from '../../src/client/session-event.js';
import { cleanText } from '../../src/core/text/text.js';
import { ManualClock } from '../support/manual-clock.js';
import { FakeServer } from './fake-server.js';

const TIME = '2026-03-01T12:00:00.000Z';

function msg(id: number, from: string, text: string, room = 'lobby'): string {
  return `@id=${id};time=${TIME};room=${room} MSG ${from} ${text}`;
}

function hist(id: number, from: string, text: string): string {
  return `HIST ${id} ${TIME} ${from} ${text}`;
}

class Stay {
  readonly server = new FakeServer();
  readonly clock = new ManualClock();
  readonly events: SessionEvent[] = [];
  readonly session: Session;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new Session({
      name: 'ann',
      password: null,
      room: null,
      connect: this.server.connect,
      clock: this.clock,
      random: () => 1,
      tell: (event) => this.events.push(event),
      ...options,
    });
    this.session.start();
  }

  /** Past the login, the history and the look around. */
  enter(...history: readonly string[]): this {
    const { last } = this.server;
    last.open();
    last.answer('OK');
    last.answer('OK', 'OK');
    last.answer(...history, 'OK');
    last.answer('USER ann', 'ROOM lobby 1', 'OK');
    last.sent();
    this.events.length = 0;
    return this;
  }

  /** Lets the line break, and the next connection get as far as the question for the history. */
  breakAndReturn(): void {
    this.server.last.drop();
    this.clock.advance(500);
    this.server.last.open();
    this.server.last.answer('OK');
    this.server.last.answer('OK', 'OK');
  }

  say(text: string): void {
    this.session.say(cleanText(text));
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** What was said, in the order in which it is shown. */
  said(): string[] {
    return this.events.flatMap((event) => {
      if (event.kind === 'said') return [`${event.message.from}: ${event.message.text}`];
      return event.kind === 'own' ? [`me: ${event.text}`] : [];
    });
  }
}

describe('session: coming in', () => {
  it('logs in, turns tags on, joins, reads the history, looks around, each after the last is answered', () => {
    const { server } = new Stay({ password: 'secret123', room: 'dev' });
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

  it('shows a message once that comes live while the history is read, and in its place', () => {
    const stay = new Stay();
    stay.server.last.open();
    stay.server.last.answer('OK');
    stay.server.last.say('MSG bob said before the tags');
    stay.server.last.answer('OK');
    stay.server.last.say(msg(7, 'bob', 'second'), msg(8, 'bob', 'third'));
    stay.server.last.answer(hist(6, 'bob', 'first'), hist(7, 'bob', 'second'), 'OK');
    expect(stay.said()).toEqual(['bob: first', 'bob: second', 'bob: third']);
  });

  it('what comes meanwhile is shown behind the history, in its order, and not lost if the line breaks then', () => {
    const stay = new Stay();
    stay.server.last.open();
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.server.last.say(msg(7, 'bob', 'hi'), 'DM bob psst', 'INFO server shutting down');
    expect(stay.kinds()).toEqual(['online']);
    stay.server.last.drop();
    expect(stay.kinds()).toEqual(['online', 'told', 'info', 'offline']);
  });

  it.each(['username-taken', 'wrong-password', 'server-full'])(
    'a first login refused as %s ends it',
    (code) => {
      const stay = new Stay();
      stay.server.last.open();
      stay.server.last.answer(`ERR ${code}`);
      expect(stay.events).toEqual([{ kind: 'ended', why: { kind: 'refused', code } }]);
      expect(stay.server.last.isClosed).toBe(true);
    },
  );

  it('a refusal and a close in one go are a refusal', () => {
    const stay = new Stay();
    stay.server.last.open();
    stay.server.last.say('ERR too-many-attempts');
    stay.server.last.drop();
    expect(stay.events).toEqual([{ kind: 'ended', why: { kind: 'refused', code: 'too-many-attempts' } }]);
  });

  it('the room that was asked for must be had', () => {
    const stay = new Stay({ room: 'dev' });
    stay.server.last.open();
    stay.server.last.answer('OK');
    stay.server.last.answer('OK', 'ERR room-locked');
    expect(stay.events).toEqual([{ kind: 'ended', why: { kind: 'refused', code: 'room-locked' } }]);
  });

  it('a server that was never reached is not tried again', () => {
    const stay = new Stay();
    stay.server.last.drop('ECONNREFUSED');
    expect(stay.events).toEqual([{ kind: 'ended', why: { kind: 'unreachable', problem: 'ECONNREFUSED' } }]);
  });

  it('a server that takes the connection and is silent is given up', () => {
    const stay = new Stay();
    stay.clock.advance(15_000);
    expect(stay.events).toEqual([{ kind: 'ended', why: { kind: 'unreachable', problem: 'timeout' } }]);
  });
});

describe('session: talking', () => {
  it('sends messages in their order, and a command between them alone', () => {
    const stay = new Stay().enter();
    stay.say('one');
    stay.say('two');
    stay.session.ask(cleanText('JOIN dev'));
    stay.say('three');
    const { last } = stay.server;
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
    expect(stay.said()).toEqual(['me: one', 'me: two', 'me: three']);
  });

  it('an ERR is about the message that was refused', () => {
    const stay = new Stay().enter();
    stay.session.dm(cleanText('bbo'), cleanText('hi'));
    expect(stay.server.last.sent()).toEqual(['DM bbo hi']);
    stay.server.last.answer('ERR user-not-found');
    expect(stay.events).toContainEqual({ kind: 'refused', code: 'user-not-found', about: 'hi' });
  });

  it('says nothing in the old room that was meant for one that could not be joined', () => {
    const stay = new Stay().enter();
    stay.session.ask(cleanText('JOIN secret'));
    stay.say('the code is 1234');
    stay.server.last.answer('ERR room-locked');
    expect(stay.server.last.sent()).toEqual(['JOIN secret']);
    expect(stay.events).toContainEqual({ kind: 'unsent', what: 'the code is 1234', why: 'elsewhere' });
    expect(stay.session.room).toBe('lobby');
  });

  it('answers PING at once', () => {
    const stay = new Stay().enter();
    stay.server.last.say('PING');
    expect(stay.server.last.sent()).toEqual(['PONG']);
  });

  it('leaves only when all is confirmed', () => {
    const stay = new Stay().enter();
    stay.say('last words');
    stay.session.leave(2000);
    expect(stay.server.last.sent()).toEqual(['MSG last words']);
    stay.server.last.answer();
    expect(stay.server.last.sent()).toEqual(['QUIT']);
    expect(stay.events.at(-1)).toEqual({ kind: 'ended', why: { kind: 'left', unsent: 0 } });
  });

  it('does not wait for ever to leave', () => {
    const stay = new Stay().enter();
    stay.say('last words');
    stay.session.leave(2000);
    stay.clock.advance(2000);
    expect(stay.events.at(-1)).toEqual({ kind: 'ended', why: { kind: 'left', unsent: 1 } });
  });

  it('coming back to a room brings what was said there meanwhile, and nothing twice', () => {
    const stay = new Stay().enter(hist(3, 'bob', 'old'));
    stay.session.ask(cleanText('JOIN dev'));
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.server.last.answer('USER ann', 'OK');
    stay.session.ask(cleanText('LEAVE'));
    stay.server.last.sent();
    stay.server.last.answer('OK');
    expect(stay.server.last.sent()).toEqual(['HISTORY AFTER 2 500']);
    stay.events.length = 0;
    stay.server.last.answer(hist(3, 'bob', 'old'), hist(9, 'bob', 'new'), 'OK');
    expect(stay.said()).toEqual(['bob: new']);
  });
});

describe('session: staying', () => {
  it('an idle person is kept: a PING when nothing was sent for 20 s', () => {
    const stay = new Stay().enter();
    const { last } = stay.server;
    for (let minute = 0; minute < 3; minute++) {
      stay.clock.advance(60_000, () => last.answer());
      expect(last.isClosed).toBe(false);
    }
    expect(stay.events).toEqual([]);
  });

  it('who is put out for silence sooner than that says something in time from then on', () => {
    const stay = new Stay().enter();
    stay.clock.advance(6000);
    stay.server.last.say(`@time=${TIME} INFO disconnected due to inactivity`);
    stay.breakAndReturn();
    const { last } = stay.server;
    last.answer('OK');
    last.answer('USER ann', 'ROOM lobby 1', 'OK');
    last.fences();
    for (let turn = 0; turn < 10; turn++) {
      stay.clock.advance(3000);
      expect(last.fences()).toBe(1);
      last.answer();
    }
  });

  it('a line that is dead without a word is noticed', () => {
    const stay = new Stay().enter();
    stay.clock.advance(20_000); // the keepalive goes out
    stay.clock.advance(40_000);
    expect(stay.events[0]).toEqual({ kind: 'offline', problem: 'timeout', retryInMs: 500 });
  });

  it('pauses grow to half a minute, and shrink again only after a steady stay', () => {
    const stay = new Stay().enter();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      stay.server.last.drop('ECONNREFUSED');
      const event = stay.events.at(-1);
      const pause = event?.kind === 'offline' ? event.retryInMs : 0;
      pauses.push(pause);
      stay.clock.advance(pause);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    stay.enter();
    stay.clock.advance(15_000);
    stay.server.last.drop();
    expect(stay.events.at(-1)).toMatchObject({ retryInMs: 30_000 });
    stay.clock.advance(30_000);
    stay.enter();
    stay.clock.advance(30_000, () => stay.server.last.answer());
    stay.server.last.drop();
    expect(stay.events.at(-1)).toMatchObject({ retryInMs: 500 });
  });

  it('jitter takes up to half of a pause', () => {
    const stay = new Stay({ random: () => 0 }).enter();
    stay.server.last.drop();
    expect(stay.events).toEqual([{ kind: 'offline', problem: null, retryInMs: 250 }]);
  });

  it('the own ghost is waited for', () => {
    const stay = new Stay().enter();
    stay.server.last.drop();
    stay.clock.advance(500);
    stay.server.last.open();
    stay.server.last.answer('ERR username-taken');
    expect(stay.events.at(-1)).toEqual({ kind: 'offline', problem: 'username-taken', retryInMs: 1000 });
  });

  it.each(['kicked by op: spam', 'banned by op', 'logged in elsewhere'])(
    'who was %s does not come back',
    (why) => {
      const stay = new Stay().enter();
      stay.server.last.say(`@time=${TIME} INFO disconnected: ${why}`);
      stay.server.last.drop();
      expect(stay.events.at(-1)).toEqual({
        kind: 'ended',
        why: { kind: 'dismissed', words: `disconnected: ${why}` },
      });
    },
  );
});

describe('session: coming back', () => {
  it('fetches what was missed, from the last message it knows, in pages', () => {
    const stay = new Stay().enter();
    stay.server.last.say(msg(5, 'bob', 'known'));
    stay.breakAndReturn();
    expect(stay.server.last.sent()).toEqual(['LOGIN ann', 'TAGS ON', 'HISTORY AFTER 4 500']);
    stay.events.length = 0;
    const page = Array.from({ length: 499 }, (_, index) => hist(6 + index, 'bob', `m${6 + index}`));
    stay.server.last.answer(hist(5, 'bob', 'known'), ...page, 'OK');
    expect(stay.server.last.sent()).toEqual(['HISTORY AFTER 504 500']);
    stay.server.last.say(msg(506, 'bob', 'live'));
    stay.server.last.answer(hist(505, 'bob', 'last'), hist(506, 'bob', 'live'), 'OK');
    expect(stay.said()).toHaveLength(501);
    expect(stay.said().slice(-2)).toEqual(['bob: last', 'bob: live']);
  });

  it('does not show its own messages again, and knows those that were stored as the line broke', () => {
    const stay = new Stay().enter();
    stay.server.last.say(msg(5, 'bob', 'known'));
    stay.say('stored');
    stay.server.last.answer();
    stay.say('on its way');
    stay.say('lost');
    stay.breakAndReturn();
    stay.server.last.sent();
    stay.server.last.answer(
      hist(5, 'bob', 'known'),
      hist(6, 'ann', 'stored'),
      hist(7, 'bob', 'missed'),
      hist(8, 'ann', 'on its way'),
      'OK',
    );
    stay.server.last.answer('USER ann', 'OK');
    expect(stay.server.last.sent()).toEqual(['WHO lobby', 'ROOMS', 'MSG lost']);
    expect(stay.said()).toEqual(['bob: known', 'me: stored', 'me: on its way', 'me: lost', 'bob: missed']);
  });

  it('what is said while away goes out later, in order; a command is not kept', () => {
    const stay = new Stay().enter();
    stay.server.last.drop();
    stay.say('one');
    stay.session.dm(cleanText('bob'), cleanText('two'));
    stay.session.ask(cleanText('WHO'));
    expect(stay.events).toContainEqual({ kind: 'own', to: null, text: 'one', waiting: true });
    expect(stay.events.at(-1)).toEqual({ kind: 'unsent', what: 'WHO', why: 'offline' });
    stay.clock.advance(500);
    stay.server.last.open();
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.server.last.sent();
    stay.server.last.answer('USER ann', 'OK');
    expect(stay.server.last.sent()).toEqual(['MSG one', 'DM bob two']);
  });

  it('a direct message that was on its way cannot be looked up, and is not said twice', () => {
    const stay = new Stay().enter();
    stay.session.dm(cleanText('bob'), cleanText('psst'));
    stay.breakAndReturn();
    stay.server.last.answer('OK');
    expect(stay.events).toContainEqual({ kind: 'unsent', what: 'bob: psst', why: 'doubtful' });
    stay.server.last.answer('OK');
    expect(stay.server.last.sent()).not.toContain('DM bob psst');
  });

  it('a server that began anew counts from 1 again: nothing is taken for known', () => {
    const stay = new Stay().enter();
    stay.server.last.say(msg(900, 'bob', 'known'));
    stay.breakAndReturn();
    stay.server.last.answer('OK');
    expect(stay.server.last.sent().at(-1)).toBe('HISTORY 100');
    stay.events.length = 0;
    stay.server.last.answer(hist(1, 'bob', 'anew'), 'OK');
    stay.server.last.answer('OK');
    stay.server.last.say(msg(2, 'bob', 'and on'));
    expect(stay.said()).toEqual(['bob: anew', 'bob: and on']);
  });

  it('what was on its way is not said twice where the history cannot tell whether it arrived', () => {
    const stay = new Stay().enter();
    stay.server.last.say(msg(5, 'bob', 'known'));
    stay.say('on its way');
    stay.breakAndReturn();
    stay.server.last.answer('ERR busy');
    stay.server.last.answer('OK');
    expect(stay.events).toContainEqual({ kind: 'unsent', what: 'on its way', why: 'doubtful' });
    expect(stay.server.last.sent()).not.toContain('MSG on its way');
  });

  it('another message under the id that we know is a server that began anew, too', () => {
    const stay = new Stay().enter();
    stay.server.last.say(msg(5, 'bob', 'known'));
    stay.breakAndReturn();
    stay.server.last.answer('HIST 5 2026-03-01T13:00:00.000Z eve another', 'OK');
    expect(stay.kinds()).toContain('gap');
    expect(stay.server.last.sent().at(-1)).toBe('HISTORY 100');
  });

  it('goes back to its room, with the key', () => {
    const stay = new Stay().enter();
    stay.session.ask(cleanText('JOIN dev sesame'));
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    stay.breakAndReturn();
    expect(stay.server.last.sent()).toEqual([
      'LOGIN ann',
      'TAGS ON',
      'JOIN dev sesame',
      'HISTORY AFTER 0 500',
    ]);
  });

  it('what waits for a room that cannot be had any more is not said in the lobby', () => {
    const stay = new Stay({ room: 'dev' }).enter();
    stay.server.last.drop();
    stay.say('for dev alone');
    stay.clock.advance(500);
    stay.server.last.open();
    stay.server.last.answer('OK');
    stay.server.last.answer('OK', 'ERR room-locked');
    expect(stay.events).toContainEqual({ kind: 'unsent', what: 'for dev alone', why: 'elsewhere' });
    stay.server.last.answer('OK');
    stay.server.last.answer('OK');
    expect(stay.server.last.sent().filter((line) => line.startsWith('MSG'))).toEqual([]);
  });
});
