/** Trouble that comes with every turn, such as a full disk, is worth a line now and then and not a thousand a second. */
import type { Clock } from '../core/ports.js';

/** Passes on the first of what it is given, and then no more than one each `everyMs`. */
export function throttle<Trouble>(
  clock: Clock,
  report: (trouble: Trouble) => void,
  everyMs = 10_000,
): (trouble: Trouble) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (trouble) => {
    if (clock.elapsed() < quietUntil) return;
    quietUntil = clock.elapsed() + everyMs;
    report(trouble);
  };
}
