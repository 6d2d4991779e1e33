/** A client session against a fake server, with a manual clock. */
import { Session, type SessionOptions } from '../../src/client/session.js';
import type { SessionEvent } from '../../src/client/session-event.js';
import { cleanText } from '../../src/core/text/text.js';
import { ManualClock } from '../support/manual-clock.js';
import { type FakeConnection, FakeServer } from './fake-server.js';

export const TIME = '2026-03-01T12:00:00.000Z';

export function msg(id: number, from: string, text: string, room = 'lobby'): string {
  return `@id=${id};time=${TIME};room=${room} MSG ${from} ${text}`;
}

export function hist(id: number, from: string, text: string): string {
  return `HIST ${id} ${TIME} ${from} ${text}`;
}

/** A session on a fake server: one with labels and FOLLOW, or an older one. */
export class TestSession {
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
    last.sent();
    for (let command = 0; command < 2; command++)
      last.answer(this.#isOld ? "ERR expected 'LOGIN <username>'" : 'OK');
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
