/**
 * The status line of a terminal: the windows with their unread messages, as `[1:lobby] 2:dev(3) 3:@bob(1!)`, then the
 * user and the server. In a narrow terminal it keeps what the user needs most.
 */
import { drawn, graphemesOf, widthOf } from './text-width.js';

export interface WindowStatus {
  readonly name: string;
  readonly isShown: boolean;
  readonly hasLeft: boolean;
  readonly unread: number;
  readonly isMentioned: boolean;
}

export interface Status {
  readonly windows: readonly WindowStatus[];
  /** What follows the windows, the most important part first. */
  readonly notes: readonly string[];
}

const SEPARATOR = ' · ';
/** No name takes more of a line with several windows than this part. */
const MAX_NAME_SHARE = 1 / 3;

/** One row of exactly `columns` columns. The last notes are left out first, then windows without unread messages. */
export function layOutStatus({ windows, notes }: Status, columns: number): string {
  const list = layOutWindows(windows, columns - 1);
  let row = ` ${list}`;
  for (const note of notes) {
    const longer = row.trim() === '' ? ` ${note}` : row + SEPARATOR + note;
    if (textWidth(longer) <= columns) row = longer;
  }
  const fitting = cutTo(row, columns);
  return fitting + ' '.repeat(Math.max(0, columns - textWidth(fitting)));
}

/** Keeps the order of the windows. `+2` stands for two windows that do not fit. */
function layOutWindows(windows: readonly WindowStatus[], columns: number): string {
  const maxName = windows.length > 1 ? Math.max(4, Math.floor(columns * MAX_NAME_SHARE)) : columns - 4;
  const labels = windows.map((window, index) => labelOf(window, index + 1, maxName));
  const byImportance = windows.map((_, index) => index).sort((a, b) => rank(windows[b]) - rank(windows[a]));
  const kept = new Set(byImportance);
  const list = () => {
    const shown = labels.filter((_, index) => kept.has(index));
    return [...shown, ...(kept.size < labels.length ? [`+${labels.length - kept.size}`] : [])].join(' ');
  };
  while (kept.size > 1 && textWidth(list()) > columns) {
    const least = byImportance.findLast((index) => kept.has(index));
    if (least !== undefined) kept.delete(least);
  }
  return list();
}

function rank(window: WindowStatus | undefined): number {
  if (window?.isShown === true) return 3;
  if (window?.isMentioned === true) return 2;
  return (window?.unread ?? 0) > 0 ? 1 : 0;
}

function labelOf(
  { name, isShown, hasLeft, unread, isMentioned }: WindowStatus,
  n: number,
  max: number,
): string {
  const short = textWidth(name) > max ? `${cutTo(name, max - 1)}…` : name;
  const marks = [
    ...(hasLeft ? ['left'] : []),
    ...(unread > 0 ? [`${unread}${isMentioned ? '!' : ''}`] : []),
  ].join(' ');
  const label = `${n}:${short}${marks === '' ? '' : `(${marks})`}`;
  return isShown ? `[${label}]` : label;
}

function textWidth(text: string): number {
  return graphemesOf(text).reduce((sum, grapheme) => sum + widthOf(grapheme), 0);
}

function cutTo(text: string, columns: number): string {
  let cut = '';
  let used = 0;
  for (const grapheme of graphemesOf(text)) {
    used += widthOf(grapheme);
    if (used > columns) break;
    cut += drawn(grapheme);
  }
  return cut;
}
