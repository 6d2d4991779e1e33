/**
 * Proposals as a batch carries them. The sessions of a batch are all of its own node and epoch, so only their numbers
 * are written. What is read is checked field by field: a proposal of a newer or broken server must not reach the hub.
 */
import type { Proposal } from '../core/ports.js';
import { adminChange, command, extras, poster, proof, roamer } from './command-fields.js';
import {
  boolean,
  checksOf,
  fieldsOf,
  integer,
  isObject,
  type KindFields,
  listOf,
  optional,
  orNull,
  roomName,
  shape,
  string,
  texts,
  userName,
} from './field-checks.js';

/** The node and epoch that proposed. */
interface Origin {
  readonly node: string;
  readonly epoch: number;
}

/** The JSON text of a proposal. Its sessions must be of the node and epoch that submit the batch. */
export function proposalToJson(proposal: Proposal): string {
  if ('session' in proposal) return JSON.stringify({ ...proposal, session: proposal.session.no });
  if ('token' in proposal) return JSON.stringify({ ...proposal, token: proposal.token?.no ?? null });
  return JSON.stringify(proposal);
}

/**
 * Checks a parsed proposal and completes its sessions in place, since most of what a server does is to read proposals;
 * null if it is malformed. Throws UnknownKind for a kind of a newer version.
 */
export function proposalFromJson(value: unknown, { node, epoch }: Origin): Proposal | null {
  if (!isObject(value) || typeof value.kind !== 'string') return null;
  for (const [field, isValid] of fieldsOf('proposals', value.kind, CHECKS)) {
    if (!isValid(value[field])) return null;
    if ((field === 'session' || field === 'token') && value[field] !== null)
      value[field] = { node, epoch, no: value[field] };
  }
  return value as Proposal;
}

const postKey = shape({ key: string, hash: string });
const identity = shape({ account: string, proof });
/** Of a session of the batch: its number. */
const session = integer;

const FIELDS: KindFields<Proposal> = {
  login: {
    session,
    name: userName,
    room: orNull(roomName),
    closeOnRefusal: boolean,
    canPromptPassword: boolean,
    proof,
    secretIgnored: boolean,
    resumeHash: orNull(string),
    shownResumeHash: orNull(string),
    identity: orNull(identity),
    address: string,
    dialect: string,
    roamer: orNull(roamer),
    cloakKey: orNull(string),
  },
  'register-name': { session, name: userName, passwordHash: string },
  join: { session, room: roomName, knownKeyHash: orNull(string) },
  say: { session, room: string, texts, pasted: boolean, extras: optional(extras) },
  post: { room: roomName, from: userName, texts, by: poster, once: orNull(postKey), token: session },
  'post-direct': {
    fold: string,
    from: userName,
    texts,
    by: poster,
    once: orNull(postKey),
    token: session,
  },
  delete: { session, room: string, id: integer, count: integer, isOwn: boolean, reason: string },
  'delete-direct': { session, to: string, id: integer, count: integer, reason: string },
  tell: {
    session,
    to: string,
    fold: string,
    text: string,
    more: optional(texts),
    extras: optional(extras),
  },
  read: { session, room: string, id: integer, time: integer, user: optional(string) },
  'page-token': { session, id: string, hash: string },
  'page-token-end': { session, id: string },
  command: { session, command },
  end: { session, why: string, readId: orNull(integer), reason: string },
  arrive: { session },
  'read-marker': { account: string, room: string, id: integer },
  fetched: { account: string, lastId: integer, token: orNull(session) },
  'account-changed': { account: string, endsSessions: boolean, orphanedRooms: listOf(roomName) },
  'ban-changed': { target: string },
  admin: { change: adminChange, token: orNull(session) },
};

const CHECKS = checksOf(FIELDS);
