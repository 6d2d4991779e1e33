/** Several lines as PASTE commands, for `partyline chat` and `partyline send`. */

/** The limits of one PASTE. */
const MAX_PASTE_LINES = 200;
const MAX_PASTE_BYTES = 16 * 1024;

/** Splits lines into blocks that each fit into one PASTE. */
export function pasteBlocks<Line extends string>(lines: readonly Line[]): readonly (readonly Line[])[] {
  return groupWhile(lines, fitsPaste);
}

/** The command for one block. A line of dots gets one more, as in SMTP: a lone dot would end the PASTE. */
export function pasteCommand(lines: readonly string[]): readonly string[] {
  return ['PASTE', ...lines.map((line) => (/^\.+$/.test(line) ? `.${line}` : line)), '.'];
}

/** Splits lines into groups, in order; each group takes lines as long as they fit. */
export function groupWhile<Line>(
  lines: readonly Line[],
  fits: (group: readonly Line[], line: Line) => boolean,
): readonly (readonly Line[])[] {
  const groups: Line[][] = [];
  let group: Line[] | null = null;
  for (const line of lines) {
    if (group === null || !fits(group, line)) groups.push((group = []));
    group.push(line);
  }
  return groups;
}

function fitsPaste(group: readonly string[], line: string): boolean {
  const bytes = group.reduce((sum, other) => sum + Buffer.byteLength(other), 0) + Buffer.byteLength(line);
  return group.length < MAX_PASTE_LINES && bytes <= MAX_PASTE_BYTES - MAX_PASTE_LINES; // room for an added dot in each line
}
