/** The conversations with one person each, below the rooms. */
import type { Conversation } from '../model/state.js';
import { Count } from './count.js';
import { moveInList, useShownEntry } from './focus.js';
import { Icon, IconButton } from './icon.js';
import { usePage } from './page-context.js';
import { shownCount } from './room-label.js';
import { showMessages } from './view.js';
import { tracked } from './tracked.js';

export const Conversations = tracked(() => {
  const conversations = usePage().state.conversations.value;
  return (
    <nav
      aria-label="Conversations"
      onKeyDown={(event) => {
        moveInList(event, event.currentTarget, '.entry > .open');
      }}
    >
      <h2 class="list-head">Conversations</h2>
      {conversations.length === 0 ? (
        <p class="side-note">Choose a name to write to one person.</p>
      ) : (
        <>
          <ul class="entries">
            {conversations.map((conversation) => (
              <Entry key={conversation.name} conversation={conversation} />
            ))}
          </ul>
          <p class="side-note">Direct messages are not kept here: they are gone when this tab closes.</p>
        </>
      )}
    </nav>
  );
});

const Entry = tracked(({ conversation }: { readonly conversation: Conversation }) => {
  const { state, actions } = usePage();
  const { name, place, unread, isHere, isAway, hasDraft } = conversation;
  const isOpen = state.place.value === place;
  return (
    <li class="entry" ref={useShownEntry(isOpen)}>
      <button
        type="button"
        class="open"
        aria-label={[
          name,
          ...(unread > 0 ? [`${shownCount(unread)} unread`] : []),
          ...(isHere ? [] : ['offline']),
        ].join(', ')}
        aria-current={isOpen ? 'page' : undefined}
        data-unread={unread > 0 ? '' : undefined}
        onClick={() => {
          actions.open(place);
          showMessages();
        }}
      >
        <span class={`presence ${isHere && !isAway ? 'here' : ''}`} />
        <bdi class="name">{name}</bdi>
        {hasDraft && !isOpen && <Icon name="draft" />}
        {unread > 0 && <Count kind="mention" shown={shownCount(unread)} />}
      </button>
      <IconButton
        icon="close"
        name={`Close the conversation with ${name}`}
        extra="leave"
        onClick={() => {
          actions.closeConversation(name);
        }}
      />
    </li>
  );
});
