/**
 * Compares what clients know with what the servers have stored. Each check returns the faults that it found, as
 * sentences; a run is right if there are none. ledger.test.ts shows that each fault is found.
 */
import type { ClientRecord, Sent } from './record.js';

/** A stored message. `room` is RoomName.fold. */
export interface Stored {
  readonly id: number;
  readonly at: number;
  readonly room: string;
  readonly from: string;
  readonly text: string;
}

/** The messages of one server, in the order of their ids. */
export interface Copy {
  readonly server: string;
  readonly messages: readonly Stored[];
}

/** A check prints this many faults of a kind. */
const MAX_FAULTS = 5;

/** All faults of messages: losses, repetitions, other orders, other ids, and refused messages that are stored. */
export function messageFaults(clients: readonly ClientRecord[], copies: readonly Copy[]): string[] {
  return [
    ...copies.flatMap((copy) => orderFaults(copy)),
    ...differenceFaults(copies),
    ...copies.flatMap((copy) => {
      const index = indexOf(copy);
      return clients.flatMap((client) => clientFaults(client, index));
    }),
  ];
}

/** Ids grow, and no text of a client is stored twice: each text is sent once. */
function orderFaults({ server, messages }: Copy): string[] {
  const faults: string[] = [];
  const texts = new Map<string, number>();
  messages.forEach(({ id, from, text }, index) => {
    const before = messages[index - 1]?.id ?? 0;
    if (id <= before) faults.push(`${server}: id ${id} follows id ${before}`);
    const key = `${from} ${text}`;
    const first = texts.get(key);
    if (first !== undefined) faults.push(`${server}: "${text}" is stored twice, as ${first} and ${id}`);
    texts.set(key, id);
  });
  return most(faults);
}

/** Every server has the same messages under the same ids and times. */
function differenceFaults([first, ...others]: readonly Copy[]): string[] {
  if (first === undefined) return [];
  return others.flatMap(({ server, messages }) => {
    const length = Math.max(messages.length, first.messages.length);
    for (let index = 0; index < length; index++) {
      const [one, other] = [first.messages[index], messages[index]].map((each) =>
        each === undefined ? 'nothing' : JSON.stringify(each),
      );
      if (one !== other) return [`${first.server} has ${one} where ${server} has ${other} (place ${index})`];
    }
    return [];
  });
}

interface CopyIndex {
  readonly server: string;
  readonly byText: ReadonlyMap<string, Stored>;
  readonly byRoom: ReadonlyMap<string, readonly Stored[]>;
}

function indexOf({ server, messages }: Copy): CopyIndex {
  const byText = new Map<string, Stored>();
  const byRoom = new Map<string, Stored[]>();
  for (const message of messages) {
    byText.set(`${message.from} ${message.text}`, message);
    const room = byRoom.get(message.room);
    if (room === undefined) byRoom.set(message.room, [message]);
    else room.push(message);
  }
  return { server, byText, byRoom };
}

function clientFaults(client: ClientRecord, copy: CopyIndex): string[] {
  return [...sentFaults(client, copy), ...seenFaults(client, copy)];
}

/** What was acknowledged is stored, in the order of sending; what was refused is not. */
function sentFaults({ name, room, sent }: ClientRecord, { server, byText }: CopyIndex): string[] {
  const faults: string[] = [];
  let last: Stored | undefined;
  for (const { text, fate, id } of sent) {
    const stored = byText.get(`${name} ${text}`);
    if (stored === undefined) {
      if (fate === 'acknowledged') faults.push(`${server}: "${text}" was acknowledged and is not stored`);
      continue;
    }
    if (fate === 'refused') faults.push(`${server}: "${text}" was refused and is stored as ${stored.id}`);
    if (id !== null && id !== stored.id)
      faults.push(`${server}: "${text}" was acknowledged as ${id} and is stored as ${stored.id}`);
    if (stored.room !== room)
      faults.push(`${server}: "${text}" was sent to ${room} and is in ${stored.room}`);
    if (last !== undefined && stored.id < last.id)
      faults.push(`${server}: "${text}" was sent after "${last.text}" and has a lower id`);
    last = stored;
  }
  return most(faults);
}

