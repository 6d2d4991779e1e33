/** Opens streams of rooms that a request may read. */
import type { Subscription } from '../core/hub/hub.js';
import type { ConnectionSlot, TransportHandler } from '../core/ports.js';
import type { SubscriberOptions } from '../connection/subscriber-connection.js';
import { streamDialect } from '../dialects/stream/index.js';
import type { ApiStream, StreamRequest } from '../net/http/api/api-port.js';

/** Opens a connection that only receives. */
export type OpenStream = (options: SubscriberOptions, slot: ConnectionSlot) => TransportHandler;

export class RoomStream implements ApiStream {
  readonly #open: OpenStream;
  readonly #subscription: Omit<Subscription, 'after'>;

  constructor(open: OpenStream, subscription: Omit<Subscription, 'after'>) {
    this.#open = open;
    this.#subscription = subscription;
  }

  open({ format, after, transport, framing, slot, ...style }: StreamRequest): TransportHandler {
    const namesRooms = this.#subscription.rooms.length > 1;
    const dialect = streamDialect(format, { ...style, namesRooms });
    return this.#open({ transport, framing, dialect, subscription: { ...this.#subscription, after } }, slot);
  }
}
