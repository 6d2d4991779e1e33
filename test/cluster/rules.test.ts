/** What each entry of the log means, rule by rule. */
import { describe, expect, it } from 'vitest';
import { decode, encode, type LogEntry, type ReadEntry } from '../../src/cluster/batch.js';
import { adopted, Rules, type Verdict } from '../../src/cluster/rules.js';
import { Seal } from '../../src/cluster/seal.js';
import { MAX_V } from '../../src/cluster/versions.js';
import type { Proposal } from '../../src/core/ports.js';
import { cleanText } from '../../src/core/text/text.js';

const PLAIN = new Seal(null);
const LOG = 'log-1';
/** 2026-03-01T12:00:00.000Z */
const NOON = Date.UTC(2026, 2, 1, 12);

/** A state with entries that are appended one after the other. */
class Journal {
  rules = Rules.begin({ logId: LOG, base: '', lastId: 0, lastAt: Number.NEGATIVE_INFINITY });
  at = NOON;

  add(entry: LogEntry, seq = this.rules.position + 1): Verdict {
    return this.apply(decode(encode(entry, PLAIN, LOG), PLAIN, LOG), seq);
  }

  apply(read: ReadEntry, seq = this.rules.position + 1): Verdict {
    return this.rules.apply(seq, this.at, read, PLAIN.keyId);
  }

  /** Begins a run, and returns its epoch. */
  up(node: string, change: Partial<Extract<LogEntry, { kind: 'up' }>> = {}): number {
    const verdict = this.add(upOf(node, this.rules.node(node)?.epoch ?? 0, change));
    if (verdict.kind !== 'up') throw new Error(`not begun: ${JSON.stringify(verdict)}`);
    return verdict.epoch;
  }

  batch(node: string, epoch: number, n: number, ...proposals: readonly Proposal[]): Verdict {
    return this.add({ kind: 'batch', v: 1, node, epoch, n, proposals });
  }

  fence(node: string): LogEntry {
    const { epoch = 0, lastN = 0, lastSeq = 0 } = this.rules.node(node) ?? {};
    return { kind: 'fence', node, epoch, lastN, seen: lastSeq };
  }
}

let nonces = 0;

function upOf(
  node: string,
  former: number,
  change: Partial<Extract<LogEntry, { kind: 'up' }>> = {},
): Extract<LogEntry, { kind: 'up' }> {
  const nonce = `nonce-${++nonces}`;
  return { kind: 'up', node, former, nonce, base: '', settings: {}, maxV: 1, version: '1.0.0', ...change };
}

function say(epoch: number, ...texts: string[]): Proposal {
  const session = { node: 'a', epoch, no: 1 };
  return { kind: 'say', session, room: 'lobby', texts: texts.map((text) => cleanText(text)), pasted: false };
}

const NO_SESSION: Proposal = { kind: 'ban-changed', target: 'x' };

