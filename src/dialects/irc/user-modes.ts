/** MODE of users: one's own modes, which are B (bot), i (invisible), o (operator) and w (wallops). */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, foldName } from '../../core/text/text.js';
import { type Asker, byPresence, numeric } from './handler.js';
import { fit } from './message.js';
import { wordOf } from './registration.js';

/** The letters of the modes that a client has. */
type UserModes = ReadonlySet<string>;

const KNOWN = 'Biow';

export function* userMode(target: string, args: readonly string[], asker: Asker): Iterable<ParsedLine> {
  const { state, request } = asker;
  const nick = cleanText(target);
  if (foldName(nick) !== state.name?.fold) {
    yield byPresence(asker, nick, (isOnline) =>
      isOnline
        ? request.reply('502', ":Can't change mode for other users")
        : request.reply('401', `${wordOf(nick)} :No such nick or channel`),
    );
    return;
  }
  const [letters = ''] = args;
  if (letters === '') {
    yield numeric(asker, '221', shownUserModes(asker));
    return;
  }
  const before = userModesOf(asker);
  const after = new Set(before);
  let on = true;
  let isUnknown = false;
  for (const letter of letters) {
    if (letter === '+' || letter === '-') on = letter === '+';
    else if (!KNOWN.includes(letter)) isUnknown = true;
    // Only OPER makes an operator.
    else if (letter !== 'o' || !on) after[on ? 'add' : 'delete'](letter);
  }
  if (isUnknown) yield numeric(asker, '501', ':Unknown MODE flag');
  const wanted = changesBetween(before, after);
  if (wanted === '') return;
  if (/[Bio]/.test(wanted)) {
    const resigns = before.has('o') && !after.has('o');
    yield { kind: 'describe', isBot: after.has('B'), isInvisible: after.has('i'), resigns };
  }
  const dialect = asker.wallops.set(after.has('w'));
  // What the hub refused has not changed.
  const changes = changesBetween(before, userModesOf(asker));
  if (changes !== '')
    yield { kind: 'dialect', dialect, text: fit(`:${request.nick} MODE ${request.nick} :${changes}`) };
}

function userModesOf({ state, wallops }: Pick<Asker, 'state' | 'wallops'>): UserModes {
  return new Set([
    ...(state.isBot ? ['B'] : []),
    ...(state.isInvisible ? ['i'] : []),
    ...(state.isOperator ? ['o'] : []),
    ...(wallops.isOn() ? ['w'] : []),
  ]);
}

/** The modes of a user as 221 shows them. */
function shownUserModes(asker: Asker): string {
  return `+${[...userModesOf(asker)].sort().join('')}`;
}

/** `+i-w`, in the order of the letters. */
function changesBetween(before: UserModes, after: UserModes): string {
  const added = [...KNOWN].filter((letter) => after.has(letter) && !before.has(letter)).join('');
  const removed = [...KNOWN].filter((letter) => before.has(letter) && !after.has(letter)).join('');
  return (added === '' ? '' : `+${added}`) + (removed === '' ? '' : `-${removed}`);
}
