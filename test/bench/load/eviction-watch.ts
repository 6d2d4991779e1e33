/** Measures when the server has disconnected the readers that stopped reading. */

import type { Dialect } from '../dialects/dialect.js';
import { LoadClient, type Target } from './client.js';
import type { Values } from './job.js';

const timeoutMs = 15_000;

/**
 * A user in another room, who gets a notice of every disconnection and nothing else. A reader that does not read cannot
 * notice its own.
 */
export class EvictionWatch {
  readonly #watcher: LoadClient;
  readonly #dialect: Dialect;

  static async open(target: Target, dialect: Dialect, lost: (why: string) => void): Promise<EvictionWatch> {
    const watcher = await LoadClient.open('watcher', target);
    watcher.onLost(lost);
    await watcher.ask(dialect.login(watcher.name));
    return new EvictionWatch(watcher, dialect);
  }

  private constructor(watcher: LoadClient, dialect: Dialect) {
    this.#watcher = watcher;
    this.#dialect = dialect;
  }

  /** Resolves when all these readers are disconnected, with the time since the call; after 15 s with no value. */
  async allGone(readers: readonly LoadClient[]): Promise<Values> {
    const missing = new Set(readers.map((reader) => this.#dialect.farewell(reader.name)));
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const timeout = setTimeout(() => resolve({}), timeoutMs);
      let unread = '';
      this.#watcher.listen((buffer, length) => {
        unread += buffer.toString('latin1', 0, length);
        const lines = unread.split(/(?<=\n)/);
        unread = unread.endsWith('\n') ? '' : (lines.pop() ?? '');
        for (const line of lines) missing.delete(line);
        if (missing.size > 0) return;
        clearTimeout(timeout);
        resolve({ evictedAfterMs: performance.now() - startedAt });
      });
    });
  }
}
