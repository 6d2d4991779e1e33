/**
 * The commands about names and order, which `lines` has as `VERB` and GoTalk as `/verb`: one table of what each needs,
 * so that both hear the same.
 */
import type { ParsedLine } from '../../core/dialect.js';
import type { Text } from '../../core/text/text.js';
import { cut, split, wholeNumber } from './arguments.js';

const NEEDS = {
  REGISTER: '<password>',
  PASSWORD: '<old> <new>',
  UNREGISTER: '<password>',
  IGNORE: '<user>',
  UNIGNORE: '<user>',
  LOCK: '<key>',
  UNLOCK: '',
  TOPIC: '<text>',
  KICK: '<user> [<reason>]',
  BAN: '<user or address[/bits]> [<minutes>] [<reason>]',
  UNBAN: '<user or address[/bits]>',
  BANS: '',
  MUTE: '<user> [<minutes>]',
  UNMUTE: '<user>',
  SAY: '<text>',
} as const;

export type AccountVerb = keyof typeof NEEDS;

/** A hundred years: longer is no different from for ever. */
const MAX_MINUTES = 52_560_000;

/** What the verb, in capitals, asks for; null if it is none of these. `write` puts a verb as its dialect has it. */
export function parseAccountCommand(verb: string, rest: Text, write: (verb: string) => string): ParsedLine {
  if (!isAccountVerb(verb)) return null;
  const heard = parseVerb(verb, rest);
  return heard ?? { kind: 'refuse', reason: 'usage', detail: { usage: usageOf(verb, write) } };
}

/** A verb with what it needs, as its dialect has it. */
export function usageOf(verb: AccountVerb, write: (verb: string) => string): string {
  return `${write(verb)} ${NEEDS[verb]}`.trimEnd();
}

function isAccountVerb(verb: string): verb is AccountVerb {
  return Object.hasOwn(NEEDS, verb);
}

/** Null if something is missing or too much. */
function parseVerb(verb: AccountVerb, rest: Text): ParsedLine {
  switch (verb) {
    case 'REGISTER':
      return rest === '' ? null : { kind: 'register', password: rest };
    case 'UNREGISTER':
      return oneWord(rest) ? { kind: 'unregister', password: rest } : null;
    case 'PASSWORD': {
      const [old, password] = cut(rest);
      return password === '' ? null : { kind: 'change-password', old, password };
    }
    case 'IGNORE':
      return oneWord(rest) ? { kind: 'ignore', who: rest } : null;
    case 'UNIGNORE':
      return oneWord(rest) ? { kind: 'unignore', who: rest } : null;
    case 'LOCK':
      return oneWord(rest) ? { kind: 'lock', key: rest } : null;
    case 'UNLOCK':
      return { kind: 'unlock' };
    case 'TOPIC':
      return rest === '' ? null : { kind: 'topic', text: rest };
    case 'KICK': {
      const [who, reason] = cut(rest);
      return who === '' ? null : { kind: 'kick', who, reason };
    }
    case 'BAN':
      return ban(rest);
    case 'UNBAN':
      return oneWord(rest) ? { kind: 'unban', who: rest } : null;
    case 'BANS':
      return { kind: 'bans' };
    case 'MUTE':
      return mute(rest);
    case 'UNMUTE':
      return oneWord(rest) ? { kind: 'unmute', who: rest } : null;
    case 'SAY':
      return rest === '' ? null : { kind: 'announce', text: rest };
  }
}

/** The word after the target is minutes if it is a number, else the reason begins with it. */
function ban(rest: Text): ParsedLine {
  const [who, behind] = cut(rest);
  const [word, reason] = cut(behind);
  const minutes = minutesOf(word);
  if (who === '' || minutes === 0) return null;
  return minutes === null
    ? { kind: 'ban', who, minutes: null, reason: behind }
    : { kind: 'ban', who, minutes, reason };
}

function mute(rest: Text): ParsedLine {
  const [who, behind] = cut(rest);
  const minutes = minutesOf(behind);
  if (who === '' || minutes === 0 || (minutes === null && behind !== '')) return null;
  return { kind: 'mute', who, minutes };
}

function minutesOf(word: string): number | null {
  const minutes = wholeNumber(word);
  return minutes === null ? null : Math.min(minutes, MAX_MINUTES);
}

function oneWord(text: Text): boolean {
  return split(text).length === 1;
}
