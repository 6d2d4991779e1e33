/** `partyline chat`: connects a session to a screen. */
import { cleanText, foldName } from '../core/text/text.js';
import { ChatCommands } from './chat-commands.js';
import { Completion, type Completed } from './completion.js';
import type { Connect } from './connect.js';
import { routeEvent } from './event-router.js';
import { isAboutPassword } from './login.js';
import { mentions, Renderer } from './render.js';
import type { Clock } from './request-channel.js';
import { LOBBY } from './rooms.js';
import type { InputHandler, Screen } from './screen.js';
import { Session } from './session.js';
import type { Ended, SessionEvent } from './session-event.js';
import type { ServerAddress } from './url.js';
import { type ChatWindow, WindowList } from './windows.js';

export interface ChatOptions {
  readonly server: ServerAddress;
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  /** Rooms to be in beside that one. */
  readonly furtherRooms?: readonly string[];
  /** Rings for a direct message, and for a message with the user's name. */
  readonly bell: boolean;
  readonly colours: boolean;
  /** For output to a file: full times, and no hints on usage. */
  readonly plain: boolean;
}

export interface ChatDeps {
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: () => number;
  /** `window` is shown first. */
  readonly screen: (
    inputHandler: InputHandler,
    complete: (line: string) => Completed,
    window: ChatWindow,
  ) => Screen;
}

/** How long the pending messages may take at the end: a script waits until they are sent, a person wants to leave. */
const PLAIN_QUIT_TIMEOUT_MS = 30_000;
const QUIT_TIMEOUT_MS = 2000;
/** How often the user is asked for the password. A server closes the connection after five wrong ones. */
const MAX_QUESTIONS = 3;

/** Runs until the end of the chat. Resolves with null, or with the reason if it ended with an error. */
export function chat(options: ChatOptions, deps: ChatDeps): Promise<string | null> {
  return new Promise((resolve) => new Chat(options, deps, resolve).start());
}

class Chat {
  readonly #options: ChatOptions;
  readonly #clock: Clock;
  readonly #renderer: Renderer;
  readonly #completion = new Completion();
  readonly #windows: WindowList;
  readonly #commands: ChatCommands;
  readonly #screen: Screen;
  #session: Session;
  readonly #newSession: (password: string | null) => Session;
  #questions = 0;
  /** Rooms of the start that were refused. They are shown behind the history, where they can be seen. */
  readonly #barred: SessionEvent[] = [];
  /** Locked rooms whose keys are asked for, one after another. */
  readonly #locked: string[] = [];
  /** The name is registered: the password of the server, which the user gave, is not enough. */
  #needsOwnPassword = false;
  #wasOnline = false;
  /** Lines of the user that were refused, here or by the server, or not sent, and rooms that were not entered. */
  #failures = 0;
  #isOffline = false;
  #isQuitting = false;
  #isEnded = false;
  #name: string;
  readonly #end: (failure: string | null) => void;

