/**
 * Detects timers that fire late because the process was paused: stopped, frozen with its machine, waiting for a disk.
 */

/** A busy event loop is late by less. */
const LATE_MS = 200;

/**
 * Whether a timer fired so late that a deadline for input must begin again. Timers fire before the sockets are read, so
 * input that arrived during a pause is still unread then.
 */
export function isLate(dueAt: number, elapsed: number): boolean {
  return elapsed >= dueAt + LATE_MS;
}
