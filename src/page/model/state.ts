/**
 * What the page shows, and what its components may do. Components read the signals of a `PageState` and call `Actions`;
 * they keep no state of the chat of their own. Everything here is plain data: a signal is given a new value, and no
 * value that was shown is changed, so a component may compare values by identity.
 */
import type { ReadonlySignal } from '@preact/signals';

/** A room as `#dev`, a conversation as `@bob`: what the page can have open. It is also the hash of the URL. */
export type Place = `#${string}` | `@${string}`;

export interface PageState {
  /** The first screen until a login succeeds, and again after the log-out. */
  readonly screen: ReadonlySignal<'enter' | 'chat'>;
  readonly entry: ReadonlySignal<Entry>;
  /** What the server says about itself; defaults until it has answered. */
  readonly about: ReadonlySignal<About>;
  /** A page of another version is served now: offer to reload. */
  readonly isOutdated: ReadonlySignal<boolean>;
  readonly connection: ReadonlySignal<Connection>;
  readonly self: ReadonlySignal<Self>;

  /** The rooms the user is in: the lobby first, then by name. */
  readonly rooms: ReadonlySignal<readonly RoomInfo[]>;
  /** The other rooms of the server, by name. */
  readonly otherRooms: ReadonlySignal<readonly RoomInfo[]>;
  /** One for each person, the one with the newest message first. */
  readonly conversations: ReadonlySignal<readonly Conversation[]>;
  /** The place that is open. It is always a room or a conversation of the lists above. */
  readonly place: ReadonlySignal<Place>;
  /** The room that is open; null in a conversation. */
  readonly room: ReadonlySignal<RoomInfo | null>;
  /** The conversation that is open; null in a room. */
  readonly conversation: ReadonlySignal<Conversation | null>;

  /** The messages of the open place. */
  readonly timeline: ReadonlySignal<Timeline>;
  /** The users in the open room, by name; in a conversation the one person. */
  readonly members: ReadonlySignal<readonly Person[]>;
  /** A message to bring into view: a hit of the search. A new object asks again. */
  readonly target: ReadonlySignal<Target | null>;

  readonly composer: ReadonlySignal<Composer>;
  /** Null while the search is closed. */
  readonly search: ReadonlySignal<Search | null>;
  /** Null while no dialog is open. One at a time. */
  readonly dialog: ReadonlySignal<Dialog | null>;

  readonly preferences: ReadonlySignal<Preferences>;
  /** Why notifications are, or cannot be, on. */
  readonly notifying: ReadonlySignal<Notifying>;
  /** For the hidden `role=log`: new messages of the open place, at most 20; an item is never changed. */
  readonly announcements: ReadonlySignal<readonly Announcement[]>;
  /** What was said to the user outside of a room: by an operator, or an invitation. */
  readonly notice: ReadonlySignal<UserNotice | null>;
  /** A failure that belongs to no field, for a `role=alert` that can be dismissed. */
  readonly alert: ReadonlySignal<string | null>;
  /** The title of the window: `(3) #dev – Partyline`. The model sets it, and the icon, itself. */
  readonly title: ReadonlySignal<string>;
}

interface Entry {
  /** The name to begin with: that of the last visit. */
  readonly name: string;
  /** The server has asked for a password: show that field and "stay signed in". */
  readonly asksPassword: boolean;
  readonly isBusy: boolean;
  readonly error: EntryError | null;
}

export interface EntryError {
  readonly field: 'name' | 'password';
  /** What failed and what to do, as a sentence. */
  readonly text: string;
  /** A free name that the server suggests; a button may put it into the field. */
  readonly suggestion: string | null;
}

