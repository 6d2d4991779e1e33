/** Makes text safe to print on a terminal: a name or an argument may contain sequences that control it. */

const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The text with `\u001b` in place of each control character, line break and change of direction. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
