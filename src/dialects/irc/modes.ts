/** The letters of channel modes: MODE's arguments to changes, and changes to MODE's arguments. */
import type { MaskList, ModeChange, Modes, RoomFlag } from '../../core/modes.js';
import { MAX_MODE_CHANGES } from '../../core/modes.js';
import { maskOf } from '../../core/text/mask.js';
import { cleanText, type Text, typedName } from '../../core/text/text.js';
import { cutToBytes } from './message.js';

const FLAGS: ReadonlyMap<string, RoomFlag> = new Map([
  ['C', 'no-ctcp'],
  ['i', 'invite-only'],
  ['m', 'moderated'],
  ['n', 'no-outside'],
  ['s', 'secret'],
  ['t', 'protected-topic'],
]);
const LISTS: ReadonlyMap<string, MaskList> = new Map([
  ['b', 'bans'],
  ['e', 'exceptions'],
  ['I', 'invite-exceptions'],
]);
const FLAG_LETTERS = inverted(FLAGS);
const LIST_LETTERS = inverted(LISTS);

/** A mask that begins so bans from talking only, or excepts from such bans only. */
const SILENCES = 'm:';
/**
 * With `m:`. Every user has a mask of at most 162 bytes, and the longest names in ASCII leave this much in MODE and in the
 * lists. Longer masks of earlier versions can be removed.
 */
const MAX_MASK_BYTES = 200;
/** Behind the longest names, MODE and 324 have room for as much. */
const MAX_SHOWN_KEY_BYTES = 128;
const KEY = /^(?!:)[^ ,\p{C}]{1,64}$/u;
const LIMIT = /^[1-9]\d{0,8}$/;

export function letterOf(list: MaskList): string {
  return LIST_LETTERS.get(list) ?? '';
}

/** What MODE asks for: changes, lists to show, and what is wrong with the rest. */
export interface ParsedModes {
  readonly changes: readonly ModeChange[];
  readonly lists: readonly MaskList[];
  readonly unknown: readonly string[];
  readonly invalid: readonly {
    readonly letter: string;
    readonly parameter: string;
    readonly problem: string;
  }[];
}

/**
 * Parses `+o-b ann mask`. More than the allowed number of changes are ignored, as elsewhere on IRC. A list is shown once,
 * and an unknown letter named once, however often the line has it: the answer would be thousands of times as long.
 */
export function parseModes([letters = '', ...parameters]: readonly string[]): ParsedModes {
  const changes: ModeChange[] = [];
  const lists = new Set<MaskList>();
  const unknown = new Set<string>();
  const invalid: ParsedModes['invalid'][number][] = [];
  let on = true;
  let next = 0;
  for (const letter of cleanText(letters)) {
    if (letter === '+' || letter === '-') {
      on = letter === '+';
      continue;
    }
    const flag = FLAGS.get(letter);
    const list = LISTS.get(letter);
    const parameter = () => cleanText(parameters[next++] ?? '');
    let change: ModeChange | { readonly problem: string; readonly parameter: string } | null = null;
    if (flag !== undefined) change = { kind: 'flag', flag, on };
    else if (list !== undefined) {
      if (parameters[next] === undefined) lists.add(list);
      else change = maskChange(list, on, parameter());
    } else if (letter === 'k') change = keyChange(on, parameter());
    else if (letter === 'l') change = on ? limitChange(parameter()) : { kind: 'limit', limit: null };
    else if (letter === 'o' || letter === 'v') change = statusChange(letter, on, parameter());
    else unknown.add(letter);
    if (change === null) continue;
    if ('problem' in change) {
      if (invalid.length < MAX_MODE_CHANGES) invalid.push({ letter, ...change });
    } else if (changes.length < MAX_MODE_CHANGES) changes.push(change);
  }
  return { changes, lists: [...lists], unknown: [...unknown], invalid };
}

function maskChange(
  list: MaskList,
  on: boolean,
  typed: Text,
): ModeChange | { problem: string; parameter: string } {
  const silences = list !== 'invite-exceptions' && typed.startsWith(SILENCES);
  const mask = maskOf(silences ? typed.slice(SILENCES.length) : typed);
  if (typed === '' || typed.includes(' ')) return { problem: 'Invalid mask', parameter: typed };
  if (on && Buffer.byteLength(shownMask(mask.shown, silences)) > MAX_MASK_BYTES)
    return { problem: `Mask is longer than ${MAX_MASK_BYTES} bytes`, parameter: '*' };
  return { kind: 'mask', list, on, mask, silences };
}

