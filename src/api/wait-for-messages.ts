/** The long poll: reads again whenever a message was stored in the room, until there is something to answer. */
import type { Hub } from '../core/hub/hub.js';
import type { Clock } from '../core/ports.js';
import type { RoomName } from '../core/text/text.js';
import type { ApiMessages } from '../net/http/api/api-port.js';
import { type ApiRefusal, isRefusal } from '../net/http/api/errors.js';

export interface WaitOptions {
  readonly hub: Hub;
  readonly clock: Pick<Clock, 'after'>;
  readonly room: RoomName;
  readonly maxMs: number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  read(): Promise<ApiMessages | ApiRefusal>;
}

/** Settles with messages, or with none when the time is over, the client is gone or the server stops. */
export async function waitForMessages(options: WaitOptions): Promise<ApiMessages | ApiRefusal> {
  const { hub, clock, room, maxMs, signal, read } = options;
  let isDue = false;
  let isOver = signal.aborted;
  let onDue = () => {};
  const wake = (what: 'message' | 'over') => {
    isDue = true;
    isOver ||= what === 'over';
    onDue();
  };
  const timer = clock.after(maxMs, () => wake('over'));
  const stop = hub.onMessage(room, wake);
  signal.addEventListener('abort', () => wake('over'));
  try {
    for (;;) {
      if (!isDue)
        await new Promise<void>((resolve) => {
          onDue = resolve;
        });
      isDue = false;
      const found = await read();
      if (isOver || isRefusal(found) || found.messages.length > 0) return found;
    }
  } finally {
    timer.cancel();
    stop();
  }
}
