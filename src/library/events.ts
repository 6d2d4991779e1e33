/** What a program that holds the server is told of: logins, messages, who came and went. */
import type { HubEvent } from '../core/event.js';
import type { ClientInfo, EventObserver } from '../core/ports.js';

/** Each event and what its handlers are given. Times are milliseconds since 1970, UTC. */
export interface PartylineEvents {
  /** Somebody has come, and is in this room. */
  readonly login: PartylineLogin;
  /** A user came to a room from another. */
  readonly join: PartylineMove;
  /** A user left a room: for another, or with the end of the session. */
  readonly leave: PartylineMove;
  /** A message that is stored, and is being shown. */
  readonly message: PartylineMessage;
  /** A direct message, also one that waits for a registered user who is away. */
  readonly dm: PartylineDirectMessage;
}

export interface PartylineLogin {
  readonly name: string;
  readonly room: string;
  /** `lines`, `machat` or `gotalk`. */
  readonly dialect: string;
  /** Address and port: `10.0.0.1:51234`. */
  readonly peer: string;
  readonly time: number;
}

export interface PartylineMove {
  readonly name: string;
  readonly room: string;
  readonly time: number;
}

export interface PartylineMessage {
  /** Unique, growing with time; HISTORY's. */
  readonly id: number;
  readonly time: number;
  readonly room: string;
  readonly name: string;
  readonly text: string;
}

export interface PartylineDirectMessage {
  readonly id: number;
  readonly time: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export type PartylineEventName = keyof PartylineEvents;

/** May be async: what it rejects with is reported like what it throws. Nobody waits for it. */
export type PartylineHandler<Name extends PartylineEventName> = (event: PartylineEvents[Name]) => unknown;

type Handlers = { readonly [Name in PartylineEventName]: Set<PartylineHandler<Name>> };

/**
 * Hands on what it witnesses, once the turn has ended: users do not wait for handlers, and what a handler says comes
 * behind all of that turn. One that throws is reported and disturbs nobody.
 */
export class EventDispatcher implements EventObserver {
  readonly #handlers: Handlers = {
    login: new Set(),
    join: new Set(),
    leave: new Set(),
    message: new Set(),
    dm: new Set(),
  };
  readonly #report: (error: unknown) => void;
  #hasHandlers = false;
  /** Events of this turn. */
  #due: (() => void)[] = [];

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** The same handler again changes nothing. */
  add<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlersOf(name).add(handler);
    this.#hasHandlers = true;
  }

  remove<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlersOf(name).delete(handler);
    this.#hasHandlers = Object.values(this.#handlers).some(({ size }) => size > 0);
  }

  onEvent(event: HubEvent, by: ClientInfo): void {
    if (!this.#hasHandlers) return;
    switch (event.kind) {
      case 'said': {
        const { id, at, room, from, text } = event.message;
        this.#tell('message', { id, time: at, room: room.shown, name: from, text });
        return;
      }
      case 'told': {
        const { id, at, from, to, text } = event;
        this.#tell('dm', { id, time: at, from, to, text });
        return;
      }
      case 'logged-in': {
        const { name, room, at } = event;
        this.#tell('login', { name, room, dialect: by.dialect, peer: by.peer, time: at });
        return;
      }
      case 'joined':
        this.#tell('join', { name: event.name, room: event.room, time: event.at });
        return;
      case 'left':
        this.#tell('leave', { name: event.name, room: event.room, time: event.at });
        return;
      default:
        return;
    }
  }

  #tell<Name extends PartylineEventName>(name: Name, event: PartylineEvents[Name]): void {
    if (this.#due.length === 0) queueMicrotask(() => this.#tellAll());
    this.#due.push(() => this.#callAll(name, event));
  }

  #tellAll(): void {
    const due = this.#due;
    this.#due = [];
    for (const call of due) call();
  }

  #callAll<Name extends PartylineEventName>(name: Name, event: PartylineEvents[Name]): void {
    const handlers = this.#handlers[name];
    // A handler may add and take off others, and itself.
    for (const handler of [...handlers]) {
      if (!handlers.has(handler)) continue;
      try {
        const result = handler(event);
        if (isThenable(result)) result.then(undefined, this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #handlersOf<Name extends PartylineEventName>(name: Name): Handlers[Name] {
    const names = Object.keys(this.#handlers);
    if (!names.includes(name))
      throw new TypeError(
        `partyline: there is no event ${JSON.stringify(name)}; there are ${names.join(', ')}`,
      );
    return this.#handlers[name];
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
