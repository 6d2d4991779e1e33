/**
 * Masks of users: `ann!*@*.example`, where `*` stands for any characters and `?` for one. Matching takes no regular
 * expression and no backtracking over the whole text, so no mask makes it slow.
 */
import { foldName } from './text.js';

export interface Mask {
  /** As it is shown. */
  readonly shown: string;
  /** The same, folded; what is left out is `*`. */
  readonly fold: string;
}

/** The parts of a user that masks match, folded. */
export interface MaskedUser {
  readonly fold: string;
  readonly user: string;
  readonly host: string;
}

/** Completes what was typed: `ann` is `ann!*@*`, `*@host` is `*!*@host`. */
export function maskOf(typed: string): Mask {
  const [, nick = '', user = '', host = ''] = /^([^!@]*)(?:!([^@]*))?(?:@(.*))?$/su.exec(typed) ?? [];
  // Without `!`, what precedes the `@` is the user.
  const isUserOnly = !typed.includes('!') && typed.includes('@');
  const parts = isUserOnly ? ['', nick, host] : [nick, user, host];
  const [first = '*', second = '*', third = '*'] = parts.map((part) => (part === '' ? '*' : part));
  const shown = `${first}!${second}@${third}`;
  return { shown, fold: foldName(shown) };
}

/** A mask that is compared with many users. */
export class Matcher {
  /** What stands between the `*`s. */
  readonly #parts: readonly string[];

  constructor(fold: string) {
    this.#parts = fold.split('*');
  }

  matches(text: string): boolean {
    const parts = this.#parts;
    const [first = ''] = parts;
    const last = parts.at(-1) ?? '';
    if (parts.length === 1) return text.length === first.length && fits(text, 0, first);
    if (!fits(text, 0, first)) return false;
    let at = first.length;
    // The first place that fits is as good as any later one.
    for (const part of parts.slice(1, -1)) {
      at = find(text, at, part);
      if (at === -1) return false;
      at += part.length;
    }
    return text.length - last.length >= at && fits(text, text.length - last.length, last);
  }
}

/** The text of a user that masks are compared with. */
export function maskedText({ fold, user, host }: MaskedUser): string {
  return `${fold}!${user.toLowerCase()}@${host}`;
}

function find(text: string, from: number, part: string): number {
  if (!part.includes('?')) return text.indexOf(part, from);
  for (let at = from; at + part.length <= text.length; at++) if (fits(text, at, part)) return at;
  return -1;
}

function fits(text: string, at: number, part: string): boolean {
  if (at < 0 || at + part.length > text.length) return false;
  if (!part.includes('?')) return text.startsWith(part, at);
  for (let index = 0; index < part.length; index++)
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  return true;
}