describe('the epoch', () => {
  it('a run is named by the sequence number of the entry that began it', () => {
    const journal = new Journal();
    expect(journal.up('a')).toBe(1);
    expect(journal.up('b')).toBe(2);
    expect(journal.rules.liveNodes().map(({ name, epoch }) => [name, epoch])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('a new run of a server ends the sessions of its former one, and only once', () => {
    const journal = new Journal();
    journal.up('a');
    expect(journal.add(upOf('a', 1))).toMatchObject({ kind: 'up', epoch: 2, ended: 1 });
    journal.add(journal.fence('a'));
    expect(journal.add(upOf('a', 2))).toMatchObject({ kind: 'up', epoch: 4, ended: null });
  });

  it('a batch of an epoch that ended, or never was, counts for nothing', () => {
    const journal = new Journal();
    expect(journal.batch('a', 1, 1, NO_SESSION)).toEqual({ kind: 'skipped', why: 'dead-epoch' });
    const epoch = journal.up('a');
    journal.up('a');
    expect(journal.batch('a', epoch, 1, NO_SESSION)).toEqual({ kind: 'skipped', why: 'dead-epoch' });
    expect(journal.batch('b', epoch, 1, NO_SESSION)).toEqual({ kind: 'skipped', why: 'dead-epoch' });
  });

  it('a beginning that arrives twice, or after a later one, is skipped', () => {
    const journal = new Journal();
    const first = upOf('a', 0);
    const second = upOf('a', 1);
    expect(journal.add(first).kind).toBe('up');
    expect(journal.add(first)).toEqual({ kind: 'skipped', why: 'known-nonce' });
    expect(journal.rules.node('a')?.epoch).toBe(1);
    expect(journal.add({ ...second })).toMatchObject({ kind: 'up', epoch: 3 });
    expect(journal.add(first)).toEqual({ kind: 'skipped', why: 'known-nonce' });
    expect(journal.add(second)).toEqual({ kind: 'skipped', why: 'known-nonce' });
    expect(journal.rules.node('a')).toMatchObject({ epoch: 3, isLive: true });
  });
});

describe('the counter', () => {
  it('the batches of a run settle in their order, each once', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    expect(journal.batch('a', epoch, 2, NO_SESSION)).toEqual({ kind: 'skipped', why: 'gap' });
    expect(journal.batch('a', epoch, 1, NO_SESSION).kind).toBe('settled');
    expect(journal.batch('a', epoch, 1, NO_SESSION)).toEqual({ kind: 'skipped', why: 'duplicate' });
    expect(journal.batch('a', epoch, 2, NO_SESSION).kind).toBe('settled');
    expect(journal.batch('a', epoch, 1, NO_SESSION)).toEqual({ kind: 'skipped', why: 'duplicate' });
  });

  it('each run and each server counts from 1', () => {
    const journal = new Journal();
    const a = journal.up('a');
    const b = journal.up('b');
    expect(journal.batch('a', a, 1).kind).toBe('settled');
    expect(journal.batch('b', b, 1).kind).toBe('settled');
    expect(journal.batch('a', journal.up('a'), 1).kind).toBe('settled');
  });
});

describe('the position', () => {
  it('an entry at or below the position is skipped, and one above the next is not applied', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    const row = journal.rules.toRow();
    const batch: LogEntry = { kind: 'batch', v: 1, node: 'a', epoch, n: 1, proposals: [NO_SESSION] };
    expect(journal.add(batch, 1)).toEqual({ kind: 'skipped', why: 'settled-before' });
    expect(journal.add(batch, 3)).toEqual({ kind: 'missing' });
    expect(journal.rules.toRow()).toBe(row);
    expect(journal.add(batch, 2).kind).toBe('settled');
  });

  it('a state that was stored goes on as if it had not been', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    journal.batch('a', epoch, 1, say(epoch, 'one'));
    journal.add({ kind: 'forget', node: 'a', epoch, table: 'messages', upTo: 5 });
    const restored = Rules.fromRow(journal.rules.toRow());
    expect(restored.toRow()).toBe(journal.rules.toRow());
    const next = decode(
      encode({ kind: 'batch', v: 1, node: 'a', epoch, n: 2, proposals: [say(epoch, 'two')] }, PLAIN, LOG),
      PLAIN,
      LOG,
    );
    expect(restored.apply(4, NOON, next, null)).toEqual(journal.rules.apply(4, NOON, next, null));
    expect(restored.toRow()).toBe(journal.rules.toRow());
  });

  it('the hash differs from where the entries differ', () => {
    const [one, two] = [new Journal(), new Journal()];
    const up = upOf('a', 0);
    one.add(up);
    two.add(up);
    expect(one.rules.hash).toBe(two.rules.hash);
    one.batch('a', 1, 1, NO_SESSION);
    two.batch('a', 1, 1);
    expect(one.rules.hash).not.toBe(two.rules.hash);
    for (const { rules } of [one, two])
      rules.apply(3, NOON, decode(encode(up, PLAIN, LOG), PLAIN, LOG), null);
    expect(one.rules.hash).not.toBe(two.rules.hash);
  });
});

