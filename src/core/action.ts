/** What somebody did that lasts: to a name, a room, another user. Said to whoever did it, and written in the log. */
export interface Action {
  readonly kind: RegistrationKind | ModerationKind;
  /** The name, room or address that it was done to. */
  readonly about: string;
  /** For how long, where that may be said: milliseconds since 1970, Infinity for ever. */
  readonly until?: number;
  /** In the words of whoever did it: a reason, a topic, an announcement. */
  readonly text?: string;
}

export type RegistrationKind = 'register' | 'change-password' | 'unregister';

export type ModerationKind =
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
