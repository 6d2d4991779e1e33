/** What the user has read: marks it, and tells the server of it under a registered name. */
import { foldName } from '../../core/text/fold-name.js';
import type { Context } from './context.js';
import type { PlaceData } from './place.js';
import type { Message } from './state.js';

/** A marker for each message would cost the rate of the user's own lines. */
const TELL_MS = 2000;

export class Reading {
  readonly #context: Context;
  #isAtBottom = true;
  /** The rooms and ids that the server is to be told. */
  readonly #untold = new Map<PlaceData, number>();
  #telling: { cancel(): void } | null = null;

  constructor(context: Context) {
    this.#context = context;
  }

  get isAtBottom(): boolean {
    return this.#isAtBottom;
  }

  setAtBottom(isAtBottom: boolean): void {
    this.#isAtBottom = isAtBottom;
    if (isAtBottom) this.look();
  }

  /** Another place is open: the rule "new" is before what was not read in it. */
  onOpen(place: PlaceData): void {
    this.#isAtBottom = true;
    place.newBelow = 0;
    place.newAfter = null;
    place.markNew();
    this.look();
  }

  /** The user looks at the open place: what is at the bottom is read. */
  look(): void {
    const { platform, places, signals } = this.#context;
    const place = places.at(signals.place.value);
    if (place === null || !this.#isAtBottom || !platform.isLookedAt()) return;
    if (!place.isDetached) place.newBelow = 0;
    const id = place.markRead();
    if (id !== null) this.#tell(place, id);
    this.#context.touch();
  }

  onMessage(place: PlaceData, message: Message): void {
    const { signals } = this.#context;
    if (message.isOwn) return;
    if (place.place !== signals.place.value) return;
    if (this.#context.isInView(place)) return this.look();
    place.newAfter ??= place.lastRead > 0 ? place.lastRead : null;
    if (!this.#isAtBottom && !place.isDetached) place.newBelow++;
  }

  #tell(place: PlaceData, id: number): void {
    this.#untold.set(place, id);
    this.#telling ??= this.#context.platform.clock.after(TELL_MS, () => {
      this.#telling = null;
      const channel = this.#context.channel();
      const { memory, signals, places } = this.#context;
      const { name, isRegistered } = signals.self.value;
      for (const [{ room, name: roomName }, readId] of this.#untold)
        if (isRegistered && room !== null) channel?.request({ lines: [`READ ${readId}`], room: roomName });
      this.#untold.clear();
      memory.setReads(name, new Map(places.joined.map((joined) => [foldName(joined.name), joined.lastRead])));
    });
  }
}
