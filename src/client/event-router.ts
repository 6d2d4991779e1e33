/** Applies the events of a session to the windows, and decides which windows show each event. */
import type { SessionEvent } from './session-event.js';
import type { ChatWindow } from './windows.js';
import { type WindowList } from './windows.js';

/**
 * The windows that show the event; none for an event without lines. Opens the windows of rooms and users that need one,
 * and counts unread messages; `isForUser` for a message that mentions the user.
 */
export function routeEvent(
  windows: WindowList,
  event: SessionEvent,
  isForUser: boolean,
): readonly ChatWindow[] {
  const { shown } = windows;
  switch (event.kind) {
    case 'said': {
      const window = windows.open('room', event.room);
      if (!event.past) windows.count(window, isForUser);
      return [window];
    }
    case 'told': {
      const window = windows.open('query', event.from);
      windows.count(window, true);
      window.isConfirmed = true;
      return [window];
    }
    case 'own':
      return event.to === null ? [ofRoom(windows, event.room)] : both(windows.open('query', event.to), shown);
    case 'kept':
      return both(windows.find('query', event.to) ?? shown, shown);
    case 'info':
      if (event.change?.kind === 'renamed') renameQuery(windows, event.change.name, event.change.to);
      return [ofRoom(windows, event.room)];
    case 'refused':
      if (event.to !== null) return refuseDirectMessage(windows, event.to, event.code);
      return [ofRoom(windows, event.room)];
    case 'unsent':
    case 'answer':
    case 'gap':
    case 'topic':
      return [ofRoom(windows, event.room)];
    case 'online':
      for (const room of event.rooms) setJoined(windows.open('room', room));
      return event.again ? windows.all : [shown];
    case 'offline':
      return event.isRetry ? [shown] : windows.all;
    case 'entered':
      return [setJoined(windows.open('room', event.room))];
    case 'moved':
      return [move(windows, event.from, event.room)];
    case 'barred':
      return bar(windows, event.room);
    case 'put-out': {
      const window = windows.open('room', event.room);
      window.state = 'left';
      return both(window, shown);
    }
    case 'resent':
    case 'locked':
      return [shown];
    case 'renamed':
    case 'present':
    case 'progress':
    case 'ended':
      return [];
    default:
      return event satisfies never;
  }
}

/** What belongs to no room is shown where the user looks. */
function ofRoom(windows: WindowList, room: string | null): ChatWindow {
  return (room === null ? null : windows.find('room', room)) ?? windows.shown;
}

function both(window: ChatWindow, shown: ChatWindow): readonly ChatWindow[] {
  return window === shown ? [shown] : [window, shown];
}

function setJoined(window: ChatWindow): ChatWindow {
  window.state = 'joined';
  window.wasJoined = true;
  return window;
}

/** With one room at a time, the window of the room goes along to the next one. */
function move(windows: WindowList, from: string, to: string): ChatWindow {
  const [old, known] = [windows.find('room', from), windows.find('room', to)];
  if (old === null || known === old) return setJoined(known ?? windows.open('room', to));
  if (known === null) {
    old.name = to;
    return setJoined(old);
  }
  old.state = 'left';
  windows.show(known);
  return setJoined(known);
}

/** A room that was never entered has nothing to show. */
function bar(windows: WindowList, room: string): readonly ChatWindow[] {
  const window = windows.find('room', room);
  if (window === null) return [windows.shown];
  if (!window.wasJoined) {
    windows.close(window);
    return [windows.shown];
  }
  window.state = 'left';
  return both(window, windows.shown);
}

/** A window that was opened for a mistyped name only is closed. */
function refuseDirectMessage(windows: WindowList, to: string, code: string): readonly ChatWindow[] {
  const window = windows.find('query', to);
  if (window === null) return [windows.shown];
  const isMistake = code === 'user-not-found' && !window.isConfirmed && window !== windows.shown;
  if (!isMistake) return both(window, windows.shown);
  windows.close(window);
  return [windows.shown];
}

/** The messages with a user stay together under the user's new name. */
function renameQuery(windows: WindowList, from: string, to: string): void {
  const query = windows.find('query', from);
  const other = windows.find('query', to);
  if (query !== null && (other === null || other === query)) query.name = to;
}
