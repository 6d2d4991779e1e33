/** Tab: completes the word before the caret to a name, a `#room` or a `/command`; again, to the next candidate. */

export interface Completion {
  readonly text: string;
  readonly caret: number;
}

export interface Candidates {
  readonly names: readonly string[];
  readonly rooms: readonly string[];
  /** With the slash. */
  readonly commands: readonly string[];
}

interface Cycle {
  readonly start: number;
  readonly rest: string;
  readonly head: string;
  readonly found: readonly string[];
  readonly index: number;
  readonly shown: Completion;
}

export class Completer {
  #cycle: Cycle | null = null;

  complete(text: string, caret: number, backwards: boolean, candidates: Candidates): Completion | null {
    const cycle = this.#cycle;
    if (cycle !== null && cycle.shown.text === text && cycle.shown.caret === caret) {
      const count = cycle.found.length;
      return this.#show({ ...cycle, index: (cycle.index + (backwards ? count - 1 : 1)) % count });
    }
    const start = text.slice(0, caret).search(/\S*$/);
    const typed = text.slice(start, caret);
    const found = candidatesFor(typed, start, candidates);
    if (found.length === 0) return null;
    return this.#show({
      start,
      head: text.slice(0, start),
      rest: text.slice(caret),
      found,
      index: backwards ? found.length - 1 : 0,
    });
  }

  #show(cycle: Omit<Cycle, 'shown'>): Completion {
    const { head, rest, found, index } = cycle;
    const word = found[index] ?? '';
    const isName = !/^[/#]/.test(word);
    // At the start of a message a name addresses someone.
    const end = isName && head === '' ? ': ' : ' ';
    const completed = `${head}${word}${rest.startsWith(' ') ? end.trimEnd() : end}`;
    const shown = { text: completed + rest, caret: completed.length };
    this.#cycle = { ...cycle, shown };
    return shown;
  }
}

function candidatesFor(
  typed: string,
  start: number,
  { names, rooms, commands }: Candidates,
): readonly string[] {
  if (typed.startsWith('/') && start === 0) return beginning(typed, commands);
  if (typed.startsWith('#'))
    return beginning(
      typed,
      rooms.map((room) => `#${room}`),
    );
  const bare = typed.replace(/^@/, '');
  return bare === '' ? [] : beginning(bare, names);
}

function beginning(typed: string, words: readonly string[]): readonly string[] {
  const lower = typed.toLowerCase();
  return words
    .filter((word) => word.toLowerCase().startsWith(lower))
    .sort((one, other) => one.localeCompare(other));
}
