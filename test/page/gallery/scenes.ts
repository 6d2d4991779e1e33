/** The states of the page that the gallery shows, by name. */
import type { PageState } from '../../../src/page/model/state.js';
import type { ReadonlySignal } from '@preact/signals';
import { chunked, hardCases, LONG_NAME, many, person, room, said, talk } from './messages.js';

type Values = {
  readonly [Key in keyof PageState]: PageState[Key] extends ReadonlySignal<infer Value> ? Value : never;
};

const dev = room('dev', {
  topic: 'Releases on Thursdays; the board is at https://board.example.org',
  canManage: true,
});

const ROOMS = [
  room('lobby', { unread: 3 }),
  room('board', { isLocked: true, hasDraft: true }),
  dev,
  room('general', { unread: 99, hasMoreUnread: true }),
  room('ops', { unread: 7, mentions: 2 }),
  room('the-room-with-a-name-that-is-longer-than-any-column', { unread: 128 }),
];
const MANY_ROOMS = Array.from({ length: 50 }, (_, index) =>
  room(`room-${index}`, { unread: index, mentions: index % 7 === 6 ? 1 : 0 }),
);
const NAMES = ['ann', 'bob', 'carl', 'dora', 'erik', 'fatima', LONG_NAME, 'שרה', 'فاطمة', '小林'];

export const BASE: Values = {
  screen: 'chat',
  entry: { name: '', asksPassword: false, isBusy: false, error: null },
  about: {
    version: '0.1.0',
    needsPassword: false,
    maxLineBytes: 4096,
    pasteLines: 200,
    pasteBytes: 16_384,
    minPasswordLength: 8,
    historyDays: null,
    motd: '',
    host: 'chat.example.org',
    port: '4000',
    url: 'http://chat.example.org:4000/',
  },
  isOutdated: false,
  connection: { kind: 'online', isSlow: false },
  self: { name: 'ann', isRegistered: true, isOperator: true, awayText: null },
  rooms: ROOMS,
  otherRooms: [room('music', { members: 1 }), room('release', { members: 12 })],
  conversations: [
    { place: '@bob', name: 'bob', unread: 2, isHere: true, isAway: false, isIgnored: false, hasDraft: false },
    {
      place: '@erik',
      name: 'erik',
      unread: 0,
      isHere: false,
      isAway: false,
      isIgnored: false,
      hasDraft: false,
    },
  ],
  place: '#dev',
  room: dev,
  conversation: null,
  timeline: {
    place: '#dev',
    chunks: chunked(talk()),
    isLoadingOlder: false,
    isAtBeginning: true,
    newBelow: 0,
    isDetached: false,
    isLoaded: true,
  },
  members: NAMES.map((name) =>
    person(name, {
      isAway: name === 'dora',
      awayText: name === 'dora' ? 'lunch' : '',
      isIgnored: name === 'carl',
    }),
  ),
  target: null,
  composer: { draft: '', notice: null, commands: [] },
  search: null,
  dialog: null,
  preferences: {
    theme: 'system',
    notifies: false,
    sound: false,
    words: ['build', 'release'],
    showsPresence: true,
    coloursNames: true,
  },
  notifying: 'insecure',
  announcements: [],
  notice: null,
  alert: null,
  title: '#dev – Partyline',
};

const enter = { screen: 'enter' } as const;
const empty = { ...BASE.timeline, chunks: [] };

