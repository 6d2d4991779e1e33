/**
 * The permission of each command, checked by the hub itself: neither a dialect nor the authenticator stands in front of
 * it here. A new command does not compile before it has a row.
 */
import { describe, expect, it } from 'vitest';
import type { CommandKind, CommandOf } from '../../../src/core/command.js';
import type { Client } from '../../../src/core/hub/client.js';
import type { Permission } from '../../../src/core/hub/permissions.js';
import { cleanText, typedName, parseRoomName, parseUserName } from '../../../src/core/text/text.js';
import { maskOf } from '../../../src/core/text/mask.js';
import { type Peer, World } from '../../support/world.js';

const TEXT = cleanText('hi');
const BOB = cleanText('bob');
const HASH = 'hash of a password';
const NAME = nameOf('new');

/** Each command with the permission that it needs. */
const ROWS: { readonly [Kind in CommandKind]: readonly [Permission, CommandOf<Kind>] } = {
  login: [
    'anyone',
    {
      kind: 'login',
      name: parseUserName('newcomer'),
      room: null,
      closeOnRefusal: false,
      canPromptPassword: false,
      proof: { kind: 'none' },
    },
  ],
  'check-name': ['anyone', { kind: 'check-name', name: NAME }],
  quit: ['anyone', { kind: 'quit' }],
  authenticate: ['anyone', { kind: 'authenticate', account: 'nobody', proof: { kind: 'none' } }],
  'change-account': ['user', { kind: 'change-account', account: 'nobody', proof: { kind: 'none' } }],
  nick: ['speaker', { kind: 'nick', name: parseUserName('other'), proof: { kind: 'none' } }],
  ping: ['anyone', { kind: 'ping', token: '' }],

  say: ['speaker', { kind: 'say', room: null, text: TEXT }],
  me: ['speaker', { kind: 'me', room: null, text: TEXT }],
  away: ['speaker', { kind: 'away', text: TEXT }],
  paste: ['speaker', { kind: 'paste', room: null, texts: [TEXT, TEXT] }],
  tell: ['user', { kind: 'tell', to: BOB, text: TEXT }],
  join: ['user', { kind: 'join', room: parseRoomName('ops'), knownKeyHash: null }],
  leave: ['user', { kind: 'leave' }],
  follow: ['user', { kind: 'follow', room: parseRoomName('ops'), knownKeyHash: null }],
  unfollow: ['user', { kind: 'unfollow', room: parseRoomName('ops') }],

  whois: ['user', { kind: 'whois', who: typedName(BOB) }],
  seen: ['user', { kind: 'seen', who: typedName(BOB) }],
  'show-topic': ['user', { kind: 'show-topic', room: null }],
  ignores: ['user', { kind: 'ignores' }],
  who: ['user', { kind: 'who', room: null, of: 'server' }],
  rooms: ['user', { kind: 'rooms', all: true }],
  present: ['user', { kind: 'present', who: [typedName(BOB)] }],
  census: ['user', { kind: 'census' }],
  history: ['user', { kind: 'history', room: null, query: { kind: 'latest', limit: 20 } }],
  search: ['user', { kind: 'search', room: null, words: ['hi'] }],
  bans: ['operator', { kind: 'bans' }],
  read: ['owner', { kind: 'read', room: null, id: 1 }],
  mark: ['user', { kind: 'mark', room: null, time: 1 }],
  'mark-user': ['user', { kind: 'mark-user', who: typedName(BOB), time: 1 }],

  'register-name': ['anyone', { kind: 'register-name', name: NAME, passwordHash: HASH }],
  register: ['guest', { kind: 'register', passwordHash: HASH }],
  'change-password': ['owner', { kind: 'change-password', knownHash: HASH, passwordHash: HASH }],
  unregister: ['owner', { kind: 'unregister', knownHash: HASH }],
  'open-session': ['owner', { kind: 'open-session', secret: 'x', id: '1', hash: HASH }],
  'close-session': ['owner', { kind: 'close-session' }],

  kick: ['operator', { kind: 'kick', who: typedName(BOB), reason: TEXT }],
  ban: ['operator', { kind: 'ban', who: typedName(BOB), minutes: null, reason: TEXT }],
  unban: ['operator', { kind: 'unban', who: typedName(BOB) }],
  mute: ['operator', { kind: 'mute', who: typedName(BOB), minutes: null }],
  unmute: ['operator', { kind: 'unmute', who: typedName(BOB) }],
  wallops: ['operator', { kind: 'wallops', text: TEXT }],
  announce: ['operator', { kind: 'announce', text: TEXT }],
  ignore: ['user', { kind: 'ignore', who: typedName(BOB) }],
  unignore: ['user', { kind: 'unignore', who: typedName(BOB) }],
  lock: ['founder', { kind: 'lock', room: null, keyHash: HASH, key: 'our-key' }],
  unlock: ['founder', { kind: 'unlock', room: null }],
  topic: ['topic', { kind: 'topic', room: null, text: TEXT }],
  signal: [
    'speaker',
    {
      kind: 'signal',
      room: parseRoomName('lobby'),
      who: null,
      status: null,
      signal: { kind: 'tags', text: '', tags: '+a' },
    },
  ],
  delete: ['speaker', { kind: 'delete', room: null, id: 1, reason: TEXT }],
  'delete-direct': ['speaker', { kind: 'delete-direct', who: typedName(BOB), id: 1, reason: TEXT }],
  'history-targets': ['user', { kind: 'history-targets', from: 0, to: 9, limit: 5 }],
  watch: ['user', { kind: 'watch', action: 'add', who: [typedName(BOB)], isExtended: false }],
  departures: ['user', { kind: 'departures', who: typedName(BOB), limit: 5 }],
  members: ['user', { kind: 'members', room: parseRoomName('lobby'), style: '' }],
  users: ['user', { kind: 'users', mask: maskOf('*'), style: '', operatorsOnly: false }],
  describe: ['user', { kind: 'describe', isBot: true }],
  mode: ['user', { kind: 'mode', room: parseRoomName('dev'), changes: [] }],
  modes: ['user', { kind: 'modes', room: parseRoomName('dev'), list: null }],
  invite: ['speaker', { kind: 'invite', room: parseRoomName('dev'), who: typedName(BOB) }],
  invitations: ['user', { kind: 'invitations' }],
  'put-out': ['user', { kind: 'put-out', room: parseRoomName('dev'), who: typedName(BOB), reason: TEXT }],
  found: ['operator', { kind: 'found', room: null, who: typedName(BOB) }],
};

