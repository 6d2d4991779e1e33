/** The response to plain HTTP on a port that requires TLS. */
import type { Socket } from 'node:net';
import type { TimerTask } from '../../core/ports.js';
import { LINGER_MS } from '../../util/linger.js';
import { plainResponse } from './http-response.js';

export interface TlsRequiredOptions {
  readonly timers: { schedule(task: TimerTask, elapsed: number): void; cancel(task: TimerTask): void };
  /** Milliseconds of the monotonic clock. */
  readonly elapsed: () => number;
}

export function refuseWithoutTls(socket: Socket, { timers, elapsed }: TlsRequiredOptions): void {
  socket.end(plainResponse(403, 'This server takes encrypted connections only: use https:// or wss://.\n'));
  // The rest of the request is read and dropped.
  socket.resume();
  const linger: TimerTask = { scheduledSlot: 0, onTimer: () => void socket.destroy() };
  timers.schedule(linger, elapsed() + LINGER_MS);
  socket.once('close', () => timers.cancel(linger));
}
