/** What somebody did that lasts: to a name, a room, another user. Said to whoever did it, and written in the log. */
export interface Deed {
  readonly what: NameDeed | OrderDeed;
  /** The name, room or address that it was done to. */
  readonly about: string;
  /** For how long, where that may be said: milliseconds since 1970, Infinity for ever. */
  readonly until?: number;
  /** In the words of whoever did it: a reason, a topic, an announcement. */
  readonly text?: string;
}

export type NameDeed = 'register' | 'change-password' | 'unregister';

export type OrderDeed =
  | 'kick'
  | 'ban'
  | 'unban'
  | 'mute'
  | 'unmute'
  | 'announce'
  | 'ignore'
  | 'unignore'
  | 'lock'
  | 'unlock'
  | 'topic';
