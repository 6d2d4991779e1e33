/** The bar above the messages: where one is, its topic, and what can be done there. */
import { Icon, IconButton } from './icon.js';
import { openMenu } from './open-menu.js';
import { usePage } from './page-context.js';
import { RichText } from './rich-text.js';
import { isPeopleOpen, view } from './view.js';
import { tracked } from './tracked.js';

export const RoomBar = tracked(() => {
  const { state, actions } = usePage();
  const place = state.place.value;
  const room = state.room.value;
  return (
    <div class="bar room-bar">
      <IconButton
        icon="back"
        name="Rooms"
        extra="only-phone"
        onClick={() => {
          view.value = 'rooms';
        }}
      />
      <h1>
        <bdi>{place}</bdi>
      </h1>
      {room?.isLocked === true && (
        <span class="locked" title="Locked: new members need its key">
          <Icon name="lock" />
          <span class="vh">locked</span>
        </span>
      )}
      <Topic />
      {room !== null && (
        <>
          <IconButton icon="search" name="Search" onClick={actions.openSearch} />
          <IconButton
            icon="more"
            name="Room menu"
            onClick={({ currentTarget }) => {
              if (currentTarget instanceof Element) openMenu.value = { kind: 'room', anchor: currentTarget };
            }}
          />
        </>
      )}
      <IconButton
        icon="people"
        name="Show people"
        extra="only-narrow"
        onClick={() => {
          isPeopleOpen.value = true;
        }}
      />
    </div>
  );
});

const Topic = tracked(() => {
  const { state } = usePage();
  const room = state.room.value;
  const conversation = state.conversation.value;
  if (room !== null)
    return (
      <p class="topic" dir="auto" title={room.topic}>
        <RichText text={room.topic} tabIndex={0} />
      </p>
    );
  return <p class="topic">{conversation === null || conversation.isHere ? '' : 'offline'}</p>;
});
