/** Ends a connection with a last text, before any protocol handles it. */
import type { Socket } from 'node:net';
import type { TimerTask } from '../core/ports.js';
import { LINGER_MS } from '../util/linger.js';

export interface EndOptions {
  readonly timers: { schedule(task: TimerTask, elapsed: number): void; cancel(task: TimerTask): void };
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
}

/** Closes after LINGER_MS at most; until then the rest of the input is read and dropped. */
export function endSlowly(socket: Socket, text: string | Uint8Array, { timers, elapsed }: EndOptions): void {
  socket.end(text);
  socket.resume();
  const linger: TimerTask = { scheduledSlot: 0, onTimer: () => void socket.destroy() };
  timers.schedule(linger, elapsed() + LINGER_MS);
  socket.once('close', () => timers.cancel(linger));
}
