/** What a narrow window shows of the three columns. Wide ones show all of them. */
import { signal } from '@preact/signals';

/** The column of a phone. */
export const view = signal<'rooms' | 'main'>('main');

/** The drawer of the people, below 900 px. */
export const isPeopleOpen = signal(false);

export function showMessages(): void {
  view.value = 'main';
  isPeopleOpen.value = false;
}
