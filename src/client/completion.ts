/** Tab completion in `partyline chat`: names and rooms seen so far, and commands. */
import { foldName } from '../core/text/text.js';
import type { PresenceChange } from './presence.js';
import type { SessionEvent } from './session-event.js';
import { COMMANDS } from './parse-input.js';

/** As readline wants it: the candidates, and the word they complete. */
export type Completed = [completions: string[], word: string];

const VERBS = COMMANDS.map(slashed);
/** Those with a room as their first argument. */
const ROOM_VERBS = new Set([
  ...COMMANDS.filter(({ usage }) => /^\[?<room>/.test(usage)).map(slashed),
  ...['/win', '/window', '/room', '/buffer', '/part', '/close', '/j'],
]);
const MAX_KNOWN = 5000;

export class Completion {
  /** By fold; the latest author comes last. */
  readonly #names = new Map<string, string>();
  readonly #rooms = new Map<string, string>();

  /** Remembers the names and rooms of an event. */
  learn(event: SessionEvent): void {
    switch (event.kind) {
      case 'said':
        return remember(this.#names, event.message.from);
      case 'told':
        return remember(this.#names, event.from);
      case 'info':
        if (event.change !== null) this.#learnChange(event.change);
        return;
      case 'online':
        for (const room of event.rooms) remember(this.#rooms, room);
        return;
      case 'entered':
      case 'moved':
        return remember(this.#rooms, event.room);
      case 'present':
      case 'answer':
        for (const reply of event.replies) {
          if (reply.kind === 'user') remember(this.#names, reply.name);
          else if (reply.kind === 'room') remember(this.#rooms, reply.name);
        }
        return;
      default:
        return;
    }
  }

  #learnChange(change: PresenceChange): void {
    const isThere = change.kind === 'joined' || change.kind === 'left';
    if (!isThere) this.#names.delete(foldName(change.name));
    if (change.kind !== 'gone') remember(this.#names, change.kind === 'renamed' ? change.to : change.name);
  }

  /** `line` is the text before the cursor. A name at its start is completed as an address: `bob: `. */
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

function remember(known: Map<string, string>, name: string): void {
  const fold = foldName(name);
  known.delete(fold);
  known.set(fold, name);
  if (known.size <= MAX_KNOWN) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}

function slashed({ verb }: { readonly verb: string }): string {
  return `/${verb.toLowerCase()}`;
}

function startsLike(word: string): (name: string) => boolean {
  const start = foldName(word);
  return (name) => foldName(name).startsWith(start);
}

function spaced(word: string): string {
  return `${word} `;
}
