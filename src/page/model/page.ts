/** Puts the model together: the state that components read, and the actions that they call. */
import { foldName } from '../../core/text/fold-name.js';
import { type Answer, refusalOf } from './channel.js';
import { Composing } from './composing.js';
import type { Context, MessageFields } from './context.js';
import { Dialogs } from './dialogs.js';
import { History, itemOf } from './history.js';
import { Live } from './live.js';
import { Memory } from './memory.js';
import { isMention, parseMessage } from './message.js';
import { Notices } from './notices.js';
import { Outbox } from './outbox.js';
import { type PlaceData, Places } from './place.js';
import type { Platform, PlatformEvents } from './ports.js';
import { Publisher } from './publish.js';
import { Reading } from './reading.js';
import { namesIn, Rooms } from './rooms.js';
import { Roster } from './roster.js';
import { Session } from './session.js';
import { readAbout } from './about.js';
import type { Actions, Message, PageState, Place } from './state.js';
import { createSignals, LOBBY_PLACE } from './store.js';
import { sentenceFor } from './words.js';

export interface Page {
  readonly state: PageState;
  readonly actions: Actions;
  readonly events: PlatformEvents;
  /** Logs in as before a reload, and reads `/about`. */
  start(): void;
}

const SAVE_DIRECT_MS = 500;

