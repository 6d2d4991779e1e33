/** The keys that work everywhere. None is a letter alone, so that dictating or typing triggers nothing. */
import { useEffect } from 'preact/hooks';
import { focusColumn, focusComposer } from './focus.js';
import { openMenu } from './open-menu.js';
import { type Page, usePage } from './page-context.js';
import { isPeopleOpen } from './view.js';

export function useShortcuts(): void {
  const page = usePage();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || page.state.dialog.value !== null) return;
      if (act(event, page)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [page]);
}

/** Whether the key was one of the shortcuts. */
function act(event: KeyboardEvent, { state, actions }: Page): boolean {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (altKey && !ctrlKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
    actions.openNext(key === 'ArrowUp' ? -1 : 1, shiftKey);
    return true;
  }
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'k') {
    if (state.room.value !== null) actions.openSearch();
    return true;
  }
  if (key === 'F6') {
    focusColumn(shiftKey ? -1 : 1);
    return true;
  }
  if (key !== 'Escape' || openMenu.value !== null) return false;
  if (state.search.value !== null) actions.closeSearch();
  isPeopleOpen.value = false;
  focusComposer();
  return true;
}
