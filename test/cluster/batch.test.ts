/** The bytes of the log: written and read back, damaged, encrypted, and of newer versions. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, type LogEntry } from '../../src/cluster/batch.js';
import { Seal } from '../../src/cluster/seal.js';
import { MAX_V } from '../../src/cluster/versions.js';
import type { AdminChange } from '../../src/core/admin-change.js';
import type { Command } from '../../src/core/command.js';
import { type Proposal } from '../../src/core/ports.js';
import { cleanText, parseRoomName, parseUserName, typedName } from '../../src/core/text/text.js';

const PLAIN = new Seal(null);
const KEY = randomBytes(32);
const KEYED = new Seal(KEY);
const LOG = 'log-1';

const key = { node: 'a', epoch: 7, no: 3 };
const text = cleanText('hi \ud83d\ude00 \u0000there');
const name = valid(parseUserName('Zoë'));
const room = valid(parseRoomName('dev'));

const PROPOSALS: readonly Proposal[] = [
  {
    kind: 'login',
    session: key,
    name,
    room: null,
    closeOnRefusal: false,
    canPromptPassword: true,
    proof: { kind: 'password', hash: 'x' },
    secretIgnored: false,
    identity: null,
    roamer: { rooms: [room], user: 'me', realname: text, isBot: true, isInvisible: false, style: null },
    cloakKey: 'abc',
    resumeHash: null,
    shownResumeHash: null,
    dialect: 'lines',
    address: '127.0.0.1',
  },
  { kind: 'join', session: key, room, knownKeyHash: null },
  { kind: 'say', session: key, room: 'dev', texts: [text, text], pasted: true },
  { kind: 'post', room, from: name, texts: [text], by: { kind: 'bot' }, once: null, token: key },
  {
    kind: 'post',
    room,
    from: name,
    texts: [text],
    by: { kind: 'guest', address: '192.0.2.7', knownKeyHash: null, orElse: name },
    once: { key: 'job-7', hash: 'abc' },
    token: key,
  },
  {
    kind: 'post-direct',
    fold: text,
    from: name,
    texts: [text, text],
    by: {
      kind: 'owner',
      address: '192.0.2.7',
      knownKeyHash: 'hash',
      proof: { kind: 'token', id: 'abc' },
    },
    once: null,
    token: key,
  },
  { kind: 'delete', session: key, room: 'dev', id: 3, count: 2, isOwn: true, reason: text },
  { kind: 'delete-direct', session: key, to: 'bob', id: 3, count: 2, reason: text },
  { kind: 'tell', session: key, to: text, fold: text, text },
  { kind: 'read', session: key, room: 'dev', id: 3, time: 1_700_000_000_000 },
  { kind: 'page-token', session: key, id: '1', hash: 'x' },
  { kind: 'page-token-end', session: key, id: '1' },
  { kind: 'command', session: key, command: { kind: 'topic', room, text } },
  { kind: 'end', session: key, why: 'lost', readId: 12, reason: 'bye' },
  { kind: 'arrive', session: key },
  { kind: 'read-marker', account: 'zoe', room: 'dev', id: 4 },
  { kind: 'fetched', account: 'zoe', lastId: 9, token: null },
  { kind: 'account-changed', account: 'zoe', endsSessions: true, orphanedRooms: [room] },
  { kind: 'ban-changed', target: '10.0.0.0/8' },
];

const who = typedName(text);
const COMMANDS: readonly Command[] = [
  { kind: 'nick', name, proof: { kind: 'token', id: 't' } },
  { kind: 'away', text },
  { kind: 'follow', room, knownKeyHash: 'k' },
  { kind: 'register', passwordHash: 'h' },
  { kind: 'change-password', knownHash: 'h', passwordHash: 'i' },
  { kind: 'kick', who, reason: text },
  { kind: 'ban', who, minutes: null, reason: text },
  { kind: 'mute', who, minutes: 5 },
  { kind: 'announce', text },
  { kind: 'lock', room: null, keyHash: 'k', key: 'our-key' },
  {
    kind: 'mode',
    room,
    changes: [
      { kind: 'flag', flag: 'secret', on: true },
      { kind: 'limit', limit: null },
      { kind: 'key', keyHash: null, key: null },
      { kind: 'mask', list: 'bans', on: true, mask: { shown: 'x!*@*', fold: 'x!*@*' }, silences: false },
      { kind: 'status', status: 'op', on: true, who },
    ],
  },
  { kind: 'invite', room, who },
  { kind: 'put-out', room, who, reason: text },
  { kind: 'topic', room, text },
  { kind: 'found', room, who },
];
const BAN = { kind: 'muted', target: 'zoe', shown: 'Zoë', until: null, by: 'x', reason: '' } as const;
const TOKEN = { id: 't', fold: 'zoe', hash: 'h', createdAt: 5, expiresAt: null, isPage: 0 };
const CHANGES: readonly AdminChange[] = [
  { kind: 'set-operator', account: 'zoe', isOperator: true },
  { kind: 'reset-password', account: 'zoe', passwordHash: 'h' },
  { kind: 'add-token', token: TOKEN },
  { kind: 'add-ban', ban: BAN },
  { kind: 'remove-ban', of: 'muted', target: 'zoe' },
];

const ENTRIES: readonly LogEntry[] = [
  {
    kind: 'up',
    node: 'a',
    former: 2,
    nonce: 'n',
    base: '',
    settings: { ANNOUNCE_LOGIN: 'true' },
    maxV: 1,
    version: '1.2.3',
  },
  { kind: 'batch', v: 1, node: 'a', epoch: 7, n: 1, proposals: PROPOSALS },
  { kind: 'batch', v: 1, node: 'a', epoch: 7, n: 2, proposals: [] },
  { kind: 'fence', node: 'a', epoch: 7, lastN: 4, seen: 90 },
  { kind: 'alive', node: 'a', epoch: 7, position: 88, hash: 'abc' },
  { kind: 'down', node: 'a', epoch: 7, n: 5 },
  { kind: 'forget', node: 'a', epoch: 7, table: 'messages', upTo: 1_790_000_000_000 },
];

describe('the bytes of an entry', () => {
  it.each(ENTRIES.flatMap((entry) => [PLAIN, KEYED].map((seal) => [entry.kind, entry, seal] as const)))(
    'an entry of the kind %s is read as it was written',
    (_kind, entry, seal) => {
      const read = decode(encode(entry, seal, LOG), seal, LOG);
      expect(read).toMatchObject({ kind: 'entry', entry, keyId: seal.keyId });
    },
  );

  it('the sessions of a batch are written as numbers, so they are always of its own epoch', () => {
    const [, batch] = ENTRIES;
    const bytes = Buffer.from(encode(valid(batch ?? null), PLAIN, LOG)).toString();
    expect(bytes.split('"epoch"').length - 1).toBe(1);
  });

  it('bytes that are no entry are malformed and never throw', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => Buffer.from(json)),
      fc
        .record({
          kind: fc.constantFrom('up', 'batch', 'alive', 'fence', 'down', 'forget'),
          node: fc.jsonValue(),
        })
        .map(asBytes),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(PLAIN, KEYED), (some, seal) => {
        expect(['malformed', 'sealed', 'unknown']).toContain(decode(some, seal, LOG).kind);
      }),
      { numRuns: 500 },
    );
  });

  it('a batch with any field of a proposal replaced is malformed, or still a batch, and never throws', () => {
    const wire = JSON.parse(Buffer.from(encode(valid(ENTRIES[1] ?? null), PLAIN, LOG)).toString());
    const kinds = new Set<string>();
    fc.assert(
      fc.property(
        fc.nat({ max: PROPOSALS.length - 1 }),
        fc.nat({ max: 8 }),
        fc.jsonValue(),
        (index, at, value) => {
          const proposal = { ...wire.proposals[index] };
          const field = Object.keys(proposal)[at % Object.keys(proposal).length] ?? 'kind';
          proposal[field] = value;
          kinds.add(decode(asBytes({ ...wire, proposals: [proposal] }), PLAIN, LOG).kind);
        },
      ),
      { numRuns: 1000 },
    );
    expect([...kinds]).toContain('malformed');
    expect(kinds).not.toContain('sealed');
  });

  it.each(PROPOSALS.map((proposal) => [proposal.kind, proposal] as const))(
    'a proposal of the kind %s without one of its fields is malformed',
    (_kind, proposal) => {
      const batch: LogEntry = { kind: 'batch', v: 1, node: 'a', epoch: 7, n: 1, proposals: [proposal] };
      const wire = JSON.parse(Buffer.from(encode(batch, PLAIN, LOG)).toString());
      for (const field of Object.keys(wire.proposals[0])) {
        const rest = { ...wire.proposals[0], [field]: undefined };
        expect(decode(asBytes({ ...wire, proposals: [rest] }), PLAIN, LOG).kind).toBe('malformed');
      }
    },
  );

  const inner: readonly (readonly [string, 'command' | 'change', Proposal])[] = [
    ...COMMANDS.map(
      (command) => [command.kind, 'command', { kind: 'command', session: key, command }] as const,
    ),
    ...CHANGES.map((change) => [change.kind, 'change', { kind: 'admin', change, token: null }] as const),
  ];
  it.each(inner)(
    'a %s with one of its fields missing, or of another form, is malformed',
    (_kind, field, proposal) => {
      const batch: LogEntry = { kind: 'batch', v: 1, node: 'a', epoch: 7, n: 1, proposals: [proposal] };
      expect(decode(encode(batch, PLAIN, LOG), PLAIN, LOG).kind).toBe('entry');
      const wire = JSON.parse(Buffer.from(encode(batch, PLAIN, LOG)).toString());
      const [carrier] = wire.proposals;
      for (const name of Object.keys(carrier[field]))
        for (const value of [undefined, 5.5e300, { kind: 7 }, [null]]) {
          const isMinutes = name === 'minutes' && value === 5.5e300;
          const changed = { ...carrier, [field]: { ...carrier[field], [name]: value } };
          const { kind } = decode(asBytes({ ...wire, proposals: [changed] }), PLAIN, LOG);
          expect([name, value, kind]).toEqual([name, value, isMinutes ? 'entry' : 'malformed']);
        }
    },
  );

  it.each([
    ['a kind of entry', { kind: 'snapshot', node: 'a' }],
    ['a version of a batch', { kind: 'batch', v: MAX_V + 1, node: 'a', epoch: 1, n: 1, changes: [] }],
    [
      'a kind of proposal',
      { kind: 'batch', v: 1, node: 'a', epoch: 1, n: 1, proposals: [{ kind: 'teleport' }] },
    ],
    ['a kind of command', batchOf({ kind: 'command', session: 1, command: { kind: 'teleport' } })],
    ['a kind of change', batchOf({ kind: 'admin', change: { kind: 'rename-account' }, token: null })],
    [
      'a kind of proof',
      batchOf({ kind: 'command', session: 1, command: { kind: 'nick', name: null, proof: { kind: 'key' } } }),
    ],
  ])('%s of a newer version is told from a malformed entry', (_what, entry) => {
    expect(decode(asBytes(entry), PLAIN, LOG).kind).toBe('unknown');
  });
});

describe('encryption', () => {
  const entry = valid(ENTRIES[1] ?? null);

  it('an encrypted entry shows nothing of its text, and is different each time', () => {
    const bytes = Buffer.from(encode(entry, KEYED, LOG));
    for (const word of ['"kind"', '"node"', 'proposals']) expect(bytes.includes(word)).toBe(false);
    expect(bytes.equals(encode(entry, KEYED, LOG))).toBe(false);
  });

  it('an entry with any bit changed is not read', () => {
    const bytes = encode({ kind: 'down', node: 'a', epoch: 7, n: 5 }, KEYED, LOG);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decode(changed, KEYED, LOG).kind).toBe('sealed');
    }
  });

  it('an entry of another log is not read', () => {
    expect(decode(encode(entry, KEYED, LOG), KEYED, 'log-2').kind).toBe('sealed');
  });

  it('another key, no key, and an entry without encryption are told apart by the id of the key', () => {
    const other = new Seal(randomBytes(32));
    expect(decode(encode(entry, KEYED, LOG), other, LOG)).toMatchObject({
      kind: 'sealed',
      keyId: KEYED.keyId,
    });
    expect(decode(encode(entry, KEYED, LOG), PLAIN, LOG)).toMatchObject({
      kind: 'sealed',
      keyId: KEYED.keyId,
    });
    expect(decode(encode(entry, PLAIN, LOG), KEYED, LOG)).toMatchObject({ kind: 'sealed', keyId: null });
    expect(KEYED.keyId).toMatch(/^[0-9a-f]{8}$/);
    expect(KEY.toString('hex')).not.toContain(KEYED.keyId);
  });

  it('a key of another length is refused', () => {
    expect(() => new Seal(randomBytes(16))).toThrow('16 bytes instead of 32');
  });
});

/** A batch with this proposal, as the log has it. */
function batchOf(proposal: unknown): unknown {
  return { kind: 'batch', v: 1, node: 'a', epoch: 1, n: 1, proposals: [proposal] };
}

function asBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function valid<T>(value: T | null): T {
  if (value === null) throw new Error('not valid');
  return value;
}
