/** The suite that every dialect passes, in a server with clients of every other dialect. */
import { describe, expect, it } from 'vitest';
import type { Ban } from '../../src/core/accounts.js';
import type { Action } from '../../src/core/action.js';
import { DEFAULT_MODES } from '../../src/core/modes.js';
import { SOMEONE } from '../support/roamer.js';
import type { HubEvent, Report, UserReport } from '../../src/core/event.js';
import type { CloseReason, Refusal } from '../../src/core/reasons.js';
import { cleanText } from '../../src/core/text/text.js';
import { message } from '../history/common.js';
import { World } from '../support/world.js';
import { connect, lines, login, type Speaker } from './speakers.js';

/** The characters that docs/protocol.md removes from text; LF is not among them, as it ends each line. */
export const FORBIDDEN =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const HOSTILE =
  'a\x01\x02\x05\x1b]0;title\x07\x1b\x9b31m\x85\u202e\u2066\u2028\u2029\u00ad\u061c\u200b\ufeff\ufff9\u{e0041}z';
const HARMLESS = 'a]0;title31mz';
/** Formatting passes between clients of IRC. */
const harmless = (from: Speaker, to: Speaker) =>
  from.dialect === 'irc' && to.dialect === 'irc' ? `a\x02${HARMLESS.slice(1)}` : HARMLESS;

