/** What was read and not applied: in order, without gaps, and never more than fits. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cluster/batch.js';
import type { Log } from '../../src/cluster/log.js';
import { LogReader } from '../../src/cluster/reader.js';
import { Seal } from '../../src/cluster/seal.js';

const SEAL = new Seal(null);
const MIB = 1024 * 1024;

/** A log that a test delivers by hand. */
class FakeLog implements Log {
  /** The positions after which it was read. */
  readonly readAfter: number[] = [];
  readonly calls: string[] = [];
  deliver: (seq: number, at: number, bytes: Uint8Array) => void = () => {};

  append(): void {}

  read(after: number, onEntry: (seq: number, at: number, bytes: Uint8Array) => void): void {
    this.readAfter.push(after);
    this.deliver = onEntry;
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  ends(): Promise<never> {
    return Promise.reject(new Error('not asked'));
  }

  at(): Promise<never> {
    return Promise.reject(new Error('not asked'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function openReader(): {
  readonly log: FakeLog;
  readonly reader: LogReader;
  readonly runDeferred: () => void;
} {
  const log = new FakeLog();
  const deferred: (() => void)[] = [];
  const reader = new LogReader({
    log,
    decode: (bytes) => decode(bytes, SEAL, ''),
    defer: (run) => deferred.push(run),
    onArrival: () => {},
  });
  reader.open(10);
  return { log, reader, runDeferred: () => deferred.splice(0).forEach((run) => run()) };
}

function seqs(reader: LogReader): readonly number[] {
  return reader.queue.map(({ seq }) => seq);
}

describe('reading', () => {
  it('what was queued before is left out, and after a gap the log is read again from there', () => {
    const { log, reader, runDeferred } = openReader();
    for (const seq of [11, 12, 11, 9, 12, 14, 15]) log.deliver(seq, 0, new Uint8Array(1));
    expect(seqs(reader)).toEqual([11, 12]);
    expect(log.readAfter).toEqual([10]);
    runDeferred();
    expect(log.readAfter).toEqual([10, 12]);
    for (const seq of [13, 14]) log.deliver(seq, 0, new Uint8Array(1));
    expect(seqs(reader)).toEqual([11, 12, 13, 14]);
    expect(reader.last).toBe(15);
  });

  it('the log is asked to hold entries back while many megabytes wait', () => {
    const { log, reader } = openReader();
    for (let seq = 11; seq <= 20; seq++) log.deliver(seq, 0, new Uint8Array(MIB));
    expect(log.calls).toEqual(['pause']);
    reader.take(8);
    expect(log.calls).toEqual(['pause']);
    reader.take(1);
    expect(log.calls).toEqual(['pause', 'resume']);
  });

  it('a log that does not hold entries back is read again later, so they never fill the memory', () => {
    const { log, reader, runDeferred } = openReader();
    for (let seq = 11; seq <= 100; seq++) log.deliver(seq, 0, new Uint8Array(MIB));
    expect(reader.queue.length).toBe(32);
    runDeferred();
    expect(log.readAfter).toEqual([10]);
    reader.take(32);
    log.deliver(101, 0, new Uint8Array(1));
    runDeferred();
    expect(log.readAfter).toEqual([10, 42]);
    log.deliver(43, 0, new Uint8Array(1));
    expect(seqs(reader)).toEqual([43]);
  });

  it('a closed reader takes nothing more', () => {
    const { log, reader } = openReader();
    reader.close();
    log.deliver(11, 0, new Uint8Array(1));
    expect(reader.queue).toEqual([]);
  });
});