export function createPage(platform: Platform): Page {
  const memory = new Memory(platform.local, platform.session);
  const signals = createSignals(platform, memory.preferences);
  const places = new Places();
  const roster = new Roster();
  let messageKeys = 0;
  const self = () => signals.self.value;
  const context: Context = {
    platform,
    signals,
    places,
    roster,
    memory,
    channel: () => session.channel,
    touch: () => publisher.schedule(),
    isInView: (place) =>
      signals.screen.value === 'chat' &&
      place.place === signals.place.value &&
      reading.isAtBottom &&
      platform.isLookedAt(),
    onStored() {
      reading.look();
      saveDirect();
    },
    message,
  };
  const publisher = new Publisher(context, () => composing);
  const reading = new Reading(context);
  const history = new History(context);
  const outbox = new Outbox(context);
  const notices = new Notices(context, open);
  const live = new Live(context, {
    onMessage(place, said) {
      reading.onMessage(place, said);
      notices.onMessage(place, said);
      if (place.room === null) saveDirect();
    },
    isAtBottom: () => reading.isAtBottom,
    onNotice(text, room) {
      signals.notice.value = { text, room };
      notices.announce(text);
    },
    onRenamed(name) {
      signals.self.value = { ...self(), name };
      session.rename(name);
      rooms.save();
    },
    onMoved({ before, place, joined }) {
      if (joined !== null) outbox.move(joined, place);
      move(before, place);
      keepDirect();
    },
    onParting: (text) => session.part(text),
  });
  const session = new Session(platform, signals, memory, {
    onLive: (received) => live.take(received),
    onOnline(isFirst) {
      if (isFirst) begin();
      rooms.restore(isFirst);
      askAboutPeople();
    },
    onOffline() {
      rooms.forgetMembers();
      if (signals.screen.value === 'enter') forget();
      context.touch();
    },
  });
  const dialogs = new Dialogs(context, {
    join: (room, key) => rooms.join(room, key),
    onRegistered() {
      signals.self.value = { ...self(), isRegistered: true };
      session.openSession();
    },
    onRoomChanged(room, key) {
      const facts = places.room(room)?.room ?? null;
      if (facts !== null && key !== null) facts.key = key;
      rooms.refresh();
    },
  });
  const rooms = new Rooms({
    context,
    history,
    outbox,
    open,
    askForKey(room, error) {
      dialogs.askForKey(room, error);
      writeHash(false);
    },
    alert,
    onMoved: move,
  });
  const composing = new Composing(context, outbox, {
    open,
    join: (room, key) => rooms.join(room, key),
    leave: (room) => rooms.leave(room),
    ignore: (name) => ignore(name, true),
    unignore: (name) => ignore(name, false),
    setAway,
    search(words) {
      openSearch();
      if (words !== '') runSearch(words);
    },
    register,
    logOut: () => session.logOut(),
    goToNewest: (place) => history.goToNewest(place),
    show: (place, text) => live.notice(place, platform.clock.now(), text),
    onDeleted: (place, id) => history.forget(place, id),
    onRoomChanged: () => rooms.refresh(),
  });
  let saving: { cancel(): void } | null = null;

  function message({ id, at, from, text }: MessageFields): Message {
    const said = parseMessage(from, text);
    const isOwn = foldName(from) === foldName(self().name);
    return {
      key: id === null ? `live-${++messageKeys}` : `${id}`,
      id,
      at: at ?? platform.clock.now(),
      from,
      ...said,
      isOwn,
      isMention: !isOwn && isMention(text, self().name, signals.preferences.value.words),
      state: 'stored',
      failure: '',
      isKept: false,
    };
  }

  /** After the first login of this tab. */
  function begin(): void {
    for (const [name, messages, lastRead] of memory.direct) {
      const place = places.ensureConversation(name);
      for (const said of messages) place.log.add(itemOf(said));
      place.lastRead = lastRead;
    }
    const hash = platform.hash.get();
    places.ensureRoom('lobby');
    signals.place.value = LOBBY_PLACE;
    const isUser = USER_HASH.test(hash);
    if (isUser) signals.place.value = places.ensureConversation(hash.slice(1)).place;
    const room = hash.replace(/^[#]/, '');
    const isKnown = memory.roomsOf(self().name).some((name) => foldName(name) === foldName(room));
    if (isKnown) signals.place.value = places.ensureRoom(room).place;
    composing.onOpen();
    notices.update();
    if (hash.startsWith('@') && !isUser) alert(sentenceFor('invalid-username'));
    else if (room !== '' && !isUser && !isKnown) platform.onFrame(() => rooms.join(room));
    else writeHash(false);
  }

  /** Shows what failed, and sets the address to the open place: a link to it may have failed. */
  function alert(text: string): void {
    signals.alert.value = text;
    writeHash(false);
  }

  function forget(): void {
    places.clear();
    composing.forget();
    outbox.clear();
    signals.place.value = LOBBY_PLACE;
    signals.search.value = null;
    signals.dialog.value = null;
    signals.announcements.value = [];
    signals.notice.value = null;
    signals.alert.value = null;
    signals.self.value = { name: '', isRegistered: false, isOperator: false, awayText: null };
  }

  function askAboutPeople(): void {
    const channel = session.channel;
    channel?.requestAll([
      [{ lines: ['WHO'] }, (answer) => refusalOf(answer) === null && roster.setHere(namesIn(answer.lines))],
      [{ lines: ['IGNORE'] }, (answer) => refusalOf(answer) === null && roster.setIgnored(infoIn(answer))],
      // Only operators are answered.
      [{ lines: ['BANS'] }, (answer) => setOperator(refusalOf(answer) === null)],
    ]);
  }

  function setOperator(isOperator: boolean): void {
    signals.self.value = { ...self(), isOperator };
    context.touch();
  }

  /** @param isStep "Back" comes back to what was open before */
  function open(place: Place, isStep = true): void {
    const name = place.slice(1);
    if (name === '' || /\s/.test(name)) return;
    const next = place.startsWith('#') ? places.room(name) : places.ensureConversation(name);
    if (next === null) return;
    // The server did not let the user back in: it is asked again, perhaps with a key.
    if (next.room?.isJoined === false) return rooms.join(next.name);
    const before = places.at(signals.place.value);
    if (before !== null && before !== next) {
      before.newAfter = null;
      if (before.room !== null && before.log.trim(KEPT_MESSAGES, 'oldest')) before.isAtBeginning = false;
    }
    signals.place.value = next.place;
    signals.search.value = null;
    signals.alert.value = null;
    reading.onOpen(next);
    composing.onOpen();
    rooms.loadMembers(next);
    writeHash(isStep);
    publisher.publish();
  }

  function writeHash(isStep: boolean): void {
    const place = signals.place.value;
    const value = place.startsWith('#') ? place.slice(1) : place;
    platform.hash.set(value, isStep && platform.hash.get() !== value);
  }

  /** A place has another name. If it is open, it stays open, and the address follows. */
  function move(before: Place, place: PlaceData): void {
    if ((places.at(signals.place.value) ?? place) === place) {
      signals.place.value = place.place;
      reading.look();
      writeHash(false);
    }
    composing.move(before, place.place);
  }

  function openNext(direction: 1 | -1, unreadOnly: boolean): void {
    const all = [...signals.rooms.value, ...signals.conversations.value];
    const at = all.findIndex(({ place }) => place === signals.place.value);
    for (let step = 1; step <= all.length; step++) {
      const candidate = all[(at + direction * step + all.length * 2) % all.length];
      if (candidate === undefined || ('problem' in candidate && candidate.problem !== null)) continue;
      if (unreadOnly && candidate.unread === 0) continue;
      return open(candidate.place);
    }
  }

  function closeConversation(name: string): void {
    const place = places.conversation(name);
    if (place === null) return;
    places.remove(place);
    saveDirect();
    if (signals.place.value === place.place) open(LOBBY_PLACE);
    context.touch();
  }

  function saveDirect(): void {
    saving ??= platform.clock.after(SAVE_DIRECT_MS, () => {
      saving = null;
      keepDirect();
    });
  }

  function keepDirect(): void {
    memory.direct = places.conversations.map(({ name, log, lastRead }) => [
      name,
      [...log.messages()],
      lastRead,
    ]);
  }

  function ignore(name: string, isOn: boolean): void {
    session.channel?.request({ lines: [`${isOn ? 'IGNORE' : 'UNIGNORE'} ${name}`] }, (answer) => {
      if (refusalOf(answer) !== null) signals.alert.value = sentenceFor('user-not-found');
      else if (isOn) roster.ignore(name);
      else roster.unignore(name);
      context.touch();
    });
  }

  function setAway(text: string | null): void {
    session.channel?.request({ lines: [text === null ? 'AWAY' : `AWAY ${text}`] }, (answer) => {
      if (refusalOf(answer) !== null) return;
      signals.self.value = { ...self(), awayText: text };
      roster.setAway(self().name, text);
      context.touch();
    });
  }

  function register(secret: string): void {
    dialogs.open({ kind: 'register' });
    dialogs.submit({ secret });
  }

  function openSearch(): void {
    const place = places.at(signals.place.value);
    if (place?.room != null && signals.search.value === null)
      signals.search.value = { room: place.name, words: '', isBusy: false, results: null, error: null };
  }

  function runSearch(words: string): void {
    const place = places.at(signals.place.value);
    const { search } = signals;
    if (search.value === null || place === null || words.trim() === '') return;
    const asked = { ...search.value, words, isBusy: true, error: null };
    search.value = asked;
    history.search(place, words.trim().replace(/\s+/g, ' '), (results, refusal) => {
      if (search.value !== asked) return;
      const isTooLong = /^(usage|line)/.test(refusal ?? '');
      const failure = isTooLong ? 'Use fewer or shorter words, at most 32.' : 'The search failed. Try again.';
      const error = refusal === null ? null : failure;
      search.value = { ...asked, isBusy: false, results: refusal === null ? results : null, error };
    });
  }

  const withOpenPlace = (run: (place: PlaceData) => void) => {
    const place = places.at(signals.place.value);
    if (place !== null) run(place);
  };

  const actions: Actions = {
    enter: (name, password, staysSignedIn) => session.enter(name.trim(), password, staysSignedIn),
    changeName(name) {
      const { entry } = signals;
      if (entry.value.error !== null || (entry.value.asksPassword && name !== entry.value.name))
        entry.value = { ...entry.value, asksPassword: false, error: null };
    },
    logOut: () => session.logOut(),
    reconnect: () => session.reconnect(),
    reload: () => platform.reload(),
    open,
    openNext,
    join: (name, key) => rooms.join(name, key),
    leave: (room) => rooms.leave(room),
    closeConversation,
    setAtBottom: (isAtBottom) => reading.setAtBottom(isAtBottom),
    loadOlder: () => withOpenPlace((place) => history.loadOlder(place)),
    loadGap: (key) => withOpenPlace((place) => history.loadGap(place, key)),
    goToNewest: () =>
      withOpenPlace((place) => {
        history.goToNewest(place);
        reading.setAtBottom(true);
      }),
    setDraft(text) {
      signals.alert.value = null;
      composing.setDraft(text);
    },
    send: () => composing.send(),
    retry: (key) => outbox.retry(key),
    discard: (key) => outbox.discard(key),
    copy: (text) => platform.copy(text),
    complete: (text, caret, backwards) => composing.complete(text, caret, backwards),
    recall: (direction) => composing.recall(direction),
    openSearch,
    closeSearch: () => void (signals.search.value = null),
    runSearch,
    openHit: (id) => withOpenPlace((place) => history.openAround(place, id)),
    openDialog: (request) => dialogs.open(request),
    closeDialog: () => dialogs.close(),
    submitDialog: (fields) => dialogs.submit(fields),
    ignore: (name) => ignore(name, true),
    unignore: (name) => ignore(name, false),
    setAway,
    setPreferences(change) {
      const preferences = { ...signals.preferences.value, ...change };
      signals.preferences.value = preferences;
      memory.preferences = preferences;
      if (change.notifies === true) notices.turnOn();
      notices.update();
      context.touch();
    },
    dismissAlert: () => void (signals.alert.value = null),
    dismissNotice: () => void (signals.notice.value = null),
  };

  return {
    state: signals,
    actions,
    events: {
      onWake() {
        session.wake();
        reading.look();
      },
      onHashChange() {
        const hash = platform.hash.get();
        if (signals.screen.value !== 'chat') return;
        const place: Place = hash.startsWith('@') ? `@${hash.slice(1)}` : `#${hash}`;
        const known = places.at(place);
        if (known?.room === null || known?.room.isJoined === true) open(place, false);
        // "Back" to a room that was left does not enter it, and none to a former name of a user makes a conversation.
        else if (hash === '' || platform.hash.isOwn()) writeHash(false);
        else if (place.startsWith('#')) rooms.join(hash);
        else if (USER_HASH.test(hash)) open(place, false);
        else alert(sentenceFor('invalid-username'));
      },
    },
    start() {
      readAbout(platform, signals);
      session.start();
    },
  };
}

/** The address of a conversation. */
const USER_HASH = /^@\S+$/;
/** Of a room that is not open. */
const KEPT_MESSAGES = 200;

function infoIn({ lines }: Answer): readonly string[] {
  return lines.flatMap(({ line }) => (line.kind === 'info' ? [line.text] : []));
}
