/** The events of the library (logins, joins, leaves, messages), and their dispatch to the handlers of a program. */
import type { HubEvent } from '../core/event.js';
import type { ClientInfo, EventObserver } from '../core/ports.js';

/** The argument of the handlers of each event. Times are milliseconds since 1970, UTC. */
export interface PartylineEvents {
  /** A user has logged in, and is in this room. */
  readonly login: PartylineLogin;
  /** A user has entered a room after its login. It may be in others as well. */
  readonly join: PartylineMove;
  /** A user has left a room: for another one, or one of several, or at the end of the session. */
  readonly leave: PartylineMove;
  /** A message to a room, stored and being delivered. */
  readonly message: PartylineMessage;
  /** A direct message, also one that is saved for an offline registered user. */
  readonly dm: PartylineDirectMessage;
}

export interface PartylineLogin {
  readonly name: string;
  readonly room: string;
  /** `lines`, `machat`, `gotalk` or `irc`. */
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
  /** The id in HISTORY: unique, and growing with time. */
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

/** May be async: a rejection is reported like an exception. The chat does not wait for it. */
export type PartylineHandler<Name extends PartylineEventName> = (event: PartylineEvents[Name]) => unknown;

type Handlers = { readonly [Name in PartylineEventName]: Set<PartylineHandler<Name>> };

/**
 * Calls the handlers of a program after the turn in which the events took place. Users do not wait for handlers, and a
 * message that a handler posts comes after the turn. An exception of a handler is reported, and has no other effect.
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
  /** The handler calls for the events of this turn. */
  #pendingCalls: (() => void)[] = [];

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Adding the same handler again has no effect. */
  add<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlersOf(name, handler).add(handler);
    this.#hasHandlers = true;
  }

  remove<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlersOf(name, handler).delete(handler);
    this.#hasHandlers = Object.values(this.#handlers).some(({ size }) => size > 0);
  }

  get isIdle(): boolean {
    return !this.#hasHandlers;
  }

  onEvent(event: HubEvent, by: ClientInfo): void {
    if (!this.#hasHandlers) return;
    switch (event.kind) {
      case 'said': {
        const { id, at, room, from, text } = event.message;
        this.#schedule('message', { id, time: at, room: room.shown, name: from, text });
        return;
      }
      case 'told': {
        const { id, at, from, to, text } = event;
        this.#schedule('dm', { id, time: at, from, to, text });
        return;
      }
      case 'logged-in': {
        const { name, room, at } = event;
        this.#schedule('login', { name, room, dialect: by.dialect, peer: by.peer, time: at });
        return;
      }
      case 'joined':
        this.#schedule('join', { name: event.name, room: event.room, time: event.at });
        return;
      case 'left':
        this.#schedule('leave', { name: event.name, room: event.room, time: event.at });
        return;
      default:
        return;
    }
  }

  #schedule<Name extends PartylineEventName>(name: Name, event: PartylineEvents[Name]): void {
    if (this.#pendingCalls.length === 0) queueMicrotask(() => this.#runPendingCalls());
    this.#pendingCalls.push(() => this.#callHandlers(name, event));
  }

  #runPendingCalls(): void {
    const calls = this.#pendingCalls;
    this.#pendingCalls = [];
    for (const call of calls) call();
  }

  #callHandlers<Name extends PartylineEventName>(name: Name, event: PartylineEvents[Name]): void {
    const handlers = this.#handlers[name];
    // A handler may add and remove handlers, including itself.
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

  /** A caller in JavaScript may pass values of any type. */
  #handlersOf<Name extends PartylineEventName>(name: Name, handler: unknown): Handlers[Name] {
    const names = Object.keys(this.#handlers);
    if (!names.includes(name))
      throw new TypeError(`partyline: unknown event ${JSON.stringify(name)}; use one of ${names.join(', ')}`);
    if (typeof handler !== 'function')
      throw new TypeError(`partyline: the handler of "${name}" must be a function; got ${typeof handler}`);
    return this.#handlers[name];
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
