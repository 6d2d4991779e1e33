/** What the hub lends to those who do a part of its work: its state, and its way of answering. */
import type { Accounts } from './accounts.js';
import type { Client } from './client.js';
import type { Deed } from './deed.js';
import type { Directory } from './directory.js';
import type { RefusalDetail } from './event.js';
import type { CloseReason, Refusal } from './reasons.js';
import type { Turn } from './turn.js';

export interface Desk {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly turn: Turn;
  refuse(client: Client, reason: Refusal, detail: RefusalDetail, at: number, final?: boolean): void;
  end(client: Client, why: CloseReason, at: number, by?: string, reason?: string): void;
  /** Stores something and says that it is done, or that it could not be stored. */
  perform(client: Client, deed: Deed, at: number, store: () => void): boolean;
}
