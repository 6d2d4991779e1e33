/** Random commands of many clients, and the invariants of the hub that hold for any sequence of them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Client } from '../../../src/core/hub/client.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, World } from '../../support/world.js';

const CLIENTS = 6;
/** Fewer than clients, so that some logins are refused. */
const NAMES = 5;
/** Limits of unread bytes: one that a few lines exceed, one that no sequence reaches. */
const LIMITS = [300, 100_000];

type Step =
  | { readonly kind: 'say'; readonly index: number; readonly line: string }
  | { readonly kind: 'settle' | 'break' | 'heal' }
  | { readonly kind: 'connect' | 'vanish' | 'end' | 'stop' | 'readOn'; readonly index: number };

/** Commands with tags; `%` becomes a label that no other command has. */
const TAGGED = [
  '@label=% MSG #',
  '@label=%;room=dev MSG #',
  '@room=dev MSG #',
  '@room=lobby MSG #',
  '@label=%;room=ops PASTE\n#\n#\n.',
  '@label=%;room=ops ME #',
  '@label=% DM user1 #',
  '@label=% WHO',
  '@label=%;room=dev HISTORY',
  '@label=% JOIN dev',
  '@label=% LEAVE',
  '@label=% PING',
  '@label=% NICK user2',
];

/** A run takes half a minute on a busy machine. */
const TIMEOUT_MS = 120_000;

const index = fc.nat({ max: CLIENTS - 1 });
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constant('MSG #') },
  { weight: 1, arbitrary: fc.constant(`MSG #${'.'.repeat(900)}\n`.repeat(3)) },
  { weight: 3, arbitrary: fc.constantFrom('JOIN dev', 'JOIN ops', 'LEAVE') },
  { weight: 3, arbitrary: fc.constantFrom('FOLLOW dev', 'FOLLOW ops', 'FOLLOW lobby', 'UNFOLLOW dev') },
  { weight: 5, arbitrary: fc.constantFrom(...TAGGED) },
  { weight: 2, arbitrary: fc.constant('TAGS ON') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'PING',
      'WHO',
      'ROOMS',
      'HISTORY',
      'HISTORY 2',
      'TAGS ON',
      'TAGS OFF',
      'PASTE\n#\n#\n.',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('LOGIN shared', 'DM user1 #', 'QUIT', 'FLY', '') },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('say' as const), index, line }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('break' as const, 'heal' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'connect' as const,
        'vanish' as const,
        'end' as const,
        'stop' as const,
        'readOn' as const,
      ),
      index,
    }),
  },
);

/** One connection and all that it received. */
interface Session {
  /** Different for each session, so that observed events can be assigned to it. */
  readonly address: string;
  readonly peer: Peer;
  received: string;
  isTagged: boolean;
  /** The labels of the commands that it sent with TAGS ON. */
  readonly labels: string[];
}

it('the invariants of the hub hold for any sequence of commands', { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LIMITS),
      fc.array(step, { maxLength: 120, size: 'max' }),
      (maxUnreadBytes, steps) => {
        const history = new FragileHistory();
        const world = new World({ history, writeQueueBytes: maxUnreadBytes });
        const observer = login(world, 'observer');
        const sessions: Session[] = [];
        const current: (Session | undefined)[] = [];
        let counter = 0;
        const connect = (number: number) => {
          const session = login(world, `user${number % NAMES}`, sessions.length + 1);
          current[number] = session;
          sessions.push(session);
        };
        for (let number = 0; number < CLIENTS; number++) connect(number);
        const say = (session: Session | undefined, template: string) => {
          if (session === undefined) return;
          const text = template
            .replace(/#/g, () => `text${++counter}`)
            .replace('%', () => `label${++counter}`);
          const label = /^@label=(\w+)/.exec(text)?.[1];
          if (label !== undefined && session.isTagged) session.labels.push(label);
          if (text.startsWith('TAGS')) session.isTagged = text === 'TAGS ON';
          session.peer.say(`${text}\n`);
        };

        const readAll = () => {
          for (const session of [observer, ...sessions]) {
            session.received += session.peer.read();
            // A client with more unread output at the end of a turn is disconnected.
            if (!session.peer.isEnding) expect(session.peer.unreadBytes).toBeLessThanOrEqual(maxUnreadBytes);
          }
        };
        for (const one of steps) {
          switch (one.kind) {
            case 'say':
              say(current[one.index], one.line);
              break;
            case 'connect':
              if (current[one.index] === undefined) connect(one.index);
              break;
            case 'settle':
              world.settle();
              break;
            case 'break':
            case 'heal':
              world.settle();
              history.broken = one.kind === 'break';
              break;
            case 'vanish':
              current[one.index]?.peer.vanish();
              current[one.index] = undefined;
              break;
            case 'end':
              current[one.index]?.peer.end();
              current[one.index] = undefined;
              break;
            case 'stop':
              current[one.index]?.peer.stopReading();
              break;
            case 'readOn':
              current[one.index]?.peer.readOn();
              break;
            default:
              one satisfies never;
          }
          readAll();
        }
        world.settle();
        for (const session of sessions) session.peer.readOn();
        readAll();
        // Every client that is still connected gets replies.
        for (const { peer } of sessions) if (!peer.closed) peer.send('PING end\n');
        readAll();
        for (const { peer, received } of sessions)
          if (!peer.closed) expect(received).toMatch(/^PONG end\n$/m);
        expect(world.errors.every((error) => String(error).includes('disk full'))).toBe(true);
        check(world, history, observer, sessions);
      },
    ),
    { numRuns: 300 },
  );
});

