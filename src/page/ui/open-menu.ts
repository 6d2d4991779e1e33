/** Which menu is open: one at a time on the whole page, so that a list of 200 people holds no menu of its own. */
import { signal } from '@preact/signals';
import type { Person } from '../model/state.js';

export type OpenMenu =
  | { readonly kind: 'person'; readonly person: Person; readonly anchor: Element }
  | { readonly kind: 'room'; readonly anchor: Element };

export const openMenu = signal<OpenMenu | null>(null);

export function closeMenu(): void {
  openMenu.value = null;
}
