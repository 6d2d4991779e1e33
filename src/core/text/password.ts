/** The rules for passwords. A password has no spaces, because no dialect could carry one. */
import { foldName, type UserName } from './text.js';

const MIN_PASSWORD_CHARACTERS = 8;

export function isWeakPassword(password: string, name: UserName): boolean {
  const isShort = Array.from(password).length < MIN_PASSWORD_CHARACTERS;
  return isShort || /[ \t]/.test(password) || foldName(password) === name.fold;
}