export const SCENES: Readonly<Record<string, Partial<Values>>> = {
  talk: {},
  hard: { timeline: { ...BASE.timeline, chunks: chunked(hardCases()) } },
  one: { timeline: { ...BASE.timeline, chunks: chunked([...talk().slice(0, 2)]) }, members: [person('ann')] },
  empty: {
    timeline: empty,
    members: [person('ann')],
    conversations: [],
    otherRooms: [],
    rooms: [room('lobby'), dev],
  },
  people: {
    members: Array.from({ length: 200 }, (_, index) =>
      person(`user-${String(index).padStart(3, '0')}`, { isAway: index % 5 === 3 }),
    ),
    timeline: { ...BASE.timeline, chunks: chunked(many(400)), isAtBeginning: false },
  },
  'many-rooms': {
    place: '#room-40',
    room: MANY_ROOMS[40] ?? null,
    rooms: MANY_ROOMS,
    otherRooms: Array.from({ length: 200 }, (_, index) => room(`other-${index}`)),
  },
  enter,
  'enter-motd': {
    ...enter,
    about: {
      ...BASE.about,
      motd: 'Welcome to the chat of Example Ltd.\nQuestions: #help. Releases: #release.',
    },
  },
  'enter-password': { ...enter, entry: { name: 'ann', asksPassword: true, isBusy: false, error: null } },
  'enter-taken': {
    ...enter,
    entry: {
      name: 'bob',
      asksPassword: false,
      isBusy: false,
      error: { field: 'name', text: 'The name is in use, or looks like one that is.', suggestion: 'bob2' },
    },
  },
  'enter-wrong': {
    ...enter,
    entry: {
      name: 'ann',
      asksPassword: true,
      isBusy: false,
      error: { field: 'password', text: 'Wrong password; try again.', suggestion: null },
    },
  },
  'enter-offline': { ...enter, connection: { kind: 'waiting', why: 'lost', retryAt: Date.now() + 4000 } },
  offline: { connection: { kind: 'waiting', why: 'lost', retryAt: Date.now() + 4000 } },
  connecting: { connection: { kind: 'connecting', isAgain: true } },
  slow: { connection: { kind: 'online', isSlow: true } },
  idle: { connection: { kind: 'idle' } },
  elsewhere: { connection: { kind: 'stopped', why: 'elsewhere', text: '' } },
  kicked: { connection: { kind: 'stopped', why: 'kicked', text: 'disconnected: kicked by carl: calm down' } },
  'other-tab': { connection: { kind: 'stopped', why: 'other-tab', text: '' } },
  outdated: { isOutdated: true, alert: 'You cannot enter #board: the room is locked; ask for its key.' },
  invited: { notice: { text: 'ida invites you to #den.', room: 'den' } },
  conversation: {
    place: '@bob',
    room: null,
    conversation: {
      place: '@bob',
      name: 'bob',
      unread: 0,
      isHere: true,
      isAway: false,
      isIgnored: false,
      hasDraft: false,
    },
    members: [person('bob')],
    timeline: {
      ...BASE.timeline,
      place: '@bob',
      chunks: chunked([
        { kind: 'message', key: 'a', message: said('bob', 'Do you have a minute?'), isFirst: true },
        { kind: 'message', key: 'b', message: said('ann', 'In ten.', { isKept: true }), isFirst: true },
      ]),
    },
  },
  commands: {
    composer: {
      draft: '/t',
      notice: null,
      commands: [
        { verb: '/topic', usage: '[<text>]', help: 'show or set the topic' },
        { verb: '/whois', usage: '<user>', help: 'describe a user' },
        { verb: '/away', usage: '[<text>]', help: 'mark yourself as away, or as back' },
      ],
    },
  },
  paste: {
    composer: {
      draft: 'line one\n  line two\nline three\nline four\nline five',
      notice: { kind: 'paste', lines: 5 },
      commands: [],
    },
  },
  refused: {
    composer: {
      draft: 'x'.repeat(300),
      notice: { kind: 'too-long', text: '214 lines: a paste has at most 200 lines. Send it in parts.' },
      commands: [],
    },
  },
  'near-limit': {
    composer: { draft: 'word '.repeat(120), notice: { kind: 'near-limit', bytesLeft: 38 }, commands: [] },
  },
  search: {
    search: {
      room: 'dev',
      words: 'clock test',
      isBusy: false,
      error: null,
      results: [
        said('carl', 'Saw it. That is the clock test again: it reads the time twice.'),
        said('dora', 'The clock in this test is the real one; a manual clock makes it pass.'),
      ],
    },
  },
  'search-empty': { search: { room: 'dev', words: 'nothing', isBusy: false, error: null, results: [] } },
  register: { dialog: { kind: 'register', isBusy: false, error: null } },
  settings: { dialog: { kind: 'settings' } },
  keyboard: { dialog: { kind: 'keyboard' } },
  ban: { dialog: { kind: 'ban', user: 'mallory', isBusy: false, error: null } },
  'room-key': {
    dialog: { kind: 'room-key', room: 'board', isBusy: false, error: 'Wrong key; ask a member of the room.' },
  },
  topic: {
    dialog: { kind: 'topic', room: 'dev', topic: 'Releases on Thursdays', isBusy: false, error: null },
  },
};