export function dialectSuite(speaker: Speaker, others: readonly Speaker[]): void {
  describe(`a ${speaker.dialect} client`, () => {
    describe.each(others.map((other) => ({ with: other.dialect, other })))(
      'beside a $with client',
      ({ other }) => {
        const pair = () => {
          const world = new World();
          const theirs = login(world, other, 'bob');
          const ours = login(world, speaker, 'ann');
          const announcement = theirs.read();
          return { world, ours, theirs, announcement };
        };

        /** As a client of the other dialect sees the user of this one. */
        const by = speaker.dialect;

        it(`a ${speaker.dialect} client is announced to a ${other.dialect} client at its login`, () => {
          expect(pair().announcement).toBe(other.joined('ann', { by }));
        });

        it(`a ${speaker.dialect} client exchanges messages with a ${other.dialect} client, each in its own dialect`, () => {
          const { ours, theirs } = pair();
          ours.send(speaker.say('hello  there: bob'));
          expect(theirs.read()).toBe(other.said('ann', 'hello  there: bob', { by }));
          expect(ours.read()).toBe(speaker.own('ann', 'hello  there: bob'));
          theirs.send(other.say('hi ann'));
          expect(ours.read()).toBe(speaker.said('bob', 'hi ann', { by: other.dialect }));
        });

        it(`a ${speaker.dialect} client cannot send a ${other.dialect} client control characters in a message`, () => {
          const { ours, theirs } = pair();
          ours.send(speaker.say(HOSTILE));
          expect(theirs.read()).toBe(other.said('ann', harmless(speaker, other), { by }));
          expect(ours.read()).toBe(speaker.own('ann', HARMLESS));
        });

        it(`a ${speaker.dialect} client cannot send a ${other.dialect} client control characters in a name`, () => {
          const world = new World();
          const theirs = login(world, other, 'bob');
          const ours = connect(world, speaker);
          ours.send(speaker.login('an\u202e\u200bn'));
          ours.send(speaker.say('hi'));
          expect(theirs.read()).toBe(other.joined('ann', { by }) + other.said('ann', 'hi', { by }));
        });

        it.each(['vanish', 'end'] as const)(
          `a ${speaker.dialect} client is shown to a ${other.dialect} client as disconnected once, and frees its name: %s`,
          (how) => {
            const { world, ours, theirs } = pair();
            ours[how]();
            expect(theirs.read()).toBe(other.disconnected('ann', { by, isLost: how === 'vanish' }));
            login(world, speaker, 'ann').send(speaker.say('back'));
            expect(theirs.read()).toBe(other.joined('ann', { by }) + other.said('ann', 'back', { by }));
          },
        );

        it(`a ${speaker.dialect} client is refused the name of a ${other.dialect} client`, () => {
          const { world, theirs } = pair();
          const late = connect(world, speaker);
          late.send(speaker.login('BOB'));
          expect(late.read()).toMatch(/username-taken|already in use/);
          expect(theirs.read()).toBe('');
        });
      },
    );

    const withObserver = () => {
      const world = new World();
      const observer = login(world, lines, 'observer');
      const ours = login(world, speaker, 'ann');
      observer.read();
      return { world, observer, ours };
    };

    it(`a ${speaker.dialect} client receives a direct message`, () => {
      const { observer, ours } = withObserver();
      observer.send('DM ann psst\nPING\n');
      expect(observer.read()).toBe('PONG\n');
      expect(ours.read()).toBe(speaker.told('observer', 'psst'));
    });

    it(`a ${speaker.dialect} client has a burst of lines processed in order`, () => {
      const { observer, ours } = withObserver();
      const texts = Array.from({ length: 500 }, (_, n) => `n${n}`);
      ours.send(texts.map((text) => speaker.say(text)).join(''));
      expect(observer.read()).toBe(texts.map((text) => lines.said('ann', text)).join(''));
    });

    it(`a ${speaker.dialect} client is slowed above the rate limit, and no line is lost`, () => {
      const world = new World({ rateLimit: 10, rateBurst: 5 });
      const observer = login(world, lines, 'observer');
      const ours = login(world, speaker, 'ann');
      observer.read();
      const texts = Array.from({ length: 30 }, (_, n) => `n${n}`);
      ours.send(texts.map((text) => speaker.say(text)).join(''));
      const immediate = observer.lines();
      expect(immediate.length).toBeLessThan(10);
      world.wait(5000);
      expect([...immediate, ...observer.lines()]).toEqual(texts.map((text) => `MSG ann ${text}`));
    });

    it(`a ${speaker.dialect} client may send its bytes one at a time`, () => {
      const world = new World();
      const observer = login(world, lines, 'observer');
      const ours = connect(world, speaker);
      for (const byte of Buffer.from(`${speaker.login('zoë')}${speaker.say('naïve 日本')}`))
        ours.send(Uint8Array.of(byte));
      expect(observer.read()).toBe('MSG zoë naïve 日本\n');
    });

    it(`a ${speaker.dialect} client may send everything in one packet, without a last line end`, () => {
      const world = new World();
      const observer = login(world, lines, 'observer');
      const ours = connect(world, speaker);
      ours.end(`${speaker.login('ann')}${speaker.say('one')}${speaker.say('two').slice(0, -1)}`);
      expect(ours.closed).toBe(true);
      expect(observer.read()).toBe('MSG ann one\nMSG ann two\nINFO ann disconnected\n');
    });

    it(`a ${speaker.dialect} client is refused a line that is too long, and stays connected`, () => {
      const { observer, ours } = withObserver();
      ours.send(speaker.say('x'.repeat(4097)) + speaker.say('short'));
      expect(ours.read()).toBe(speaker.tooLong + speaker.own('ann', 'short'));
      expect(observer.read()).toBe('MSG ann short\n');
    });

    it.each([['POST / HTTP/1.1'], ['Host: localhost']])(
      `a ${speaker.dialect} client may send %j as a message`,
      (line) => {
        const { observer, ours } = withObserver();
        ours.send(speaker.say(line));
        expect(ours.closed).toBe(false);
        expect(observer.read()).toBe(`MSG ann ${line}\n`);
      },
    );

    it(`a ${speaker.dialect} client gets the notice of a shutdown, and no notice of other users`, () => {
      const { world, observer, ours } = withObserver();
      void world.connections.close();
      world.settle();
      expect(ours.read()).toBe(speaker.shutdown);
      expect(ours.closed).toBe(true);
      expect(observer.read()).toBe(lines.shutdown);
    });

    it(`a ${speaker.dialect} client gets whole lines, or nothing, for every event`, () => {
      const { dialect } = speaker.converse();
      for (const event of Object.values(EVENTS).flat()) {
        const output = dialect.format(event);
        expect(
          output === '' || /\n$|\[ENTER YOUR (?:NAME|PASSWORD)\]: $/.test(output),
          `${event.kind}: ${output}`,
        ).toBe(true);
        expect(output.replace(speaker.controls ?? '', '')).not.toMatch(FORBIDDEN);
        expect(output).not.toMatch(/undefined|null|NaN/);
      }
    });
  });
}

