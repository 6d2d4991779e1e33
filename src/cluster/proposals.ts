/**
 * Proposals as a batch carries them. The sessions of a batch are all of its own node and epoch, so only their numbers
 * are written. What is read is checked field by field: a proposal of a newer or broken server must not reach the hub.
 */
import type { Proposal, ProposalOf } from '../core/ports.js';

/** The node and epoch that proposed. */
interface Origin {
  readonly node: string;
  readonly epoch: number;
}

/** A proposal of a kind that this version does not know: it must not be skipped, since others may settle it. */
export class UnknownKind extends Error {}

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
  const checks = CHECKS.get(value.kind);
  if (checks === undefined)
    throw new UnknownKind(`proposals of the kind ${JSON.stringify(value.kind.slice(0, 40))}`);
  for (const [field, isValid] of checks) {
    if (!isValid(value[field])) return null;
    if ((field === 'session' || field === 'token') && value[field] !== null)
      value[field] = { node, epoch, no: value[field] };
  }
  return value as Proposal;
}

type Check = (value: unknown) => boolean;

/** Every field of every kind. A new field or kind does not compile until it has its check here. */
type Fields = {
  readonly [Kind in Proposal['kind']]: {
    readonly [Field in keyof Omit<ProposalOf<Kind>, 'kind'>]-?: Check;
  };
};

const string: Check = (value) => typeof value === 'string';
const boolean: Check = (value) => typeof value === 'boolean';
const integer: Check = (value) => Number.isSafeInteger(value);
const strings: Check = (value) => Array.isArray(value) && value.every(string);
const texts: Check = (value) => strings(value) && (value as string[]).length > 0;
const room: Check = (value) => isObject(value) && string(value.shown) && string(value.fold);
const rooms: Check = (value) => Array.isArray(value) && value.every(room);
const userName: Check = (value) => room(value) && strings((value as Record<string, unknown>).skeletons);
const roamer: Check = (value) =>
  isObject(value) &&
  rooms(value.rooms) &&
  string(value.user) &&
  string(value.realname) &&
  boolean(value.isBot);
const withKind: Check = (value) => isObject(value) && string(value.kind);
const postKey: Check = (value) => isObject(value) && string(value.key) && string(value.hash);
const orNull =
  (isValid: Check): Check =>
  (value) =>
    value === null || isValid(value);
const poster: Check = (value) => {
  if (!isObject(value)) return false;
  const { kind, address, knownKeyHash, orElse, proof, id } = value;
  if (kind === 'bot') return true;
  if (kind === 'hook') return string(address) && string(id);
  if (!string(address) || !orNull(string)(knownKeyHash)) return false;
  return kind === 'guest' ? orNull(userName)(orElse) : kind === 'owner' && withKind(proof);
};
/** Of a session of the batch: its number. */
const session = integer;

const FIELDS: Fields = {
  login: {
    session,
    name: userName,
    room: orNull(room),
    closeOnRefusal: boolean,
    canPromptPassword: boolean,
    proof: withKind,
    secretIgnored: boolean,
    resumeHash: orNull(string),
    shownResumeHash: orNull(string),
    address: string,
    dialect: string,
    roamer: orNull(roamer),
    cloakKey: orNull(string),
  },
  join: { session, room, knownKeyHash: orNull(string) },
  say: { session, room: string, texts, pasted: boolean },
  post: { room, from: userName, texts, by: poster, once: orNull(postKey), token: session },
  'post-direct': {
    fold: string,
    from: userName,
    texts,
    by: poster,
    once: orNull(postKey),
    token: session,
  },
  tell: { session, to: string, fold: string, text: string },
  read: { session, room: string, id: integer, time: integer },
  'page-token': { session, id: string, hash: string },
  'page-token-end': { session, id: string },
  command: { session, command: withKind },
  end: { session, why: string, readId: orNull(integer), reason: string },
  arrive: { session },
  'read-marker': { account: string, room: string, id: integer },
  fetched: { account: string, lastId: integer, token: orNull(session) },
  'account-changed': { account: string, endsSessions: boolean, orphanedRooms: rooms },
  'ban-changed': { target: string },
  admin: { change: withKind, token: orNull(session) },
};

const CHECKS: ReadonlyMap<string, readonly (readonly [field: string, isValid: Check])[]> = new Map(
  Object.entries(FIELDS).map(([kind, fields]) => [kind, Object.entries(fields)]),
);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
