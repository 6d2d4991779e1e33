/**
 * The messages of a place in the order of their ids, with what happened between them. It is kept in segments of about 50
 * items; a change makes a new object of the segments that it touches, and only of these.
 */
import type { Message } from './state.js';

export type Item =
  /** `group`: of a paste that is not stored yet. */
  | { readonly kind: 'message'; readonly message: Message; readonly group: string | null }
  | {
      readonly kind: 'presence';
      readonly key: string;
      readonly at: number;
      readonly changes: readonly Change[];
    }
  | { readonly kind: 'notice'; readonly key: string; readonly at: number; readonly text: string }
  /** Messages after one id and before another may be missing here. */
  | {
      readonly kind: 'gap';
      readonly key: string;
      readonly after: number;
      readonly before: number;
      readonly isLoading: boolean;
    }
  | { readonly kind: 'reset'; readonly key: string };

export interface Change {
  readonly name: string;
  readonly verb: string;
}

export interface Segment {
  readonly key: string;
  readonly items: readonly Item[];
}

type MessageItem = Extract<Item, { kind: 'message' }>;

const SEGMENT_ITEMS = 50;

export class Log {
  #segments: readonly Segment[] = [];
  readonly #ids = new Set<number>();
  #count = 0;
  #keys = 0;

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get size(): number {
    return this.#count;
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** The smallest id; null if there is no message. */
  get firstId(): number | null {
    for (const { items } of this.#segments)
      for (const item of items) if (idOf(item) !== null) return idOf(item);
    return null;
  }

  /** The largest id; null if there is no message. */
  get lastId(): number | null {
    for (const { items } of this.#segments.toReversed()) {
      const item = items.findLast((candidate) => idOf(candidate) !== null);
      if (item !== undefined) return idOf(item);
    }
    return null;
  }

  /** All messages, oldest first. */
  *messages(): Generator<Message> {
    for (const { items } of this.#segments)
      for (const item of items) if (item.kind === 'message') yield item.message;
  }

  /** Adds a message where its id belongs. False if it is there already. */
  add(item: MessageItem): boolean {
    const id = item.message.id;
    if (id !== null && this.#ids.has(id)) return false;
    const last = this.lastId;
    if (id === null || last === null || id > last) this.append(item);
    else this.#insert(item, id);
    return true;
  }

  /** Adds an item at the end. */
  append(item: Item): void {
    this.#register([item], 1);
    const last = this.#segments.at(-1);
    if (last === undefined || (last.items.length >= SEGMENT_ITEMS && !continues(last.items.at(-1), item)))
      this.#segments = [...this.#segments, this.#segment([item])];
    else this.#segments = [...this.#segments.slice(0, -1), { key: last.key, items: [...last.items, item] }];
  }

  /** Adds messages that are older than all others. */
  prepend(items: readonly Item[]): void {
    const fresh = items.filter((item) => !this.#isKnown(item));
    this.#register(fresh, 1);
    this.#segments = [...this.#cut(fresh), ...this.#segments];
  }

  /** Puts messages in the place of a gap, or of a part of it: `rest` is the gap that is left, if any. */
  fillGap(key: string, items: readonly Item[]): void {
    this.#replace(
      key,
      items.filter((item) => !this.#isKnown(item)),
    );
  }

  /** Replaces the last item if it has this key. */
  replaceLast(item: Item): void {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    const items = [...last.items.slice(0, -1), item];
    this.#segments = [...this.#segments.slice(0, -1), { key: last.key, items }];
  }

  get lastItem(): Item | null {
    return this.#segments.at(-1)?.items.at(-1) ?? null;
  }

  replace(key: string, item: Item): void {
    this.#replace(key, [item]);
  }

  findItem(key: string): Item | null {
    for (const { items } of this.#segments) {
      const item = items.find((candidate) => keyOf(candidate) === key);
      if (item !== undefined) return item;
    }
    return null;
  }

  /** Removes a message, or all of those up to another one. */
  removeId(id: number, last = id): void {
    const isGone = (item: Item) => {
      const its = idOf(item);
      return its !== null && its >= id && its <= last;
    };
    this.#segments = this.#segments.flatMap((segment) => {
      const items = segment.items.filter((item) => !isGone(item));
      if (items.length === segment.items.length) return [segment];
      this.#register(segment.items.filter(isGone), -1);
      return items.length === 0 ? [] : [{ key: segment.key, items }];
    });
  }

  clear(): void {
    this.#segments = [];
    this.#ids.clear();
    this.#count = 0;
  }

  /** Drops whole segments from the old end, or the new one, until at most `max` items are left. True if any was dropped. */
  trim(max: number, from: 'oldest' | 'newest'): boolean {
    let dropped = false;
    while (this.#count > max && this.#segments.length > 1) {
      const segment = from === 'oldest' ? this.#segments[0] : this.#segments.at(-1);
      if (segment === undefined || this.#count - segment.items.length < max - SEGMENT_ITEMS) break;
      this.#segments = from === 'oldest' ? this.#segments.slice(1) : this.#segments.slice(0, -1);
      this.#register(segment.items, -1);
      dropped = true;
    }
    return dropped;
  }

  #isKnown(item: Item): boolean {
    const id = idOf(item);
    return id !== null && this.#ids.has(id);
  }

  #register(items: readonly Item[], sign: 1 | -1): void {
    this.#count += sign * items.length;
    for (const item of items) {
      const id = idOf(item);
      if (id === null) continue;
      if (sign === 1) this.#ids.add(id);
      else this.#ids.delete(id);
    }
  }

  #insert(item: MessageItem, id: number): void {
    const isAfter = (other: Item) => (idOf(other) ?? 0) > id;
    const at = this.#segments.findIndex(({ items }) => items.some(isAfter));
    const segment = this.#segments[at];
    if (segment === undefined) return this.append(item);
    const index = segment.items.findIndex(isAfter);
    this.#register([item], 1);
    this.#segments = this.#segments.with(at, {
      key: segment.key,
      items: segment.items.toSpliced(index, 0, item),
    });
  }

  #replace(key: string, items: readonly Item[]): void {
    const at = this.#segments.findIndex((segment) => segment.items.some((item) => keyOf(item) === key));
    const segment = this.#segments[at];
    if (segment === undefined) return;
    const index = segment.items.findIndex((item) => keyOf(item) === key);
    this.#register(segment.items.slice(index, index + 1), -1);
    this.#register(items, 1);
    const before = segment.items.slice(0, index);
    const after = segment.items.slice(index + 1);
    if (before.length + items.length + after.length <= 2 * SEGMENT_ITEMS) {
      const all = [...before, ...items, ...after];
      const replaced = all.length === 0 ? [] : [{ key: segment.key, items: all }];
      this.#segments = this.#segments.toSpliced(at, 1, ...replaced);
      return;
    }
    const parts = [
      ...(before.length === 0 ? [] : [{ key: segment.key, items: before }]),
      ...this.#cut(items),
      ...(after.length === 0 ? [] : [this.#segment(after)]),
    ];
    this.#segments = this.#segments.toSpliced(at, 1, ...parts);
  }

  /** Segments of these items; a paste is not cut. */
  #cut(items: readonly Item[]): Segment[] {
    const parts: Item[][] = [];
    for (const item of items) {
      const part = parts.at(-1);
      if (part === undefined || (part.length >= SEGMENT_ITEMS && !continues(part.at(-1), item)))
        parts.push([item]);
      else part.push(item);
    }
    return parts.map((part) => this.#segment(part));
  }

  #segment(items: readonly Item[]): Segment {
    return { key: `s${++this.#keys}`, items };
  }
}

export function keyOf(item: Item): string {
  return item.kind === 'message' ? item.message.key : item.key;
}

export function idOf(item: Item): number | null {
  return item.kind === 'message' ? item.message.id : null;
}

/** Whether a message is the next line of the paste that another belongs to. */
export function continues(before: Item | undefined, item: Item): boolean {
  if (before?.kind !== 'message' || item.kind !== 'message') return false;
  if (item.group !== null && item.message.id === null) return item.group === before.group;
  const [one, other] = [before.message, item.message];
  if (one.id === null || other.id === null || one.isAction || other.isAction) return false;
  return other.id === one.id + 1 && other.from === one.from && other.at === one.at;
}
