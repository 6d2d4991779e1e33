/**
 * What each kind of client sees of each event of a room that IRC shares with all other dialects, byte for byte: IRC with
 * and without capabilities, people and scripts of lines, a session with TAGS ON, gotalk, machat, and a stream over HTTP.
 */
import { expect, it } from 'vitest';
import { streamDialect } from '../../../src/dialects/stream/index.js';
import { type Peer, World } from '../../support/world.js';
import { gotalk, irc, lines, machat, type Speaker } from '../speakers.js';

const CAPS =
  'server-time message-tags extended-join batch draft/multiline draft/message-redaction invite-notify away-notify setname';

/** The room has been quiet for long enough that people know who is in it. */
export const T = '2026-03-01T12:00:04.200Z';
export const LOCAL = '2026-03-01 12:00:04';

const READERS = ['ann', 'bob', 'eve', 'pat', 'lin', 'tab', 'gus', 'mina', 'opal', 'sse', 'lob'] as const;
type Reader = (typeof READERS)[number];

export interface RoomEvent {
  readonly name: string;
  /** Who sends what; null loses the connection. Without any step the server stops. */
  readonly steps: readonly (readonly [Reader, string | null])[];
  /** Readers that are not here see nothing. Of the stream: the events and their data, without the time. */
  readonly seen: Partial<Record<Exclude<Reader, 'sse'>, string>> & {
    readonly sse?: readonly (readonly [string, object])[];
  };
}

/** Ann and bob are plain IRC clients, and ann is @; opal is a server operator, and lob a script in the lobby. */
async function newRoom(): Promise<{ world: World; peers: Record<Reader, Peer> }> {
  const world = new World({ greetingDelayMs: 2000 });
  world.register('opal');
  world.accounts.users.setOperator('opal', true);
  const enter = (speaker: Speaker, name: string, before = '') => {
    const peer = world.connect('10.0.0.1', speaker.converse);
    peer.send(before + speaker.enter(name, 'dev'));
    return peer;
  };
  const ann = enter(irc, 'ann');
  const opal = await world.loginOwner('opal');
  opal.send('JOIN dev\n');
  const pat = world.connect('10.0.0.1', lines.converse);
  world.wait(2100);
  pat.send('LOGIN pat\nJOIN dev\n');
  const eve = enter(irc, 'eve', `CAP REQ :${CAPS}\r\n`);
  eve.send('CAP END\r\nJOIN #dev\r\nPART #lobby\r\n');
  const peers = {
    ...{ ann, opal, pat, eve },
    bob: enter(irc, 'bob'),
    lin: enter(lines, 'lin'),
    tab: enter(lines, 'tab', 'TAGS ON\n'),
    gus: enter(gotalk, 'gus'),
    mina: enter(machat, 'mina'),
    lob: world.login('lob'),
    sse: world.subscribe(['dev'], {
      dialect: streamDialect('sse', { hasPresence: true, isHist: false, namesRooms: false }),
    }),
  };
  world.wait(2100);
  for (const peer of Object.values(peers)) peer.read();
  return { world, peers };
}

async function seenOf({ steps }: RoomEvent): Promise<Record<string, string>> {
  const { world, peers } = await newRoom();
  for (const [who, text] of steps) {
    if (text === null) peers[who].vanish();
    else peers[who].send(text);
    await world.hashed();
  }
  if (steps.length === 0) void world.connections.close();
  world.settle();
  expect(world.errors).toEqual([]);
  return Object.fromEntries(READERS.map((reader) => [reader, peers[reader].read()]));
}

/** The events of a stream of server-sent events, without their ids and times. */
function itemsIn(text: string): unknown[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((item) => {
      const [, event = '', json = ''] = /^(?:id: \d+\n)?event: (\w+)\ndata: (.*)$/.exec(item) ?? [];
      const { time, ...data }: Record<string, unknown> = JSON.parse(json);
      if (event !== 'end') expect(time).toBe(T);
      return [event, data];
    });
}

/** A test for each event. */
export function mixedRoomSuite(events: readonly RoomEvent[]): void {
  it.each(events)('each client of a mixed room sees in its own way: $name', async (event) => {
    const { sse = '', ...seen } = await seenOf(event);
    const { sse: items = [], ...expected } = event.seen;
    expect(seen).toEqual({
      ...Object.fromEntries(Object.keys(seen).map((reader) => [reader, ''])),
      ...expected,
    });
    expect(itemsIn(sse)).toEqual(items);
  });
}
