/** The model of the page on a server in memory: no browser, no sockets, and time that only a test advances. */
import { createPage } from '../../src/page/model/page.js';
import type { Notifier, Platform, SocketListener, Store } from '../../src/page/model/ports.js';
import type { Actions, Message, PageState, Row } from '../../src/page/model/state.js';
import type { Peer, World } from './world.js';

/** A browser: what its tabs share. */
export class BrowserData {
  readonly local = new MemoryStore();
  readonly tabs = new Set<(message: unknown) => void>();
}

class MemoryStore implements Store {
  readonly values = new Map<string, string>();

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  set(key: string, value: string | null): void {
    if (value === null) this.values.delete(key);
    else this.values.set(key, value);
  }
}

interface OpenSocket {
  readonly peer: Peer;
  readonly listener: SocketListener;
  unread: string;
  isOpen: boolean;
}

let tabCount = 0;

export class Visitor {
  readonly session: MemoryStore;
  hash = '';
  /** The page itself made the entry of the browser's history that is shown. */
  isOwnHash = false;
  isLookedAt = true;
  /** Sockets fail at once. */
  isOffline = false;
  /** A lost connection stays open for the server. */
  keepsConnections = false;
  /** What is sent never arrives. */
  losesSends = false;
  /** The code and reason of the next close frame. */
  closing: readonly [code: number, reason: string] = [1006, ''];
  permission: Notifier['permission'] = 'default';
  readonly notified: string[] = [];
  about: Readonly<Record<string, unknown>> | null = null;
  title = '';
  /** Every line that was sent. */
  readonly sent: string[] = [];
  #world: World;
  readonly #page: ReturnType<typeof createPage>;
  readonly #browser: BrowserData;
  #onTabMessage: ((message: unknown) => void) | null = null;
  #sockets: OpenSocket[] = [];
  #frames: (() => void)[] = [];

  constructor(world: World, browser = new BrowserData(), session = new MemoryStore(), hash = '') {
    this.#world = world;
    this.#browser = browser;
    this.session = session;
    this.hash = hash;
    this.#page = createPage(this.#platform());
  }

  get state(): PageState {
    return this.#page.state;
  }

  get actions(): Actions {
    return this.#page.actions;
  }

  get connections(): number {
    return this.#sockets.length;
  }

  /** Reads the storage, as a page that was loaded. */
  start(): this {
    this.#page.start();
    return this.run();
  }

