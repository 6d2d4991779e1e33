/** How much was said in a turn and to how many: counted a segment at a time, not a reader at a time. */
import type { Client } from '../hub/client.js';
import type { Batch, OutgoingEvent } from './batch.js';

export class TurnStats {
  messages = 0;
  /** A message to one reader is one delivery. */
  deliveries = 0;

  /** A message to one user alone. */
  addDirect(): void {
    this.messages++;
    this.deliveries++;
  }

  /** The room messages of a segment, as they are when it is handed out. */
  addBatch({ audience, events, partial }: Batch<Client>): void {
    let said = 0;
    /** Those that an author who was there all the time does not see come back. */
    let unheard = 0;
    for (const line of events) {
      if (line.event.kind !== 'said') continue;
      said++;
      if (line.author !== null && !partial.has(line.author) && !isShown(line, line.author)) unheard++;
    }
    if (said === 0) return;
    let readers = audience.members.size;
    for (const [client, ranges] of partial) {
      if (audience.members.has(client)) readers--;
      for (const { from, to } of ranges) this.deliveries += countShown(events.slice(from, to), client);
    }
    this.messages += said;
    this.deliveries += said * readers - unheard;
  }
}

function countShown(lines: readonly OutgoingEvent<Client>[], reader: Client): number {
  return lines.filter((line) => line.event.kind === 'said' && isShown(line, reader)).length;
}

function isShown({ author }: OutgoingEvent<Client>, reader: Client): boolean {
  return author !== reader || reader.encoder.dialect.echoesOwnMessages;
}