export interface About {
  readonly version: string | null;
  /** A password of the server, for every name. */
  readonly needsPassword: boolean;
  readonly maxLineBytes: number;
  readonly pasteLines: number;
  readonly pasteBytes: number;
  /** Of a password for one's own name. */
  readonly minPasswordLength: number;
  /** Days for which messages are kept; null = no limit, or not known. */
  readonly historyDays: number | null;
  /** The words of the administrator for the first screen; several lines, may be empty. */
  readonly motd: string;
  /** Where this page was loaded from, for "ncat <host> <port>" and the URL of the page. */
  readonly host: string;
  readonly port: string;
  readonly url: string;
}

export type Connection =
  /** None is wanted: before a login, and after the log-out. */
  | { readonly kind: 'none' }
  /** `isSlow`: labels are unanswered for over two seconds; the server takes 10 lines per second. */
  | { readonly kind: 'online'; readonly isSlow: boolean }
  /** `isAgain` after a connection was lost. */
  | { readonly kind: 'connecting'; readonly isAgain: boolean }
  /** Tries again at `retryAt` (milliseconds since 1970), or at once with `Actions.reconnect`. */
  | { readonly kind: 'waiting'; readonly why: Interruption; readonly retryAt: number }
  /** Evicted as idle; comes back by itself when the page is looked at, or with `reconnect`. */
  | { readonly kind: 'idle' }
  /** Does not come back by itself: "Use here" or "Try again" is `reconnect`. `text` is the server's line, may be empty. */
  | { readonly kind: 'stopped'; readonly why: Stop; readonly text: string };

export type Interruption = 'lost' | 'restarting' | 'too-slow' | 'full' | 'busy' | 'cut-off';
/** `elsewhere`: another session of the name. `other-tab`: another tab of this browser. */
export type Stop = 'elsewhere' | 'other-tab' | 'kicked' | 'banned' | 'revoked' | 'refused';

interface Self {
  /** Empty before the first login. */
  readonly name: string;
  readonly isRegistered: boolean;
  readonly isOperator: boolean;
  /** Null = not away. */
  readonly awayText: string | null;
}

export interface RoomInfo {
  readonly place: Place;
  /** Without `#`. */
  readonly name: string;
  /** Users in it. */
  readonly members: number;
  /** The user is its founder: may lock it and set its topic, as operators may. */
  readonly isMine: boolean;
  readonly isLocked: boolean;
  readonly topic: string;
  /** False for the lobby, which cannot be left. */
  readonly canLeave: boolean;
  readonly canManage: boolean;
  /** Unread messages by others; `hasMore` if there may be more than are counted. */
  readonly unread: number;
  readonly hasMoreUnread: boolean;
  readonly mentions: number;
  /** The composer holds an unsent text for it. */
  readonly hasDraft: boolean;
  /** The server has refused to let the user back in: the reason as a sentence. Null if it has not. */
  readonly problem: string | null;
}

export interface Conversation {
  readonly place: Place;
  readonly name: string;
  readonly unread: number;
  readonly isHere: boolean;
  readonly isAway: boolean;
  readonly isIgnored: boolean;
  readonly hasDraft: boolean;
}

export interface Person {
  readonly name: string;
  readonly isSelf: boolean;
  readonly isHere: boolean;
  readonly isAway: boolean;
  /** Empty if none is known. */
  readonly awayText: string;
  readonly isIgnored: boolean;
}

/** The messages of a place in chunks of about 50 rows, for `content-visibility`. A chunk that did not change is the same object. */
export interface Timeline {
  readonly place: Place;
  readonly chunks: readonly Chunk[];
  readonly isLoadingOlder: boolean;
  /** The first message is shown: "Beginning of #dev". */
  readonly isAtBeginning: boolean;
  /** Messages by others that came since the reader left the bottom: for the button that goes down. */
  readonly newBelow: number;
  /** The newest messages are not in the list, since an older place was opened: "go down" loads them. */
  readonly isDetached: boolean;
  /** The history has answered at least once: an empty list is an empty room. */
  readonly isLoaded: boolean;
}

export interface Chunk {
  readonly key: string;
  readonly rows: readonly Row[];
}

