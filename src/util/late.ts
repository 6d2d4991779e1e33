/** Recognises timers that ring late because the process was paused: stopped, frozen with its machine, or waiting for a disk. */

/** A busy event loop is late by less. */
const LATE_MS = 200;

/**
 * Whether a timer rang so late that a deadline for input must begin again. Timers ring before the sockets are read, so
 * what arrived during a pause is still unread then.
 */
export function isLate(dueAt: number, elapsed: number): boolean {
  return elapsed >= dueAt + LATE_MS;
}
