/** The fields of the commands, proofs and changes of the command line that proposals carry, each with its check. */
import type { AdminChange } from '../core/admin-change.js';
import type { Command, HistoryQuery, Proof } from '../core/command.js';
import type { ModeChange } from '../core/modes.js';
import type { Poster } from '../core/post.js';
import {
  boolean,
  type Check,
  checksOf,
  finite,
  integer,
  type KindFields,
  listOf,
  ofKinds,
  oneOf,
  optional,
  orNull,
  roomName,
  shape,
  string,
  strings,
  texts,
  typedName,
  userName,
} from './field-checks.js';

const PROOFS: KindFields<Proof> = { none: {}, password: { hash: string }, token: { id: string } };

export const proof: Check = ofKinds('proofs', checksOf(PROOFS));

export const roamer: Check = shape({
  rooms: listOf(roomName),
  user: string,
  realname: string,
  isBot: boolean,
  isInvisible: boolean,
  style: orNull(string),
});

const POSTERS: KindFields<Poster> = {
  bot: {},
  guest: { address: string, knownKeyHash: orNull(string), orElse: orNull(userName) },
  owner: { address: string, knownKeyHash: orNull(string), proof },
  hook: { address: string, id: string },
};

export const poster: Check = ofKinds('posters', checksOf(POSTERS));

const bound: Check = (value) => shape({ kind: oneOf('id', 'time') })(value);

const QUERIES: KindFields<HistoryQuery> = {
  latest: { limit: integer },
  after: { id: integer, limit: integer },
  before: { id: integer, limit: integer },
  'next-to': { way: oneOf('after', 'before', 'around', 'newest-after'), bound, limit: integer },
  between: { from: bound, to: bound, limit: integer },
};
const historyQuery = ofKinds('queries', checksOf(QUERIES));

const room = orNull(roomName);
const status = oneOf('op', 'voice');
const live = shape({ styled: orNull(string), tags: string });
export const extras: Check = shape({
  form: orNull(oneOf('action', 'notice')),
  live: listOf(orNull(live)),
});
const mask = shape({ shown: string, fold: string });
const maskList = oneOf('bans', 'exceptions', 'invite-exceptions');

const MODE_CHANGES: KindFields<ModeChange> = {
  flag: {
    flag: oneOf('no-ctcp', 'invite-only', 'moderated', 'no-outside', 'secret', 'protected-topic'),
    on: boolean,
  },
  limit: { limit: orNull(integer) },
  key: { keyHash: orNull(string), key: orNull(string) },
  mask: { list: maskList, on: boolean, mask, silences: boolean },
  status: { status, on: boolean, who: typedName },
};

const minutes = orNull(finite);
const listed: Check = (value) => value === null || value === 'server' || value === 'own' || roomName(value);

/** A command that is not ordered is in no proposal, and has its row all the same: it may become one that is. */
const COMMANDS: KindFields<Command> = {
  login: {
    name: orNull(userName),
    room,
    closeOnRefusal: boolean,
    canPromptPassword: boolean,
    proof,
    secretIgnored: optional(boolean),
    roamer: optional(roamer),
    resume: optional(shape({ value: string, hash: string, shownHash: orNull(string) })),
  },
  'check-name': { name: userName },
  ping: { token: string },
  quit: { reason: optional(string) },
  authenticate: { account: string, proof },
  'change-account': { account: string, proof },
  nick: { name: orNull(userName), proof },
  say: { room, text: string, extras: optional(extras) },
  paste: { room, texts, extras: optional(extras) },
  me: { room, text: string, live: optional(live) },
  away: { text: string },
  tell: { to: string, text: string, more: optional(texts), extras: optional(extras) },
  signal: {
    room,
    who: orNull(typedName),
    status: orNull(status),
    signal: shape({
      kind: oneOf('tags', 'ctcp', 'ctcp-reply', 'message', 'action', 'notice'),
      text: string,
      tags: string,
    }),
  },
  join: { room, knownKeyHash: orNull(string) },
  leave: {},
  follow: { room, knownKeyHash: orNull(string) },
  unfollow: { room, reason: optional(string) },
  whois: { who: typedName },
  departures: { who: typedName, limit: integer },
  watch: {
    action: oneOf('add', 'remove', 'clear', 'list', 'status'),
    who: listOf(typedName),
    isExtended: boolean,
  },
  seen: { who: typedName },
  'show-topic': { room },
  ignores: {},
  who: { room, of: listed },
  rooms: { all: boolean },
  census: {},
  present: { who: listOf(typedName) },
  history: { room, query: historyQuery, withoutEmpty: optional(boolean) },
  'history-targets': { from: finite, to: finite, limit: integer },
  delete: { room, id: integer, reason: string },
  'delete-direct': { who: typedName, id: integer, reason: string },
  search: { room, words: strings },
  bans: {},
  read: { room, id: integer },
  mark: { room, time: orNull(finite) },
  'mark-user': { who: typedName, time: orNull(finite) },
  'open-session': { secret: string, id: string, hash: string },
  'close-session': {},
  register: { passwordHash: string },
  'register-name': { name: userName, passwordHash: string },
  'change-password': { knownHash: string, passwordHash: string },
  unregister: { knownHash: string },
  kick: { who: typedName, reason: string },
  ban: { who: typedName, minutes, reason: string },
  unban: { who: typedName },
  mute: { who: typedName, minutes },
  unmute: { who: typedName },
  announce: { text: string },
  wallops: { text: string },
  ignore: { who: typedName },
  unignore: { who: typedName },
  lock: { room, keyHash: string, key: string },
  unlock: { room },
  topic: { room, text: string, styled: optional(string) },
  members: { room, style: string, operatorsOnly: optional(boolean) },
  users: { mask, style: string, operatorsOnly: boolean },
  describe: {
    realname: optional(string),
    isBot: optional(boolean),
    isInvisible: optional(boolean),
    resigns: optional(boolean),
  },
  mode: { room, changes: listOf(ofKinds('changes of modes', checksOf(MODE_CHANGES))) },
  modes: { room, list: orNull(maskList) },
  invite: { room, who: typedName },
  invitations: {},
  'put-out': { room, who: typedName, reason: string },
  found: { room, who: typedName },
};

export const command: Check = ofKinds('commands', checksOf(COMMANDS));

const banKind = oneOf('banned-name', 'banned-address', 'muted');
const token = shape({
  id: string,
  fold: string,
  hash: string,
  createdAt: finite,
  expiresAt: orNull(finite),
  isPage: integer,
});
const hook = shape({
  id: string,
  hash: string,
  room: string,
  roomFold: string,
  name: string,
  createdAt: finite,
});
const ban = shape({
  kind: banKind,
  target: string,
  shown: string,
  until: orNull(finite),
  by: string,
  reason: string,
});

const ADMIN_CHANGES: KindFields<AdminChange> = {
  'set-operator': { account: string, isOperator: boolean },
  'remove-account': { account: string },
  'reset-password': { account: string, passwordHash: string },
  'add-token': { token },
  'revoke-token': { account: string, id: string },
  'add-ban': { ban },
  'remove-ban': { of: banKind, target: string },
  'add-hook': { hook },
  'revoke-hook': { id: string },
};

export const adminChange: Check = ofKinds('changes', checksOf(ADMIN_CHANGES));