export type Row =
  /** Before the first message of a day, local time. */
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** After the last read message. It stays until the place is left. */
  | { readonly kind: 'new'; readonly key: string }
  /** `isFirst`: the first of a group of one name, with head and time. */
  | { readonly kind: 'message'; readonly key: string; readonly message: Message; readonly isFirst: boolean }
  /** Lines that were sent as one paste, two or more. */
  | {
      readonly kind: 'paste';
      readonly key: string;
      readonly messages: readonly Message[];
      readonly isFirst: boolean;
    }
  /** Joins and leaves in a row, folded: "ann, bob joined; carl left". */
  | { readonly kind: 'presence'; readonly key: string; readonly at: number; readonly text: string }
  /** What else happened, and answers to commands: a topic, a lock, `/whois`. One line or several. */
  | { readonly kind: 'notice'; readonly key: string; readonly at: number; readonly text: string }
  /** Messages that were not loaded. `Actions.loadGap(place, key)` loads up to `count` of them. */
  | {
      readonly kind: 'gap';
      readonly key: string;
      readonly count: number;
      readonly isLoading: boolean;
    }
  /** The server began anew: its ids start over, and older lines were dropped. */
  | { readonly kind: 'reset'; readonly key: string };

export interface Message {
  /** Stays the same when a waiting message is stored. */
  readonly key: string;
  /** HISTORY's id; null while waiting, and in direct messages that have none. */
  readonly id: number | null;
  /** Milliseconds since 1970; of a waiting message by the clock of this machine. */
  readonly at: number;
  readonly from: string;
  /** Without the name in an action (`/me`). A pasted one may hold leading spaces. */
  readonly text: string;
  /** `/me waves`: shown as "ann waves". */
  readonly isAction: boolean;
  readonly isOwn: boolean;
  /** It has the user's name, or one of the words in the preferences. */
  readonly isMention: boolean;
  readonly state: 'waiting' | 'stored' | 'failed';
  /** Why a failed one was not stored, as a sentence; empty otherwise. */
  readonly failure: string;
  /** A direct message that waits for an offline user. */
  readonly isKept: boolean;
}

export interface Target {
  readonly place: Place;
  readonly id: number;
}

interface Composer {
  /** The unsent text of the open place. Kept in sessionStorage. */
  readonly draft: string;
  readonly notice: ComposerNotice | null;
  /** Commands that the text may become, while it is `/` and letters. */
  readonly commands: readonly CommandHelp[];
}

export type ComposerNotice =
  /** Several lines: they are sent as one paste. */
  | { readonly kind: 'paste'; readonly lines: number }
  /** A line is near the limit: so many bytes are left. */
  | { readonly kind: 'near-limit'; readonly bytesLeft: number }
  /** It cannot be sent, as a sentence with the numbers. */
  | { readonly kind: 'too-long'; readonly text: string }
  /** The last message or command was refused, as a sentence. */
  | { readonly kind: 'refused'; readonly text: string };

export interface CommandHelp {
  /** With the slash: `/topic`. */
  readonly verb: string;
  /** What follows it: `<text>`; empty if nothing does. */
  readonly usage: string;
  readonly help: string;
}

interface Search {
  readonly room: string;
  readonly words: string;
  readonly isBusy: boolean;
  /** The newest 20 hits, oldest first; null before the first search. */
  readonly results: readonly Message[] | null;
  readonly error: string | null;
}

