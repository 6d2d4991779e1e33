/** The commands that one types as `/verb`. What is not listed here goes to the server as it is, and its answer is shown. */
import type { CommandHelp } from './state.js';

export type Typed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly text: string }
  | { readonly kind: 'tell'; readonly to: string; readonly text: string }
  | { readonly kind: 'join'; readonly room: string; readonly key: string | undefined }
  | { readonly kind: 'leave'; readonly room: string | null }
  | { readonly kind: 'ignore' | 'unignore'; readonly name: string }
  | { readonly kind: 'away'; readonly text: string | null }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'register'; readonly secret: string }
  | { readonly kind: 'quit' }
  | { readonly kind: 'help' }
  /** `inRoom`: about the open room. `hasSecret`: is not recalled by ↑. */
  | { readonly kind: 'server'; readonly line: string; readonly inRoom: boolean }
  | { readonly kind: 'wrong'; readonly text: string };

interface Row {
  readonly verb: string;
  readonly usage: string;
  readonly help: string;
  readonly operator?: boolean;
  readonly inRoom?: boolean;
  readonly parse?: (rest: string) => Typed | null;
}

const ROWS: readonly Row[] = [
  { verb: 'msg', usage: '<user> <text>', help: 'sends a direct message', parse: parseTell },
  {
    verb: 'me',
    usage: '<text>',
    help: 'says what you do: "ann waves"',
    parse: (text) => (text === '' ? null : { kind: 'action', text }),
  },
  { verb: 'join', usage: '<room> [<key>]', help: 'enters or creates a room', parse: parseJoin },
  {
    verb: 'leave',
    usage: '[<room>]',
    help: 'leaves a room',
    parse: (rest) => ({ kind: 'leave', room: rest === '' ? null : withoutHash(rest) }),
  },
  {
    verb: 'search',
    usage: '<words>',
    help: 'searches the open room',
    parse: (words) => ({ kind: 'search', words }),
  },
  {
    verb: 'away',
    usage: '[<text>]',
    help: 'says that you are away; without a text, that you are back',
    parse: (rest) => ({ kind: 'away', text: rest === '' ? null : rest }),
  },
  { verb: 'back', usage: '', help: 'says that you are back', parse: () => ({ kind: 'away', text: null }) },
  {
    verb: 'ignore',
    usage: '<user>',
    help: 'hides what a user says to you',
    parse: (name) => (word(name) ? { kind: 'ignore', name } : null),
  },
  {
    verb: 'unignore',
    usage: '<user>',
    help: 'shows it again',
    parse: (name) => (word(name) ? { kind: 'unignore', name } : null),
  },
  { verb: 'nick', usage: '<name>', help: 'takes another name' },
  { verb: 'whois', usage: '<user>', help: 'tells about a user' },
  { verb: 'seen', usage: '<user>', help: 'tells when a user was last here' },
  { verb: 'topic', usage: '[<text>]', help: 'shows or sets the topic of the room', inRoom: true },
  { verb: 'lock', usage: '<key>', help: 'locks the room with a key', inRoom: true },
  { verb: 'unlock', usage: '', help: 'unlocks the room', inRoom: true },
  {
    verb: 'register',
    usage: '<password>',
    help: 'registers your name',
    parse: (secret) => (word(secret) ? { kind: 'register', secret } : null),
  },
  { verb: 'password', usage: '<old> <new>', help: 'changes the password of your name' },
  { verb: 'kick', usage: '<user> [<reason>]', help: 'disconnects a user', operator: true },
  {
    verb: 'ban',
    usage: '<user or address> [<minutes>] [<reason>]',
    help: 'bans a user or an address',
    operator: true,
  },
  { verb: 'unban', usage: '<user or address>', help: 'takes a ban back', operator: true },
  { verb: 'bans', usage: '', help: 'lists the bans', operator: true },
  { verb: 'mute', usage: '<user> [<minutes>]', help: 'keeps a user from speaking', operator: true },
  { verb: 'unmute', usage: '<user>', help: 'lets a user speak again', operator: true },
  { verb: 'say', usage: '<text>', help: 'tells everyone on the server', operator: true },
  { verb: 'help', usage: '', help: 'lists these commands', parse: () => ({ kind: 'help' }) },
  { verb: 'quit', usage: '', help: 'logs out', parse: () => ({ kind: 'quit' }) },
];

/** Other words for the same. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['dm', 'msg'],
  ['query', 'msg'],
  ['tell', 'msg'],
  ['w', 'msg'],
  ['whisper', 'msg'],
  ['name', 'nick'],
  ['part', 'leave'],
]);

/** Of the server's verbs, those that would break what the page knows. */
const NOT_HERE = new Set([
  'LOGIN',
  'TAGS',
  'TIMES',
  'CHAT',
  'LINES',
  'FOLLOW',
  'UNFOLLOW',
  'SESSION',
  'PASTE',
  'MSG',
  'DM',
  'HISTORY',
  'READ',
]);
const IN_ROOM = new Set(['WHO', 'FOUND', 'DELETE']);
const SECRET = /^\/(?:register|password|lock|join|j|nick|name)\b/i;

export function parseTyped(text: string): Typed {
  if (!text.startsWith('/')) return { kind: 'text', text };
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) };
  const [, typed = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  const verb = ALIASES.get(typed.toLowerCase()) ?? typed.toLowerCase();
  const row = ROWS.find((candidate) => candidate.verb === verb);
  const args = rest.trim();
  if (row?.parse !== undefined)
    return row.parse(args) ?? { kind: 'wrong', text: `It is typed as: /${row.verb} ${row.usage}` };
  const upper = verb.toUpperCase();
  if (!/^[A-Z]+$/.test(upper) || NOT_HERE.has(upper))
    return {
      kind: 'wrong',
      text: `Unknown command /${typed}. /help lists the commands; //${typed} says it.`,
    };
  const line = `${upper} ${args.replace(/\s*\n\s*/g, ' ')}`.trim();
  return { kind: 'server', line, inRoom: row?.inRoom ?? IN_ROOM.has(upper) };
}

/** Commands that begin as the text does; none once it has a space. */
export function commandsFor(text: string, isOperator: boolean): readonly CommandHelp[] {
  const [, typed] = /^\/([a-z]*)$/i.exec(text) ?? [];
  if (typed === undefined) return [];
  return ROWS.filter(
    ({ verb, operator = false }) => verb.startsWith(typed.toLowerCase()) && (isOperator || !operator),
  ).map(({ verb, usage, help }) => ({ verb: `/${verb}`, usage, help }));
}

/** Whether the text is not to be recalled. */
export function mayHoldSecret(text: string): boolean {
  return SECRET.test(text);
}

function parseTell(rest: string): Typed | null {
  const [, to, text] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? [];
  return to === undefined || text === undefined ? null : { kind: 'tell', to, text };
}

function parseJoin(rest: string): Typed | null {
  const [room = '', key, more] = rest.split(/\s+/);
  return room === '' || more !== undefined ? null : { kind: 'join', room: withoutHash(room), key };
}

function withoutHash(room: string): string {
  return room.replace(/^#/, '');
}

function word(text: string): boolean {
  return /^\S+$/.test(text);
}
