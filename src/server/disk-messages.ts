/** What the server's main thread and the one that writes the data file send each other: plain data. */
import type { Forgotten } from '../core/message.js';
import type { DriverChoice } from '../database/driver.js';
import type { DamagedPack } from '../history/damaged-packs.js';
import type { PackedTurn } from '../history/disk-writer.js';
import type { Numbering } from '../history/id-sequence.js';

/** What the thread is started with. */
export interface DiskThreadData {
  /** The path of the data file. */
  readonly path: string;
  readonly driver: DriverChoice;
}

export type ToDiskThread =
  | { readonly kind: 'commit'; readonly turn: PackedTurn }
  /** Deletes the room messages, or the direct messages for offline users, that are older. */
  | { readonly kind: 'forget'; readonly what: Forgettable; readonly before: number }
  | { readonly kind: 'close'; readonly numbering: Numbering };

export type FromDiskThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'committed'; readonly failure: PlainError | null }
  /** The search index has grown, or messages were deleted. */
  | { readonly kind: 'maintained' }
  /** Messages cannot be read. */
  | { readonly kind: 'damaged'; readonly pack: DamagedPack }
  /** The indexing and the deletion have failed for a while. */
  | { readonly kind: 'maintenance-failed'; readonly failure: PlainError }
  | {
      readonly kind: 'forgotten';
      readonly what: Forgettable;
      readonly forgotten: Forgotten | null;
      readonly failure: PlainError | null;
    };

export type Forgettable = 'messages' | 'mail';

/** An error, without its class. */
export interface PlainError {
  readonly message: string;
  readonly code: string;
}