const REFUSALS = Object.keys({
  'not-logged-in': 0,
  'already-logged-in': 0,
  'invalid-handshake': 0,
  'invalid-username': 0,
  'username-taken': 0,
  'password-required': 0,
  'wrong-password': 0,
  'weak-password': 0,
  'too-many-registrations': 0,
  'already-registered': 0,
  'not-registered': 0,
  banned: 0,
  'not-permitted': 0,
  muted: 0,
  usage: 0,
  'unknown-command': 0,
  'user-not-found': 0,
  'invalid-room': 0,
  'room-not-found': 0,
  'room-locked': 0,
  'room-banned': 0,
  'room-invite-only': 0,
  'room-full': 0,
  'cannot-speak': 0,
  'user-not-in-room': 0,
  'already-in-room': 0,
  'mask-list-full': 0,
  'watch-list-full': 0,
  'message-not-found': 0,
  'not-in-room': 0,
  'too-many-rooms': 0,
  'mailbox-full': 0,
  'not-stored': 0,
  busy: 0,
  'line-too-long': 0,
  'paste-too-long': 0,
} satisfies Record<Refusal, 0>) as Refusal[];
const CLOSE_REASONS = Object.keys({
  quit: 0,
  left: 0,
  lost: 0,
  idle: 0,
  'login-timeout': 0,
  'login-refused': 0,
  'login-banned': 0,
  'too-many-attempts': 0,
  'logged-in-elsewhere': 0,
  'token-revoked': 0,
  'access-revoked': 0,
  kicked: 0,
  'put-out': 0,
  banned: 0,
  barred: 0,
  'too-slow': 0,
  'endless-line': 0,
  'bad-frame': 0,
  'not-utf8': 0,
  'message-too-long': 0,
  'http-request': 0,
  'server-full': 0,
  'too-many-connections': 0,
  'tls-required': 0,
  locked: 0,
  shutdown: 0,
  'cut-off': 0,
  'internal-error': 0,
} satisfies Record<CloseReason, 0>) as CloseReason[];

const at = Date.UTC(2026, 2, 1, 12);
const ann = { at, name: 'ann', room: 'dev' };
const messages = [message(1), message(2)];

const BAN: Ban = {
  kind: 'banned-name',
  target: 'bob',
  shown: 'bob',
  until: Number.POSITIVE_INFINITY,
  by: 'ann',
  reason: 'spam',
};

const ACTIONS: readonly Action[] = [
  { kind: 'register', about: 'ann' },
  { kind: 'change-password', about: 'ann' },
  { kind: 'unregister', about: 'ann' },
  { kind: 'kick', about: 'bob', text: '' },
  { kind: 'ban', about: 'bob', until: at, text: 'spam' },
  { kind: 'ban', about: '10.0.0.0/8', until: Number.POSITIVE_INFINITY, text: '' },
  { kind: 'unban', about: 'bob' },
  { kind: 'mute', about: 'bob', until: at },
  { kind: 'unmute', about: 'bob' },
  { kind: 'announce', about: '', text: 'hi' },
  { kind: 'ignore', about: 'bob' },
  { kind: 'unignore', about: 'bob' },
  { kind: 'lock', about: 'dev' },
  { kind: 'unlock', about: 'dev' },
  { kind: 'topic', about: 'dev', text: 'hi' },
  { kind: 'nick', about: 'ann', text: 'anna' },
  { kind: 'away', about: 'ann', text: 'lunch' },
  { kind: 'away', about: 'ann', text: '' },
  { kind: 'found', about: 'dev', text: 'ann' },
];

const WHOIS: UserReport = {
  name: 'ann',
  rooms: ['dev', 'ops'],
  dialect: 'lines',
  since: at,
  idleMs: 1500,
  leftAt: null,
  address: '192.0.2.7',
  awayText: 'lunch',
  by: SOMEONE,
  isOperator: false,
  statuses: [
    { op: true, voice: false },
    { op: false, voice: false },
  ],
};

const REPORTS: readonly Report[] = [
  { kind: 'topic', room: 'dev', topic: 'hi', by: 'ann', setAt: at },
  { kind: 'topic', room: 'dev', topic: null, by: null, setAt: null },
  { kind: 'invitations', rooms: ['dev'] },
  { kind: 'watches', names: ['bob'] },
  { kind: 'targets', targets: [{ room: 'dev', lastAt: at }] },
  { kind: 'departures', name: 'ann', users: [WHOIS] },
  { kind: 'modes', room: 'dev', modes: DEFAULT_MODES, hasKey: false, key: null, madeAt: at },
  { kind: 'masks', room: 'dev', list: 'bans', entries: [] },
  { kind: 'ignores', names: ['bob'] },
  { kind: 'last-address', name: 'bob', address: '192.0.2.7' },
  { kind: 'seen', name: 'bob', lastHereAt: null },
  { kind: 'seen', name: 'bob', lastHereAt: at },
  { kind: 'whois', user: WHOIS },
  { kind: 'whois', user: { ...WHOIS, rooms: [], idleMs: null, leftAt: at, address: null, awayText: null } },
];

