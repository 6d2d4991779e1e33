/** Commands with a password or a key: these are not shown again on the user's screen. */
import { cleanText } from '../core/text/text.js';

/** How many words may be shown: the verb, and for NICK the name. */
const SHOWN_WORDS = new Map([
  ...['REGISTER', 'PASSWORD', 'UNREGISTER', 'LOCK'].map((verb) => [verb, 1] as const),
  ['NICK', 2],
]);

const TYPED = /^\s*\/(?:register|password|unregister|lock|nick|name|join|j)\b/i;

/** Whether a line that the user typed is a command with a password or a key. */
export function mayHoldSecret(typed: string): boolean {
  return TYPED.test(cleanText(typed));
}

/** A command as the user types it, and as it may be quoted in a warning: `/register …`. */
export function withoutSecrets(line: string): string {
  const words = line.split(/[ \t]+/);
  const shown = SHOWN_WORDS.get(words[0] ?? '') ?? words.length;
  const quoted = words.length > shown ? `${words.slice(0, shown).join(' ')} …` : line;
  return quoted.replace(/^\S+/, (verb) => `/${verb.toLowerCase()}`);
}
