/** Commands with a password or a key: these are not shown again on the user's screen. */

/** How many words may be shown: the verb, and for NICK the name. */
const SHOWN_WORDS = new Map([
  ...['REGISTER', 'PASSWORD', 'UNREGISTER', 'LOCK'].map((verb) => [verb, 1] as const),
  ['NICK', 2],
]);

/** A command as it may be quoted in a warning: `REGISTER …`. */
export function withoutSecrets(line: string): string {
  const words = line.split(/[ \t]+/);
  const shown = SHOWN_WORDS.get(words[0] ?? '') ?? words.length;
  return words.length > shown ? `${words.slice(0, shown).join(' ')} …` : line;
}