/** What was seen is stored under the same id, in the same order, and nothing between was left out. */
function seenFaults(client: ClientRecord, { server, byText, byRoom }: CopyIndex): string[] {
  const { name, room, seen, seesItself } = client;
  const faults: string[] = [];
  const ids: number[] = [];
  for (const { id, from, text } of seen) {
    const stored = byText.get(`${from} ${text}`);
    if (stored === undefined) {
      faults.push(`${server}: ${name} saw "${text}", which is not stored`);
      continue;
    }
    if (id !== null && id !== stored.id)
      faults.push(`${server}: ${name} saw "${text}" as ${id}, and it is stored as ${stored.id}`);
    if (stored.room !== room) faults.push(`${server}: ${name} saw "${text}" of ${stored.room} in ${room}`);
    ids.push(stored.id);
  }
  if (faults.length > 0) return most(faults);
  const [first = 0, last = 0] = [ids[0], ids.at(-1)];
  const expected = (byRoom.get(room) ?? [])
    .filter(({ id, from }) => id >= first && id <= last && (seesItself || from !== name))
    .map(({ id }) => id);
  for (let index = 0; index < Math.max(ids.length, expected.length); index++) {
    if (ids[index] !== expected[index])
      return [`${server}: ${name} saw ${ids[index]} where ${room} has ${expected[index]} (place ${index})`];
  }
  return [];
}

/** What every client counts together: a run that compared nothing has proved nothing. */
export function counts(clients: readonly ClientRecord[]): Record<string, number> {
  const all = (fate: Sent['fate']) =>
    clients.reduce((sum, { sent }) => sum + sent.filter((each) => each.fate === fate).length, 0);
  return {
    clients: clients.length,
    acknowledged: all('acknowledged'),
    refused: all('refused'),
    open: all('open'),
    seen: clients.reduce((sum, { seen }) => sum + seen.length, 0),
  };
}

/**
 * Two sessions of one name at a time. A session was certainly live when its client sent what was acknowledged later. A
 * line that it received proves less: a server that was frozen shows its clients what was settled before their end.
 */
export function sessionFaults(clients: readonly ClientRecord[]): string[] {
  const byName = new Map<string, { from: number; to: number; server: string }[]>();
  for (const { name, server, readyAt, sent } of clients) {
    if (readyAt === null) continue;
    const to = Math.max(readyAt, sent.findLast(({ fate }) => fate === 'acknowledged')?.at ?? 0);
    const all = byName.get(name) ?? [];
    all.push({ from: readyAt, to, server });
    byName.set(name, all);
  }
  const faults: string[] = [];
  for (const [name, spans] of byName) {
    spans.sort((one, other) => one.from - other.from);
    let latest = spans[0];
    for (const span of spans.slice(1)) {
      if (latest !== undefined && span.from < latest.to)
        faults.push(
          `${name} has a session on ${span.server} ${(latest.to - span.from).toFixed(0)} ms before the one on ${latest.server} ended`,
        );
      if (latest === undefined || span.to > latest.to) latest = span;
    }
  }
  return most(faults);
}

/**
 * Each of these ends is told to each of these watchers once, and within this time. Watchers that are closed by then are
 * left out by the caller.
 */
export function farewellFaults(
  watchers: readonly ClientRecord[],
  gone: readonly string[],
  { since, withinMs }: { readonly since: number; readonly withinMs: number },
): string[] {
  const faults: string[] = [];
  for (const watcher of watchers) {
    for (const name of gone) {
      const times = (watcher.gone.get(name) ?? []).filter((at) => at >= since);
      const [first] = times;
      if (times.length !== 1)
        faults.push(`${watcher.name} on ${watcher.server} was told ${times.length} times that ${name} left`);
      else if (first !== undefined && first - since > withinMs)
        faults.push(`${watcher.name} was told after ${(first - since).toFixed(0)} ms that ${name} left`);
    }
  }
  return most(faults);
}

function most(faults: readonly string[]): string[] {
  const more = faults.length - MAX_FAULTS;
  return more <= 0 ? [...faults] : [...faults.slice(0, MAX_FAULTS), `… and ${more} more of this kind`];
}
