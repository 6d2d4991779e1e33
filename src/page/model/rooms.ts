/** Enters and leaves rooms, and takes them up again after a reload or a lost connection. */
import type { Received } from '../../client/server-line.js';
import { foldName } from '../../core/text/fold-name.js';
import { type Answer, type Command, type OnAnswer, refusalOf } from './channel.js';
import type { Context } from './context.js';
import type { History } from './history.js';
import type { Outbox } from './outbox.js';
import type { PlaceData } from './place.js';
import type { Place } from './state.js';
import { LOBBY } from './store.js';
import { sentenceFor } from './words.js';

/** The list of rooms changes by others too, of which the server does not tell. */
const REFRESH_MS = 120_000;

export interface RoomsOptions {
  readonly context: Context;
  readonly history: History;
  readonly outbox: Outbox;
  readonly open: (place: Place) => void;
  readonly askForKey: (room: string, error: string | null) => void;
  readonly alert: (text: string) => void;
  /** The server spells a room differently. */
  readonly onMoved: (before: Place, place: PlaceData) => void;
}

export class Rooms {
  readonly #options: RoomsOptions;
  #refresh: { cancel(): void } | null = null;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** After each login: all rooms and their messages, the one that is open first, in one piece. */
  restore(isFirst: boolean): void {
    const { context, history, outbox } = this.#options;
    const { places, memory, signals } = context;
    const name = signals.self.value.name;
    if (isFirst) {
      const reads = memory.readsOf(name);
      for (const room of [LOBBY, ...memory.roomsOf(name)]) {
        const place = places.ensureRoom(room);
        place.lastRead = Math.max(place.lastRead, reads.get(foldName(room)) ?? 0);
        if (place.room !== null) place.room.isJoined = true;
      }
    }
    const open = places.at(signals.place.value);
    const wanted = places.joined.toSorted((one, other) => Number(other === open) - Number(one === open));
    const commands: (readonly [Command, OnAnswer])[] = [
      [{ lines: ['ROOMS ALL'] }, (answer) => this.#takeList(answer)],
    ];
    for (const place of wanted) {
      const isFresh = place.log.lastId === null;
      if (foldName(place.name) !== LOBBY) commands.push(this.#follow(place));
      commands.push(
        history.catchUp(place, () => {
          if (isFresh && place.lastRead === 0) place.markRead();
          if (place === open) place.markNew();
          if (place.room?.isJoined === true) outbox.resume(place);
          context.touch();
        }),
      );
    }
    for (const place of places.conversations) outbox.resume(place);
    context.channel()?.requestAll(commands);
    this.loadMembers(open);
    this.#scheduleRefresh();
  }

  #follow(place: PlaceData): readonly [Command, OnAnswer] {
    const key = place.room?.key ?? null;
    return [
      { lines: [`FOLLOW ${place.name}${key === null ? '' : ` ${key}`}`] },
      (answer) => {
        const refusal = refusalOf(answer);
        if (place.room === null || refusal === null || refusal === 'lost') return;
        place.room.isJoined = false;
        place.room.problem = sentenceFor(refusal);
        this.#options.outbox.failAll(place, refusal);
        this.#options.context.touch();
      },
    ];
  }

  join(name: string, key?: string): void {
    const { context, history, open, alert, askForKey } = this.#options;
    const room = name.trim().replace(/^#/, '');
    if (room === '' || /\s/.test(room)) return alert(sentenceFor('invalid-room'));
    const known = context.places.room(room);
    if (known?.room?.isJoined === true) return open(known.place);
    const channel = context.channel();
    if (channel === null) return alert(sentenceFor('offline'));
    const spelled = known?.name ?? room;
    const usedKey = key === undefined || key === '' ? (known?.room?.key ?? '') : key;
    channel.request({ lines: [`FOLLOW ${spelled}${usedKey === '' ? '' : ` ${usedKey}`}`] }, (answer) => {
      const refusal = refusalOf(answer);
      if (refusal === 'room-locked')
        return askForKey(spelled, usedKey === '' ? null : 'The key is wrong. Ask a member of the room.');
      if (refusal !== null) return alert(`Cannot join ${spelled}. ${sentenceFor(refusal)}`);
      const place = context.places.ensureRoom(spelled);
      if (place.room === null) return;
      place.room.isJoined = true;
      place.room.problem = null;
      place.room.key = usedKey === '' ? null : usedKey;
      channel.requestAll([history.catchUp(place, () => context.touch())]);
      this.save();
      open(place.place);
      askForKey('', null);
      this.refresh();
    });
  }

  leave(name: string): void {
    const { context, open } = this.#options;
    const place = context.places.room(name);
    if (place?.room == null || foldName(place.name) === LOBBY) return;
    if (place.room.isJoined) context.channel()?.request({ lines: [`UNFOLLOW ${place.name}`] });
    this.#options.outbox.failAll(place, 'not-in-room');
    context.places.remove(place);
    if (context.signals.place.value === place.place) open(`#${LOBBY}`);
    this.save();
    this.refresh();
    context.touch();
  }

  /** The members of a room, once it is looked at. */
  loadMembers(place: PlaceData | null): void {
    const { context } = this.#options;
    const facts = place?.room ?? null;
    if (place === null || facts === null || !facts.isJoined || facts.names !== null) return;
    context.channel()?.request({ lines: ['WHO'], room: place.name }, (answer) => {
      if (refusalOf(answer) !== null) return;
      facts.names = new Map(namesIn(answer.lines).map((name) => [foldName(name), name]));
      facts.members = facts.names.size;
      for (const name of facts.names.values()) context.roster.arrive(name);
      context.touch();
    });
  }

  refresh(): void {
    this.#options.context.channel()?.request({ lines: ['ROOMS ALL'] }, (answer) => this.#takeList(answer));
  }

  /** The connection is lost: the members of the rooms may change unseen. */
  forgetMembers(): void {
    this.#refresh?.cancel();
    for (const { room } of this.#options.context.places.rooms) if (room !== null) room.names = null;
  }

  save(): void {
    const { places, memory, signals } = this.#options.context;
    const kept = places.rooms.filter(({ room }) => room?.isJoined === true || room?.problem != null);
    const names = kept.map(({ name }) => name).filter((name) => foldName(name) !== LOBBY);
    memory.setRooms(signals.self.value.name, names);
  }

  #scheduleRefresh(): void {
    const { platform } = this.#options.context;
    this.#refresh?.cancel();
    this.#refresh = platform.clock.after(REFRESH_MS, () => {
      if (platform.isLookedAt()) this.refresh();
      this.#scheduleRefresh();
    });
  }

  #takeList(answer: Answer): void {
    if (refusalOf(answer) !== null) return;
    const { context } = this.#options;
    const { places } = context;
    const listed = new Set<string>();
    for (const { line, tags } of answer.lines) {
      if (line.kind !== 'room') continue;
      listed.add(foldName(line.name));
      const place = places.ensureRoom(line.name);
      const { room: facts } = place;
      if (facts === null) continue;
      const before = place.place;
      place.name = line.name;
      if (before !== place.place) this.#options.onMoved(before, place);
      facts.members = facts.names?.size ?? Number(line.members);
      facts.topic = decoded(tags.get('topic') ?? '');
      facts.isLocked = tags.get('locked') === '1';
      facts.isMine = tags.get('mine') === '1';
      facts.lastId = Number(tags.get('last') ?? 0);
      place.lastRead = Math.max(place.lastRead, Number(tags.get('read') ?? 0));
    }
    for (const place of places.rooms)
      if (place.room?.isJoined === false && place.room.problem === null && !listed.has(foldName(place.name)))
        places.remove(place);
    context.touch();
  }
}

export function namesIn(lines: readonly Received[]): readonly string[] {
  return lines.flatMap(({ line }) => (line.kind === 'user' ? [line.name] : []));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
