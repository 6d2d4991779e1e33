/** Tells of new messages outside of the list: the live region, notifications, the sound. */
import type { Context } from './context.js';
import type { PlaceData } from './place.js';
import type { Announcement, Message, Notifying, Place } from './state.js';

const MAX_ANNOUNCEMENTS = 20;
/** More than these within the time are announced as a number. */
const MAX_SINGLE = 3;
const BURST_MS = 2000;
const MAX_BODY = 200;

export class Notices {
  readonly #context: Context;
  readonly #open: (place: Place) => void;
  #keys = 0;
  #times: readonly number[] = [];
  #unannounced = 0;

  constructor(context: Context, open: (place: Place) => void) {
    this.#context = context;
    this.#open = open;
  }

  onMessage(place: PlaceData, message: Message): void {
    if (message.isOwn) return;
    if (place.place === this.#context.signals.place.value) this.#announceMessage(message);
    if (place.room === null || message.isMention) this.#notify(place, message);
  }

  announce(text: string): void {
    const { announcements } = this.#context.signals;
    const announcement: Announcement = { key: `${++this.#keys}`, text };
    announcements.value = [...announcements.value, announcement].slice(-MAX_ANNOUNCEMENTS);
  }

  /** The user wants notifications: asks the browser, which asks the user. */
  turnOn(): void {
    const { platform } = this.#context;
    if (platform.notifier.permission !== 'default') return this.update();
    platform.notifier.ask().then(
      () => this.update(),
      () => this.update(),
    );
  }

  update(): void {
    this.#context.signals.notifying.value = this.#state();
  }

  #state(): Notifying {
    const { permission } = this.#context.platform.notifier;
    if (permission === 'insecure' || permission === 'unsupported' || permission === 'denied')
      return permission;
    return permission === 'granted' && this.#context.signals.preferences.value.notifies ? 'on' : 'off';
  }

  #announceMessage({ from, text, isAction }: Message): void {
    const { clock } = this.#context.platform;
    const now = clock.now();
    this.#times = [...this.#times.filter((at) => now - at < BURST_MS), now].slice(-MAX_SINGLE - 1);
    if (this.#unannounced === 0 && this.#times.length <= MAX_SINGLE)
      return this.announce(isAction ? `${from} ${text}` : `${from}: ${text}`);
    if (this.#unannounced++ > 0) return;
    clock.after(BURST_MS, () => {
      const count = this.#unannounced;
      this.#unannounced = 0;
      this.announce(count === 1 ? '1 new message' : `${count} new messages`);
    });
  }

  #notify(place: PlaceData, { from, text }: Message): void {
    const { platform, signals, isInView } = this.#context;
    if (isInView(place)) return;
    if (signals.preferences.value.sound) platform.notifier.beep();
    // A page that is looked at shows it itself.
    if (signals.notifying.value !== 'on' || platform.isLookedAt()) return;
    const title = place.room === null ? from : `${from} in #${place.name}`;
    platform.notifier.notify(title, text.slice(0, MAX_BODY), () => this.#open(place.place));
  }
}
