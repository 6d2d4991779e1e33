/** Cuts a text to what one post may hold: an alert that is cut is better than one that is refused. */

export interface TextLimits {
  readonly maxLines: number;
  /** Of all lines, without their ends. */
  readonly maxBytes: number;
  readonly maxLineBytes: number;
}

const ELLIPSIS = '…';
/** For the last line: `… 1000000 lines more`. */
const NOTICE_BYTES = 32;

/** The lines that are not empty, as many as fit; then a line that says how many are left out. */
export function cutLines(text: string, { maxLines, maxBytes, maxLineBytes }: TextLimits): readonly string[] {
  const lines = text
    .split(/[\r\n\u2028\u2029]+/)
    .filter((line) => line.trim() !== '')
    .map((line) => cutLine(line, maxLineBytes));
  const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  if (lines.length <= maxLines && size <= maxBytes) return lines;
  const kept: string[] = [];
  let room = maxBytes - NOTICE_BYTES;
  for (const line of lines.slice(0, maxLines - 1)) {
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  return [...kept, `${ELLIPSIS} ${left === 1 ? '1 line' : `${left} lines`} more`];
}

function cutLine(line: string, maxBytes: number): string {
  if (Buffer.byteLength(line) <= maxBytes) return line;
  const bytes = Buffer.from(line).subarray(0, maxBytes - Buffer.byteLength(ELLIPSIS));
  // The last character may be cut.
  return bytes.toString('utf8').replace(/\ufffd$/, '') + ELLIPSIS;
}