/** How a test makes a client of each role. The room `dev` was founded by fay. */
const ROLES = {
  'a connection without a login': (world: World) => world.connect(),
  'a guest': (world: World) => world.login('guest'),
  'a guest in a room that another user founded': (world: World) => joined(world.login('guest')),
  'a muted user': (world: World) => {
    const peer = world.login('loud');
    if (peer.client !== null) peer.client.mutedUntil = Number.POSITIVE_INFINITY;
    return peer;
  },
  'a registered user': (world: World) => world.loginOwner('reg'),
  'a registered user in a room that another user founded': async (world: World) =>
    joined(await world.loginOwner('reg')),
  'a founder in its room': async (world: World) => joined(await world.loginOwner('fay')),
  'a founder in the lobby': (world: World) => world.loginOwner('fay'),
  'an operator in the lobby': (world: World) => world.loginOwner('opal'),
};
type Role = keyof typeof ROLES;

const NOT_LOGGED_IN = { 'a connection without a login': "ERR expected 'LOGIN <username>'" };

const NO_FOUNDER = {
  ...NOT_LOGGED_IN,
  'a guest in a room that another user founded': 'ERR not-permitted',
  'a registered user in a room that another user founded': 'ERR not-permitted',
  'a founder in the lobby': 'ERR not-permitted',
  'an operator in the lobby': 'ERR not-permitted',
};

/** The clients that lack a permission, and the refusal that each of them gets. */
const LACKING: Record<Permission, Partial<Record<Role, string>>> = {
  anyone: {},
  user: NOT_LOGGED_IN,
  speaker: { ...NOT_LOGGED_IN, 'a muted user': 'ERR not-permitted' },
  owner: { ...NOT_LOGGED_IN, 'a guest': 'ERR not-registered' },
  guest: { ...NOT_LOGGED_IN, 'a registered user': 'ERR already-registered' },
  founder: NO_FOUNDER,
  topic: { ...NO_FOUNDER, 'a muted user': 'ERR not-permitted' },
  operator: {
    ...NOT_LOGGED_IN,
    'a guest': 'ERR not-permitted',
    'a registered user': 'ERR not-permitted',
    'a founder in its room': 'ERR not-permitted',
  },
};

describe('a command without its permission', () => {
  const roles = Object.keys(ROLES).filter(isRole);
  const cases = Object.values(ROWS).flatMap(([permission, command]) =>
    roles.flatMap((role) => {
      const refusal = LACKING[permission][role];
      return refusal === undefined ? [] : [[command.kind, role, refusal, command] as const];
    }),
  );

  it.each(cases)('"%s" of %s is refused: %s', async (_, role, refusal, command) => {
    const { world, peer, client, bob } = await worldWith(role);
    const at = world.clock.now();
    const eventCount = world.seen.length;
    world.hub.apply(client, command, at);
    // A command that was permitted on receipt is checked again when its turn in the order comes.
    world.hub.settle({ id: 1, at, proposal: { kind: 'command', session: client.key, command } });
    world.settle();
    expect(peer.lines()).toEqual([refusal, refusal]);
    expect(bob.read()).toBe('');
    expect(world.seen).toHaveLength(eventCount);
  });

  it('every command except login, check-name, quit, authenticate, register-name and ping is refused before the login', async () => {
    const { world, client } = await worldWith('a connection without a login');
    const permitted = Object.values(ROWS)
      .map(([, { kind }]) => kind)
      .filter((kind) => world.hub.refusalFor(client, { kind }, world.clock.now()) === null);
    expect(permitted).toEqual(['login', 'check-name', 'quit', 'authenticate', 'ping', 'register-name']);
  });
});

/** A world with a client of this role, and bob, who is the target of the commands. */
async function worldWith(role: Role): Promise<{ world: World; peer: Peer; client: Client; bob: Peer }> {
  const world = new World();
  world.register('fay', 'reg', 'opal');
  world.accounts.users.setOperator('opal', true);
  joined(await world.loginOwner('fay')).send('QUIT\n');
  const bob = joined(world.login('bob'));
  const peer = await ROLES[role](world);
  const { client } = peer;
  if (client === null) throw new Error('the connection was refused');
  bob.read();
  return { world, peer, client, bob };
}

/** In the room `dev`. */
function joined(peer: Peer): Peer {
  peer.send('JOIN dev\n');
  peer.read();
  return peer;
}

function isRole(name: string): name is Role {
  return Object.hasOwn(ROLES, name);
}

function nameOf(typed: string) {
  const name = parseUserName(typed);
  if (name === null) throw new Error(`not a name: ${typed}`);
  return name;
}
