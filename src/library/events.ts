/** What a program that holds the server is told of: logins, messages, who came and went. */
import type { HubEvent } from '../core/event.js';
import type { Person, Witness } from '../core/ports.js';

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
  /** A direct message. */
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

/** May be async: what it rejects with is reported like what it throws. */
export type PartylineHandler<Name extends PartylineEventName> = (event: PartylineEvents[Name]) => unknown;

type Handlers = { readonly [Name in PartylineEventName]: Set<PartylineHandler<Name>> };

/** Hands on what it witnesses. A handler that throws is reported and disturbs nobody. */
export class Announcements implements Witness {
  readonly #handlers: Handlers = {
    login: new Set(),
    join: new Set(),
    leave: new Set(),
    message: new Set(),
    dm: new Set(),
  };
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  add<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlers[name].add(handler);
  }

  remove<Name extends PartylineEventName>(name: Name, handler: PartylineHandler<Name>): void {
    this.#handlers[name].delete(handler);
  }

  saw(event: HubEvent, by: Person): void {
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
    for (const handler of this.#handlers[name]) {
      try {
        const result = handler(event);
        if (result instanceof Promise) result.catch(this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
