/** What one client knows: what it sent, which answers it got, what it saw. Plain data, which ledger.ts compares with the stored messages. */

export interface Seen {
  /** Null where the dialect shows no ids. */
  readonly id: number | null;
  readonly from: string;
  readonly text: string;
}

/** `open`: sent, and without an answer; it may be stored or not. */
export type Fate = 'open' | 'acknowledged' | 'refused';

export interface Sent {
  readonly text: string;
  readonly at: number;
  fate: Fate;
  /** The id in the answer, where the dialect has one. */
  id: number | null;
}

/** All times are milliseconds of one monotonic clock. */
export interface ClientRecord {
  readonly name: string;
  readonly room: string;
  /** The name of the server that it is connected to. */
  readonly server: string;
  /** What it sent, in order. */
  readonly sent: readonly Sent[];
  /** Messages of others, and its own where the dialect shows them, in order, from the time that it is in the room. */
  readonly seen: readonly Seen[];
  /** The dialect shows its own messages too. */
  readonly seesItself: boolean;
  /** Users whose end it was told, with the time of each telling. */
  readonly gone: ReadonlyMap<string, readonly number[]>;
  /** When it was in its room; null if it never was. */
  readonly readyAt: number | null;
  /** When it left by itself; null if it did not. */
  readonly leftAt: number | null;
  readonly closedAt: number | null;
  /** The server's last words, if it said why it closed the connection. */
  readonly farewell: string | null;
}
