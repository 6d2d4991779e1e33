/**
 * The commands about names and order, which `lines` has as `VERB` and GoTalk as `/verb`: one table of what each needs,
 * so that both hear the same.
 */
import type { Heard } from '../core/dialect.js';
import type { Text } from '../core/text.js';
import { split } from './typed.js';

const NEEDS = {
  REGISTER: '<password>',
  PASSWORD: '<old> <new>',
  UNREGISTER: '<password>',
} as const;

export type KeepingVerb = keyof typeof NEEDS;

/** What the verb, in capitals, asks for; null if it is none of these. `write` puts a verb as its dialect has it. */
export function hearKeeping(verb: string, rest: Text, write: (verb: string) => string): Heard {
  if (!isKeepingVerb(verb)) return null;
  return (
    understand(verb, rest) ?? {
      kind: 'refuse',
      reason: 'usage',
      detail: { usage: `${write(verb)} ${NEEDS[verb]}`.trimEnd() },
    }
  );
}

export function isKeepingVerb(verb: string): verb is KeepingVerb {
  return Object.hasOwn(NEEDS, verb);
}

/** Null if something is missing or too much. */
function understand(verb: KeepingVerb, rest: Text): Heard {
  const words = split(rest);
  const [first, second] = words;
  switch (verb) {
    case 'REGISTER':
      return first !== undefined && words.length === 1 ? { kind: 'register', password: first } : null;
    case 'UNREGISTER':
      return first !== undefined && words.length === 1 ? { kind: 'unregister', password: first } : null;
    case 'PASSWORD':
      return first !== undefined && second !== undefined && words.length === 2
        ? { kind: 'change-password', old: first, password: second }
        : null;
  }
}
