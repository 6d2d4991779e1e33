/** `partyline chat`: a session, a screen, and the words between them. */
import { foldName } from '../core/text/text.js';
import { helpOn } from '../dialects/shared/help.js';
import { Completion, type Completed } from './completion.js';
import type { Connect } from './connect.js';
import type { Clock } from './request-pipeline.js';
import type { Screen, InputHandler } from './screen.js';
import { Session } from './session.js';
import type { Ended, SessionEvent } from './session-event.js';
import { COMMANDS, understand } from './input.js';
import type { ServerAddress } from './url.js';
import { mentions, Renderer } from './render.js';

export interface ChatOptions {
  readonly server: ServerAddress;
  readonly name: string;
  readonly password: string | null;
  /** Null for the lobby. */
  readonly room: string | null;
  /** Rings when something is said to us or has our name in it. */
  readonly bell: boolean;
  readonly colours: boolean;
  /** For a file: times in full, and no word on how to use it. */
  readonly plain: boolean;
}

export interface ChatParts {
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: () => number;
  readonly screen: (inputHandler: InputHandler, complete: (line: string) => Completed) => Screen;
}

/** How long what was typed may take to go out when there is no more: a script wants it sent, a person wants to go. */
const PLAIN_TIMEOUT_MS = 30_000;
const PATIENCE_MS = 2000;

/** Until the end of the chat: null if all went well, else a sentence for the person. */
export function chat(options: ChatOptions, parts: ChatParts): Promise<string | null> {
  return new Promise((resolve) => new Chat(options, parts, resolve).start());
}

class Chat {
  readonly #options: ChatOptions;
  readonly #clock: Clock;
  readonly #renderer: Renderer;
  readonly #completion = new Completion();
  readonly #screen: Screen;
  readonly #session: Session;
  readonly #end: (farewell: string | null) => void;

  constructor(options: ChatOptions, parts: ChatParts, end: (farewell: string | null) => void) {
    const { connect, clock, random } = parts;
    this.#options = options;
    this.#clock = clock;
    this.#renderer = new Renderer({ ...options, fullTimes: options.plain, me: options.name });
    this.#end = end;
    const inputHandler: InputHandler = { typed: (line) => this.#typed(line), left: () => this.#leave() };
    this.#screen = parts.screen(inputHandler, (line) => this.#completion.complete(line));
    this.#session = new Session({ ...options, connect, clock, random, tell: (event) => this.#hear(event) });
  }

  start(): void {
    if (!this.#options.plain) this.#notice(`connecting to ${this.#options.server.shown}`);
    this.#session.start();
  }

  #hear(event: SessionEvent): void {
    this.#completion.learn(event);
    this.#screen.show(this.#renderer.lines(event, this.#clock.now()), this.#rings(event));
    switch (event.kind) {
      case 'online':
      case 'entered':
        this.#screen.prompt(`#${event.room}> `);
        return this.#screen.listen();
      case 'offline':
        return this.#screen.prompt(`(offline) #${this.#session.room}> `);
      case 'progress':
        return this.#screen.busy(this.#session.waiting);
      case 'ended':
        return this.#over(event.why);
      default:
        return;
    }
  }

  #typed(line: string): void {
    const typed = understand(line);
    switch (typed?.kind) {
      case undefined:
        return;
      case 'say':
        this.#session.say(typed.text);
        break;
      case 'dm':
        this.#session.dm(typed.to, typed.text);
        break;
      case 'ask':
        this.#session.ask(typed.line);
        break;
      case 'leave':
        return this.#leave();
      case 'help':
        return this.#help(typed.topic);
      case 'nothing':
        return this.#notice(typed.because);
    }
    this.#screen.busy(this.#session.waiting);
  }

  /** The client does not know whether its user is an operator, so it has help for both. */
  #help(topic: string): void {
    const help = helpOn(topic, { commands: COMMANDS, slash: true, isOperator: true });
    if ('kind' in help)
      return this.#notice(`unknown command ${help.detail.about ?? ''}; /help lists the commands`);
    for (const line of help) this.#notice(line);
    if (topic === '') this.#notice('Tab completes names, rooms and commands; Ctrl-D leaves');
  }

  #leave(): void {
    this.#session.leave(this.#options.plain ? PLAIN_TIMEOUT_MS : PATIENCE_MS);
  }

  #rings(event: SessionEvent): boolean {
    const { bell, name } = this.#options;
    if (!bell) return false;
    if (event.kind === 'told') return true;
    if (event.kind !== 'said' || event.past) return false;
    return foldName(event.message.from) !== foldName(name) && mentions(event.message.text, name);
  }

  #notice(text: string): void {
    this.#screen.show([this.#renderer.notice(text, this.#clock.now())], false);
  }

  #over(why: Ended): void {
    this.#screen.close();
    this.#end(this.#renderer.farewell(why));
  }
}
