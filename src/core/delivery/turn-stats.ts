/** Counts the messages and deliveries of a turn, for each batch and not for each reader. */
import type { Client } from '../hub/client.js';
import type { Batch, OutgoingEvent } from './batch.js';

export class TurnStats {
  messages = 0;
  /** A message to one reader is one delivery. */
  deliveries = 0;

  /** Counts a direct message. */
  addDirect(): void {
    this.messages++;
    this.deliveries++;
  }

  /** Counts the room messages of a batch when it is distributed. */
  addBatch({ audience, events, partial }: Batch<Client>): void {
    let said = 0;
    /** Messages that are not sent back to an author who was present all the time. */
    let notEchoed = 0;
    for (const line of events) {
      if (line.event.kind !== 'said') continue;
      said++;
      if (line.author !== null && !partial.has(line.author) && !isShown(line, line.author)) notEchoed++;
    }
    if (said === 0) return;
    // The author is in the room, and no subscriber of it.
    if (!audience.countsMessages) notEchoed = 0;
    let readers = audience.members.size;
    for (const [client, ranges] of partial) {
      if (audience.members.has(client)) readers--;
      for (const { from, to } of ranges) this.deliveries += countShown(events.slice(from, to), client);
    }
    if (audience.countsMessages) this.messages += said;
    this.deliveries += said * readers - notEchoed;
  }
}

function countShown(lines: readonly OutgoingEvent<Client>[], reader: Client): number {
  return lines.filter((line) => line.event.kind === 'said' && isShown(line, reader)).length;
}

function isShown({ author }: OutgoingEvent<Client>, reader: Client): boolean {
  return author !== reader || reader.encoder.dialect.echoesOwnMessages;
}
