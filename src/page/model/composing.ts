/** The field for messages: drafts, what the text would become, sending, completion, and earlier texts. */
import type { Command } from './channel.js';
import { refusalOf } from './channel.js';
import { commandsFor, mayHoldSecret, parseTyped, type Typed } from './commands.js';
import { Completer, type Completion } from './completion.js';
import type { Context } from './context.js';
import type { Outbox } from './outbox.js';
import type { PlaceData } from './place.js';
import type { ComposerNotice, Place } from './state.js';
import { sentenceFor } from './words.js';

const MAX_RECALLED = 100;
/** From here on the bytes that are left are shown. */
const NEAR = 0.9;
/** `@label=123456;room= MSG `: without the room. */
const OVERHEAD_BYTES = 32;

export interface ComposingActions {
  open(place: Place): void;
  join(room: string, key: string | undefined): void;
  leave(room: string): void;
  ignore(name: string): void;
  unignore(name: string): void;
  setAway(text: string | null): void;
  search(words: string): void;
  register(secret: string): void;
  logOut(): void;
  /** Loads the newest messages, if they are not shown. */
  goToNewest(place: PlaceData): void;
  /** Shows the answer to a command in a place. */
  show(place: PlaceData, text: string): void;
  /** A message was deleted by a command: a single one, or all lines of a paste. */
  onDeleted(place: PlaceData, id: number): void;
  /** A command about a room was done, perhaps a lock or a topic: only the others are told. */
  onRoomChanged(): void;
}

export class Composing {
  readonly #context: Context;
  readonly #outbox: Outbox;
  readonly #actions: ComposingActions;
  #drafts: Map<string, string>;
  readonly #completer = new Completer();
  #recalled: readonly string[] = [];
  #recallAt = 0;

  constructor(context: Context, outbox: Outbox, actions: ComposingActions) {
    this.#context = context;
    this.#outbox = outbox;
    this.#actions = actions;
    this.#drafts = context.memory.drafts;
  }

  hasDraft(place: Place): boolean {
    return (this.#drafts.get(place) ?? '') !== '';
  }

  /** Shows the draft of the place that was opened. */
  onOpen(): void {
    this.#show(this.#drafts.get(this.#context.signals.place.value) ?? '', null);
    this.#recallAt = this.#recalled.length;
  }

  /** A place has another name, and keeps its draft. With one under that name too, the draft has both. */
  move(from: Place, to: Place): void {
    if (from === to) return;
    const drafts = [to, from].map((place) => this.#drafts.get(place) ?? '');
    const text = drafts.filter((draft) => draft !== '').join('\n');
    this.#drafts.delete(from);
    if (text !== '') this.#drafts.set(to, text);
    this.#save();
    if (this.#context.signals.place.value === to) this.#show(text, this.#noticeFor(text));
  }

  setDraft(text: string): void {
    const place = this.#context.signals.place.value;
    const hadDraft = this.hasDraft(place);
    if (text === '') this.#drafts.delete(place);
    else this.#drafts.set(place, text);
    this.#save();
    this.#show(text, this.#noticeFor(text));
    if (hadDraft !== this.hasDraft(place)) this.#context.touch();
  }

  forget(): void {
    this.#drafts = new Map();
    this.#recalled = [];
    this.#show('', null);
  }

  send(): void {
    const { signals, places } = this.#context;
    const { draft } = signals.composer.value;
    const place = places.at(signals.place.value);
    if (draft.trim() === '' || place === null) return;
    const typed = parseTyped(draft.replace(/\s+$/, ''));
    const notice = this.#noticeFor(draft);
    if (notice?.kind === 'too-long') return;
    const refusal = this.#run(typed, place);
    if (refusal !== null) return this.#show(draft, { kind: 'refused', text: refusal });
    if (!mayHoldSecret(draft)) this.#recalled = [...this.#recalled, draft].slice(-MAX_RECALLED);
    this.#recallAt = this.#recalled.length;
    // The place may be another one now.
    this.#drafts.delete(place.place);
    this.#save();
    if (signals.place.value === place.place) this.#show('', null);
  }

  complete(text: string, caret: number, backwards: boolean): Completion | null {
    const { places, roster, signals } = this.#context;
    const place = places.at(signals.place.value);
    const here = place?.room?.names ?? null;
    const names = here === null ? roster.names : [...new Set([...here.values(), ...roster.names])];
    return this.#completer.complete(text, caret, backwards, {
      names: names.filter((name) => name !== signals.self.value.name),
      rooms: places.rooms.map(({ name }) => name),
      commands: commandsFor('/', signals.self.value.isOperator).map(({ verb }) => verb),
    });
  }

  recall(direction: -1 | 1): string | null {
    const at = this.#recallAt + direction;
    if (at < 0 || at > this.#recalled.length) return null;
    this.#recallAt = at;
    return this.#recalled[at] ?? '';
  }

  /** Null if it was taken, else why not. */
  #run(typed: Typed, place: PlaceData): string | null {
    const { places } = this.#context;
    switch (typed.kind) {
      case 'text':
        return this.#say(place, typed.text);
      case 'action':
        if (place.room === null) return 'An action is for rooms.';
        this.#outbox.send(place, [typed.text.replace(/\s*\n\s*/g, ' ').trim()], true);
        return null;
      case 'tell': {
        const other = places.ensureConversation(typed.to.replace(/^@/, ''));
        const refusal = this.#say(other, typed.text);
        if (refusal === null) this.#actions.open(other.place);
        return refusal;
      }
      case 'join':
        this.#actions.join(typed.room, typed.key);
        return null;
      case 'leave': {
        const room = typed.room ?? (place.room === null ? '' : place.name);
        if (room === '') return 'Which room? It is typed as: /leave <room>';
        this.#actions.leave(room);
        return null;
      }
      case 'ignore':
        this.#actions.ignore(typed.name);
        return null;
      case 'unignore':
        this.#actions.unignore(typed.name);
        return null;
      case 'away':
        this.#actions.setAway(typed.text);
        return null;
      case 'search':
        if (place.room === null) return 'There is no history of direct messages to search.';
        this.#actions.search(typed.words);
        return null;
      case 'register':
        this.#actions.register(typed.secret);
        return null;
      case 'quit':
        this.#actions.logOut();
        return null;
      case 'help':
        this.#actions.show(
          place,
          commandsFor('/', this.#context.signals.self.value.isOperator)
            .map(({ verb, usage, help }) => `${verb}${usage === '' ? '' : ` ${usage}`}: ${help}`)
            .join('\n'),
        );
        return null;
      case 'server':
        return this.#ask(typed, place);
      case 'wrong':
        return typed.text;
    }
  }

  #say(place: PlaceData, text: string): string | null {
    if (place.room !== null && !place.room.isJoined) return sentenceFor('not-in-room');
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    this.#actions.goToNewest(place);
    if (lines.length === 1) this.#outbox.send(place, [text.trim()]);
    else if (place.room !== null) this.#outbox.send(place, lines);
    // There is no PASTE for one user.
    else for (const line of lines) if (line.trim() !== '') this.#outbox.send(place, [line.trim()]);
    return null;
  }

