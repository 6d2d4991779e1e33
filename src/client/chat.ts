/** `partyline chat`: connects a session to a screen. */
import { cleanText, foldName, type Text } from '../core/text/text.js';
import { helpOn } from '../dialects/shared/help.js';
import { Completion, type Completed } from './completion.js';
import type { Connect } from './connect.js';
import type { Clock } from './request-channel.js';
import type { Screen, InputHandler } from './screen.js';
import { isAboutPassword } from './login.js';
import { Session } from './session.js';
import type { Ended, SessionEvent } from './session-event.js';
import { COMMANDS, parseInput } from './parse-input.js';
import type { ServerAddress } from './url.js';
import { mentions, Renderer } from './render.js';

export interface ChatOptions {
  readonly server: ServerAddress;
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
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
  readonly screen: (inputHandler: InputHandler, complete: (line: string) => Completed) => Screen;
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
  readonly #screen: Screen;
  #session: Session;
  readonly #newSession: (password: string | null) => Session;
  #questions = 0;
  #wasOnline = false;
  #isOffline = false;
  #name: string;
  /** The user to whom messages go; null for the room. */
  #query: Text | null = null;
  readonly #end: (failure: string | null) => void;

  constructor(options: ChatOptions, deps: ChatDeps, end: (failure: string | null) => void) {
    const { connect, clock, random } = deps;
    this.#options = options;
    this.#name = options.name;
    this.#clock = clock;
    this.#renderer = new Renderer({ ...options, fullTimes: options.plain, ownName: options.name });
    this.#end = end;
    const inputHandler: InputHandler = {
      onLine: (line) => this.#onInput(line),
      onPaste: (lines) => this.#onPaste(lines),
      onEnd: () => this.#quit(),
    };
    this.#screen = deps.screen(inputHandler, (line) => this.#completion.complete(line));
    this.#newSession = (password) =>
      new Session({
        ...options,
        password,
        connect,
        clock,
        random,
        onEvent: (event) => this.#onEvent(event),
      });
    this.#session = this.#newSession(options.password);
  }

  start(): void {
    const connecting = `connecting to ${this.#options.server.shown}`;
    this.#screen.setStatus(` ${connecting}`);
    if (!this.#options.plain) this.#notice(connecting);
    this.#session.start();
  }

  #onEvent(event: SessionEvent): void {
    this.#completion.learn(event);
    this.#screen.show(this.#renderer.lines(event, this.#clock.now()), this.#ringsFor(event));
    switch (event.kind) {
      case 'online':
        this.#wasOnline = true;
        this.#isOffline = false;
        this.#showState();
        return this.#screen.acceptInput();
      case 'entered':
        this.#query = null;
        return this.#showState();
      case 'offline':
        this.#isOffline = true;
        return this.#showState();
      case 'renamed':
        this.#name = event.name;
        return this.#showState();
      case 'progress':
        return this.#showPending();
      case 'ended':
        return this.#isPasswordMissing(event.why) ? this.#askPassword(event.why) : this.#close(event.why);
      default:
        return;
    }
  }

  #onInput(line: string): void {
    const input = parseInput(line);
    switch (input?.kind) {
      case undefined:
        return;
      case 'say':
        this.#say(input.text);
        break;
      case 'me':
        this.#say(cleanText(`* ${this.#name} ${input.text}`));
        break;
      case 'dm':
        this.#session.dm(input.to, input.text);
        break;
      case 'command':
        this.#session.command(input.line);
        break;
      case 'names':
        this.#session.command(cleanText(`WHO ${this.#session.room}`));
        break;
      case 'query':
        this.#query = input.user;
        return this.#showState();
      case 'clear':
        return this.#screen.clear();
      case 'quit':
        return this.#quit();
      case 'help':
        return this.#help(input.topic);
      case 'invalid':
        return this.#notice(input.advice);
    }
    this.#showPending();
  }

  /** To the room in one piece; to a user in a message for each line that is not blank. */
  #onPaste(pasted: readonly string[]): void {
    const lines = pasted.map((line) => cleanText(line));
    if (this.#query === null) this.#session.paste(lines);
    else for (const line of lines) if (line.trim() !== '') this.#session.dm(this.#query, line);
    this.#showPending();
  }

  #say(text: Text): void {
    if (this.#query === null) this.#session.say(text);
    else this.#session.dm(this.#query, text);
  }

  #showPending(): void {
    this.#screen.setPending(this.#session.pendingCount);
    if (this.#isOffline) this.#showState();
  }

  /** Shows where messages go, in the prompt and in the status line. */
  #showState(): void {
    const { room, pendingCount } = this.#session;
    const target = this.#query === null ? `#${room}` : `@${this.#query}`;
    this.#screen.setPrompt(`${this.#isOffline ? '(offline) ' : ''}${target}> `);
    const status = [
      ` #${room}`,
      ...(this.#query === null ? [] : [`private messages to ${this.#query}; /query ends it`]),
      `${this.#name} at ${this.#options.server.shown}`,
      ...(this.#isOffline ? [`offline, ${pendingCount} waiting`] : []),
    ];
    this.#screen.setStatus(status.join(' · '));
  }

  /** The client does not know whether its user is an operator, so it has help for both. */
  #help(topic: string): void {
    const help = helpOn(topic, { commands: COMMANDS, slash: true, isOperator: true });
    if ('kind' in help)
      return this.#notice(`unknown command ${help.detail.about ?? ''}; /help lists the commands`);
    for (const line of help) this.#notice(line);
    if (topic !== '') return;
    this.#notice('Tab completes names, rooms and commands; page up shows earlier lines; Ctrl-D leaves');
  }

  #quit(): void {
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
    if (why.code === 'wrong-password') this.#notice('wrong password');
    const whose = why.hasServerPassword ? `the server, or of ${name} if registered` : name;
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

  #ringsFor(event: SessionEvent): boolean {
    const { bell } = this.#options;
    const name = this.#name;
    if (!bell) return false;
    if (event.kind === 'told') return true;
    if (event.kind !== 'said' || event.past) return false;
    return foldName(event.message.from) !== foldName(name) && mentions(event.message.text, name);
  }

  #notice(text: string): void {
    this.#screen.show([this.#renderer.notice(text, this.#clock.now())], false);
  }

  #close(why: Ended): void {
    this.#screen.close();
    this.#end(this.#renderer.failure(why));
  }
}
