/** Makes the rows of the list of messages from the segments of a log. An unchanged segment gives the same object again. */
import { continues, idOf, type Item, keyOf, type Segment } from './log.js';
import type { Chunk, Message, Row } from './state.js';

/** Messages of one name within this time are a group with one head. */
const GROUP_MS = 5 * 60_000;
const MAX_NAMES = 8;

export interface RowOptions {
  readonly showsPresence: boolean;
  /** The rule "new" is before the first message of another user with a larger id; null = no rule. */
  readonly newAfter: number | null;
  /** Counts days in local time: the same number for times of one day. */
  readonly dayOf: (at: number) => number;
}

interface Made {
  readonly before: Item | null;
  readonly rule: string | null;
  readonly showsPresence: boolean;
  readonly chunk: Chunk;
}

/** Remembers the chunk of each segment. One for each place. */
export class RowMaker {
  #made = new WeakMap<Segment, Made>();
  /** The chunks that were made last, by their keys: of a changed one most rows are the same. */
  #last: ReadonlyMap<string, Chunk> = new Map();
  #rule: { readonly newAfter: number | null; readonly key: string | null } = { newAfter: null, key: null };

  chunksOf(segments: readonly Segment[], pending: readonly Item[], options: RowOptions): readonly Chunk[] {
    if (this.#rule.newAfter !== options.newAfter || this.#rule.key === null)
      this.#rule = { newAfter: options.newAfter, key: ruleIn(segments, options.newAfter) };
    const rule = this.#rule.key;
    const chunks: Chunk[] = [];
    let before: Item | null = null;
    for (const segment of segments) {
      chunks.push(this.#chunkOf(segment, before, rule, options));
      before = lastShown(segment, options.showsPresence) ?? before;
    }
    if (pending.length > 0) chunks.push({ key: 'pending', rows: rowsOf(pending, before, null, options) });
    this.#last = new Map(chunks.map((chunk) => [chunk.key, chunk]));
    return chunks;
  }

  #chunkOf(segment: Segment, before: Item | null, rule: string | null, options: RowOptions): Chunk {
    const ownRule = rule !== null && segment.items.some((item) => keyOf(item) === rule) ? rule : null;
    const made = this.#made.get(segment);
    const { showsPresence } = options;
    if (made?.before === before && made.rule === ownRule && made.showsPresence === showsPresence)
      return made.chunk;
    const rows = rowsOf(segment.items, before, ownRule, options);
    const chunk = { key: segment.key, rows: withOldRows(rows, this.#last.get(segment.key)?.rows ?? []) };
    this.#made.set(segment, { before, rule: ownRule, showsPresence, chunk });
    return chunk;
  }
}

function rowsOf(
  items: readonly Item[],
  before: Item | null,
  rule: string | null,
  { showsPresence, dayOf }: RowOptions,
): readonly Row[] {
  const rows: Row[] = [];
  let previous = before;
  let day = before === null ? null : timeOf(before);
  for (let at = 0; at < items.length;) {
    const item = items[at];
    at++;
    if (item === undefined || (item.kind === 'presence' && !showsPresence)) continue;
    const itemAt = timeOf(item);
    const isNewDay = itemAt !== null && (day === null || dayOf(day) !== dayOf(itemAt));
    if (isNewDay) rows.push({ kind: 'day', key: `day-${keyOf(item)}`, at: itemAt });
    day = itemAt;
    if (item.kind !== 'message') {
      rows.push(rowOf(item));
      previous = item;
      continue;
    }
    const { message } = item;
    if (message.key === rule) rows.push({ kind: 'new', key: 'new' });
    const isFirst = isNewDay || message.key === rule || !isSameGroup(previous, message);
    const messages = [message];
    for (
      let next = items[at];
      next?.kind === 'message' && continues(items[at - 1], next);
      next = items[++at]
    ) {
      // What was read of a paste is not shown as new.
      if (next.message.key === rule) break;
      messages.push(next.message);
    }
    if (messages.length === 1) rows.push({ kind: 'message', key: message.key, message, isFirst });
    else rows.push({ kind: 'paste', key: `paste-${message.key}`, messages, isFirst });
    previous = items[at - 1] ?? item;
  }
  return rows;
}

/** The rows, with the objects of those that have not changed: components draw only what is another object. */
function withOldRows(rows: readonly Row[], old: readonly Row[]): readonly Row[] {
  const known = new Map(old.map((row) => [row.key, row]));
  return rows.map((row) => {
    const before = known.get(row.key);
    return before !== undefined && isSameRow(before, row) ? before : row;
  });
}

function isSameRow(one: Row, other: Row): boolean {
  if (one.kind === 'message')
    return other.kind === 'message' && one.message === other.message && one.isFirst === other.isFirst;
  if (one.kind !== 'paste') return one.kind === other.kind && (one.kind === 'day' || one.kind === 'new');
  return (
    other.kind === 'paste' &&
    one.isFirst === other.isFirst &&
    one.messages.length === other.messages.length &&
    one.messages.every((message, at) => message === other.messages[at])
  );
}

function rowOf(item: Exclude<Item, { kind: 'message' }>): Row {
  switch (item.kind) {
    case 'presence':
      return { kind: 'presence', key: item.key, at: item.at, text: presenceText(item.changes) };
    case 'notice':
      return item;
    case 'gap':
      return { kind: 'gap', key: item.key, count: GAP_MESSAGES, isLoading: item.isLoading };
    case 'reset':
      return item;
  }
}

/** Loaded by one press. */
export const GAP_MESSAGES = 100;

/** `ann, bob joined; carl left`; a user that came and went is named once, with the last of it. */
export function presenceText(changes: readonly { readonly name: string; readonly verb: string }[]): string {
  const last = new Map(changes.map(({ name, verb }) => [name, verb]));
  const verbs = new Map<string, string[]>();
  for (const [name, verb] of last) verbs.set(verb, [...(verbs.get(verb) ?? []), name]);
  return Array.from(verbs, ([verb, names]) => `${listed(names)} ${verb}`).join('; ');
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return more <= 0 ? names.join(', ') : `${names.slice(0, MAX_NAMES).join(', ')} and ${more} more`;
}

function isSameGroup(previous: Item | null, message: Message): boolean {
  if (previous?.kind !== 'message' || message.isAction) return false;
  const { from, at, isAction } = previous.message;
  return from === message.from && !isAction && Math.abs(message.at - at) < GROUP_MS;
}

function timeOf(item: Item): number | null {
  return item.kind === 'message' ? item.message.at : 'at' in item ? item.at : null;
}

function lastShown({ items }: Segment, showsPresence: boolean): Item | null {
  return items.findLast((item) => showsPresence || item.kind !== 'presence') ?? null;
}

/** The key of the first message that is new. */
function ruleIn(segments: readonly Segment[], newAfter: number | null): string | null {
  if (newAfter === null) return null;
  // From the end, since what is new is there: a room may hold thousands of older messages.
  let rule: string | null = null;
  for (const { items } of segments.toReversed()) {
    for (const item of items.toReversed()) {
      const id = idOf(item);
      if (id !== null && id <= newAfter) return rule;
      if (id !== null && item.kind === 'message' && !item.message.isOwn) rule = item.message.key;
    }
  }
  return rule;
}
