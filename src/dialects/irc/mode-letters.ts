/** The modes of a room as IRC writes them: a letter each, with the parameters after all letters. */
import type { MaskEntry, MaskList, ModeChange, RoomFlag } from '../../core/modes.js';

export const FLAG_LETTERS: Readonly<Record<RoomFlag, string>> = {
  'no-ctcp': 'C',
  'invite-only': 'i',
  moderated: 'm',
  'no-outside': 'n',
  secret: 's',
  'protected-topic': 't',
};

export const LIST_LETTERS: Readonly<Record<MaskList, string>> = {
  bans: 'b',
  exceptions: 'e',
  'invite-exceptions': 'I',
};

/** `+ob-l ann spam!*@*`: the changes in their order. */
export function modeChanges(changes: readonly ModeChange[]): string {
  let letters = '';
  let parameters = '';
  let sign = '';
  for (const change of changes) {
    const { on, letter, parameter } = written(change);
    const itsSign = on ? '+' : '-';
    letters += (itsSign === sign ? '' : itsSign) + letter;
    sign = itsSign;
    if (parameter !== null) parameters += ` ${parameter}`;
  }
  return letters + parameters;
}

/** A mask as it was given: those that only silence begin with `m:`. */
export function maskText({ shown, silences }: Pick<MaskEntry, 'shown' | 'silences'>): string {
  return silences ? `m:${shown}` : shown;
}

function written(change: ModeChange): {
  readonly on: boolean;
  readonly letter: string;
  readonly parameter: string | null;
} {
  switch (change.kind) {
    case 'flag':
      return { on: change.on, letter: FLAG_LETTERS[change.flag], parameter: null };
    case 'limit': {
      const { limit } = change;
      return { on: limit !== null, letter: 'l', parameter: limit === null ? null : String(limit) };
    }
    case 'key':
      return { on: change.key !== null, letter: 'k', parameter: change.key };
    case 'mask': {
      const { mask, silences, list, on } = change;
      return { on, letter: LIST_LETTERS[list], parameter: maskText({ shown: mask.shown, silences }) };
    }
    case 'status': {
      const { who, status, on } = change;
      return { on, letter: status === 'op' ? 'o' : 'v', parameter: who.shown ?? who.typed };
    }
  }
}
