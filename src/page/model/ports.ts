/** What the model needs of a browser. `src/page/browser/` has the real one, tests have their own. */

export interface Platform {
  readonly clock: Clock;
  openSocket(listener: SocketListener): Socket;
  /** Kept until the browser's data is deleted, and shared by all tabs; `session` is this tab's. */
  readonly local: Store;
  readonly session: Store;
  /** Between the tabs of this origin. */
  openChannel(onMessage: (message: unknown) => void): { post(message: unknown): void };
  readonly hash: Hash;
  /** The page is visible and has the focus. */
  isLookedAt(): boolean;
  /** Reads `/about`; null if it cannot be read. */
  fetchAbout(): Promise<Readonly<Record<string, unknown>> | null>;
  readonly notifier: Notifier;
  setTitle(title: string, hasUnread: boolean): void;
  copy(text: string): void;
  reload(): void;
  /** Another one in each tab, and after each reload. */
  readonly tab: string;
  /** From 0 to 1. */
  random(): number;
  /** Runs once before the next frame is drawn, or soon where none is drawn. */
  onFrame(run: () => void): void;
  /** Of the page itself: where it came from, and the version of its files. */
  readonly origin: { readonly host: string; readonly port: string; readonly url: string };
  readonly version: string | null;
}

/** What the browser tells the model without having been asked. */
export interface PlatformEvents {
  /** The page was shown again, or the network is back. */
  onWake(): void;
  onHashChange(): void;
}

/** The part of the URL behind `#`, decoded. */
interface Hash {
  get(): string;
  /** `isStep`: "Back" comes back to the present one. */
  set(value: string, isStep: boolean): void;
  /** The present one was set by the page, and not typed or followed as a link. */
  isOwn(): boolean;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

export interface SocketListener {
  onOpen(): void;
  /** A line without its line end. */
  onLine(line: string): void;
  /** The last call; also if the socket could not be opened. */
  onClose(code: number, reason: string): void;
}

export interface Socket {
  /** Sends lines in one message. */
  send(lines: readonly string[]): void;
  /** The listener is not called any more. */
  close(): void;
}

export interface Store {
  get(key: string): string | null;
  /** Null removes it. A full or forbidden store is ignored: the page works without one. */
  set(key: string, value: string | null): void;
}

export interface Notifier {
  readonly permission: 'default' | 'granted' | 'denied' | 'insecure' | 'unsupported';
  /** Asks the user; must be called while an input of the user is handled. */
  ask(): Promise<boolean>;
  notify(title: string, body: string, onClick: () => void): void;
  beep(): void;
}
