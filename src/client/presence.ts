/** What a notice of the server says of a user: by its tags, or, from a server without event tags, by its words. */
import type { Notice } from './server-line.js';

export type PresenceChange =
  | { readonly kind: 'joined' | 'left' | 'gone'; readonly name: string }
  | { readonly kind: 'renamed'; readonly name: string; readonly to: string };

const KINDS = new Map<string, 'joined' | 'left' | 'gone'>([
  ['join', 'joined'],
  ['login', 'joined'],
  ['leave', 'left'],
  ['put-out', 'left'],
  ['quit', 'gone'],
]);
const PRESENCE = /^(\S+) (joined|left|connected|disconnected)\b/;
const RENAMED = /^(\S+) is now (\S+)$/;

/** Null if it says nothing of the kind. */
export function presenceChangeIn({ event, user, to, text }: Notice): PresenceChange | null {
  if (event === null) return presenceChangeInWords(text);
  if (user === null) return null;
  if (event === 'rename') return to === null ? null : { kind: 'renamed', name: user, to };
  const kind = KINDS.get(event);
  return kind === undefined ? null : { kind, name: user };
}

function presenceChangeInWords(text: string): PresenceChange | null {
  const [, old, to] = RENAMED.exec(text) ?? [];
  if (old !== undefined && to !== undefined) return { kind: 'renamed', name: old, to };
  const [, name, word] = PRESENCE.exec(text) ?? [];
  if (name === undefined) return null;
  return { kind: word === 'disconnected' ? 'gone' : word === 'left' ? 'left' : 'joined', name };
}
