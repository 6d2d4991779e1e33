/**
 * The modes of a room: flags, a limit, and lists of masks. They are plain data that never changes; a change makes new
 * modes. Keys are not among them, since they are stored hashed, nor is the status of members, which ends with a session.
 */
import type { Mask } from './text/mask.js';
import type { TypedName } from './text/text.js';

export type RoomFlag = 'no-ctcp' | 'invite-only' | 'moderated' | 'no-outside' | 'secret' | 'protected-topic';
export type MaskList = 'bans' | 'exceptions' | 'invite-exceptions';

/** `op`: may change the room. `voice`: may speak where others may not. */
export interface Status {
  readonly op: boolean;
  readonly voice: boolean;
}

export interface MaskEntry extends Mask {
  /** The users that it matches may enter, but not speak; in the exceptions: bans of this kind do not hold for them. */
  readonly silences: boolean;
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Modes {
  readonly flags: readonly RoomFlag[];
  readonly limit: number | null;
  readonly bans: readonly MaskEntry[];
  readonly exceptions: readonly MaskEntry[];
  readonly 'invite-exceptions': readonly MaskEntry[];
}

/** Those of every room until they are changed. */
export const DEFAULT_MODES: Modes = {
  flags: ['no-outside', 'protected-topic'],
  limit: null,
  bans: [],
  exceptions: [],
  'invite-exceptions': [],
};

/** The entries of a list. */
const MAX_MASKS = 100;
/** The changes of one command. */
export const MAX_MODE_CHANGES = 12;

export type ModeChange =
  | { readonly kind: 'flag'; readonly flag: RoomFlag; readonly on: boolean }
  | { readonly kind: 'limit'; readonly limit: number | null }
  /** `key`: as it was typed; null if it is not known. */
  | { readonly kind: 'key'; readonly keyHash: string | null; readonly key: string | null }
  | {
      readonly kind: 'mask';
      readonly list: MaskList;
      readonly on: boolean;
      readonly mask: Mask;
      readonly silences: boolean;
    }
  | {
      readonly kind: 'status';
      readonly status: keyof Status;
      readonly on: boolean;
      readonly who: TypedName;
    };

/** A change of what is in `Modes`. */
export type StoredChange = Extract<ModeChange, { kind: 'flag' | 'limit' | 'mask' }>;

export function hasFlag({ flags }: Modes, flag: RoomFlag): boolean {
  return flags.includes(flag);
}

/** The modes after a change: the same object if it changes nothing, null if a list is full. */
export function withChange(modes: Modes, change: StoredChange, by: string, at: number): Modes | null {
  switch (change.kind) {
    case 'flag': {
      if (hasFlag(modes, change.flag) === change.on) return modes;
      const others = modes.flags.filter((flag) => flag !== change.flag);
      return { ...modes, flags: change.on ? [...others, change.flag].sort() : others };
    }
    case 'limit':
      return modes.limit === change.limit ? modes : { ...modes, limit: change.limit };
    case 'mask': {
      const { list, mask, silences, on } = change;
      const isSame = (entry: MaskEntry) => entry.fold === mask.fold && entry.silences === silences;
      const entries = modes[list];
      if (entries.some(isSame) === on) return modes;
      if (!on) return { ...modes, [list]: entries.filter((entry) => !isSame(entry)) };
      if (entries.length >= MAX_MASKS) return null;
      return { ...modes, [list]: [...entries, { ...mask, silences, by, at }] };
    }
  }
}
