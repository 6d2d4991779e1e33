/** The left column: the rooms, the conversations, and one's own name with the settings. */
import { useState } from 'preact/hooks';
import type { RoomInfo } from '../model/state.js';
import { Conversations } from './conversations.js';
import { Count } from './count.js';
import { focusComposer, moveInList, useShownEntry } from './focus.js';
import { Icon, IconButton } from './icon.js';
import { usePage } from './page-context.js';
import { roomLabel, shownCount } from './room-label.js';
import { isPhone, showMessages, view } from './view.js';
import { tracked } from './tracked.js';

export const RoomsColumn = tracked(() => {
  const { host } = usePage().state.about.value;
  const isAlone = isPhone.value && view.value === 'rooms';
  return (
    <div class="column side rooms-column" role={isAlone ? 'main' : 'banner'} data-column>
      <div class="bar">
        <div class="server-name" role={isAlone ? 'heading' : undefined} aria-level={isAlone ? 1 : undefined}>
          Partyline <span>{host}</span>
        </div>
      </div>
      <div class="scroll">
        <Rooms />
        <Conversations />
      </div>
      <Account />
    </div>
  );
});

/** One field finds a room in the list, and enters or creates one. */
const Rooms = tracked(() => {
  const { state, actions } = usePage();
  const [wanted, setWanted] = useState('');
  const name = wanted.trim().replace(/^#/, '');
  const isWanted = (room: RoomInfo) => room.name.toLowerCase().includes(name.toLowerCase());
  const rooms = state.rooms.value.filter(isWanted);
  const others = state.otherRooms.value.filter(isWanted);
  const join = (event: SubmitEvent) => {
    event.preventDefault();
    if (name === '') return;
    const known = state.rooms.value.find((room) => room.name.toLowerCase() === name.toLowerCase());
    if (known === undefined) actions.join(name);
    else actions.open(known.place);
    setWanted('');
  };
  return (
    <nav
      aria-label="Rooms"
      onKeyDown={(event) => {
        if (event.target instanceof HTMLButtonElement)
          moveInList(event, event.currentTarget, '.entry > .open');
      }}
    >
      <form class="join" onSubmit={join}>
        <input
          class="field"
          aria-label="Join or create a room"
          placeholder="Find or create"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
          value={wanted}
          onInput={(event) => {
            setWanted(event.currentTarget.value);
            actions.dismissAlert();
          }}
        />
        <button class="button plain">Join</button>
      </form>
      <h2 class="list-head">Rooms</h2>
      <ul class="entries">
        {rooms.map((room) => (
          <RoomEntry key={room.name} room={room} />
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h2 class="list-head">More rooms</h2>
          <ul class="entries">
            {others.map((room) => (
              <OtherRoom key={room.name} room={room} />
            ))}
          </ul>
        </>
      )}
      {name !== '' && rooms.length + others.length === 0 && (
        <p class="side-note">No such room yet. Join creates it.</p>
      )}
    </nav>
  );
});

const RoomEntry = tracked(({ room }: { readonly room: RoomInfo }) => {
  const { state, actions } = usePage();
  const { name, unread, mentions, isLocked, hasDraft, canLeave, problem, place } = room;
  const isOpen = state.place.value === place;
  const open = () => {
    actions.open(place);
    showMessages();
    focusComposer();
  };
  return (
    <li class="entry" ref={useShownEntry(isOpen)}>
      <button
        type="button"
        class="open"
        aria-label={roomLabel(room)}
        aria-current={isOpen ? 'page' : undefined}
        data-unread={unread > 0 ? '' : undefined}
        title={problem ?? undefined}
        onClick={open}
      >
        <span class="mark" aria-hidden="true">
          #
        </span>
        <bdi class="name">{name}</bdi>
        {problem !== null && <Icon name="ban" />}
        {hasDraft && !isOpen && <Icon name="draft" />}
        {isLocked && <Icon name="lock" />}
        {mentions > 0 && <Count kind="mention" shown={`@${shownCount(mentions)}`} />}
        {unread > 0 && mentions === 0 && (
          <Count kind="unread" shown={shownCount(unread, room.hasMoreUnread)} />
        )}
      </button>
      {canLeave && (
        <IconButton
          icon="close"
          name={`Leave ${name}`}
          extra="leave"
          onClick={() => {
            actions.leave(name);
          }}
        />
      )}
    </li>
  );
});

function OtherRoom({ room: { name, members, isLocked } }: { readonly room: RoomInfo }) {
  const { actions } = usePage();
  const people = members === 1 ? '1 person' : `${members} people`;
  return (
    <li class="entry">
      <button
        type="button"
        class="open"
        aria-label={`${name}, ${people}${isLocked ? ', locked' : ''}`}
        title={`Join ${name}`}
        onClick={() => {
          actions.join(name);
        }}
      >
        <span class="mark" aria-hidden="true">
          #
        </span>
        <bdi class="name">{name}</bdi>
        {isLocked && <Icon name="lock" />}
        <Count kind="members" shown={`${members}`} />
      </button>
    </li>
  );
}

const Account = tracked(() => {
  const { state, actions } = usePage();
  const { name, awayText } = state.self.value;
  return (
    <div class="account">
      <p class="name">
        <bdi>{name}</bdi>
        {awayText !== null && <span class="away-note"> away</span>}
      </p>
      <IconButton
        icon="settings"
        name="Settings"
        onClick={() => {
          actions.openDialog({ kind: 'settings' });
        }}
      />
      <IconButton icon="logout" name="Log out" onClick={actions.logOut} />
    </div>
  );
});
