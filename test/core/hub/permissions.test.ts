/** Each command in each state and role: who may ask for what. A new command does not compile before it has a row here. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.js';
import { type Peer, World } from '../../support/world.js';

const NOT_YET = "ERR expected 'LOGIN <username>'";
const NO = 'ERR not-permitted';

/** Who asks, and from where. The room `dev` was founded by fay; bob is the user that things are done to. */
const STATES = [
  'connected',
  'guest',
  'muted',
  'registered',
  'founder in the lobby',
  'founder',
  'member',
  'operator in the lobby',
  'operator',
] as const;
type State = (typeof STATES)[number];

interface Row {
  readonly line: string;
  /** What the last line of the answer must look like. `any` holds where nothing else is said. */
  readonly any: RegExp | string;
  readonly but?: Partial<Record<State, RegExp | string>>;
}

const forOperators = (line: string, answer: RegExp | string): Row => ({
  line,
  any: NO,
  but: { connected: NOT_YET, operator: answer, 'operator in the lobby': answer },
});
const forFounders = (line: string): Row => ({
  line,
  any: NO,
  but: { connected: NOT_YET, founder: 'OK', operator: 'OK' },
});
const forUsers = (line: string, answer: RegExp | string): Row => ({
  line,
  any: answer,
  but: { connected: NOT_YET },
});

const NOTHING = '';

const TABLE: Record<Command['kind'], Row> = {
  login: { line: 'LOGIN other', any: 'ERR already-logged-in', but: { connected: 'OK' } },
  ping: { line: 'PING x', any: 'PONG x' },
  quit: { line: 'QUIT', any: 'INFO bye' },
  say: { ...forUsers('MSG hi', NOTHING), but: { connected: NOT_YET, muted: NO } },
  paste: { ...forUsers('PASTE\nhi\n.', 'OK'), but: { connected: NOT_YET, muted: NO } },
  tell: forUsers('DM bob hi', NOTHING),
  join: forUsers('JOIN ops', 'OK'),
  leave: forUsers('LEAVE', 'OK'),
  who: forUsers('WHO lobby', /^USER /),
  rooms: forUsers('ROOMS', 'OK'),
  history: forUsers('HISTORY', 'OK'),
  search: forUsers('SEARCH hi', 'OK'),
  register: {
    line: 'REGISTER correct-horse',
    any: 'ERR already-registered',
    but: { connected: NOT_YET, guest: 'OK', muted: 'OK' },
  },
  'change-password': {
    line: 'PASSWORD wrong-horse better-horse',
    any: 'ERR wrong-password',
    but: { connected: NOT_YET, guest: 'ERR not-registered', muted: 'ERR not-registered' },
  },
  unregister: {
    line: 'UNREGISTER wrong-horse',
    any: 'ERR wrong-password',
    but: { connected: NOT_YET, guest: 'ERR not-registered', muted: 'ERR not-registered' },
  },
  ignore: forUsers('IGNORE bob', 'OK'),
  unignore: forUsers('UNIGNORE bob', 'OK'),
  lock: forFounders('LOCK our-key'),
  unlock: forFounders('UNLOCK'),
  topic: forFounders('TOPIC release on friday'),
  kick: forOperators('KICK bob', 'OK'),
  ban: forOperators('BAN bob', 'OK'),
  unban: forOperators('UNBAN bob', 'OK'),
  bans: forOperators('BANS', 'OK'),
  mute: forOperators('MUTE bob', 'OK'),
  unmute: forOperators('UNMUTE bob', 'OK'),
  announce: forOperators('SAY hi', 'OK'),
};

async function inState(state: State): Promise<{ world: World; peer: Peer }> {
  const world = new World();
  world.register('fay', 'reg', 'opal');
  world.accounts.users.setOperator('opal', true);
  world.login('bob');
  (await world.loginOwner('fay')).send('JOIN dev\nQUIT\n');
  const enter = async (name: string, room = 'lobby') => {
    const peer = await world.loginOwner(name);
    await peer.ask(`JOIN ${room}\n`);
    return peer;
  };
  switch (state) {
    case 'connected':
      return { world, peer: world.connect() };
    case 'guest':
      return { world, peer: world.login('guest') };
    case 'muted': {
      const opal = await world.loginOwner('opal');
      const peer = world.login('loud');
      opal.send('MUTE loud\nQUIT\n');
      peer.read();
      return { world, peer };
    }
    case 'registered':
      return { world, peer: await enter('reg') };
    case 'founder in the lobby':
      return { world, peer: await enter('fay') };
    case 'founder':
      return { world, peer: await enter('fay', 'dev') };
    case 'member':
      return { world, peer: await enter('reg', 'dev') };
    case 'operator in the lobby':
      return { world, peer: await enter('opal') };
    case 'operator':
      return { world, peer: await enter('opal', 'dev') };
  }
}

describe.each(STATES)('%s', (state) => {
  it.each(Object.entries(TABLE))('%s', async (_, { line, any, but = {} }) => {
    const { world, peer } = await inState(state);
    const before = world.hasher.begun;
    const lines = (await peer.ask(`${line}\n`)).split('\n').slice(0, -1);
    const answer = lines.filter((heard) => heard !== 'INFO bob disconnected').at(-1) ?? NOTHING;
    expect(answer).toMatch(wholly(but[state] ?? any));
    // Whoever may not ask costs no hash.
    if (answer === NO || answer === NOT_YET) expect(world.hasher.begun).toBe(before);
  });
});

function wholly(what: RegExp | string): RegExp {
  return typeof what === 'string' ? new RegExp(`^${what.replace(/[<>'?.]/g, '.')}$`) : what;
}
