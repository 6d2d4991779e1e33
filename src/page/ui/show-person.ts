/** Opens the menu of a message's author: a click on the name, or Enter on the message. */
import type { Person } from '../model/state.js';
import { openMenu } from './open-menu.js';
import { usePage } from './page-context.js';

export function useShowPerson(): (event: MouseEvent | KeyboardEvent) => void {
  const { state } = usePage();
  return (event) => {
    const { target } = event;
    if (!(target instanceof HTMLElement)) return;
    const name =
      event.type === 'click' ? target.closest('.from') : target.matches('.message') ? target : null;
    const from = name?.closest<HTMLElement>('[data-from]')?.dataset.from;
    if (name === null || from === undefined) return;
    // Enter would also press the button of the menu that gets the focus.
    event.preventDefault();
    const known = state.members.value.find((person) => person.name === from);
    openMenu.value = { kind: 'person', person: known ?? absent(from), anchor: name };
  };
}

function absent(name: string): Person {
  return { name, isSelf: false, isHere: false, isAway: false, awayText: '', isIgnored: false };
}
