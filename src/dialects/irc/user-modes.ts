/** MODE of users: one's own modes, which are B (bot), i (invisible), o (operator) and w (wallops). */
import type { ParsedLine } from '../../core/dialect.js';
import { cleanText, foldName } from '../../core/text/text.js';
import { type Asker, byPresence, numeric } from './handler.js';
import { fit } from './message.js';
import { wordOf } from './registration.js';

/** The modes that a client sets itself. */
export type UserModes = ReadonlySet<string>;

const SETTABLE = 'Biw';
const KNOWN = 'Biow';

/** `change` sets the modes of the client to others. */
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
  const before = asker.userModes.get();
  const after = new Set(before);
  let on = true;
  let isUnknown = false;
  for (const letter of letters) {
    if (letter === '+' || letter === '-') on = letter === '+';
    else if (!KNOWN.includes(letter)) isUnknown = true;
    else if (SETTABLE.includes(letter)) after[on ? 'add' : 'delete'](letter);
  }
  if (isUnknown) yield numeric(asker, '501', ':Unknown MODE flag');
  const changes = changesBetween(before, after);
  if (changes === '') return;
  const dialect = asker.userModes.set(after);
  if (/[Bi]/.test(changes)) yield { kind: 'describe', isBot: after.has('B'), isInvisible: after.has('i') };
  yield { kind: 'dialect', dialect, text: fit(`:${request.nick} MODE ${request.nick} :${changes}`) };
}

/** The modes of a user as 221 shows them. */
function shownUserModes({ state, userModes }: Pick<Asker, 'state' | 'userModes'>): string {
  const modes = state.isOperator ? [...userModes.get(), 'o'] : [...userModes.get()];
  return `+${modes.sort().join('')}`;
}

/** `+i-w`, in the order of the letters. */
function changesBetween(before: UserModes, after: UserModes): string {
  const added = [...SETTABLE].filter((letter) => after.has(letter) && !before.has(letter)).join('');
  const removed = [...SETTABLE].filter((letter) => before.has(letter) && !after.has(letter)).join('');
  return (added === '' ? '' : `+${added}`) + (removed === '' ? '' : `-${removed}`);
}
