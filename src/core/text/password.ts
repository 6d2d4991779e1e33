/** The rules for passwords. A password has no spaces, because no dialect could carry one. */
import { foldName, type UserName } from './text.js';

/** `minLength` is in characters (code points). */
export function isWeakPassword(password: string, name: UserName, minLength: number): boolean {
  const isShort = Array.from(password).length < minLength;
  return isShort || /[ \t]/.test(password) || foldName(password) === name.fold;
}
