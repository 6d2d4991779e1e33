/** The page as a whole: the first screen, the chat, or the notice that another tab has it. */
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Chat } from './chat.js';
import { Enter } from './enter.js';
import { OtherTab } from './other-tab.js';
import { type Page, PageContext, usePage } from './page-context.js';
import { tracked } from './tracked.js';

export function App(page: Page) {
  return (
    <PageContext.Provider value={page}>
      <Screen />
    </PageContext.Provider>
  );
}

const Screen = tracked(() => {
  const { state } = usePage();
  useEffect(
    () =>
      effect(() => {
        const { theme } = state.preferences.value;
        if (theme === 'system') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = theme;
      }),
    [state],
  );
  const connection = state.connection.value;
  if (connection.kind === 'stopped' && connection.why === 'other-tab') return <OtherTab />;
  return state.screen.value === 'enter' ? <Enter /> : <Chat />;
});
