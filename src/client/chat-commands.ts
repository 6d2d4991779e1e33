/** Carries out what the user types into `partyline chat`: messages and commands, in the window that is shown. */
import { cleanText, foldName, parseRoomName, type Text } from '../core/text/text.js';
import { helpOn } from '../dialects/shared/help.js';
import { COMMANDS, type Input, parseInput } from './parse-input.js';
import { LOBBY } from './rooms.js';
import type { WindowChoice } from './screen.js';
import type { Session } from './session.js';
import type { ChatWindow, WindowList } from './windows.js';

export interface ChatActions {
  readonly windows: WindowList;
  /** The session of now: after a wrong password there is a new one. */
  session(): Session;
  userName(): string;
  notice(text: string): void;
  /** A line that is not carried out: what to do instead. */
  refuse(advice: string): void;
  clear(): void;
  quit(): void;
}

export class ChatCommands {
  readonly #actions: ChatActions;
  readonly #windows: WindowList;

  constructor(actions: ChatActions) {
    this.#actions = actions;
    this.#windows = actions.windows;
  }

  run(line: string): void {
    const input = parseInput(line);
    if (input !== null) this.#run(input);
  }

  /** To a room in one piece; to a user in a message for each line that is not blank. */
  paste(pasted: readonly string[]): void {
    const lines = pasted.map((line) => cleanText(line));
    const { shown } = this.#windows;
    if (shown.isQuery) for (const line of lines) this.#sayUnlessBlank(line);
    else if (this.#isInRoom(shown)) this.#session.paste(shown.name, lines);
  }

  choose(choice: WindowChoice): void {
    if (choice === 'unread') this.#windows.showUnread();
    else if (choice === 'next' || choice === 'previous') this.#windows.step(choice === 'next' ? 1 : -1);
    else {
      const window = this.#windows.all[choice - 1];
      if (window !== undefined) this.#windows.show(window);
    }
  }

  get #session(): Session {
    return this.#actions.session();
  }

  #run(input: Input): void {
    const { shown } = this.#windows;
    switch (input.kind) {
      case 'say':
        return this.#say(input.text);
      case 'me':
        return this.#say(cleanText(`* ${this.#actions.userName()} ${input.text}`));
      case 'dm':
        return this.#session.dm(input.to, input.text);
      case 'command':
        if (!input.isAboutRoom) return this.#session.command(input.line, shown.isQuery ? null : shown.name);
        if (this.#isInRoom(shown)) this.#session.command(input.line, shown.name);
        return;
      case 'names':
        if (this.#isInRoom(shown)) this.#session.command(cleanText(`WHO ${shown.name}`), shown.name);
        return;
      case 'join':
        return this.#join(input.room, input.key);
      case 'leave':
        return this.#leave(input.target);
      case 'window':
        return input.target === null ? this.#listWindows() : this.#showWindow(input.target);
      case 'query':
        return this.#query(input.user);
      case 'clear':
        return this.#actions.clear();
      case 'quit':
        return this.#actions.quit();
      case 'help':
        return this.#help(input.topic);
      case 'invalid':
        return this.#actions.refuse(input.advice);
      default:
        return input satisfies never;
    }
  }

  #say(text: Text): void {
    const { shown } = this.#windows;
    if (shown.isQuery) this.#session.dm(cleanText(shown.name), text);
    else if (this.#isInRoom(shown)) this.#session.say(shown.name, text);
  }

  #sayUnlessBlank(text: Text): void {
    if (text.trim() !== '') this.#say(text);
  }

  /** Whether the window is one of a room that the user is in. If not, the line is refused. */
  #isInRoom(window: ChatWindow): boolean {
    if (window.isQuery) this.#actions.refuse('this is not a room; /win lists your rooms');
    else if (window.state === 'left')
      this.#actions.refuse(`you are not in ${window.name}; /join ${window.name} enters it again`);
    return !window.isQuery && window.state !== 'left';
  }

  /** The window is shown at once, so that what is typed next goes to the room. */
  #join(room: string, key: string | null): void {
    const known = this.#windows.find('room', room);
    if (known !== null && known.state !== 'left') return this.#windows.show(known);
    if (!this.#session.enter(room, key)) return this.#notConnected();
    if (!this.#session.followsRooms) return;
    const window = this.#windows.open('room', room);
    window.state = 'entering';
    this.#windows.show(window);
  }

  #leave(target: string | null): void {
    const window = target === null ? this.#windows.shown : this.#windows.search(target);
    if (window === null) return this.#unknownWindow(target ?? '');
    if (window.isQuery || window.state === 'left') return this.#windows.close(window);
    if (!this.#session.followsRooms) {
      if (!this.#session.enter(LOBBY, null)) this.#notConnected();
      return;
    }
    const others = this.#windows.rooms.filter((other) => other !== window && other.state !== 'left');
    if (foldName(window.name) === LOBBY && others.length === 0)
      return this.#actions.refuse('you are in the lobby only; /join <room> enters a room, /quit leaves');
    if (others.length === 0) {
      if (!this.#session.enter(LOBBY, null)) return this.#notConnected();
      const lobby = this.#windows.open('room', LOBBY);
      lobby.state = 'entering';
      if (window === this.#windows.shown) this.#windows.show(lobby);
    }
    this.#session.leave(window.name);
    this.#windows.close(window);
  }

  #query(user: Text | null): void {
    if (user !== null) this.#windows.show(this.#windows.open('query', user));
    else if (this.#windows.shown.isQuery) this.#windows.close(this.#windows.shown);
    else this.#actions.refuse('a user must follow, as in /query bob');
  }

  #listWindows(): void {
    for (const [index, { kind, name, state, unread, isMentioned }] of this.#windows.all.entries()) {
      const mark = unread === 0 ? '' : `, ${unread} unread${isMentioned ? ', for you' : ''}`;
      const what = kind === 'query' ? `@${name}` : `#${name}`;
      this.#actions.notice(
        `${index + 1}: ${what}${state === 'left' && kind === 'room' ? ', left' : ''}${mark}`,
      );
    }
  }

  #showWindow(target: string): void {
    const window = this.#windows.search(target);
    if (window === null) this.#unknownWindow(target);
    else this.#windows.show(window);
  }

  #unknownWindow(target: string): void {
    const room = parseRoomName(target);
    const advice = room === null ? '' : `, /join ${room.shown} enters a room`;
    this.#actions.refuse(`no window "${target}"; /win lists them${advice}`);
  }

  #notConnected(): void {
    this.#actions.refuse('not connected; try again after the reconnect');
  }

  /** The client does not know whether its user is an operator, so it has help for both. */
  #help(topic: string): void {
    const help = helpOn(topic, { commands: COMMANDS, slash: true, isOperator: true });
    if ('kind' in help)
      return this.#actions.refuse(`unknown command ${help.detail.about ?? ''}; /help lists the commands`);
    for (const line of help) this.#actions.notice(line);
    if (topic !== '') return;
    this.#actions.notice(
      'Alt-1 to Alt-9, Ctrl-N and Ctrl-P show another room; Tab completes names, rooms and commands; page up shows ' +
        'earlier lines; Ctrl-D leaves',
    );
  }
}
