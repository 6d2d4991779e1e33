/** The chat: three columns with the rooms, the messages, and the people, and what lies over them. */
import { useEffect } from 'preact/hooks';
import { Composer } from './composer.js';
import { ConnectionBar } from './connection-bar.js';
import { Dialogs } from './dialogs.js';
import { focusComposer, hasKeyboard } from './focus.js';
import { LiveLog } from './live-log.js';
import { Menus } from './menus.js';
import { Messages } from './messages.js';
import { Notices } from './notices.js';
import { closeMenu } from './open-menu.js';
import { usePage } from './page-context.js';
import { People } from './people.js';
import { RoomBar } from './room-bar.js';
import { RoomsColumn } from './rooms-column.js';
import { SearchPanel } from './search.js';
import { useShortcuts } from './shortcuts.js';
import { isPeopleOpen, showMessages, view } from './view.js';
import { tracked } from './tracked.js';

export const Chat = tracked(() => {
  const { state } = usePage();
  useShortcuts();
  const place = state.place.value;
  useEffect(() => {
    showMessages();
    closeMenu();
    if (hasKeyboard()) focusComposer();
  }, [place]);
  const isSearching = state.search.value !== null;
  return (
    <>
      <a
        class="skip"
        href="#composer"
        onClick={(event) => {
          event.preventDefault();
          focusComposer();
        }}
      >
        Skip to the message field
      </a>
      <div
        class="app"
        data-view={view.value}
        data-people={isPeopleOpen.value ? '' : undefined}
        data-colours={state.preferences.value.coloursNames ? '' : undefined}
      >
        <RoomsColumn />
        <main class="column main-column" data-column>
          <RoomBar />
          <div class="bars">
            <ConnectionBar />
            <Notices />
          </div>
          <div class="column conversation">
            <div class="column conversation" inert={isSearching}>
              <Messages />
              <Composer />
            </div>
            {isSearching && <SearchPanel />}
          </div>
          <Menus />
        </main>
        {isPeopleOpen.value && (
          <button
            type="button"
            class="drawer-shade"
            tabIndex={-1}
            aria-label="Close the list of people"
            onClick={() => {
              isPeopleOpen.value = false;
            }}
          />
        )}
        <People />
      </div>
      <Dialogs />
      <LiveLog />
    </>
  );
});
