/** What may be a password. It has no spaces in it because no dialect could carry one that has. */
import { foldName, type UserName } from './text.js';

const MIN_PASSWORD_CHARACTERS = 8;

export function isWeakPassword(password: string, name: UserName): boolean {
  const isShort = Array.from(password).length < MIN_PASSWORD_CHARACTERS;
  return isShort || /[ \t]/.test(password) || foldName(password) === name.fold;
}
