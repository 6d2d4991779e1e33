/** The keys that show another window. Every terminal sends them alike; Alt-1 may need "Option as Meta" on a Mac. */
import type { WindowChoice } from './screen.js';

/** Null for a key with another meaning. */
export function windowChoice(key: string): WindowChoice | null {
  const digit = /^alt-(\d)$/.exec(key)?.[1];
  if (digit !== undefined) return digit === '0' ? 10 : Number(digit);
  switch (key) {
    case 'ctrl-n':
      return 'next';
    case 'ctrl-p':
      return 'previous';
    case 'alt-a':
      return 'unread';
    default:
      return null;
  }
}
