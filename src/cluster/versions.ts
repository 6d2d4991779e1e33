/**
 * Which version of the entries each kind of proposal needs. During an upgrade the nodes have several versions. An older
 * one stops at a kind that it does not know, and would settle a field that it does not know as if it were missing. So a
 * node proposes newer kinds only once all live nodes read them; until then the user is told to try again.
 */
import type { CommandKind, CommandOf } from '../core/command.js';
import type { ModeChange } from '../core/modes.js';
import type { Proposal } from '../core/ports.js';

/** The highest version of the entries that this server writes and reads. */
export const MAX_V = 2;

/** The kinds of version 1. One that is added does not compile until it has its version. */
type FirstKind =
  | ('login' | 'register-name' | 'join' | 'say' | 'tell' | 'command' | 'end' | 'arrive')
  | ('post' | 'post-direct' | 'delete' | 'read' | 'read-marker' | 'fetched')
  | ('page-token' | 'page-token-end' | 'account-changed' | 'ban-changed' | 'admin');

/** The client of a session is told if it cannot be proposed; one without a session needs another answer. */
const KINDS: Readonly<Record<Exclude<Proposal['kind'], FirstKind>, number>> = {
  'delete-direct': 2,
};

/** Commands that are put in order since then, and fields of them. */
const COMMANDS: Readonly<Partial<Record<CommandKind, number>>> = {};
const FIELDS: { readonly [Kind in CommandKind]?: Readonly<Partial<Record<keyof CommandOf<Kind>, number>>> } =
  { describe: { resigns: 2 } };

const VERSIONS: ReadonlyMap<string, number> = new Map(Object.entries(KINDS));

/** The version of a batch with this proposal, at least. */
export function versionOf(proposal: Proposal): number {
  if (proposal.kind !== 'command') return VERSIONS.get(proposal.kind) ?? 1;
  const { command } = proposal;
  let version = COMMANDS[command.kind] ?? 1;
  if (command.kind === 'mode' && command.changes.some(isSpeechException)) version = 2;
  const fields = FIELDS[command.kind];
  if (fields === undefined) return version;
  const values = new Map<string, unknown>(Object.entries(command));
  for (const [field, since] of Object.entries(fields))
    if (isGiven(values.get(field))) version = Math.max(version, since);
  return version;
}

/** A field that is not given, or is false, means the same to a node that does not know it. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** To a node of version 1 it is an exception from every ban, so it lets other users into the room. */
function isSpeechException(change: ModeChange): boolean {
  return change.kind === 'mask' && change.list === 'exceptions' && change.silences;
}
