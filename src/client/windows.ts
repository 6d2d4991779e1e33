/**
 * The windows of `partyline chat`: one for each room, and one for each user with whom there are direct messages. One of
 * them is shown. They are numbered from 1 in the order in which they were opened.
 */
import { foldName } from '../core/text/text.js';

/** Lines and a place in the status line. Its identity is the object. */
export class ChatWindow {
  readonly kind: 'room' | 'query';
  /** The room, or the user. */
  name: string;
  /** Of a room: whether the session is in it. `entering` after the user asked for it; messages can be sent already. */
  state: 'entering' | 'joined' | 'left' = 'entering';
  /** Whether the session has been in the room. */
  wasJoined = false;
  /** Of a query: whether the user has written. */
  isConfirmed = false;
  /** Messages since the window was shown, and whether one of them is for the user in person. */
  unread = 0;
  isMentioned = false;

  constructor(kind: 'room' | 'query', name: string) {
    this.kind = kind;
    this.name = name;
  }

  get isQuery(): boolean {
    return this.kind === 'query';
  }

  is(kind: 'room' | 'query', name: string): boolean {
    return this.kind === kind && foldName(this.name) === foldName(name);
  }
}

export class WindowList {
  #windows: readonly ChatWindow[];
  /** The window that is shown comes last, the one before it second to last. */
  #recent: readonly ChatWindow[];

  /** A list with the window of a room. */
  constructor(room: string) {
    const first = new ChatWindow('room', room);
    this.#windows = [first];
    this.#recent = [first];
  }

  get all(): readonly ChatWindow[] {
    return this.#windows;
  }

  get shown(): ChatWindow {
    const shown = this.#recent.at(-1);
    if (shown === undefined) throw new Error('the list of windows is empty');
    return shown;
  }

  get rooms(): readonly ChatWindow[] {
    return this.#windows.filter(({ kind }) => kind === 'room');
  }

  find(kind: 'room' | 'query', name: string): ChatWindow | null {
    return this.#windows.find((window) => window.is(kind, name)) ?? null;
  }

  /** Finds a window, or opens one without showing it. */
  open(kind: 'room' | 'query', name: string): ChatWindow {
    const found = this.find(kind, name);
    if (found !== null) return found;
    const opened = new ChatWindow(kind, name);
    this.#windows = [...this.#windows, opened];
    this.#recent = [opened, ...this.#recent];
    return opened;
  }

  /** By its number, `#room`, `@user`, or the start of its name. */
  search(target: string): ChatWindow | null {
    if (/^\d+$/.test(target)) {
      const numbered = this.#windows[Number(target) - 1];
      if (numbered !== undefined) return numbered;
    }
    const kind = target.startsWith('#') ? 'room' : target.startsWith('@') ? 'query' : null;
    const name = foldName(kind === null ? target : target.slice(1));
    const ofKind = this.#windows.filter((window) => kind === null || window.kind === kind);
    return (
      ofKind.find((window) => foldName(window.name) === name) ??
      ofKind.find((window) => foldName(window.name).startsWith(name)) ??
      null
    );
  }

  numberOf(window: ChatWindow): number {
    return this.#windows.indexOf(window) + 1;
  }

  show(window: ChatWindow): void {
    this.#recent = [...this.#recent.filter((other) => other !== window), window];
    window.unread = 0;
    window.isMentioned = false;
  }

  /** Shows the window that many places after the shown one, or before it if negative. */
  step(places: number): void {
    const count = this.#windows.length;
    const next = this.#windows[(this.numberOf(this.shown) - 1 + places + count) % count];
    if (next !== undefined) this.show(next);
  }

  /** Shows a window with unread messages: one for the user in person first. */
  showUnread(): void {
    const next =
      this.#windows.find(({ isMentioned }) => isMentioned) ?? this.#windows.find(({ unread }) => unread > 0);
    if (next !== undefined) this.show(next);
  }

  /** Counts a message in a window that is not shown. */
  count(window: ChatWindow, isForUser: boolean): void {
    if (window === this.shown) return;
    window.unread += 1;
    window.isMentioned ||= isForUser;
  }

  /** If it was shown, the window shown before it is shown again. The last window stays. */
  close(window: ChatWindow): void {
    if (this.#windows.length === 1) return;
    this.#windows = this.#windows.filter((other) => other !== window);
    this.#recent = this.#recent.filter((other) => other !== window);
    this.show(this.shown);
  }
}
