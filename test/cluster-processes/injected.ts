/** Reads entries of a cluster's log, and puts entries in: late, doubled or unknown ones, as a network or another version might. */
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsServer } from '../support/nats-servers.js';
import { jetStream, publish, publishAll } from './jetstream-api.js';

const STREAM = 'PARTYLINE';
const SUBJECT = `partyline.${STREAM}`;
const ATTEMPTS = 20;

/** An entry of a log without a key: JSON. */
export type RawEntry = Readonly<Record<string, unknown>> & { readonly kind: string };

function isEntry(value: unknown): value is RawEntry {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}

/** The first and the last sequence number of the log. */
export async function endsOf({ port }: NatsServer): Promise<{ first: number; last: number }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { state } = await jetStream(port, `STREAM.INFO.${STREAM}`).catch(() => ({ state: undefined }));
    if (typeof state === 'object' && state !== null && 'last_seq' in state && 'first_seq' in state)
      return { first: Number(state.first_seq), last: Number(state.last_seq) };
    await delay(250);
  }
  throw new Error('the stream does not answer');
}

/** All entries of the log, oldest first. */
export async function entriesOf(server: NatsServer): Promise<RawEntry[]> {
  const { first, last } = await endsOf(server);
  const entries: RawEntry[] = [];
  for (let seq = first; seq <= last; seq++) {
    const { message } = await jetStream(server.port, `STREAM.MSG.GET.${STREAM}`, { seq });
    if (typeof message !== 'object' || message === null || !('data' in message)) continue;
    const entry: unknown = JSON.parse(Buffer.from(String(message.data), 'base64').toString());
    if (isEntry(entry)) entries.push(entry);
  }
  return entries;
}

/** The batches of the log that say this text. */
export async function batchesSaying(server: NatsServer, text: string): Promise<RawEntry[]> {
  const entries = await entriesOf(server);
  return entries.filter((entry) => entry.kind === 'batch' && JSON.stringify(entry).includes(text));
}

/** Appends an entry, perhaps more than once, and returns its sequence number. */
export async function append(server: NatsServer, entry: unknown): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // A server that has just started does not take entries at once.
    const { seq } = await publish(server.port, SUBJECT, JSON.stringify(entry)).catch(() => ({ seq: null }));
    if (seq !== null) return Number(seq);
  }
  throw new Error('the stream takes no entries');
}

/** Appends entries that mean nothing until the log ends behind this sequence number. */
export async function growTo(server: NatsServer, seq: number): Promise<void> {
  const entry = JSON.stringify({ kind: 'alive', node: 'nobody', epoch: 1, position: 1, hash: '' });
  for (;;) {
    const { last } = await endsOf(server);
    if (last >= seq) return;
    await publishAll(
      server.port,
      SUBJECT,
      Array.from({ length: seq - last }, () => entry),
    );
    await delay(100);
  }
}

/** Deletes the whole stream. */
export async function deleteStream({ port }: NatsServer): Promise<void> {
  const { error } = await jetStream(port, `STREAM.DELETE.${STREAM}`);
  if (error !== undefined) throw new Error(error.description);
}

/** Deletes all entries of the log below this sequence number, as its retention does in days. */
export async function purgeBelow({ port }: NatsServer, seq: number): Promise<void> {
  const { error } = await jetStream(port, `STREAM.PURGE.${STREAM}`, { seq });
  if (error !== undefined) throw new Error(error.description);
}