export type Dialog =
  /** A locked room needs its key. */
  | {
      readonly kind: 'room-key';
      readonly room: string;
      readonly isBusy: boolean;
      readonly error: string | null;
    }
  | {
      readonly kind: 'kick' | 'ban' | 'mute';
      readonly user: string;
      readonly isBusy: boolean;
      readonly error: string | null;
    }
  | {
      readonly kind: 'lock' | 'unlock' | 'topic';
      readonly room: string;
      /** The present topic. */
      readonly topic: string;
      readonly isBusy: boolean;
      readonly error: string | null;
    }
  /** Registers the user's name with a password. */
  | { readonly kind: 'register'; readonly isBusy: boolean; readonly error: string | null }
  | { readonly kind: 'settings' }
  | { readonly kind: 'keyboard' };

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly notifies: boolean;
  readonly sound: boolean;
  /** Words that count as a mention, beside the user's name. */
  readonly words: readonly string[];
  readonly showsPresence: boolean;
  readonly coloursNames: boolean;
}

/** `insecure`: the page was not loaded from https or localhost. `denied`: by the browser. */
export type Notifying = 'off' | 'on' | 'denied' | 'insecure' | 'unsupported';

interface UserNotice {
  readonly text: string;
  /** The room of an invitation. */
  readonly room: string | null;
}

export interface Announcement {
  readonly key: string;
  readonly text: string;
}

/** Nothing here throws, and nothing returns what failed: failures are in the state. */
export interface Actions {
  /** Logs in. The password is not kept; clear its field when `screen` is `chat`. */
  enter(name: string, password: string, staysSignedIn: boolean): void;
  /** The name in the field was changed: takes back an error and the question for a password. */
  changeName(name: string): void;
  /** Ends the session here and its token on the server, and forgets what this tab has stored. */
  logOut(): void;
  /** Now, Use here, Try again: connects at once. */
  reconnect(): void;
  reload(): void;

  open(place: Place): void;
  /** The next or previous room or conversation of the lists; `unreadOnly` skips those without unread messages. */
  openNext(direction: 1 | -1, unreadOnly: boolean): void;
  /** Enters or creates a room, and opens it. A locked one opens the dialog `room-key`. */
  join(name: string, key?: string): void;
  leave(room: string): void;
  closeConversation(name: string): void;

  /** Tells whether the newest message of the open place is in view: marks it as read. */
  setAtBottom(isAtBottom: boolean): void;
  /** The top is within two screens: loads 100 older messages, if there are any and none are being loaded. */
  loadOlder(): void;
  loadGap(key: string): void;
  /** Down to the newest message: loads it where `isDetached`. */
  goToNewest(): void;

  setDraft(text: string): void;
  /** Sends the draft: a message, a paste of its lines, or a command. Clears the draft if it was taken. */
  send(): void;
  retry(key: string): void;
  discard(key: string): void;
  copy(text: string): void;
  /** For Tab: the text with the word before `caret` completed; again for the next candidate. Null if there is none. */
  complete(
    text: string,
    caret: number,
    backwards: boolean,
  ): { readonly text: string; readonly caret: number } | null;
  /** For ↑ and ↓ in an empty or recalled field: an earlier text; null if there is none. */
  recall(direction: -1 | 1): string | null;

  /** Ctrl-K. In a conversation it searches nothing: there is no history. */
  openSearch(): void;
  closeSearch(): void;
  runSearch(words: string): void;
  openHit(id: number): void;

  openDialog(dialog: DialogRequest): void;
  closeDialog(): void;
  /** The default action of the open dialog, with its fields. */
  submitDialog(fields: DialogFields): void;

  ignore(name: string): void;
  unignore(name: string): void;
  /** Null: back. */
  setAway(text: string | null): void;

  setPreferences(change: Partial<Preferences>): void;
  dismissAlert(): void;
  dismissNotice(): void;
}

export type DialogRequest =
  | { readonly kind: 'kick' | 'ban' | 'mute'; readonly user: string }
  | { readonly kind: 'lock' | 'unlock' | 'topic'; readonly room: string }
  | { readonly kind: 'register' | 'settings' | 'keyboard' };

export interface DialogFields {
  /** Of a room, or the new password of a name. */
  readonly secret?: string;
  readonly minutes?: number | null;
  readonly reason?: string;
  readonly text?: string;
}
