/** A completed change to a name, a room or a user. It is confirmed to the user who asked for it, and logged. */
import type { CommandKind } from './command.js';
import type { Styled } from './text/styles.js';

export interface Action {
  readonly kind: CommandKind;
  /** The name, room or address that was changed; empty for an announcement. */
  readonly about: string;
  /** When it ends, in milliseconds since 1970; Infinity for a permanent ban or mute. */
  readonly until?: number;
  /** The user's own text: a reason, a topic, an announcement, a new name. */
  readonly text?: string;
  /** A topic with its formatting, if it has any. */
  readonly styled?: Styled | undefined;
  /** The room, or the user, where that is not what was changed. */
  readonly room?: string;
  readonly to?: string;
}
