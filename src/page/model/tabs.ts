/** Two tabs of one browser under one name: the one that was used last has the connection. */
import { foldName } from '../../core/text/fold-name.js';
import type { Platform } from './ports.js';

const ANSWER_MS = 150;

interface TabMessage {
  readonly kind: 'who' | 'here' | 'take';
  readonly name: string;
  readonly tab: string;
}

export class Tabs {
  readonly #platform: Platform;
  readonly #tab: string;
  readonly #channel: { post(message: unknown): void };
  /** The name that this tab uses; null if it has no connection. */
  #name: string | null = null;
  #onHere: (() => void) | null = null;

  /** @param onTaken another tab uses the name from now on */
  constructor(platform: Platform, onTaken: () => void) {
    this.#platform = platform;
    this.#tab = platform.tab;
    this.#channel = platform.openChannel((message) => {
      if (!isTabMessage(message) || message.tab === this.#tab) return;
      if (message.kind === 'here') this.#onHere?.();
      if (this.#name === null || foldName(message.name) !== this.#name) return;
      if (message.kind === 'who') this.#post('here', message.name);
      if (message.kind === 'take') {
        this.#name = null;
        onTaken();
      }
    });
  }

  /** Calls back with whether another tab uses the name; if none does, this one does. */
  claim(name: string, onAnswer: (isFree: boolean) => void): void {
    let isDone = false;
    const answer = (isFree: boolean) => {
      if (isDone) return;
      isDone = true;
      this.#onHere = null;
      if (isFree) this.#name = foldName(name);
      onAnswer(isFree);
    };
    this.#onHere = () => answer(false);
    this.#post('who', name);
    this.#platform.clock.after(ANSWER_MS, () => answer(true));
  }

  /** Takes the name from other tabs, which then close their connections. */
  take(name: string, onTaken: () => void): void {
    this.#name = foldName(name);
    this.#post('take', name);
    this.#platform.clock.after(ANSWER_MS, onTaken);
  }

  release(): void {
    this.#name = null;
  }

  #post(kind: TabMessage['kind'], name: string): void {
    this.#channel.post({ kind, name, tab: this.#tab } satisfies TabMessage);
  }
}

function isTabMessage(value: unknown): value is TabMessage {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'tab' in value;
}
