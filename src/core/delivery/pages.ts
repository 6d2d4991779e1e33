/** Long answers in pages: a client that does not read costs a page, not all that it asked for. */

/** Characters in a page, more or less. */
const PAGE_WEIGHT = 32 * 1024;
/** What an item costs beside its own characters: a word in front, an id, a time, a name. */
const ITEM_WEIGHT = 64;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** How many items this page and those before it hold. */
  readonly count: number;
  readonly last: boolean;
}

/** The weight of a page, well below what a client may leave unread, in bytes. */
export function pageWeightWithin(maxUnreadBytes: number): number {
  return Math.min(PAGE_WEIGHT, maxUnreadBytes / 8);
}

/** The same for what comes before live lines, which should not stand between its pages: nearly always one is enough. */
export function recapWeightWithin(maxUnreadBytes: number): number {
  return maxUnreadBytes / 4;
}

/** At least one page, be it empty; at least one item on each but that. */
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
    yield { items: items.slice(start, end), count: end, last: end === items.length };
    start = end;
  } while (start < items.length);
}