  #ask({ line, inRoom }: Extract<Typed, { kind: 'server' }>, place: PlaceData): string | null {
    const channel = this.#context.channel();
    if (channel === null) return sentenceFor('offline');
    const command: Command = { lines: [line], room: inRoom && place.room !== null ? place.name : null };
    channel.request(command, (answer) => {
      const refusal = refusalOf(answer);
      const texts: string[] = answer.lines.flatMap(({ line: reply }) =>
        reply.kind === 'info' ? [reply.text] : reply.kind === 'user' ? [reply.name] : [],
      );
      if (refusal !== null) texts.push(sentenceFor(refusal));
      else {
        // The others alone are told of it.
        const deleted = /^DELETE (\d+)/.exec(line)?.[1];
        if (deleted !== undefined) this.#actions.onDeleted(place, Number(deleted));
        if (command.room !== null) this.#actions.onRoomChanged();
      }
      // The verb alone: what follows it may be a password.
      this.#actions.show(
        place,
        texts.length === 0 ? `${line.split(' ', 1)[0]?.toLowerCase()}: done` : texts.join('\n'),
      );
    });
    return null;
  }

  /** Secrets stay in memory. */
  #save(): void {
    const drafts = [...this.#drafts].filter(([, text]) => !mayHoldSecret(text));
    this.#context.memory.drafts = new Map(drafts);
  }

  #noticeFor(text: string): ComposerNotice | null {
    const { about, place } = this.#context.signals;
    const { maxLineBytes, pasteLines, pasteBytes } = about.value;
    const lines = text.replace(/\s+$/, '').split('\n');
    // Lines to one user are sent one by one.
    const isPaste = lines.length > 1 && place.value.startsWith('#') && !/^\/(?!\/)/.test(text);
    const bytes = lines.map(bytesOf);
    const longest = Math.max(...bytes);
    const room = bytesOf(place.value);
    const limit = isPaste ? maxLineBytes : maxLineBytes - OVERHEAD_BYTES - room;
    if (longest > limit)
      return { kind: 'too-long', text: `A line has ${longest} bytes; at most ${limit} can be sent.` };
    if (!isPaste) return longest > NEAR * limit ? { kind: 'near-limit', bytesLeft: limit - longest } : null;
    const total = bytes.reduce((sum, count) => sum + count, 0);
    if (lines.length > pasteLines)
      return { kind: 'too-long', text: `${lines.length} lines; a paste has at most ${pasteLines}.` };
    if (total > pasteBytes)
      return { kind: 'too-long', text: `${total} bytes; a paste has at most ${pasteBytes}.` };
    return { kind: 'paste', lines: lines.length };
  }

  #show(draft: string, notice: ComposerNotice | null): void {
    const { composer, self } = this.#context.signals;
    composer.value = { draft, notice, commands: commandsFor(draft, self.value.isOperator) };
  }
}

/** In UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
