/** Posts what a webhook was sent, in its room and under its name. */
import type { HookRow } from '../core/accounts.js';
import type { Hub } from '../core/hub/hub.js';
import type { ClientInfo } from '../core/ports.js';
import { cleanText, parseRoomName, parseUserName } from '../core/text/text.js';
import type { ApiHook, HookRefusal } from '../net/http/api/api-port.js';

export interface HookDeps {
  readonly hub: Hub;
  readonly now: () => number;
}

export class HookPoster implements ApiHook {
  readonly #deps: HookDeps;
  readonly #hook: HookRow;
  readonly #address: string;
  readonly #seenAs: ClientInfo;

  constructor(deps: HookDeps, hook: HookRow, address: string, seenAs: ClientInfo) {
    this.#deps = deps;
    this.#hook = hook;
    this.#address = address;
    this.#seenAs = seenAs;
  }

  post(lines: readonly string[]): Promise<HookRefusal | null> {
    const { hub, now } = this.#deps;
    const room = parseRoomName(this.#hook.room);
    const from = parseUserName(this.#hook.name);
    const texts = lines.map((line) => cleanText(line)).filter((line) => line.trim() !== '');
    // The rules for names may have changed since the hook was made.
    if (room === null || from === null) return Promise.resolve('invalid-room');
    if (texts.length === 0) return Promise.resolve('usage');
    const by = { kind: 'hook', id: this.#hook.id, address: this.#address } as const;
    return new Promise((resolve) => {
      const onResult = (result: object | HookRefusal) => resolve(typeof result === 'string' ? result : null);
      hub.post({ room, from, texts, by, once: null, seenAs: this.#seenAs, onResult }, now());
    });
  }
}
