/** Composes what a turn has for one client: shared bytes where it can, else the same events merged by sequence. */
import type { Client } from '../hub/client.js';
import type { Bytes, Output } from '../ports.js';
import type { Encoder } from './encoder.js';
import { foldName } from '../text/text.js';
import {
  type Batch,
  type BatchRange,
  bySequence,
  inOrder,
  OutgoingEvent,
  type SharedBatch,
} from './batch.js';

/** Gives each member of an audience its part of the batch. `addClient` is called for every client that has one. */
export function distribute(batch: Batch<Client>, addClient: (client: Client) => void): void {
  const { audience, partial, whole } = batch;
  if (audience.batch === batch) audience.batch = null;
  if (isEmptyForAll(batch)) return;
  for (const [client, ranges] of partial) {
    client.ranges ??= [];
    for (const range of ranges) if (range.from < range.to) client.ranges.push(range);
    addClient(client);
  }
  const isWholeForAll = partial.size === 0;
  for (const client of audience.members.keys()) {
    if (!isWholeForAll && partial.has(client)) continue;
    client.sharedBatch = client.sharedBatch === null ? whole : client.sharedBatch.with(batch);
    addClient(client);
  }
}

/** Retracts events of a turn that could not be stored, and gives their authors the fallback. */
export function retract(
  conditional: readonly OutgoingEvent<Client>[],
  addClient: (client: Client) => void,
): void {
  for (const outgoing of conditional) {
    const { author, fallback, fallbackLabel, sequence } = outgoing;
    if (author === null && fallback !== null) {
      outgoing.retract(fallback);
      continue;
    }
    outgoing.retract();
    if (author === null || fallback === null) continue;
    const reply = new OutgoingEvent<Client>(sequence, fallback, null, fallbackLabel);
    author.personal = [...(author.personal ?? []), reply].sort(bySequence);
    addClient(author);
  }
}

/** All that the turn has for this client, in order, and takes it from the client. Null when there is nothing to write. */
export function compose(client: Client): Output | null {
  return client.encoder.dialect.prompt === undefined ? composeEvents(client) : composeWithPrompt(client);
}

/** What follows a prompt begins with a line end, unless the client has ended that line itself. */
function composeWithPrompt(client: Client): Output | null {
  const { encoder, name, closeReason, isBehindPrompt } = client;
  const output = composeEvents(client);
  if (name === null || client.isClosing) return output;
  const prompt = closeReason === null ? (encoder.dialect.prompt?.(name.shown) ?? '') : '';
  if (output === null && (isBehindPrompt || prompt === '')) return null;
  client.isBehindPrompt = prompt !== '';
  const start = isBehindPrompt ? '\n' : '';
  const parts = [
    encoder.framing.encode(encoder.framing.frame(start)),
    output === null ? EMPTY : encoder.bytesOf(output),
    encoder.framing.encode(encoder.framing.frame(prompt)),
  ];
  return joined(parts);
}

const EMPTY: Bytes = new Uint8Array(0);

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function composeEvents(client: Client): Output | null {
  const { sharedBatch, personal, ranges, hasOwnMessages, formerEncoders, encoder } = client;
  client.isInTurn = false;
  client.sharedBatch = null;
  client.personal = null;
  client.ranges = null;
  client.hasOwnMessages = false;
  client.formerEncoders = null;
  if (client.closeReason === 'lost' || client.isClosing) return null;
  if (client.closeReason === 'too-slow') return composeEnd(personal ?? [], encoder);
  const author = hasOwnMessages ? client : null;
  const [range, ...more] = ranges ?? [];
  const isLineByLine = formerEncoders !== null || client.ignores !== null || more.length > 0;
  let text = '';
  if (isLineByLine || (range !== undefined && sharedBatch !== null)) {
    const events = merge(sharedBatch, ranges ?? [], personal ?? []);
    text = composeLineByLine(client, events, formerEncoders ?? []);
  } else if (range !== undefined) {
    const rendered = range.batch.whole.renderedFor(encoder);
    text = rendered.textFor(author, personal ?? [], range.from, range.to);
  } else if (sharedBatch !== null) {
    const rendered = sharedBatch.renderedFor(encoder);
    if (personal === null) return author === null ? rendered.bytes : rendered.bytesWithout(author);
    text = rendered.textFor(author, personal ?? []);
  } else if (personal !== null) {
    for (const outgoing of personal) text += outgoing.render(encoder);
    return text === '' ? null : encoder.encodeReply(text);
  }
  // Not remembered: it may be a piece of the whole turn's text, which would stay in memory with it.
  return text === '' ? null : encoder.encodeOnce(text);
}

/** The output before it was discarded, so the reason alone may follow. */
function composeEnd(personal: readonly OutgoingEvent<Client>[], encoder: Encoder): Output | null {
  const closing = personal.find(({ event }) => event.kind === 'closing');
  return closing === undefined ? null : encoder.encodeReply(closing.render(encoder));
}

/** For a client that ignores someone, entered and left, or changed its encoder in the middle of the turn. */
function composeLineByLine(
  client: Client,
  events: readonly OutgoingEvent<Client>[],
  formerEncoders: NonNullable<Client['formerEncoders']>,
): string {
  let text = '';
  let former = 0;
  for (const outgoing of events) {
    while (outgoing.sequence >= (formerEncoders[former]?.until ?? Number.POSITIVE_INFINITY)) former++;
    if (outgoing.author === client && !client.encoder.dialect.echoesOwnMessages) continue;
    if (isIgnored(outgoing, client)) continue;
    text += outgoing.render(formerEncoders[former]?.encoder ?? client.encoder);
  }
  return text;
}

/** Messages of an ignored user are left out; notices of its joins and leaves are not. */
function isIgnored({ event }: OutgoingEvent<Client>, { ignores }: Client): boolean {
  if (ignores === null || (event.kind !== 'said' && event.kind !== 'signal')) return false;
  const { name, account } = event.by;
  return ignores.has(foldName(name)) || (account !== null && ignores.has(foldName(account)));
}

/** Whether no reader's dialect shows any of it. */
function isEmptyForAll({ audience, partial, whole }: Batch<Client>): boolean {
  for (const encoder of audience.encoders.keys()) if (!whole.renderedFor(encoder).isEmpty) return false;
  for (const client of partial.keys()) if (!whole.renderedFor(client.encoder).isEmpty) return false;
  return true;
}

/** The events of audiences and those of one client, as one list in order. */
function merge(
  sharedBatch: SharedBatch<Client> | null,
  ranges: readonly BatchRange<Client>[],
  personal: readonly OutgoingEvent<Client>[],
): readonly OutgoingEvent<Client>[] {
  const parts = ranges.flatMap(({ batch, from, to }) => batch.events.slice(from, to));
  return inOrder([...(sharedBatch?.events ?? []), ...parts, ...personal]);
}
