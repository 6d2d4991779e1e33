/**
 * What outlives a reload. In localStorage, under one key: preferences, the last name, and for each name its rooms and what
 * it has read. In sessionStorage, which ends with the tab: drafts, direct messages, the token or resume value. A token is
 * in localStorage only with "stay signed in". Passwords and keys of rooms are nowhere.
 */
import { foldName } from '../../core/text/fold-name.js';
import type { Store } from './ports.js';
import type { Message, Preferences } from './state.js';

const KEY = 'partyline';
const SESSION_KEY = 'partyline.session';
const DIRECT_KEY = 'partyline.direct';
const DRAFTS_KEY = 'partyline.drafts';
/** Kept of a conversation. */
const MAX_DIRECT = 200;

type Json = Readonly<Record<string, unknown>>;

/** How this tab comes back after a reload. */
export interface Credentials {
  readonly name: string;
  /** Of a registered name. */
  readonly token: string | null;
  /** Of a name that is not registered. */
  readonly resume: string | null;
}

const DEFAULTS: Preferences = {
  theme: 'system',
  notifies: false,
  sound: false,
  words: [],
  showsPresence: true,
  coloursNames: true,
};

export class Memory {
  readonly #local: Store;
  readonly #session: Store;

  constructor(local: Store, session: Store) {
    this.#local = local;
    this.#session = session;
  }

  get preferences(): Preferences {
    const { preferences } = this.#read();
    const saved = isRecord(preferences) ? preferences : {};
    const { theme, notifies, sound, words, showsPresence, coloursNames } = saved;
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
      notifies: notifies === true,
      sound: sound === true,
      words: strings(words),
      showsPresence: showsPresence !== false,
      coloursNames: coloursNames !== false,
    };
  }

  set preferences(preferences: Preferences) {
    this.#write({ preferences });
  }

  get lastName(): string {
    const { lastName } = this.#read();
    return typeof lastName === 'string' ? lastName : '';
  }

  set lastName(lastName: string) {
    this.#write({ lastName });
  }

  /** The rooms of a name, as the server spells them. */
  roomsOf(name: string): readonly string[] {
    return strings(this.#ofName('rooms', name));
  }

  setRooms(name: string, rooms: readonly string[]): void {
    this.#setOfName('rooms', name, rooms);
  }

  /** The last read id of each room. */
  readsOf(name: string): ReadonlyMap<string, number> {
    const reads = this.#ofName('reads', name);
    const entries = isRecord(reads) ? Object.entries(reads) : [];
    return new Map(entries.flatMap(([room, id]) => (typeof id === 'number' ? [[room, id]] : [])));
  }

  setReads(name: string, reads: ReadonlyMap<string, number>): void {
    this.#setOfName('reads', name, Object.fromEntries(reads));
  }

  /** Of this tab, else of one that stays signed in. */
  get credentials(): Credentials | null {
    const own = parsed(this.#session.get(SESSION_KEY));
    const kept = this.#read().signedIn;
    const found = own ?? (isRecord(kept) ? kept : null);
    if (found === null || typeof found.name !== 'string') return null;
    const { name, token, resume } = found;
    return {
      name,
      token: typeof token === 'string' ? token : null,
      resume: typeof resume === 'string' ? resume : null,
    };
  }

  setCredentials(credentials: Credentials | null, staysSignedIn: boolean): void {
    this.#session.set(SESSION_KEY, credentials === null ? null : JSON.stringify(credentials));
    const isKept = credentials !== null && staysSignedIn && credentials.token !== null;
    this.#write({ signedIn: isKept ? { name: credentials.name, token: credentials.token } : undefined });
  }

  get staysSignedIn(): boolean {
    return isRecord(this.#read().signedIn);
  }

  get drafts(): Map<string, string> {
    const drafts = parsed(this.#session.get(DRAFTS_KEY)) ?? {};
    return new Map(
      Object.entries(drafts).flatMap(([place, text]) => (typeof text === 'string' ? [[place, text]] : [])),
    );
  }

  set drafts(drafts: ReadonlyMap<string, string>) {
    const kept = [...drafts].filter(([, text]) => text !== '');
    this.#session.set(DRAFTS_KEY, kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept)));
  }

  /** The direct messages of this tab, by person. Those that were not stored are not kept. */
  get direct(): readonly (readonly [name: string, messages: readonly Message[], lastRead: number])[] {
    const saved = parsed(this.#session.get(DIRECT_KEY)) ?? {};
    return Object.entries(saved).flatMap(([name, value]) => {
      if (!isRecord(value) || !Array.isArray(value.messages)) return [];
      const lastRead = typeof value.lastRead === 'number' ? value.lastRead : 0;
      return [[name, value.messages.filter(isMessage), lastRead] as const];
    });
  }

  set direct(conversations: readonly (readonly [string, readonly Message[], number])[]) {
    const rows = conversations.map(
      ([name, messages, lastRead]) => [name, { messages: messages.slice(-MAX_DIRECT), lastRead }] as const,
    );
    this.#session.set(DIRECT_KEY, rows.length === 0 ? null : JSON.stringify(Object.fromEntries(rows)));
  }

  /** Forgets what this tab has stored, and the token. Preferences and the rooms of the name stay. */
  forgetSession(): void {
    this.setCredentials(null, false);
    for (const key of [DRAFTS_KEY, DIRECT_KEY]) this.#session.set(key, null);
  }

  #read(): Json {
    return parsed(this.#local.get(KEY)) ?? {};
  }

  #write(change: Json): void {
    this.#local.set(KEY, JSON.stringify({ ...this.#read(), ...change }));
  }

  #ofName(what: string, name: string): unknown {
    const byName = this.#read()[what];
    return isRecord(byName) ? byName[foldName(name)] : undefined;
  }

  #setOfName(what: string, name: string, value: unknown): void {
    const byName = this.#read()[what];
    this.#write({ [what]: { ...(isRecord(byName) ? byName : {}), [foldName(name)]: value } });
  }
}

function parsed(text: string | null): Json | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isMessage(value: unknown): value is Message {
  return (
    isRecord(value) &&
    typeof value.key === 'string' &&
    typeof value.at === 'number' &&
    typeof value.from === 'string' &&
    typeof value.text === 'string' &&
    (value.id === null || typeof value.id === 'number')
  );
}