/** Of a key that is refused the parameter is not shown: others may see the answer over the user's shoulder. */
function keyChange(on: boolean, typed: Text): ModeChange | { problem: string; parameter: string } {
  if (!on) return { kind: 'key', keyHash: null, key: null };
  if (!KEY.test(typed)) return { problem: 'Invalid key', parameter: '*' };
  return { kind: 'key', keyHash: null, key: typed };
}

/**
 * A key of LOCK may be one that IRC cannot send, and a long one may not fit behind long names: a client that kept what it
 * was shown would be refused.
 */
function shownKey(key: string | null): string {
  return key !== null && KEY.test(key) && Buffer.byteLength(key) <= MAX_SHOWN_KEY_BYTES ? key : '*';
}

function limitChange(typed: Text): ModeChange | { problem: string; parameter: string } {
  if (!LIMIT.test(typed)) return { problem: 'Invalid limit', parameter: typed };
  return { kind: 'limit', limit: Number(typed) };
}

function statusChange(
  letter: 'o' | 'v',
  on: boolean,
  typed: Text,
): ModeChange | { problem: string; parameter: string } {
  if (typed === '') return { problem: 'A nick is missing', parameter: '*' };
  return { kind: 'status', status: letter === 'o' ? 'op' : 'voice', on, who: typedName(typed) };
}

/** Changes as the arguments of as many MODEs of at most this many bytes as they need. Of a long mask the end is left out. */
export function modeArguments(changes: readonly ModeChange[], bytes: number): readonly string[] {
  const lines: string[] = [];
  let changesOfLine: readonly ModeChange[] = [];
  let line = '';
  for (const change of changes) {
    const longer = argumentsOf([...changesOfLine, change]);
    const isNew = line === '' || Buffer.byteLength(longer) > bytes;
    if (isNew && line !== '') lines.push(line);
    changesOfLine = isNew ? [change] : [...changesOfLine, change];
    line = isNew ? cutToBytes(argumentsOf(changesOfLine), bytes) : longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** Changes as MODE writes them: `+o-l ann`. */
function argumentsOf(changes: readonly ModeChange[]): string {
  let letters = '';
  let parameters = '';
  let sign = '';
  for (const change of changes) {
    const { letter, parameter, on } = written(change);
    const ownSign = on ? '+' : '-';
    letters += ownSign === sign ? letter : ownSign + letter;
    sign = ownSign;
    if (parameter !== '') parameters += ` ${parameter}`;
  }
  return letters + parameters;
}

function written(change: ModeChange): {
  readonly letter: string;
  readonly parameter: string;
  readonly on: boolean;
} {
  switch (change.kind) {
    case 'flag':
      return { letter: FLAG_LETTERS.get(change.flag) ?? '', parameter: '', on: change.on };
    case 'limit':
      return {
        letter: 'l',
        parameter: change.limit === null ? '' : String(change.limit),
        on: change.limit !== null,
      };
    case 'key':
      return { letter: 'k', parameter: shownKey(change.key), on: change.keyHash !== null };
    case 'mask':
      return {
        letter: letterOf(change.list),
        parameter: shownMask(change.mask.shown, change.silences),
        on: change.on,
      };
    case 'status':
      return {
        letter: change.status === 'op' ? 'o' : 'v',
        parameter: change.who.shown ?? change.who.typed,
        on: change.on,
      };
  }
}

/** A mask as the lists show it. */
export function shownMask(mask: string, silences: boolean): string {
  return silences ? SILENCES + mask : mask;
}

/** The modes of a room as 324 shows them: `+klnt key 5`. */
export function shownModes({ flags, limit }: Modes, key: string | null): string {
  const letters = flags.map((flag) => FLAG_LETTERS.get(flag) ?? '');
  const parameters: string[] = [];
  if (key !== null) parameters.push(shownKey(key));
  if (limit !== null) parameters.push(String(limit));
  const withParameters = (key === null ? '' : 'k') + (limit === null ? '' : 'l');
  return [`+${withParameters}${letters.sort().join('')}`, ...parameters].join(' ');
}

function inverted<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<Value, string> {
  return new Map(Array.from(map, ([letter, value]) => [value, letter]));
}
