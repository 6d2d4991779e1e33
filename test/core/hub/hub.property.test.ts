/** Random scripts of commands over many clients, and what must hold whatever they are. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, World } from '../../support/world.js';

const SEATS = 6;
/** Fewer than seats, so that they have to fight for them. */
const NAMES = 5;
/** Bytes that may wait for a client: so few that a few lines are too many, or more than a script can say. */
const BOUNDS = [300, 100_000];

type Step =
  | { readonly kind: 'say'; readonly seat: number; readonly line: string }
  | { readonly kind: 'settle' | 'break' | 'heal' }
  | { readonly kind: 'connect' | 'vanish' | 'end' | 'stop' | 'readOn'; readonly seat: number };

/** Half a minute on a busy machine. */
const TIMEOUT_MS = 120_000;

const seat = fc.nat({ max: SEATS - 1 });
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constant('MSG #') },
  { weight: 1, arbitrary: fc.constant(`MSG #${'.'.repeat(900)}\n`.repeat(3)) },
  { weight: 3, arbitrary: fc.constantFrom('JOIN dev', 'JOIN ops', 'LEAVE') },
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
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('say' as const), seat, line }) },
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
      seat,
    }),
  },
);

/** One session as a test sees it: what it heard, and when it was where. */
interface Session {
  /** Its own, so that what the witnesses saw can be told apart by session. */
  readonly address: string;
  readonly peer: Peer;
  heard: string;
}

it('any script of commands keeps the promises', { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BOUNDS),
      fc.array(step, { maxLength: 120, size: 'max' }),
      (bound, steps) => {
        const history = new FragileHistory();
        const world = new World({ history, writeQueueBytes: bound });
        const observer = login(world, 'observer');
        const sessions: Session[] = [];
        const seats: (Session | undefined)[] = [];
        let counter = 0;
        const connect = (number: number) => {
          const session = login(world, `user${number % NAMES}`, sessions.length + 1);
          seats[number] = session;
          sessions.push(session);
        };
        for (let number = 0; number < SEATS; number++) connect(number);

        const look = () => {
          for (const session of [observer, ...sessions]) {
            session.heard += session.peer.read();
            // Whoever leaves more than that unread when a turn is over is gone.
            if (!session.peer.leaving) expect(session.peer.unread).toBeLessThanOrEqual(bound);
          }
        };
        for (const one of steps) {
          switch (one.kind) {
            case 'say':
              seats[one.seat]?.peer.say(`${one.line.replace(/#/g, () => `text${++counter}`)}\n`);
              break;
            case 'connect':
              if (seats[one.seat] === undefined) connect(one.seat);
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
              seats[one.seat]?.peer.vanish();
              seats[one.seat] = undefined;
              break;
            case 'end':
              seats[one.seat]?.peer.end();
              seats[one.seat] = undefined;
              break;
            case 'stop':
              seats[one.seat]?.peer.stopReading();
              break;
            case 'readOn':
              seats[one.seat]?.peer.readOn();
              break;
            default:
              one satisfies never;
          }
          look();
        }
        world.settle();
        for (const session of sessions) session.peer.readOn();
        look();
        // Whatever it did and was told, who is still here is heard and answered.
        for (const { peer } of sessions) if (!peer.closed) peer.send('PING end\n');
        look();
        for (const { peer, heard } of sessions) if (!peer.closed) expect(heard).toMatch(/^PONG end\n$/m);
        expect(world.errors.every((error) => String(error).includes('disk full'))).toBe(true);
        check(world, history, observer, sessions);
      },
    ),
    { numRuns: 300 },
  );
});

/** The name may be in use: then the session has none, for now. */
function login(world: World, name: string, number = 0): Session {
  const address = `10.1.${number >> 8}.${number & 255}`;
  const peer = world.connect(address);
  peer.say(`LOGIN ${name}\n`);
  return { address, peer, heard: '' };
}

/** `MSG <name> <text>` lines, tagged or not. */
function messagesOf(heard: string): { readonly from: string; readonly text: string }[] {
  return [...heard.matchAll(/^(?:@\S+ )?MSG (\S+) (.*)$/gm)].map(([, from = '', text = '']) => ({
    from,
    text,
  }));
}

function check(world: World, history: FragileHistory, observer: Session, sessions: readonly Session[]): void {
  const saidOrder = new Map<string, { at: number; room: string; from: string }>();
  for (const { event } of world.seen) {
    if (event.kind !== 'said') continue;
    const { text, room, from, id } = event.message;
    expect(history.stored).toContain(id);
    expect(saidOrder.has(text)).toBe(false);
    saidOrder.set(text, { at: id, room: room.fold, from });
  }
  expect(history.stored).toEqual([...history.stored].sort((a, b) => a - b));

  for (const session of [observer, ...sessions]) {
    const messages = messagesOf(session.heard);
    const numbers = messages.map(({ text }) => saidOrder.get(text)?.at);
    // Stored before it was seen, once, in the one order.
    expect(numbers).not.toContain(undefined);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)));
    for (const { from, text } of messages) expect(saidOrder.get(text)?.from).toBe(from);
  }

  // Each heard what others said in the rooms it was in, while it was in them; all of it, if it is still here.
  const audible = audibleTo(world);
  for (const session of [observer, ...sessions]) {
    const heard = messagesOf(session.heard).map(({ text }) => text);
    const expected = audible.get(session.address) ?? [];
    expect(heard).toEqual(session.peer.closed ? expected.slice(0, heard.length) : expected);
  }

  // A name is one session's at a time, and whoever went was announced gone, once.
  const logins = loginsIn(world);
  const gone = [...observer.heard.matchAll(/^INFO (\S+) disconnected$/gm)].map(([, name]) => name ?? '');
  const present = sessions.filter(({ peer }) => !peer.closed).map(({ address }) => logins.get(address));
  const names = present.filter((name) => name !== undefined);
  expect(names).toEqual([...new Set(names)]);
  expect([...gone, ...names].sort()).toEqual(
    [...logins.values()].filter((name) => name !== 'observer').sort(),
  );
  expect(world.hub.userCount).toBe(1 + names.length);
  for (const { heard } of sessions) expect(heard).toMatch(/^(?:OK\n|ERR username-taken\n|$)/);
}

/** By address of a session: the texts that others said in its room while it was there, by what the witnesses saw. */
function audibleTo(world: World): Map<string, string[]> {
  const rooms = new Map<string, string>();
  const audible = new Map<string, string[]>();
  for (const { event, by } of world.seen) {
    const address = by.peer.replace(/:1$/, '');
    if (event.kind === 'logged-in' || event.kind === 'joined') rooms.set(address, event.room);
    if (event.kind === 'detached') rooms.delete(address);
    if (event.kind !== 'said') continue;
    for (const [other, room] of rooms) {
      if (room !== event.message.room.shown || other === address) continue;
      audible.set(other, [...(audible.get(other) ?? []), event.message.text]);
    }
  }
  return audible;
}

/** The name that each session got, by its address. */
function loginsIn(world: World): Map<string, string> {
  const names = new Map<string, string>();
  for (const { event, by } of world.seen) {
    if (event.kind === 'logged-in') names.set(by.peer.replace(/:1$/, ''), event.name);
  }
  return names;
}
