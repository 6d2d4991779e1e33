/** What is shown of the lines of a paste. */

/** Without the fence around code, if there is one: ``` before and after it. */
export function withoutFence<Line extends { readonly text: string }>(
  lines: readonly Line[],
): readonly Line[] {
  const isFenced =
    lines.length > 2 && /^```[\w+-]*$/.test(lines[0]?.text ?? '') && lines.at(-1)?.text === '```';
  return isFenced ? lines.slice(1, -1) : lines;
}
