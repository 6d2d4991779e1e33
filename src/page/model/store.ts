/** The signals of the page, with their first values. */
import { type Signal, signal } from '@preact/signals';
import { MAX_PASTE_BYTES, MAX_PASTE_LINES } from '../../core/limits.js';
import type { Platform } from './ports.js';
import type { About, PageState, Place, Preferences } from './state.js';

export const LOBBY = 'lobby';
export const LOBBY_PLACE: Place = '#lobby';

/** The same signals as in `PageState`, for the model, which sets them. */
export type Signals = {
  readonly [Name in keyof PageState]: Signal<PageState[Name]['value']>;
};

export function createSignals(platform: Platform, preferences: Preferences): Signals {
  return {
    screen: signal('enter'),
    entry: signal({ name: '', asksPassword: false, isBusy: false, error: null }),
    about: signal(defaultAbout(platform)),
    isOutdated: signal(false),
    connection: signal({ kind: 'none' }),
    self: signal({ name: '', isRegistered: false, isOperator: false, awayText: null }),
    rooms: signal([]),
    otherRooms: signal([]),
    conversations: signal([]),
    place: signal(LOBBY_PLACE),
    room: signal(null),
    conversation: signal(null),
    timeline: signal({
      place: LOBBY_PLACE,
      chunks: [],
      isLoadingOlder: false,
      isAtBeginning: false,
      newBelow: 0,
      isDetached: false,
      isLoaded: false,
    }),
    members: signal([]),
    target: signal(null),
    composer: signal({ draft: '', notice: null, commands: [] }),
    search: signal(null),
    dialog: signal(null),
    preferences: signal(preferences),
    notifying: signal('off'),
    announcements: signal([]),
    notice: signal(null),
    alert: signal(null),
    title: signal('Partyline'),
  };
}

function defaultAbout({ origin }: Platform): About {
  return {
    version: null,
    needsPassword: false,
    maxLineBytes: 4096,
    pasteLines: MAX_PASTE_LINES,
    pasteBytes: MAX_PASTE_BYTES,
    minPasswordLength: 8,
    historyDays: null,
    motd: '',
    ...origin,
  };
}