/** At least one of each kind. A missing kind does not compile. */
const EVENTS: { readonly [Kind in HubEvent['kind']]: readonly Extract<HubEvent, { kind: Kind }>[] } = {
  said: [{ kind: 'said', message: message(1), by: SOMEONE }],
  joined: [
    { kind: 'joined', ...ann, lobby: false, how: 'moved', by: SOMEONE, awayText: null },
    { kind: 'joined', ...ann, room: 'lobby', lobby: true, how: 'login', by: SOMEONE, awayText: 'lunch' },
  ],
  left: [
    { kind: 'left', ...ann, how: 'moved', isAnnounced: true, by: SOMEONE, forced: null, reason: 'lunch' },
    { kind: 'left', ...ann, how: 'ended', isAnnounced: false, by: SOMEONE, forced: SOMEONE, reason: '' },
  ],
  arrived: [{ kind: 'arrived', ...ann }],
  notice: [
    {
      kind: 'notice',
      at,
      room: 'dev',
      notice: { kind: 'topic-set', by: 'ann', room: 'dev', topic: 'hi' },
      by: SOMEONE,
    },
    { kind: 'notice', at, room: 'dev', notice: { kind: 'locked', by: 'ann', room: 'dev' }, by: SOMEONE },
    { kind: 'notice', at, room: 'dev', notice: { kind: 'unlocked', by: 'ann', room: 'dev' }, by: SOMEONE },
    { kind: 'notice', at, room: 'dev', notice: { kind: 'renamed', from: 'ann', to: 'anna' }, by: SOMEONE },
    { kind: 'notice', at, room: null, notice: { kind: 'renamed', from: 'ann', to: 'anna' }, by: SOMEONE },
  ],
  connected: [{ kind: 'connected', at, name: 'ann' }],
  disconnected: [{ kind: 'disconnected', at, name: 'ann', why: 'lost' }],
  told: [{ kind: 'told', id: 1, at, from: 'ann', to: 'bob', text: cleanText('hi'), by: SOMEONE }],
  delivered: [
    { kind: 'delivered', id: 3, at, to: 'bob', isOffline: false, awayText: null },
    { kind: 'delivered', id: 3, at, to: 'bob', isOffline: false, awayText: 'lunch' },
    { kind: 'delivered', id: 3, at, to: 'bob', isOffline: true, awayText: null },
  ],
  mail: [
    { kind: 'mail', at, to: 'bob', mail: [{ id: 1, at, from: 'ann', text: 'hi' }], inAll: 1, first: true },
  ],
  'logged-in': [{ kind: 'logged-in', ...ann, by: SOMEONE, isOperator: false, census: null }],
  entered: [{ kind: 'entered', at, room: 'dev', by: SOMEONE, isNew: true }],
  recap: [
    {
      kind: 'recap',
      at,
      room: 'dev',
      topic: 'hi',
      others: ['bob'],
      othersInAll: 2,
      missed: null,
      messages,
      first: true,
      last: false,
    },
    {
      kind: 'recap',
      at,
      room: 'dev',
      topic: 'hi',
      others: ['bob'],
      othersInAll: 2,
      missed: { count: 2, room: 'ops', since: at },
      messages,
      first: false,
      last: true,
    },
    {
      kind: 'recap',
      at,
      room: 'dev',
      topic: '',
      others: [],
      othersInAll: 0,
      missed: null,
      messages: [],
      first: true,
      last: true,
    },
  ],
  wallops: [{ kind: 'wallops', at, by: SOMEONE, text: 'hi' }],
  announced: [{ kind: 'announced', at, name: 'ann', text: 'hi' }],
  bans: [
    { kind: 'bans', at, bans: [], last: true },
    { kind: 'bans', at, bans: [BAN, { ...BAN, until: at, reason: '' }], last: true },
  ],
  exited: [{ kind: 'exited', at, room: 'dev', by: SOMEONE, reason: '' }],
  gone: [{ kind: 'gone', at, name: 'ann', by: SOMEONE, why: 'lost', operator: '', reason: '' }],
  departed: [{ kind: 'departed', at, name: 'ann' }],
  'server-lost': [
    { kind: 'server-lost', at, room: 'dev', users: [SOMEONE] },
    { kind: 'server-lost', at, room: 'dev', users: [SOMEONE, SOMEONE] },
  ],
  split: [{ kind: 'split', at, users: [SOMEONE, SOMEONE] }],
  signal: [
    {
      kind: 'signal',
      at,
      by: SOMEONE,
      to: 'dev',
      isRoom: true,
      status: null,
      signal: { kind: 'ctcp', text: 'VERSION', tags: '+a=b' },
    },
  ],
  moded: [
    { kind: 'moded', at, by: SOMEONE, room: 'dev', changes: [{ kind: 'flag', flag: 'secret', on: true }] },
    { kind: 'moded', at, by: null, room: 'dev', changes: [{ kind: 'limit', limit: 3 }] },
  ],
  invited: [
    { kind: 'invited', at, by: SOMEONE, to: 'bob', room: 'dev', isForReader: true },
    { kind: 'invited', at, by: SOMEONE, to: 'bob', room: 'dev', isForReader: false },
  ],
  'put-out': [
    { kind: 'put-out', at, room: 'dev', by: SOMEONE, target: SOMEONE, reason: 'spam' },
    { kind: 'put-out', at, room: 'dev', by: SOMEONE, target: SOMEONE, reason: '' },
  ],
  deleted: [{ kind: 'deleted', at, by: SOMEONE, room: 'dev', id: 3, count: 1, reason: 'spam' }],
  'direct-deleted': [{ kind: 'direct-deleted', at, by: SOMEONE, to: 'bob', id: 3, count: 1, reason: 'spam' }],
  watched: [{ kind: 'watched', at, online: [SOMEONE], offline: ['bob'], isReply: false }],
  members: [
    {
      kind: 'members',
      at,
      room: { name: 'dev', isSecret: false },
      of: 'dev',
      style: 'names',
      users: [
        {
          who: SOMEONE,
          room: 'dev',
          status: { op: true, voice: false },
          isAway: false,
          isOperator: false,
          idleMs: 1500,
          address: null,
        },
      ],
      first: true,
      last: true,
    },
  ],
  changed: [{ kind: 'changed', at, by: SOMEONE, what: 'away', text: 'lunch' }],
  'page-token': [{ kind: 'page-token', at, token: 'x'.repeat(43), expiresAt: at }],
  marked: [{ kind: 'marked', at, room: 'dev', isUser: false, readAt: null }],
  read: [{ kind: 'read', at, room: 'dev', isUser: false, id: 3 }],
  stored: [
    { kind: 'stored', at, room: 'dev', ids: { first: 3, last: 5 }, isPaste: true },
    { kind: 'stored', at, room: 'dev', ids: { first: 3, last: 3 }, isPaste: false },
    { kind: 'stored', at, room: 'dev', ids: null, isPaste: true },
  ],
  done: ACTIONS.map((action) => ({ kind: 'done', at, action, by: SOMEONE })),
  roster: [
    { kind: 'roster', at, users: [{ name: 'ann', room: null }], room: null, count: 1, last: true },
    {
      kind: 'roster',
      at,
      users: ['ann', 'bob'].map((name) => ({ name, room: 'dev' })),
      room: 'dev',
      count: 2,
      last: true,
    },
  ],
  report: REPORTS.map((report) => ({ kind: 'report', at, report, isReply: true })),
  rooms: [
    {
      kind: 'rooms',
      at,
      rooms: [{ name: 'lobby', members: 1, topic: '', topicAt: null, madeAt: null, details: null }],
      last: true,
    },
  ],
  history: [
    { kind: 'history', at, messages, last: true },
    { kind: 'history', at, messages: [], last: true },
  ],
  found: [
    { kind: 'found', at, messages, count: 2, last: true },
    { kind: 'found', at, messages: [], count: 0, last: true },
  ],
  pong: [{ kind: 'pong', token: '' }],
  heartbeat: [{ kind: 'heartbeat' }],
  'new-day': [{ kind: 'new-day', at }],
  'idle-soon': [{ kind: 'idle-soon', at }],
  refused: REFUSALS.flatMap((reason) =>
    [true, false].flatMap((final) =>
      [true, false].map((atLogin) => ({
        kind: 'refused' as const,
        at,
        reason,
        detail: {},
        final,
        atLogin,
        command: null,
      })),
    ),
  ),
  answered: [{ kind: 'answered', at, text: 'as it is\n' }],
  closing: CLOSE_REASONS.map((why) => ({
    kind: 'closing',
    at,
    name: 'bob',
    why,
    by: 'ann',
    reason: 'spam',
    host: '',
  })),
  attached: [{ kind: 'attached' }],
  detached: [{ kind: 'detached', at, why: 'lost', room: null }],
};