  /** Another page in the same tab, as after a reload. */
  reload(): Visitor {
    this.close();
    return new Visitor(this.#world, this.#browser, this.session, this.hash).start();
  }

  /** Closes the tab. */
  close(): void {
    if (this.#onTabMessage !== null) this.#browser.tabs.delete(this.#onTabMessage);
    for (const { peer } of this.#sockets.splice(0)) peer.vanish();
  }

  enter(name: string, password = '', staysSignedIn = false): this {
    this.actions.enter(name, password, staysSignedIn);
    // Other tabs are asked first.
    this.wait(200);
    return this;
  }

  say(text: string): this {
    this.actions.setDraft(text);
    this.actions.send();
    return this.run();
  }

  /** The connection breaks, without a word of the server. */
  lose(code = 1006, reason = ''): this {
    for (const { peer, listener } of this.#sockets.splice(0)) {
      if (!this.keepsConnections) peer.vanish();
      listener.onClose(code, reason);
    }
    return this.run();
  }

  /** The page is looked at again, or the network is back. */
  wake(): this {
    this.isLookedAt = true;
    this.#page.events.onWake();
    return this.run();
  }

  /** The next connection is to another server at the same address. */
  moveTo(world: World): void {
    this.#world = world;
  }

  goTo(hash: string): this {
    this.hash = hash;
    this.#page.events.onHashChange();
    return this.run();
  }

  wait(ms: number): this {
    this.#world.clock.advance(ms, () => this.run());
    return this.run();
  }

  /** Delivers all that is on its way, and draws frames, until nothing happens. */
  run(): this {
    for (let isBusy = true; isBusy;) {
      this.#world.settle();
      isBusy = this.#receive();
      const frames = this.#frames.splice(0);
      for (const frame of frames) frame();
      isBusy ||= frames.length > 0;
    }
    return this;
  }

  /** Completes the hashing of passwords. */
  async hashed(): Promise<this> {
    this.run();
    await this.#world.hashed();
    return this.run();
  }

  get rows(): readonly Row[] {
    return this.state.timeline.value.chunks.flatMap(({ rows }) => rows);
  }

  get messages(): readonly Message[] {
    return this.rows.flatMap((row) =>
      row.kind === 'message' ? [row.message] : row.kind === 'paste' ? row.messages : [],
    );
  }

  get texts(): readonly string[] {
    return this.messages.map(({ text }) => text);
  }

  #receive(): boolean {
    let isBusy = false;
    for (const socket of [...this.#sockets]) {
      const lines = (socket.unread + socket.peer.read()).split('\n');
      socket.unread = lines.pop() ?? '';
      for (const line of lines) if (socket.isOpen) socket.listener.onLine(line);
      isBusy ||= lines.length > 0;
      if (!socket.peer.closed || !this.#sockets.includes(socket)) continue;
      this.#sockets = this.#sockets.filter((other) => other !== socket);
      socket.listener.onClose(...this.closing);
      isBusy = true;
    }
    return isBusy;
  }

  #openSocket(listener: SocketListener) {
    if (this.isOffline) {
      this.#frames.push(() => listener.onClose(1006, ''));
      return { send() {}, close() {} };
    }
    const socket: OpenSocket = { peer: this.#world.connect(), listener, unread: '', isOpen: true };
    this.#sockets.push(socket);
    this.#frames.push(() => {
      if (socket.isOpen) listener.onOpen();
    });
    return {
      send: (lines: readonly string[]) => {
        this.sent.push(...lines);
        // Without ending the turn: the answer comes later, as over a network.
        if (!this.losesSends) socket.peer.say(lines.map((line) => `${line}\n`).join(''));
      },
      close: () => {
        socket.isOpen = false;
        this.#sockets = this.#sockets.filter((other) => other !== socket);
        socket.peer.vanish();
      },
    };
  }

  #platform(): Platform {
    const { clock } = this.#world;
    const openChannel = (onMessage: (message: unknown) => void) => {
      this.#onTabMessage = onMessage;
      this.#browser.tabs.add(onMessage);
      const post = (message: unknown) => {
        for (const tab of this.#browser.tabs) if (tab !== onMessage) tab(message);
      };
      return { post };
    };
    return {
      clock: { now: () => clock.now(), after: (ms, run) => clock.after(ms, run) },
      openSocket: (listener) => this.#openSocket(listener),
      local: this.#browser.local,
      session: this.session,
      openChannel,
      hash: {
        get: () => this.hash,
        set: (value) => void (this.hash = value),
        isOwn: () => this.isOwnHash,
      },
      isLookedAt: () => this.isLookedAt,
      fetchAbout: async () => this.about,
      notifier: this.#notifier(),
      setTitle: (title) => void (this.title = title),
      copy() {},
      reload() {},
      tab: `${++tabCount}`,
      random: () => 0.5,
      onFrame: (run) => void this.#frames.push(run),
      origin: { host: 'localhost', port: '4000', url: 'http://localhost:4000/' },
      version: '1.0.0',
    };
  }

  #notifier(): Notifier {
    const permission = () => this.permission;
    return {
      get permission() {
        return permission();
      },
      ask: async () => (this.permission = 'granted') === 'granted',
      notify: (title, body) => void this.notified.push(`${title}: ${body}`),
      beep: () => void this.notified.push('beep'),
    };
  }
}

/** A user who has entered, with a browser of its own. */
export function visitor(world: World, name: string): Visitor {
  return new Visitor(world).start().enter(name);
}