describe('the fence', () => {
  it('a fence ends the epoch, and later batches of it count for nothing', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    journal.batch('a', epoch, 1);
    const fence = journal.fence('a');
    expect(journal.add(fence)).toMatchObject({ kind: 'ended', node: 'a', epoch, why: 'fence' });
    expect(journal.batch('a', epoch, 2)).toEqual({ kind: 'skipped', why: 'dead-epoch' });
    expect(journal.add(fence)).toEqual({ kind: 'skipped', why: 'dead-epoch' });
    expect(journal.rules.liveNodes()).toEqual([]);
  });

  it('a fence is void if a batch or a sign of life came before it', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    const first = journal.fence('a');
    journal.batch('a', epoch, 1);
    expect(journal.add(first)).toEqual({ kind: 'skipped', why: 'not-silent' });
    const second = journal.fence('a');
    expect(journal.add({ kind: 'alive', node: 'a', epoch, position: 2, hash: '' }).kind).toBe('alive');
    expect(journal.add(second)).toEqual({ kind: 'skipped', why: 'not-silent' });
    expect(journal.rules.node('a')?.isLive).toBe(true);
  });

  it('a sign of life that arrives twice or late is not one', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    const alive: LogEntry = { kind: 'alive', node: 'a', epoch, position: 1, hash: '' };
    journal.add(alive);
    const fence = journal.fence('a');
    expect(journal.add(alive)).toEqual({ kind: 'skipped', why: 'outdated' });
    expect(journal.add({ ...alive, position: 99 })).toEqual({ kind: 'skipped', why: 'outdated' });
    expect(journal.add(fence).kind).toBe('ended');
  });

  it('a server that stops ends its run after all of its batches', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    expect(journal.add({ kind: 'down', node: 'a', epoch, n: 2 })).toEqual({ kind: 'skipped', why: 'gap' });
    journal.batch('a', epoch, 1);
    expect(journal.add({ kind: 'down', node: 'a', epoch, n: 1 })).toEqual({
      kind: 'skipped',
      why: 'duplicate',
    });
    expect(journal.add({ kind: 'down', node: 'a', epoch, n: 2 })).toMatchObject({
      kind: 'ended',
      why: 'down',
    });
    expect(journal.add({ kind: 'down', node: 'a', epoch, n: 2 })).toEqual({
      kind: 'skipped',
      why: 'dead-epoch',
    });
  });
});

describe('ids and times', () => {
  it('messages are numbered without gaps, whatever lies between them in the log', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    const ids = [1, 2, 2, 4, 3].flatMap((n) => {
      const verdict = journal.batch('a', epoch, n, say(epoch, 'x', 'y'), NO_SESSION, say(epoch, 'z'));
      return verdict.kind === 'settled' ? [verdict.entries.map(({ id }) => id)] : [];
    });
    expect(ids).toEqual([
      [1, 3, 3],
      [4, 6, 6],
      [7, 9, 9],
    ]);
    expect(journal.rules.lastId).toBe(9);
  });

  it('a stamp that goes back by at most 10 s repeats the newest time, and one further back is believed', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    const times = [0, -10_000, -10_001, 5000].map((offset, index) => {
      journal.at = NOON + offset;
      const verdict = journal.batch('a', epoch, index + 1, say(epoch, 'x'));
      return verdict.kind === 'settled' ? (verdict.entries[0]?.at ?? 0) - NOON : null;
    });
    expect(times).toEqual([0, 0, -10_001, 5000]);
  });

  it('the ids go on after the data that the first server brings in', () => {
    const rules = Rules.begin({ logId: LOG, base: 'mine', lastId: 41, lastAt: NOON });
    const up = upOf('a', 0, { base: 'mine' });
    rules.apply(1, NOON, decode(encode(up, PLAIN, LOG), PLAIN, LOG), null);
    const batch: LogEntry = { kind: 'batch', v: 1, node: 'a', epoch: 1, n: 1, proposals: [say(1, 'x')] };
    const verdict = rules.apply(2, NOON - 5, decode(encode(batch, PLAIN, LOG), PLAIN, LOG), null);
    expect(verdict).toMatchObject({ kind: 'settled', entries: [{ id: 42, at: NOON }] });
  });
});

describe('what ages', () => {
  it('only the live server with the lowest name has entries forgotten, and each time only later ones', () => {
    const journal = new Journal();
    const b = journal.up('b');
    const a = journal.up('a');
    const forget = { kind: 'forget', table: 'messages', upTo: 10 } as const;
    expect(journal.add({ ...forget, node: 'b', epoch: b })).toEqual({ kind: 'skipped', why: 'not-lowest' });
    expect(journal.add({ ...forget, node: 'a', epoch: a })).toMatchObject({ ...forget, kind: 'forget' });
    expect(journal.add({ ...forget, node: 'a', epoch: a })).toEqual({ kind: 'skipped', why: 'outdated' });
    expect(journal.add({ ...forget, table: 'mail', node: 'a', epoch: a }).kind).toBe('forget');
    journal.add(journal.fence('a'));
    expect(journal.add({ ...forget, upTo: 11, node: 'b', epoch: b }).kind).toBe('forget');
  });
});

