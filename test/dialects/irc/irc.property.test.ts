/**
 * Random commands of IRC clients in several rooms, beside a client of lines. Each client keeps its own picture of its
 * rooms from the lines that it receives, as real ones do, and whatever comes must fit it.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ircConversationOf } from '../../support/irc.js';
import { type Peer, World } from '../../support/world.js';

const CLIENTS = 4;
/** A run takes half a minute on a busy machine. */
const TIMEOUT_MS = 120_000;

/** `%` becomes a number that no other text has, `@` a label. */
const COMMANDS = [
  'PRIVMSG #a :%',
  'PRIVMSG #b :%',
  'PRIVMSG #a,#b :%',
  'NOTICE #b :%',
  '@PRIVMSG #a :%',
  '@PRIVMSG u0 :%',
  '@BATCH +1 draft/multiline #a\r\n@batch=1 PRIVMSG #a :%\r\n@batch=1 PRIVMSG #a :%\r\nBATCH -1',
  'JOIN #a',
  'JOIN #a,#b',
  '@JOIN #b',
  'PART #a :bye',
  '@PART #b',
  'JOIN 0',
  'NICK n%',
  '@NICK u1',
  'NICK U2',
  'MODE #a +o u0',
  'MODE #a -o u0',
  'MODE #a +v-v+v u1 u1 u1',
  '@MODE #b +ov u2 u1',
  'MODE #a +m',
  'MODE #a -m',
  'MODE #b +i',
  'MODE #b -i',
  'MODE #a +b u2!*@*',
  'MODE #a -b u2!*@*',
  '@MODE #a',
  'KICK #a u1,lin :out',
  '@KICK #b u2 :out',
  'TOPIC #a :%',
  'INVITE u1 #b',
  'AWAY :tea',
  '@AWAY',
  'NAMES #a',
  '@WHO #a',
  '@LIST',
  '@WHOIS u1',
  '@PING x',
  '@FLY',
  '@CHATHISTORY LATEST #a * 3',
  'QUIT :bye',
];
const LINES_COMMANDS = [
  'MSG %',
  'JOIN a',
  'JOIN b',
  'LEAVE',
  'NICK l%',
  'NICK lin',
  'PASTE\n%\n%\n.',
  'QUIT',
];

type Step =
  | { readonly kind: 'say'; readonly index: number; readonly line: string }
  | { readonly kind: 'lines'; readonly line: string }
  | { readonly kind: 'vanish' | 'connect'; readonly index: number }
  | { readonly kind: 'settle' | 'hold' | 'release' };

const index = fc.nat({ max: CLIENTS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('say' as const), index, line: fc.constantFrom(...COMMANDS) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('lines' as const), line: fc.constantFrom(...LINES_COMMANDS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('vanish' as const, 'connect' as const), index }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('settle' as const, 'hold' as const, 'release' as const) }),
  },
);

/** Its members with their status in front, as in NAMES. */
type Members = Map<string, string>;

/** What a client knows from the lines that it received. */
class View {
  readonly peer: Peer;
  readonly #labels: string[] = [];
  readonly #answered: string[] = [];
  readonly ids: number[] = [];
  readonly texts = new Map<string, number>();
  #nick = '';
  readonly #rooms = new Map<string, Members>();
  /** The names of a room that are coming. */
  #names: Members = new Map();
  /** A list is made when it is sent: it may already have what is told of later in the same turn. */
  #isFresh = false;
  /** Nothing happens while a list is made: it must be what is known. */
  isQuiet = false;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  /** Whether its login was accepted. */
  get isIn(): boolean {
    return this.#nick !== '';
  }

  say(line: string): void {
    const label = /^@label=(\w+) /.exec(line)?.[1];
    if (label !== undefined && !this.peer.isEnding) this.#labels.push(label);
    this.peer.say(`${line}\r\n`);
  }

  read(): void {
    this.#isFresh = false;
    for (const line of this.peer.read().split('\r\n').slice(0, -1)) this.#onLine(line);
  }

