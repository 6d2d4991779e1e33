/** The users who have left, as WHOIS, WHOWAS, SEEN and BAN need them. */
import type { Departure, DepartureRow, SessionTable } from '../session-table.js';

const DEPARTURE_MS = 3_600_000;
/** The last departure of each name is kept, of so many names. */
const MAX_NAMES = 10_000;
/** As many of the last departures are kept, however many there are of a name. */
const MAX_RECENT = 512;

/**
 * What is kept depends on the departures and their order alone, not on times and restarts, so all nodes keep the same
 * rows.
 */
export class Departures {
  readonly #table: SessionTable | null;
  /** Users who left, by UserName.fold, in the order in which they left. */
  readonly #byFold = new Map<string, DepartureRow>();
  /** The last users who left or gave up a name, in that order. */
  readonly #recent: DepartureRow[] = [];
  #lastNo = 0;

  /** `table` keeps them over a restart; null on a lone server. */
  constructor(table: SessionTable | null) {
    this.#table = table;
  }

  /** Takes over the rows of a table, in any order. They are not written to it again. */
  restore(rows: readonly DepartureRow[]): void {
    this.#byFold.clear();
    this.#recent.length = 0;
    const inOrder = rows.toSorted((one, other) => one.no - other.no);
    this.#recent.push(...inOrder.slice(-MAX_RECENT));
    for (const row of inOrder) if (!row.isRenamed) this.#setLast(row);
    this.#lastNo = inOrder.at(-1)?.no ?? 0;
  }

  /** All that is kept, as `restore` takes it. */
  rows(): readonly DepartureRow[] {
    return [...new Set([...this.#byFold.values(), ...this.#recent])];
  }

  /** Remembers that a user left, or with `isRenamed` that it took another name. */
  add(fold: string, departure: Departure, isRenamed = false): void {
    const row = { no: ++this.#lastNo, fold, isRenamed, departure };
    this.#table?.putDeparture(row);
    this.#recent.push(row);
    const former = isRenamed ? undefined : this.#setLast(row);
    const oldest = this.#recent.length > MAX_RECENT ? this.#recent.shift() : undefined;
    if (oldest !== undefined) this.#removeIfUnused(oldest);
    if (former !== undefined) this.#removeIfUnused(former);
    // Only their number removes them: a clock that is ahead for a moment would make all of them old.
    for (const [name, last] of this.#byFold) {
      if (this.#byFold.size <= MAX_NAMES) break;
      this.#byFold.delete(name);
      this.#removeIfUnused(last);
    }
  }

  /** The departures under a name among the last ones of all, the last one first. */
  recent(fold: string): readonly Departure[] {
    const rows = this.#recent.filter((row) => row.fold === fold).reverse();
    return rows.map(({ departure }) => departure);
  }

  /** The last departure of a name, for an hour. */
  last(fold: string, at: number): Departure | null {
    const departure = this.#byFold.get(fold)?.departure;
    return departure !== undefined && at - departure.leftAt <= DEPARTURE_MS ? departure : null;
  }

  /** The last time that a user left or gave up this name, as far as it is kept, for an hour. */
  lastUse(fold: string, at: number): Departure | null {
    const left = this.last(fold, at);
    const [recent] = this.recent(fold);
    const isLater = recent !== undefined && recent.leftAt > (left?.leftAt ?? at - DEPARTURE_MS - 1);
    return isLater ? recent : left;
  }

  /** Returns the former last one of the name. */
  #setLast(row: DepartureRow): DepartureRow | undefined {
    const former = this.#byFold.get(row.fold);
    // Deleted first, so that it moves to the end.
    this.#byFold.delete(row.fold);
    this.#byFold.set(row.fold, row);
    return former;
  }

  #removeIfUnused(row: DepartureRow): void {
    const isRecent = row.no > this.#lastNo - MAX_RECENT;
    if (!isRecent && this.#byFold.get(row.fold) !== row) this.#table?.removeDeparture(row.no);
  }
}
