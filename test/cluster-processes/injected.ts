/** Reads entries of a cluster's log, and puts entries in: late, doubled or unknown ones, as a network or another version might. */
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsServer } from '../support/nats-servers.js';
import { jetStream, jetStreamAll, publishAll } from './jetstream-api.js';

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
  const seqs = Array.from({ length: last - first + 1 }, (_, index) => ({ seq: first + index }));
  const answers = await jetStreamAll(server.port, `STREAM.MSG.GET.${STREAM}`, seqs);
  return answers.flatMap(({ message }) => {
    if (typeof message !== 'object' || message === null || !('data' in message)) return [];
    const entry: unknown = JSON.parse(Buffer.from(String(message.data), 'base64').toString());
    return isEntry(entry) ? [entry] : [];
  });
}

/** The batches of the log that say this text. */
export async function batchesSaying(server: NatsServer, text: string): Promise<RawEntry[]> {
  const entries = await entriesOf(server);
  return entries.filter((entry) => entry.kind === 'batch' && JSON.stringify(entry).includes(text));
}

/** Appends an entry, and waits until the log has it. */
export async function append(server: NatsServer, entry: unknown): Promise<void> {
  const text = JSON.stringify(entry);
  const { last } = await endsOf(server);
  await publishAll(server.port, SUBJECT, [text]);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ends = await endsOf(server);
    const seqs = Array.from({ length: ends.last - last }, (_, index) => ({ seq: last + 1 + index }));
    const answers = await jetStreamAll(server.port, `STREAM.MSG.GET.${STREAM}`, seqs);
    if (JSON.stringify(answers).includes(Buffer.from(text).toString('base64'))) return;
  }
  throw new Error('the log does not take the entry');
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
