/**
 * One timer for all connections: what is due is looked at in slots of a few milliseconds. A timer object a client
 * would cost memory and time; most deadlines are moved or dropped long before they come.
 */
import type { Clock, TimerTask } from '../core/ports.js';

const SLOT_MS = 16;

export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Set<TimerTask>>();
  #alarm: { cancel(): void } | null = null;
  #alarmSlot = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Looks at it once, not before `elapsed` (on the clock that never jumps) and a slot later at most, or sooner if it
   * is armed for sooner already: it finds out then that it is not due yet.
   */
  schedule(item: TimerTask, elapsed: number): void {
    if (elapsed === Number.POSITIVE_INFINITY) return;
    const slot = Math.max(1, Math.ceil(elapsed / SLOT_MS));
    if (item.scheduledSlot !== 0 && item.scheduledSlot <= slot) return;
    this.cancel(item);
    item.scheduledSlot = slot;
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, new Set([item]));
    else items.add(item);
    if (slot < this.#alarmSlot) this.#setAlarm(slot);
  }

  cancel(item: TimerTask): void {
    if (item.scheduledSlot === 0) return;
    const items = this.#slots.get(item.scheduledSlot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(item.scheduledSlot);
    item.scheduledSlot = 0;
  }

  /** No more alarms: what is armed stays so, unseen. */
  stop(): void {
    this.#alarm?.cancel();
    this.#alarmSlot = 0;
  }

  #setAlarm(slot: number): void {
    this.#alarm?.cancel();
    this.#alarmSlot = slot;
    this.#alarm = this.#clock.after(Math.max(0, slot * SLOT_MS - this.#clock.elapsed()), () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.elapsed();
    this.#alarmSlot = Number.POSITIVE_INFINITY;
    const over = [...this.#slots.keys()].filter((slot) => slot * SLOT_MS <= now).sort((a, b) => a - b);
    for (const slot of over) {
      const items = this.#slots.get(slot) ?? [];
      this.#slots.delete(slot);
      for (const item of items) {
        item.scheduledSlot = 0;
        item.onTimer(now);
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots.keys()) if (slot < next) next = slot;
    if (next < this.#alarmSlot) this.#setAlarm(next);
  }
}