describe('settings', () => {
  it('a server that differs from the live ones is refused, and the setting is named', () => {
    const journal = new Journal();
    journal.up('a', { settings: { ANNOUNCE_LOGIN: 'true', PRESENCE_LIMIT: '2000' } });
    const differing = upOf('b', 0, { settings: { ANNOUNCE_LOGIN: 'true', PRESENCE_LIMIT: '5' } });
    expect(journal.add(differing)).toMatchObject({
      kind: 'refused',
      node: 'b',
      nonce: differing.nonce,
      others: ['a'],
      sentence: 'PRESENCE_LIMIT is 5 on b and 2000 on a: set the same on every server',
    });
    expect(journal.rules.node('b')).toBeUndefined();
    journal.add(journal.fence('a'));
    expect(journal.add(differing).kind).toBe('up');
  });

  it('a server may change a setting when it restarts alone, and a setting of a newer version has no say', () => {
    const journal = new Journal();
    journal.up('a', { settings: { HISTORY_DAYS: '30' } });
    expect(journal.up('a', { settings: { HISTORY_DAYS: '60' } })).toBe(2);
    expect(journal.up('b', { settings: { HISTORY_DAYS: '60', toString: 'new' } })).toBe(3);
  });
});

describe('versions', () => {
  it('an entry of a newer version stops the server, and the state stays before it', () => {
    const journal = new Journal();
    journal.up('a');
    const row = journal.rules.toRow();
    const newer = decode(Buffer.from('{"kind":"snapshot","node":"a","epoch":1}'), PLAIN, LOG);
    expect(journal.apply(newer)).toMatchObject({ kind: 'stop', exitCode: 4 });
    expect(journal.rules.toRow()).toBe(row);
  });

  it('entries of a new version are written once every live server reads them', () => {
    const journal = new Journal();
    journal.up('a', { maxV: 0 });
    expect(journal.rules.writableV).toBe(0);
    journal.up('a', { maxV: 7 });
    expect(journal.rules.writableV).toBe(MAX_V);
  });

  it('a server that cannot read the entries of the live ones is refused', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    journal.batch('a', epoch, 1);
    const old = upOf('b', 0, { maxV: 0, version: '0.9.0' });
    expect(journal.add(old)).toMatchObject({
      kind: 'refused',
      sentence: 'partyline 0.9.0 is too old for the cluster: upgrade it on b',
    });
  });

  it('a malformed entry is skipped', () => {
    const journal = new Journal();
    journal.up('a');
    expect(journal.apply(decode(Buffer.from('{'), PLAIN, LOG))).toEqual({
      kind: 'skipped',
      why: 'malformed',
    });
    expect(journal.rules.position).toBe(2);
  });
});

describe('the beginning of a log', () => {
  it('data that is not a copy of the first server’s is refused', () => {
    const journal = new Journal();
    expect(journal.add(upOf('b', 0, { base: 'other' }))).toMatchObject({ kind: 'stop', exitCode: 4 });
    expect(journal.rules.position).toBe(0);
  });

  it('the key of the first entry is the key of the log, and later entries with another one are skipped', () => {
    const [one, two] = [new Seal(Buffer.alloc(32, 1)), new Seal(Buffer.alloc(32, 2))];
    const rules = Rules.begin({ logId: LOG, base: '', lastId: 0, lastAt: Number.NEGATIVE_INFINITY });
    const up = upOf('a', 0);
    const bytes = encode(up, one, LOG);
    expect(rules.apply(1, NOON, decode(bytes, two, LOG), two.keyId)).toMatchObject({
      kind: 'stop',
      exitCode: 2,
    });
    expect(rules.apply(1, NOON, decode(bytes, PLAIN, LOG), null)).toMatchObject({
      kind: 'stop',
      exitCode: 2,
    });
    expect(rules.keyProblem(two.keyId)).toBeNull();
    expect(rules.apply(1, NOON, decode(bytes, one, LOG), one.keyId).kind).toBe('up');
    expect(rules.keyProblem(one.keyId)).toBeNull();
    expect(rules.keyProblem(two.keyId)).toContain(one.keyId);
    expect(rules.keyProblem(null)).toContain('set CLUSTER_KEY_FILE');
    for (const seal of [PLAIN, two])
      expect(
        rules.apply(rules.position + 1, NOON, decode(encode(up, seal, LOG), one, LOG), one.keyId),
      ).toEqual({
        kind: 'skipped',
        why: 'not-authentic',
      });
  });

  it('a copy that is adopted begins another log, in which ids go on and no run lives', () => {
    const journal = new Journal();
    const epoch = journal.up('a');
    journal.batch('a', epoch, 1, say(epoch, 'x', 'y'));
    journal.add({ kind: 'forget', node: 'a', epoch, table: 'messages', upTo: 5 });
    const rules = Rules.fromRow(adopted(journal.rules.toRow(), 'log-2', 'copy'));
    expect(rules).toMatchObject({ logId: 'log-2', base: 'copy', position: 0, lastId: 2 });
    expect(rules.nodes()).toEqual([]);
    expect(rules.toRow()).toContain('"messages",5');
  });
});
