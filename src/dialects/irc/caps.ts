/**
 * The capabilities that clients can ask for (IRCv3 capability negotiation). A client's set of them is a number with a
 * bit for each.
 */

interface Capability {
  readonly name: string;
  /** Whether lines that several clients share depend on it. */
  readonly isShared: boolean;
}

const TABLE = [
  { name: 'server-time', isShared: true },
  { name: 'message-tags', isShared: true },
  { name: 'account-tag', isShared: true },
  { name: 'batch', isShared: true },
  { name: 'extended-join', isShared: true },
  { name: 'away-notify', isShared: true },
  { name: 'account-notify', isShared: true },
  { name: 'setname', isShared: true },
  { name: 'invite-notify', isShared: true },
  { name: 'draft/multiline', isShared: true },
  { name: 'draft/message-redaction', isShared: true },
  { name: 'echo-message', isShared: false },
  { name: 'labeled-response', isShared: false },
  { name: 'standard-replies', isShared: false },
  { name: 'multi-prefix', isShared: false },
  { name: 'userhost-in-names', isShared: false },
  { name: 'cap-notify', isShared: false },
  { name: 'extended-monitor', isShared: false },
  { name: 'sasl', isShared: false },
  { name: 'draft/account-registration', isShared: false },
  { name: 'draft/chathistory', isShared: false },
  { name: 'draft/event-playback', isShared: false },
  { name: 'draft/read-marker', isShared: true },
] as const satisfies readonly Capability[];

export type CapName = (typeof TABLE)[number]['name'];

/** A set of capabilities. */
export type Caps = number;

export const NO_CAPS: Caps = 0;

const BITS: ReadonlyMap<string, Caps> = new Map(TABLE.map(({ name }, index) => [name, 1 << index]));

/** Stands for the user mode +w, which is not a capability, and changes what is shown as one does. */
export const WALLOPS: Caps = 1 << TABLE.length;

/** Stands for version 302 of CAP, with which a client has `cap-notify` for good. */
export const VERSION_302: Caps = WALLOPS << 1;

/** The capabilities on which the lines for several clients depend. */
const SHARED: Caps = TABLE.reduce(
  (caps, { isShared }, index) => (isShared ? caps | (1 << index) : caps),
  WALLOPS,
);

function bitOf(name: CapName): Caps {
  return BITS.get(name) ?? 0;
}

/** Whether the set has the capability with this bit. */
export function has(caps: Caps, bit: Caps): boolean {
  return (caps & bit) !== 0;
}

/** The part of a set on which lines for several clients depend. */
export function sharedPart(caps: Caps): Caps {
  return caps & SHARED;
}

/** The bit of a capability as a client writes it; null if it is not offered. */
export function capNamed(name: string): Caps | null {
  return BITS.get(name) ?? null;
}

/** The names in a set, in the order of the table. */
export function namesOf(caps: Caps): readonly CapName[] {
  return TABLE.filter((_, index) => has(caps, 1 << index)).map(({ name }) => name);
}

export function capsNamed(...names: readonly CapName[]): Caps {
  return names.reduce((caps, name) => caps | bitOf(name), NO_CAPS);
}

export const SERVER_TIME = bitOf('server-time');
export const MESSAGE_TAGS = bitOf('message-tags');
export const ACCOUNT_TAG = bitOf('account-tag');
export const BATCH = bitOf('batch');
export const EXTENDED_JOIN = bitOf('extended-join');
export const AWAY_NOTIFY = bitOf('away-notify');
export const ACCOUNT_NOTIFY = bitOf('account-notify');
export const SETNAME = bitOf('setname');
export const INVITE_NOTIFY = bitOf('invite-notify');
export const MULTILINE = bitOf('draft/multiline');
export const REDACTION = bitOf('draft/message-redaction');
export const ECHO_MESSAGE = bitOf('echo-message');
export const LABELED_RESPONSE = bitOf('labeled-response');
export const MULTI_PREFIX = bitOf('multi-prefix');
export const USERHOST_IN_NAMES = bitOf('userhost-in-names');
export const CAP_NOTIFY = bitOf('cap-notify');
export const EXTENDED_MONITOR = bitOf('extended-monitor');
export const CHATHISTORY = bitOf('draft/chathistory');
export const READ_MARKER = bitOf('draft/read-marker');
