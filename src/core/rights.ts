/**
 * Who may ask for what. Looked at in one place for every command, whatever dialect it came in: by the hub before it
 * does anything, and by the gateway before it has a password looked at in vain.
 */
import type { Client } from './client.js';
import type { Command } from './command.js';
import type { Refusal } from './reasons.js';

type Right =
  /** Whoever is connected. */
  | 'anyone'
  | 'user'
  /** A user with a registered name, or without. */
  | 'owner'
  | 'guest';

const RIGHTS: Record<Command['kind'], Right> = {
  login: 'anyone',
  ping: 'anyone',
  quit: 'anyone',
  say: 'user',
  paste: 'user',
  tell: 'user',
  join: 'user',
  leave: 'user',
  who: 'user',
  rooms: 'user',
  history: 'user',
  search: 'user',
  register: 'guest',
  'change-password': 'owner',
  unregister: 'owner',
  lock: 'user',
};

/** Why this client may not ask for that; null if it may. */
export function objectionTo(client: Client, kind: Command['kind']): Refusal | null {
  const right = RIGHTS[kind];
  if (right === 'anyone') return null;
  if (client.name === null) return 'not-logged-in';
  switch (right) {
    case 'user':
      return null;
    case 'owner':
      return client.account === null ? 'not-registered' : null;
    case 'guest':
      return client.account === null ? null : 'already-registered';
  }
}
