/** Each command in each state and role, over the wire. A new command does not compile before it has a row here. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.js';
import { type Peer, World } from '../../support/world.js';

const NOT_LOGGED_IN = "ERR expected 'LOGIN <username>'";
const DENIED = 'ERR not-permitted';

/** The state of the client. The room `dev` was founded by fay; bob is the target of the commands. */
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
  /** The last line of the reply, in every state without an entry in `except`. */
  readonly any: RegExp | string;
  readonly except?: Partial<Record<State, RegExp | string>>;
}

const forOperators = (line: string, answer: RegExp | string): Row => ({
  line,
  any: DENIED,
  except: { connected: NOT_LOGGED_IN, operator: answer, 'operator in the lobby': answer },
});
const forFounders = (line: string): Row => ({
  line,
  any: DENIED,
  except: { connected: NOT_LOGGED_IN, founder: 'OK', operator: 'OK' },
});
const forUsers = (line: string, answer: RegExp | string): Row => ({
  line,
  any: answer,
  except: { connected: NOT_LOGGED_IN },
});

const forOwners = (line: string, answer: RegExp | string): Row => ({
  line,
  any: answer,
  except: { connected: NOT_LOGGED_IN, guest: 'ERR not-registered', muted: 'ERR not-registered' },
});

const NO_REPLY = '';

/** Commands that `lines` does not have. */
type OfIrc =
  | ('register-name' | 'delete-direct' | 'check-name')
  | ('census' | 'history-targets' | 'present' | 'wallops' | 'signal' | 'authenticate' | 'change-account')
  | ('members' | 'users' | 'describe' | 'watch' | 'departures' | 'mark' | 'mark-user')
  | ('mode' | 'modes' | 'invite' | 'invitations' | 'put-out');

const TABLE: Record<Exclude<Command['kind'], OfIrc>, Row> = {
  login: { line: 'LOGIN other', any: 'ERR already-logged-in', except: { connected: 'OK' } },
  ping: { line: 'PING x', any: 'PONG x' },
  quit: { line: 'QUIT', any: 'INFO bye' },
  nick: { ...forUsers('NICK other', 'OK'), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  say: { ...forUsers('MSG hi', NO_REPLY), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  paste: { ...forUsers('PASTE\nhi\n.', 'OK'), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  me: { ...forUsers('ME waves', NO_REPLY), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  away: { ...forUsers('AWAY lunch', 'OK'), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  whois: forUsers('WHOIS bob', 'OK'),
  seen: forUsers('SEEN bob', 'OK'),
  'show-topic': forUsers('TOPIC', 'OK'),
  ignores: forUsers('IGNORE', 'OK'),
  tell: { ...forUsers('DM bob hi', NO_REPLY), except: { connected: NOT_LOGGED_IN, muted: DENIED } },
  join: forUsers('JOIN ops', 'OK'),
  leave: forUsers('LEAVE', 'OK'),
  follow: forUsers('TAGS ON\nFOLLOW ops', 'OK'),
  unfollow: forUsers('TAGS ON\nUNFOLLOW ops', 'ERR not-in-room'),
  who: forUsers('WHO lobby', /^USER /),
  rooms: forUsers('ROOMS', 'OK'),
  history: forUsers('HISTORY', 'OK'),
  delete: forUsers('DELETE 7', DENIED),
  search: forUsers('SEARCH hi', 'OK'),
  read: forOwners('TAGS ON\nREAD 1', 'OK'),
  'open-session': forOwners('TAGS ON\nSESSION', /^@token=[\w-]{43};expires=\S+ OK$/),
  'close-session': forOwners('TAGS ON\nSESSION END', 'OK'),
  register: {
    line: 'REGISTER correct-horse',
    any: 'ERR already-registered',
    except: { connected: NOT_LOGGED_IN, guest: 'OK', muted: 'OK' },
  },
  'change-password': {
    line: 'PASSWORD wrong-horse better-horse',
    any: 'ERR wrong-password',
    except: { connected: NOT_LOGGED_IN, guest: 'ERR not-registered', muted: 'ERR not-registered' },
  },
  unregister: {
    line: 'UNREGISTER wrong-horse',
    any: 'ERR wrong-password',
    except: { connected: NOT_LOGGED_IN, guest: 'ERR not-registered', muted: 'ERR not-registered' },
  },
  ignore: forUsers('IGNORE bob', 'OK'),
  unignore: forUsers('UNIGNORE bob', 'OK'),
  lock: forFounders('LOCK our-key'),
  unlock: forFounders('UNLOCK'),
  topic: forFounders('TOPIC release on friday'),
  found: forOperators('FOUND bob', /^ERR /),
  kick: forOperators('KICK bob', 'OK'),
  ban: forOperators('BAN bob', 'OK'),
  unban: forOperators('UNBAN bob', 'OK'),
  bans: forOperators('BANS', 'OK'),
  mute: forOperators('MUTE bob', 'OK'),
  unmute: forOperators('UNMUTE bob', 'OK'),
  announce: forOperators('SAY hi', 'OK'),
};

async function clientIn(state: State): Promise<{ world: World; peer: Peer }> {
  const world = new World();
  world.register('fay', 'reg', 'opal');
  world.accounts.users.setOperator('opal', true);
  world.login('bob');
  (await world.loginOwner('fay')).send('JOIN dev\nQUIT\n');
  const logInTo = async (name: string, room = 'lobby') => {
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
      return { world, peer: await logInTo('reg') };
    case 'founder in the lobby':
      return { world, peer: await logInTo('fay') };
    case 'founder':
      return { world, peer: await logInTo('fay', 'dev') };
    case 'member':
      return { world, peer: await logInTo('reg', 'dev') };
    case 'operator in the lobby':
      return { world, peer: await logInTo('opal') };
    case 'operator':
      return { world, peer: await logInTo('opal', 'dev') };
  }
}

describe.each(STATES)('a client in the state "%s"', (state) => {
  const rows = Object.values(TABLE).map(({ line, any, except = {} }) => {
    const expected = except[state] ?? any;
    return [line, expected === NO_REPLY ? 'nothing' : String(expected), expected] as const;
  });

  it.each(rows)('%j is answered %s', async (line, _, expected) => {
    const { world, peer } = await clientIn(state);
    const before = world.hasher.begun;
    const lines = (await peer.ask(`${line}\n`)).split('\n').slice(0, -1);
    const answer = lines.filter((received) => received !== 'INFO bob disconnected').at(-1) ?? NO_REPLY;
    expect(answer).toMatch(toWholeLine(expected));
    // A refused command costs no hash.
    if (answer === DENIED || answer === NOT_LOGGED_IN) expect(world.hasher.begun).toBe(before);
  });
});

function toWholeLine(expected: RegExp | string): RegExp {
  return typeof expected === 'string' ? new RegExp(`^${expected.replace(/[<>'?.]/g, '.')}$`) : expected;
}