  /** Each labelled command was answered, once and in order: all of them, unless the connection has ended. */
  checkLabels(): void {
    const count = this.peer.isEnding || !this.isIn ? this.#answered.length : this.#labels.length;
    expect(this.#answered).toEqual(this.#labels.slice(0, count));
  }

  #onLine(line: string): void {
    const [, tags = '', from = '', verb = '', rest = ''] =
      /^(?:@(\S+) )?:(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
    const label = /(?:^|;)label=(\w+)/.exec(tags)?.[1];
    if (label !== undefined) this.#answered.push(label);
    const name = from.replace(/!.*/, '');
    const [target = '', ...words] = rest.split(' ');
    const room = target.toLowerCase();
    // Past messages, and the lines of a batch, whose id is at its start.
    const isPast = /(?:^|;)batch=/.test(tags) && verb !== 'BATCH';
    switch (verb) {
      case '001':
        this.#nick = target;
        break;
      case 'PRIVMSG':
      case 'NOTICE':
      case 'BATCH': {
        const at = verb === 'BATCH' ? (words[1] ?? '').toLowerCase() : room;
        if (from.includes('!') && at.startsWith('#')) expect(this.#rooms.has(at), line).toBe(true);
        const id = Number(/(?:^|;)msgid=(\d+)/.exec(tags)?.[1] ?? 0);
        // A message to oneself comes twice: as it is delivered, and as the echo.
        if (id === 0 || isPast || !at.startsWith('#')) break;
        this.ids.push(id);
        if (verb !== 'BATCH') this.texts.set(rest, id);
        break;
      }
      case 'JOIN':
        if (name === this.#nick) {
          expect(this.#rooms.has(room), line).toBe(false);
          this.#rooms.set(room, new Map());
        } else {
          if (!this.#isFresh) expect(this.#members(room, line).has(name), line).toBe(false);
          this.#members(room, line).set(name, '');
        }
        break;
      case 'PART':
        this.#leaves(room, name, line);
        break;
      case 'KICK':
        this.#members(room, line);
        this.#leaves(room, words[0] ?? '', line);
        break;
      case 'QUIT': {
        const shared = [...this.#rooms.values()].filter((members) => members.delete(name));
        if (!this.#isFresh) expect(shared.length, line).toBeGreaterThan(0);
        break;
      }
      case 'NICK':
        this.#renamed(name, target, line);
        break;
      case 'TOPIC':
        this.#members(room, line);
        break;
      case 'MODE':
        this.#moded(this.#members(room, line), words);
        break;
      case '353':
        for (const word of words.slice(2)) {
          const [, status = '', member = ''] = /^:?([@+]*)(.+)$/.exec(word) ?? [];
          this.#names.set(member, status);
        }
        break;
      case '366': {
        const names = this.#names;
        this.#names = new Map();
        const members = this.#rooms.get((words[0] ?? '').toLowerCase());
        if (members === undefined) break;
        if (this.isQuiet) expect(sorted(members), line).toEqual(sorted(names));
        this.#isFresh = true;
        members.clear();
        for (const [member, status] of names) members.set(member, status);
        break;
      }
      default:
    }
  }

  #members(room: string, line: string): Members {
    const members = this.#rooms.get(room);
    if (members === undefined) throw new Error(`heard of ${room} from outside: ${line}`);
    return members;
  }

  #leaves(room: string, name: string, line: string): void {
    const isKnown = this.#members(room, line).delete(name) || name === this.#nick;
    if (!this.#isFresh) expect(isKnown, line).toBe(true);
    if (name === this.#nick) this.#rooms.delete(room);
  }

  #renamed(from: string, to: string, line: string): void {
    let isKnown = from === this.#nick;
    for (const members of this.#rooms.values()) {
      const status = members.get(from);
      if (status === undefined) continue;
      isKnown = true;
      members.delete(from);
      members.set(to, status);
    }
    if (!this.#isFresh) expect(isKnown, line).toBe(true);
    if (from === this.#nick) this.#nick = to;
  }

  #moded(members: Members, [changes = '', ...parameters]: readonly string[]): void {
    let isAdded = true;
    for (const letter of changes) {
      if (letter === '+' || letter === '-') isAdded = letter === '+';
      const name = /[ovbeIkl]/.test(letter) ? (parameters.shift() ?? '') : '';
      if (letter !== 'o' && letter !== 'v') continue;
      const before = members.get(name);
      if (before === undefined && this.#isFresh) continue;
      expect(before, `${changes} ${name}`).toBeDefined();
      const sign = letter === 'o' ? '@' : '+';
      const others = (before ?? '').replace(sign, '');
      const status = isAdded ? (sign === '@' ? sign + others : others + sign) : others;
      members.set(name, status);
    }
  }
}

function sorted(members: Members): string[] {
  return [...members].map(([name, status]) => status + name).sort();
}

it('what IRC clients receive fits what they know, for any commands', { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
      const world = new World();
      let counter = 0;
      const views: View[] = [];
      const current: View[] = [];
      const connect = (number: number) => {
        const view = new View(world.connect('10.0.0.1', ircConversationOf(world)));
        const caps =
          'message-tags server-time batch labeled-response echo-message multi-prefix draft/chathistory';
        view.say(`CAP REQ :${caps}${number % 2 === 0 ? ' draft/multiline' : ''}`);
        view.say(`NICK u${number}\r\nUSER u 0 * :U`);
        view.say('CAP END');
        views.push(view);
        current[number] = view;
      };
      for (let number = 0; number < CLIENTS; number++) connect(number);
      let lin = world.login('lin');
      const filled = (line: string) =>
        line.replace(/^@(?=[A-Z])/, () => `@label=l${++counter} `).replaceAll('%', () => `t${++counter}`);
      for (const one of steps) {
        switch (one.kind) {
          case 'say':
            current[one.index]?.say(filled(one.line));
            break;
          case 'lines':
            if (lin.isEnding) lin = world.login('lin');
            else lin.say(`${filled(one.line)}\n`);
            break;
          case 'vanish':
            current[one.index]?.peer.vanish();
            break;
          case 'connect':
            if (current[one.index]?.peer.isEnding === true) connect(one.index);
            break;
          case 'settle':
            world.settle();
            break;
          case 'hold':
            world.hold();
            break;
          case 'release':
            world.release();
            break;
          default:
            one satisfies never;
        }
        for (const view of views) view.read();
      }
      world.release();
      for (const view of views) {
        view.read();
        view.isQuiet = true;
      }
      for (const view of views) if (view.isIn && !view.peer.isEnding) view.say('NAMES #a\r\nNAMES #b');
      world.release();
      const texts = new Map<string, number>();
      for (const view of views) {
        view.read();
        view.checkLabels();
        // One order for all, and each message once.
        expect(view.ids).toEqual([...new Set(view.ids)].sort((a, b) => a - b));
        for (const [text, id] of view.texts) expect(texts.get(text) ?? id).toBe(id);
        for (const [text, id] of view.texts) texts.set(text, id);
      }
      expect(world.errors).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
