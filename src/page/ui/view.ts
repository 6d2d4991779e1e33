/** What a narrow window shows of the three columns. Wide ones show all of them. */
import { signal } from '@preact/signals';

/** The column of a phone. */
export const view = signal<'rooms' | 'main'>('main');

const phone = matchMedia('(max-width: 599px)');

/** Whether one column is shown at a time. */
export const isPhone = signal(phone.matches);
phone.addEventListener('change', () => {
  isPhone.value = phone.matches;
});

/** The drawer of the people, below 900 px. */
export const isPeopleOpen = signal(false);

export function showMessages(): void {
  view.value = 'main';
  isPeopleOpen.value = false;
}
