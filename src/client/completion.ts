/** What Tab makes of the beginning of a word: names, rooms, commands. */
import { foldName } from '../core/text/text.js';
import type { SessionEvent } from './session-event.js';
import { COMMANDS } from './input.js';

/** Readline's: what the word may become, and the word. */
export type Completed = [completions: string[], word: string];

const VERBS = COMMANDS.map(([usage]) => usage.split(' ', 1).join());
const ROOM_VERBS = new Set(['/join', '/who']);
const COMES_OR_GOES = /^(\S+) (joined|left|connected|disconnected)\b/;
const MAX_KNOWN = 5000;

export class Completion {
  /** By their folds; who spoke last is last. */
  readonly #names = new Map<string, string>();
  readonly #rooms = new Map<string, string>();

  /** Remembers who and what there is. */
  learn(event: SessionEvent): void {
    switch (event.kind) {
      case 'said':
        return know(this.#names, event.message.from);
      case 'told':
        return know(this.#names, event.from);
      case 'info': {
        const [, name = '', what] = COMES_OR_GOES.exec(event.text) ?? [];
        if (what === 'disconnected') this.#names.delete(foldName(name));
        else if (what !== undefined) know(this.#names, name);
        return;
      }
      case 'online':
      case 'entered':
        return know(this.#rooms, event.room);
      case 'present':
      case 'answer':
        for (const reply of event.replies) {
          if (reply.kind === 'user') know(this.#names, reply.name);
          else if (reply.kind === 'room') know(this.#rooms, reply.name);
        }
        return;
      default:
        return;
    }
  }

  /** The line up to the cursor. A name that begins it is addressed: `bob: `. */
  complete(line: string): Completed {
    if (/^\/\S*$/.test(line)) return [VERBS.filter(startsLike(line)).map(spaced), line];
    const word = /\S*$/.exec(line)?.[0] ?? '';
    if (word === '') return [[], word];
    const before = line.slice(0, line.length - word.length).trim();
    if (ROOM_VERBS.has(before.toLowerCase())) return [this.#like(this.#rooms, word).map(spaced), word];
    const names = this.#like(this.#names, word);
    return [before === '' ? names.map((name) => `${name}: `) : names.map(spaced), word];
  }

  #like(known: ReadonlyMap<string, string>, word: string): string[] {
    return [...known.values()].filter(startsLike(word)).reverse();
  }
}

function know(known: Map<string, string>, name: string): void {
  const fold = foldName(name);
  known.delete(fold);
  known.set(fold, name);
  if (known.size <= MAX_KNOWN) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}

function startsLike(word: string): (name: string) => boolean {
  const start = foldName(word);
  return (name) => foldName(name).startsWith(start);
}

function spaced(word: string): string {
  return `${word} `;
}
