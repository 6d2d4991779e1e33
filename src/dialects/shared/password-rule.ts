/** The rule for passwords as a sentence, for the dialects that explain a refused password. */
import type { RefusalDetail } from '../../core/event.js';

export function passwordRule({ minLength = 1 }: RefusalDetail): string {
  const characters = minLength === 1 ? '1 character' : `${minLength} characters`;
  return `a password has at least ${characters} and no spaces, and differs from your name`;
}
