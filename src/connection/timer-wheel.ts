/**
 * One timer for all connections: deadlines are collected in slots of a few milliseconds. A timer object per client
 * would cost memory and time, and most deadlines are moved or cancelled long before they pass.
 */
import type { Clock, TimerTask } from '../core/ports.js';
import { isLate } from '../util/late.js';

const SLOT_MS = 16;

export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Set<TimerTask>>();
  #timer: { cancel(): void } | null = null;
  #timerSlot = Number.POSITIVE_INFINITY;
  /** When the timer is due, in milliseconds of the monotonic clock. */
  #dueAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls the task once, at `elapsed` of the monotonic clock or up to a slot later. A task that is already scheduled
   * for an earlier slot stays there: it is called too early, and schedules itself again. Infinity schedules nothing.
   */
  schedule(task: TimerTask, elapsed: number): void {
    if (elapsed === Number.POSITIVE_INFINITY) return;
    const slot = Math.max(1, Math.ceil(elapsed / SLOT_MS));
    if (task.scheduledSlot !== 0 && task.scheduledSlot <= slot) return;
    this.cancel(task);
    task.scheduledSlot = slot;
    const tasks = this.#slots.get(slot);
    if (tasks === undefined) this.#slots.set(slot, new Set([task]));
    else tasks.add(task);
    if (slot < this.#timerSlot) this.#setTimer(slot);
  }

  cancel(task: TimerTask): void {
    if (task.scheduledSlot === 0) return;
    const tasks = this.#slots.get(task.scheduledSlot);
    tasks?.delete(task);
    if (tasks?.size === 0) this.#slots.delete(task.scheduledSlot);
    task.scheduledSlot = 0;
  }

  /** Calls no task any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timerSlot = 0;
  }

  #setTimer(slot: number): void {
    this.#timer?.cancel();
    this.#timerSlot = slot;
    const elapsed = this.#clock.elapsed();
    this.#dueAt = Math.max(elapsed, slot * SLOT_MS);
    this.#timer = this.#clock.after(this.#dueAt - elapsed, () => this.#runDueSlots());
  }

  #runDueSlots(): void {
    const now = this.#clock.elapsed();
    const late = isLate(this.#dueAt, now);
    this.#timerSlot = Number.POSITIVE_INFINITY;
    const due = [...this.#slots.keys()].filter((slot) => slot * SLOT_MS <= now).sort((a, b) => a - b);
    for (const slot of due) {
      const tasks = this.#slots.get(slot) ?? [];
      this.#slots.delete(slot);
      for (const task of tasks) {
        task.scheduledSlot = 0;
        task.onTimer(now, late);
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots.keys()) if (slot < next) next = slot;
    if (next < this.#timerSlot) this.#setTimer(next);
  }
}
