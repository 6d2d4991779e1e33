/** Splits long replies into pages, so that a client that does not read costs one page of memory. */

/** Characters in a page, about. */
const PAGE_WEIGHT = 32 * 1024;
/** Characters of an item beside its text: a word in front, an id, a time, a name. */
const ITEM_WEIGHT = 64;

/** Users or rooms that one slice of a list looks at. A slice costs about as much as a page of messages. */
export const MAX_ITEMS_PER_SLICE = 256;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Items on this page and those before it. */
  readonly count: number;
  readonly last: boolean;
  /** The last item of the page before; undefined on the first page. */
  readonly previous?: Item | undefined;
}

/** The weight of a page, well below the bytes that a client may leave unread. */
export function pageWeightWithin(maxUnreadBytes: number): number {
  return Math.min(PAGE_WEIGHT, maxUnreadBytes / 8);
}

/** The same for a recap: live lines should not come between its pages, so nearly always there is one page. */
export function recapWeightWithin(maxUnreadBytes: number): number {
  return maxUnreadBytes / 4;
}

/** Yields at least one page, which may be empty. Every other page holds at least one item. */
export function* pagesOf<Item>(
  items: readonly Item[],
  weigh: (item: Item) => number,
  pageWeight = PAGE_WEIGHT,
): Generator<Page<Item>> {
  let start = 0;
  do {
    let end = start;
    for (let weight = 0; end < items.length && weight < pageWeight; end++) {
      const item = items[end];
      if (item !== undefined) weight += ITEM_WEIGHT + weigh(item);
    }
    yield {
      items: items.slice(start, end),
      count: end,
      last: end === items.length,
      previous: items[start - 1],
    };
    start = end;
  } while (start < items.length);
}

/**
 * Yields at least one page of the items of a list that is long and changes: a page looks at few items, when it is taken.
 * A null is looked at and left out. Pages may be empty.
 */
export function* slicesOf<Item>(
  items: Iterable<Item | null>,
  weigh: (item: Item) => number,
  pageWeight = PAGE_WEIGHT,
): Generator<Page<Item>> {
  const iterator = items[Symbol.iterator]();
  let count = 0;
  let slice: Item[] = [];
  let weight = 0;
  let looked = 0;
  for (;;) {
    // Nothing is taken before its page is due: it may have changed by then.
    if (looked === MAX_ITEMS_PER_SLICE || weight >= pageWeight) {
      yield { items: slice, count, last: false };
      slice = [];
      weight = 0;
      looked = 0;
    }
    const next = iterator.next();
    if (next.done === true) break;
    looked++;
    if (next.value === null) continue;
    slice.push(next.value);
    count++;
    weight += ITEM_WEIGHT + weigh(next.value);
  }
  yield { items: slice, count, last: true };
}