/** Connects and sends LOGIN. If the name is in use, the session stays without a name. */
function login(world: World, name: string, number = 0): Session {
  const address = `10.1.${number >> 8}.${number & 255}`;
  const peer = world.connect(address);
  peer.say(`LOGIN ${name}\n`);
  return { address, peer, received: '', isTagged: false, labels: [] };
}

/** The `MSG <name> <text>` lines, tagged or not. */
function messagesOf(received: string): { readonly from: string; readonly text: string }[] {
  return [...received.matchAll(/^(?:@\S+ )?MSG (\S+) (.*)$/gm)].map(([, from = '', text = '']) => ({
    from,
    text,
  }));
}

function check(world: World, history: FragileHistory, observer: Session, sessions: readonly Session[]): void {
  const observed = new Map<string, { id: number; room: string; from: string }>();
  for (const { event } of world.seen) {
    if (event.kind !== 'said') continue;
    const { text, room, from, id } = event.message;
    expect(history.stored).toContain(id);
    expect(observed.has(text)).toBe(false);
    observed.set(text, { id, room: room.fold, from });
  }
  expect(history.stored).toEqual([...history.stored].sort((a, b) => a - b));

  for (const session of [observer, ...sessions]) {
    const messages = messagesOf(session.received);
    const ids = messages.map(({ text }) => observed.get(text)?.id);
    // Each message is stored before it is received, received once, and received in the order of the ids.
    expect(ids).not.toContain(undefined);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => Number(a) - Number(b)));
    for (const { from, text } of messages) expect(observed.get(text)?.from).toBe(from);
  }

  // Each session received the messages of its room while it was there: all of them, if it is still connected.
  const expectedTexts = textsByReader(world);
  for (const session of [observer, ...sessions]) {
    const received = messagesOf(session.received).map(({ text }) => text);
    const expected = expectedTexts.get(session.address) ?? [];
    expect(received).toEqual(session.peer.closed ? expected.slice(0, received.length) : expected);
  }

  // A labelled command is answered once, in the order of the commands: all of them, if the session is still connected.
  for (const { peer, received, labels } of sessions) {
    const answered = [...received.matchAll(/^@label=(\w+)\S* (?:OK|ERR|PONG)/gm)].map(([, label]) => label);
    expect(answered).toEqual(peer.closed ? labels.slice(0, answered.length) : labels);
  }

  for (const { peer } of sessions) if (peer.client !== null) checkRooms(peer.client);

  // A name belongs to one session at a time, and each ended session was announced once.
  const logins = loginsIn(world);
  const disconnected = [...observer.received.matchAll(/^INFO (\S+) disconnected$/gm)].map(
    ([, name]) => name ?? '',
  );
  const present = sessions.filter(({ peer }) => !peer.closed).map(({ address }) => logins.get(address));
  const names = present.filter((name) => name !== undefined);
  expect(names).toEqual([...new Set(names)]);
  expect([...disconnected, ...names].sort()).toEqual(
    [...logins.values()].filter((name) => name !== 'observer').sort(),
  );
  expect(world.hub.userCount).toBe(1 + names.length);
  for (const { received } of sessions) expect(received).toMatch(/^(?:OK\n|ERR username-taken\n|$)/);
}

/** A client is in its rooms and they have it; the current one is among them, and each counts its members' encoders. */
function checkRooms(client: Client): void {
  const { rooms, currentRoom, name, closeReason } = client;
  expect(new Set(rooms).size).toBe(rooms.length);
  if (name === null || closeReason !== null) expect(rooms).toEqual([]);
  else expect(rooms).toContain(currentRoom);
  for (const { members, encoders, batch } of rooms) {
    expect(members.has(client)).toBe(true);
    expect([...encoders.values()].reduce((sum, count) => sum + count, 0)).toBe(members.size);
    expect(batch).toBe(null);
  }
}

/** By address of a session: the texts that others sent to its rooms while it was there, from the observed events. */
function textsByReader(world: World): Map<string, string[]> {
  const rooms = new Map<string, Set<string>>();
  const texts = new Map<string, string[]>();
  for (const { event, by } of world.seen) {
    const address = by.peer.replace(/:1$/, '');
    const own = rooms.get(address) ?? new Set();
    rooms.set(address, own);
    if (event.kind === 'logged-in' || event.kind === 'joined') own.add(event.room);
    if (event.kind === 'left') own.delete(event.room);
    if (event.kind === 'detached') own.clear();
    if (event.kind !== 'said') continue;
    for (const [other, readerRooms] of rooms) {
      if (!readerRooms.has(event.message.room.shown) || other === address) continue;
      texts.set(other, [...(texts.get(other) ?? []), event.message.text]);
    }
  }
  return texts;
}

/** The last name of each session that logged in, by its address. */
function loginsIn(world: World): Map<string, string> {
  const names = new Map<string, string>();
  for (const { event, by } of world.seen) {
    const address = by.peer.replace(/:1$/, '');
    if (event.kind === 'logged-in') names.set(address, event.name);
    if (event.kind === 'notice' && event.notice.kind === 'renamed') names.set(address, event.notice.to);
  }
  return names;
}