  constructor(options: ChatOptions, deps: ChatDeps, end: (failure: string | null) => void) {
    const { connect, clock, random } = deps;
    this.#options = options;
    this.#name = options.name;
    this.#clock = clock;
    this.#renderer = new Renderer({ ...options, fullTimes: options.plain, ownName: options.name });
    this.#end = end;
    this.#windows = new WindowList(options.room ?? LOBBY);
    for (const room of options.furtherRooms ?? []) this.#windows.open('room', room);
    this.#commands = new ChatCommands({
      windows: this.#windows,
      session: () => this.#session,
      userName: () => this.#name,
      notice: (text) => this.#notice(text),
      refuse: (advice) => this.#refuse(advice),
      clear: () => this.#screen.clear(),
      quit: () => this.#quit(),
    });
    const inputHandler: InputHandler = {
      onLine: (line) => this.#onInput(() => this.#commands.run(line)),
      onPaste: (lines) => this.#onInput(() => this.#commands.paste(lines)),
      onWindow: (choice) => this.#onInput(() => this.#commands.choose(choice)),
      onEnd: () => this.#quit(),
    };
    const complete = (line: string) => this.#completion.complete(line);
    this.#screen = deps.screen(inputHandler, complete, this.#windows.shown);
    this.#newSession = (password) =>
      new Session({
        ...options,
        password,
        asksForKeys: !options.plain,
        connect,
        clock,
        random,
        onEvent: (event) => this.#onEvent(event),
      });
    this.#session = this.#newSession(options.password);
  }

  start(): void {
    const connecting = `connecting to ${this.#options.server.shown}`;
    this.#screen.setStatus({ windows: [], notes: [connecting] });
    if (!this.#options.plain) this.#notice(connecting);
    this.#session.start();
  }

  #onEvent(event: SessionEvent): void {
    this.#completion.learn(event);
    if (event.kind === 'barred' && !this.#wasOnline && !this.#options.plain) {
      this.#barred.push(event);
      return void routeEvent(this.#windows, event, false);
    }
    this.#show(event);
    if (event.kind === 'refused' || event.kind === 'unsent' || event.kind === 'barred') this.#failures += 1;
    switch (event.kind) {
      case 'online':
        this.#wasOnline = true;
        this.#isOffline = false;
        this.#showState();
        return this.#screen.acceptInput();
      case 'offline':
        this.#isOffline = true;
        return this.#showState();
      case 'renamed':
        this.#name = event.name;
        return this.#showState();
      case 'barred':
        this.#showState();
        // After a reconnect, the user has not just asked for the room.
        if (event.code === 'room-locked' && this.#wasOnline && !this.#isOffline) this.#askKey(event.room);
        return;
      case 'locked':
        return this.#askFirstKey(event.room);
      case 'present':
        for (const barred of this.#barred.splice(0)) this.#onEvent(barred);
        return this.#showState();
      case 'ended':
        return this.#isPasswordMissing(event.why) ? this.#askPassword(event.why) : this.#close(event.why);
      default:
        return this.#showState();
    }
  }

  /** Pipes have no windows: there, the name of a room that is not shown stands in front of its lines. */
  #show(event: SessionEvent): void {
    // Pipes have no windows: what is shown in several is written once.
    if (event.kind === 'info' && event.isRepeated && this.#options.plain) return;
    const isMention = this.#isMention(event);
    const windows = routeEvent(this.#windows, event, isMention);
    const lines = this.#renderer.lines(event, this.#clock.now(), this.#roomInFront(event));
    this.#screen.show(lines, windows, this.#options.bell && (isMention || event.kind === 'told'));
    const [window] = windows;
    if (event.kind === 'told' && window !== undefined) this.#announce(window);
  }

  #roomInFront(event: SessionEvent): string | null {
    if (!this.#options.plain || !('room' in event) || event.room === null) return null;
    const namesIt = event.kind === 'barred' || event.kind === 'put-out' || event.kind === 'moved';
    return namesIt || this.#windows.shown.is('room', event.room) ? null : event.room;
  }

  /** The first unread message of a user who writes in person is announced where it can be seen. */
  #announce(window: ChatWindow): void {
    if (this.#options.plain || !this.#wasOnline || window.unread !== 1) return;
    const number = this.#windows.numberOf(window);
    const how = number > 9 ? `/win ${number}` : `Alt-${number} or /win ${number}`;
    this.#notice(`message from ${window.name}; ${how} shows it`);
  }

  #onInput(run: () => void): void {
    // Input after `/quit` is ignored.
    if (this.#isQuitting) return;
    run();
    if (this.#isEnded) return;
    this.#screen.setPending(this.#session.pendingCount);
    this.#showState();
  }

  /** Shows the window that is chosen, where messages go, and what is unread. */
  #showState(): void {
    const { shown, all } = this.#windows;
    const { pendingCount } = this.#session;
    this.#screen.setPending(pendingCount);
    this.#screen.showWindow(shown);
    const target = shown.isQuery ? `@${shown.name}` : `#${shown.name}`;
    const hasLeft = (window: ChatWindow) => !window.isQuery && window.state === 'left';
    const state = this.#isOffline ? '(offline) ' : hasLeft(shown) ? '(left) ' : '';
    this.#screen.setPrompt(`${state}${target}> `);
    this.#screen.setStatus({
      windows: all.map((window) => ({
        name: window.isQuery ? `@${window.name}` : window.name,
        isShown: window === shown,
        hasLeft: hasLeft(window),
        unread: window.unread,
        isMentioned: window.isMentioned,
      })),
      notes: [
        ...(this.#isOffline ? [`offline, ${pendingCount} waiting`] : []),
        `${this.#name} at ${this.#options.server.shown}`,
      ],
    });
  }

  #quit(): void {
    this.#isQuitting = true;
    this.#session.quit(this.#options.plain ? PLAIN_QUIT_TIMEOUT_MS : QUIT_TIMEOUT_MS);
  }

  /** Whether the user can still be asked for the password. */
  #isPasswordMissing(why: Ended): why is Extract<Ended, { kind: 'refused' }> {
    if (this.#options.plain || this.#wasOnline || why.kind !== 'refused') return false;
    return isAboutPassword(why.code) && this.#questions < MAX_QUESTIONS;
  }

  #askPassword(why: Extract<Ended, { kind: 'refused' }>): void {
    const { name } = this.#options;
    this.#questions += 1;
    if (why.isServerPassword) {
      this.#needsOwnPassword = true;
      this.#notice(`that is the password of the server, but ${name} is registered and has its own`);
    } else if (why.code === 'wrong-password') this.#notice('wrong password');
    const isEither = why.hasServerPassword && !this.#needsOwnPassword;
    const whose = isEither ? `the server, or of ${name} if registered` : name;
    this.#screen.askSecret(`password of ${whose}: `, (secret) => {
      const password = cleanText(secret ?? '').trim();
      if (password === '') return this.#close(why);
      if (/\s/.test(password)) {
        this.#notice('a password contains no spaces');
        return this.#askPassword(why);
      }
      this.#session = this.#newSession(password);
      this.#session.start();
    });
  }

  #askKey(room: string): void {
    if (this.#options.plain || this.#locked.push(room) > 1) return;
    this.#askNextKey();
  }

  #askNextKey(): void {
    const [room] = this.#locked;
    if (room === undefined) return;
    this.#screen.askSecret(`key of ${room} (Enter alone: none): `, (secret) => {
      this.#locked.shift();
      const key = cleanText(secret ?? '').trim();
      if (key !== '') this.#onInput(() => this.#commands.run(`/join ${room} ${key}`));
      this.#askNextKey();
    });
  }

  /** The chat has no other room: without a key, it ends. */
  #askFirstKey(room: string): void {
    this.#screen.askSecret(`key of ${room} (Enter alone: leave): `, (secret) => {
      const key = cleanText(secret ?? '').trim();
      if (/\s/.test(key)) {
        this.#notice('a key contains no spaces');
        return this.#askFirstKey(room);
      }
      this.#session.tryKey(room, key === '' ? null : key);
    });
  }

  #isMention(event: SessionEvent): boolean {
    if (event.kind !== 'said' || event.past) return false;
    const { from, text } = event.message;
    return foldName(from) !== foldName(this.#name) && mentions(text, this.#name);
  }

  #notice(text: string): void {
    this.#screen.show([this.#renderer.notice(text, this.#clock.now())], [this.#windows.shown], false);
  }

  #refuse(advice: string): void {
    this.#failures += 1;
    this.#screen.show([this.#renderer.warning(advice, this.#clock.now())], [this.#windows.shown], false);
  }

  #close(why: Ended): void {
    this.#isEnded = true;
    this.#screen.close();
    this.#end(this.#renderer.failure(why) ?? this.#scriptFailure());
  }

  /** A script learns from the exit code what a person has seen. */
  #scriptFailure(): string | null {
    if (!this.#options.plain || this.#failures === 0) return null;
    return 'not everything was sent; the lines of the output marked with ! say what to do';
  }
}
