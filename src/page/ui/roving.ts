/**
 * The list of messages is one tab stop: the arrows move from message to message, and Tab reaches the links and buttons of
 * the message that has the focus. The attributes are set on the elements directly, since a signal that a thousand
 * messages read would render a thousand messages at each key.
 */

const ROW = '[role="listitem"]';
const CONTROLS = 'a, button';

export function enterRow({ target, currentTarget }: FocusEvent): void {
  const row = rowOf(target);
  if (row === null || !(currentTarget instanceof HTMLElement)) return;
  setControls(row, 0);
  row.tabIndex = 0;
  currentTarget.tabIndex = -1;
}

export function leaveRow({ target, relatedTarget, currentTarget }: FocusEvent): void {
  const row = rowOf(target);
  if (row === null || !(currentTarget instanceof HTMLElement)) return;
  if (relatedTarget instanceof Node && row.contains(relatedTarget)) return;
  setControls(row, -1);
  row.tabIndex = -1;
  currentTarget.tabIndex = 0;
}

/** Whether the key moved the focus. */
export function moveInMessages(event: KeyboardEvent): boolean {
  const { key, currentTarget, target, altKey } = event;
  if (altKey || !(currentTarget instanceof HTMLElement)) return false;
  const rows = [...currentTarget.querySelectorAll<HTMLElement>(ROW)];
  const present = target === currentTarget ? rows.length : rows.findIndex((row) => row === rowOf(target));
  const next = nextOf(key, present, rows.length);
  if (next === null) return false;
  event.preventDefault();
  const row = rows[next];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
  return true;
}

function nextOf(key: string, present: number, count: number): number | null {
  switch (key) {
    case 'ArrowUp':
      return Math.max(0, present - 1);
    case 'ArrowDown':
      return Math.min(count - 1, present + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function rowOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(ROW) : null;
}

function setControls(row: HTMLElement, tabIndex: number): void {
  for (const control of row.querySelectorAll<HTMLElement>(CONTROLS)) control.tabIndex = tabIndex;
}
