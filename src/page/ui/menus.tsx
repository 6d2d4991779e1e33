/** The menu of a name, and that of the open room. */
import type { Person, RoomInfo } from '../model/state.js';
import { Menu, type MenuItem } from './menu.js';
import { Name } from './name.js';
import { closeMenu, openMenu } from './open-menu.js';
import { type Page, usePage } from './page-context.js';
import { RichText } from './rich-text.js';
import { tracked } from './tracked.js';

export const Menus = tracked(() => {
  const page = usePage();
  const menu = openMenu.value;
  if (menu === null) return null;
  if (menu.kind === 'person') {
    const { person, anchor } = menu;
    const head = (
      <>
        <Name name={person.name} />
        {person.isAway && ` · away${person.awayText === '' ? '' : `: ${person.awayText}`}`}
        {!person.isHere && ' · offline'}
      </>
    );
    const items = person.isSelf ? ownItems(page) : personItems(page, person);
    return <Menu anchor={anchor} name={person.name} head={head} items={items} onClose={closeMenu} />;
  }
  const room = page.state.room.value;
  if (room === null) return null;
  const head =
    room.topic === '' ? undefined : (
      <span dir="auto">
        <RichText text={room.topic} tabIndex={0} />
      </span>
    );
  const items = roomItems(page, room);
  return <Menu anchor={menu.anchor} name={`#${room.name}`} head={head} items={items} onClose={closeMenu} />;
});

function personItems({ state, actions }: Page, { name, isIgnored }: Person): readonly MenuItem[] {
  const items: MenuItem[] = [
    {
      icon: 'message',
      text: 'Send a direct message',
      onChoose: () => {
        actions.open(`@${name}`);
      },
    },
    {
      icon: 'hide',
      text: isIgnored ? 'Stop ignoring' : 'Ignore',
      onChoose: () => {
        if (isIgnored) actions.unignore(name);
        else actions.ignore(name);
      },
    },
  ];
  const moderate = (kind: 'kick' | 'ban' | 'mute') => () => {
    actions.openDialog({ kind, user: name });
  };
  if (state.self.value.isOperator)
    items.push(
      { icon: 'mute', text: 'Mute', onChoose: moderate('mute') },
      { icon: 'logout', text: 'Kick', onChoose: moderate('kick') },
      { icon: 'ban', text: 'Ban', isDanger: true, onChoose: moderate('ban') },
    );
  return items;
}

function ownItems({ state, actions }: Page): readonly MenuItem[] {
  const { awayText, isRegistered } = state.self.value;
  const items: MenuItem[] = [
    {
      icon: 'hide',
      text: awayText === null ? 'Mark yourself as away' : 'Mark yourself as back',
      onChoose: () => {
        actions.setAway(awayText === null ? 'away' : null);
      },
    },
  ];
  if (!isRegistered)
    items.push({
      icon: 'key',
      text: 'Register your name',
      onChoose: () => {
        actions.openDialog({ kind: 'register' });
      },
    });
  return items;
}

function roomItems({ state, actions }: Page, { name, canManage, canLeave, isLocked }: RoomInfo) {
  const ask = (kind: 'topic' | 'lock' | 'unlock') => () => {
    actions.openDialog({ kind, room: name });
  };
  const items: MenuItem[] = [
    {
      icon: 'link',
      text: 'Copy link to room',
      onChoose: () => {
        const address = new URL(state.about.value.url);
        address.hash = `#${name}`;
        actions.copy(address.href);
      },
    },
  ];
  if (canManage) {
    items.push({ icon: 'draft', text: 'Set topic', onChoose: ask('topic') });
    items.push(
      isLocked
        ? { icon: 'unlock', text: 'Unlock room', onChoose: ask('unlock') }
        : { icon: 'lock', text: 'Lock room', onChoose: ask('lock') },
    );
  }
  if (canLeave)
    items.push({
      icon: 'logout',
      text: `Leave room`,
      onChoose: () => {
        actions.leave(name);
      },
    });
  return items;
}
