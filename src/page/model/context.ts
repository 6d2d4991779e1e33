/** What the parts of the model share. */
import type { Channel } from './channel.js';
import type { PlaceData, Places } from './place.js';
import type { Platform } from './ports.js';
import type { Roster } from './roster.js';
import type { Memory } from './memory.js';
import type { Message } from './state.js';
import type { Signals } from './store.js';

export interface Context {
  readonly platform: Platform;
  readonly signals: Signals;
  readonly places: Places;
  readonly roster: Roster;
  readonly memory: Memory;
  /** The connection, once it is logged in. */
  channel(): Channel | null;
  /** Something has changed: the signals are set before the next frame is drawn. */
  touch(): void;
  /** Whether a message is new to the user: shown, but not looked at. */
  isInView(place: PlaceData): boolean;
  /** An own message is stored. */
  onStored(): void;
  /** Makes a message of what the server has sent. */
  message(fields: MessageFields): Message;
}

export interface MessageFields {
  readonly id: number | null;
  readonly at: number | null;
  readonly from: string;
  readonly text: string;
}
