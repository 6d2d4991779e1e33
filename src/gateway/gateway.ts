/** The way in: each new connection is admitted or refused, and given someone to attend to it. */
import type { Conversation } from '../core/dialect.js';
import type { Attendant, Framing, Transport } from '../core/ports.js';
import type { Admission } from './admission.js';
import { Attendance, type Household } from './attend.js';

/** So many at a time are told why they are refused; a flood of more is closed without a word, and takes no descriptors. */
const MOST_REFUSED = 32;

const NOBODY: Attendant = { heard() {}, drained() {}, ended() {}, lost() {} };

export interface GatewayOptions extends Household {
  readonly admission: Admission;
  /** How a new connection is talked with until it chooses. */
  readonly converse: () => Conversation;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #present = new Set<Attendance>();
  /** Refused, and not closed yet. */
  #refused = 0;
  #whenEmpty: (() => void) | null = null;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Attends to a connection. One too many is told so, in its language, and closed. */
  accept(transport: Transport, framing: Framing): Attendant {
    const { admission, hub, clock, converse } = this.#options;
    const refusal = admission.admit(transport.address);
    if (refusal !== null && this.#refused >= MOST_REFUSED) {
      transport.destroy();
      return NOBODY;
    }
    if (refusal !== null) this.#refused++;
    const attendance = new Attendance(this.#options, {
      transport,
      conversation: converse(),
      framing,
      bucket: admission.bucketFor(transport.address, clock.elapsed()),
      gone: (one) => {
        this.#present.delete(one);
        if (refusal === null) admission.release(transport.address);
        else this.#refused--;
        if (this.#present.size === 0) this.#whenEmpty?.();
      },
    });
    this.#present.add(attendance);
    if (refusal !== null) hub.detach(attendance.client, refusal, clock.now());
    return attendance;
  }

  /** Ends every session; settles when the last connection has closed. */
  close(): Promise<void> {
    const { hub, clock } = this.#options;
    hub.close(
      Array.from(this.#present, ({ client }) => client),
      clock.now(),
    );
    if (this.#present.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
    });
  }
}
