/** The users on the server: present, away or ignored. Names are compared by their fold. */
import { foldName } from '../../core/text/fold-name.js';
import type { Person } from './state.js';

export class Roster {
  /** All logged-in users, by fold. */
  readonly #here = new Map<string, string>();
  readonly #away = new Map<string, string>();
  readonly #ignored = new Map<string, string>();

  /** The answer to WHO. */
  setHere(names: readonly string[]): void {
    this.#here.clear();
    for (const name of names) this.#here.set(foldName(name), name);
  }

  setIgnored(names: readonly string[]): void {
    this.#ignored.clear();
    for (const name of names) this.#ignored.set(foldName(name), name);
  }

  arrive(name: string): void {
    this.#here.set(foldName(name), name);
  }

  depart(name: string): void {
    this.#here.delete(foldName(name));
    this.#away.delete(foldName(name));
  }

  rename(from: string, to: string): void {
    const awayText = this.#away.get(foldName(from));
    this.depart(from);
    this.arrive(to);
    if (awayText !== undefined) this.#away.set(foldName(to), awayText);
  }

  /** Null: back. */
  setAway(name: string, text: string | null): void {
    if (text === null) this.#away.delete(foldName(name));
    else this.#away.set(foldName(name), text);
  }

  ignore(name: string): void {
    this.#ignored.set(foldName(name), name);
  }

  unignore(name: string): void {
    this.#ignored.delete(foldName(name));
  }

  get names(): readonly string[] {
    return [...this.#here.values()];
  }

  person(name: string, self: string): Person {
    const fold = foldName(name);
    return {
      name,
      isSelf: fold === foldName(self),
      isHere: this.#here.has(fold),
      isAway: this.#away.has(fold),
      awayText: this.#away.get(fold) ?? '',
      isIgnored: this.#ignored.has(fold),
    };
  }
}
