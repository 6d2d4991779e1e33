/** Limits how often an error is logged that repeats in every turn, such as a full disk. */
import type { Clock } from '../core/ports.js';

/** Calls `report` with the first value, then at most once per `everyMs`; values in between are discarded. */
export function throttle<Value>(
  clock: Clock,
  report: (value: Value) => void,
  everyMs = 10_000,
): (value: Value) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (clock.elapsed() < quietUntil) return;
    quietUntil = clock.elapsed() + everyMs;
    report(value);
  };
}
