/**
 * The log that several servers share, as an engine provides it: it puts what any of them appends in one order, and gives
 * it to all of them in that order. Nothing that it promises beyond this is used: an append may be doubled, lost or come
 * late, and the tail may be lost. The rules make up for that (rules.ts).
 */
export interface Log {
  /** Tries once to append. Success is only known when `read` gives the bytes back. It never throws. */
  append(bytes: Uint8Array): void;
  /**
   * Gives every entry above `after`, in order and without gaps, old ones first, then each as it is appended. `at` is the
   * engine's time of the entry in milliseconds since 1970. It reconnects by itself; a second call replaces the first.
   */
  read(after: number, onEntry: (seq: number, at: number, bytes: Uint8Array) => void): void;
  /** Holds entries back, and lets them come again; a few may still come meanwhile. An engine need not have it. */
  pause?(): void;
  resume?(): void;
  /**
   * The numbers of the first and last entries that the log holds, and the log's id. A log that never had an entry has
   * `first` 1 and `last` 0. Rejects while the engine is unreachable.
   */
  ends(): Promise<{ first: number; last: number; id: string }>;
  /** The bytes of an entry; null if the log does not hold it. Rejects while the engine is unreachable. */
  at(seq: number): Promise<Uint8Array | null>;
  /** Ends the reading, and drops what was not appended yet. Always the last call. */
  close(): Promise<void>;
}
