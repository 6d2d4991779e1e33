/** Splits long replies into pages, so that a client that does not read costs one page of memory. */

/** Characters in a page, about. */
const PAGE_WEIGHT = 32 * 1024;
/** Characters of an item beside its text: a word in front, an id, a time, a name. */
const ITEM_WEIGHT = 64;

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
