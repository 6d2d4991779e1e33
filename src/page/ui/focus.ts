/** Moves the focus between the parts of the screen. */
import { useEffect, useRef } from 'preact/hooks';

export const COMPOSER_ID = 'composer';

/** The field may be inert until the search that lies over it is gone, which takes a frame. */
export function focusComposer(): void {
  const field = document.getElementById(COMPOSER_ID);
  if (field?.closest('[inert]') == null) field?.focus();
  else requestAnimationFrame(() => field.focus());
}

/** Whether typing should go to the composer by itself: on a phone that would open the keyboard over the messages. */
export function hasKeyboard(): boolean {
  return !matchMedia('(pointer: coarse)').matches;
}

/** Where the focus goes first in a column: the open room, the field. */
const COLUMN_FOCUS = '[aria-current], textarea';

/** The next or previous of the columns that are shown, from the one that has the focus. */
export function focusColumn(direction: 1 | -1): void {
  const columns = [...document.querySelectorAll<HTMLElement>('[data-column]')].filter(isShown);
  const present = columns.findIndex((column) => column.contains(document.activeElement));
  const next = columns[(present + direction + columns.length) % columns.length];
  if (next === undefined) return;
  const controls = [...next.querySelectorAll<HTMLElement>('button, input, textarea')].filter(isShown);
  (controls.find((control) => control.matches(COLUMN_FOCUS)) ?? controls[0])?.focus();
}

/** Brings the entry of the open place into view, in a list that is longer than its column. */
export function useShownEntry(isOpen: boolean) {
  const entry = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) entry.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  return entry;
}

/** Moves the focus among the buttons of a list with the arrows, Home and End. */
export function moveInList(event: KeyboardEvent, list: Element, selector: string): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const items = [...list.querySelectorAll<HTMLElement>(selector)].filter(isShown);
  const present = items.findIndex((item) => item === document.activeElement);
  const target = targetOf(event.key, present, items.length);
  if (target === null) return;
  event.preventDefault();
  items[target]?.focus();
}

function targetOf(key: string, present: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (present + 1) % count;
    case 'ArrowUp':
      return (present - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 && element.closest('[inert]') === null;
}
