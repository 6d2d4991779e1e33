/** What the formats of streams have in common. Their clients send nothing. */
import type { CursorLost, StreamDialect } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import { itemsOf, type StreamItem } from './items.js';

export abstract class StreamFormat implements StreamDialect {
  abstract readonly name: string;
  readonly greeting: string = '';
  readonly echoesOwnMessages = true;
  readonly recapMessages = 0;
  readonly interactive = false;
  readonly confirmsDelivery = false;
  readonly #hasPresence: boolean;

  /** With presence, joins, leaves and topics are shown too. */
  constructor(hasPresence: boolean) {
    this.#hasPresence = hasPresence;
  }

  format(event: HubEvent): string {
    if (event.kind === 'answered') return event.text;
    let text = '';
    for (const item of itemsOf(event, this.#hasPresence)) text += this.write(item);
    return text;
  }

  abstract reset(lost: CursorLost): string;

  protected abstract write(item: StreamItem): string;
}
