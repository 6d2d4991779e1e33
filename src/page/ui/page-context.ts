/** Hands the state of the page and its actions to the components, however deep they are. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Actions, PageState } from '../model/state.js';

export interface Page {
  readonly state: PageState;
  readonly actions: Actions;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('a component is used outside of PageContext');
  return page;
}
