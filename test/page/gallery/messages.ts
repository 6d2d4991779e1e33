/** Made-up messages for the gallery: an ordinary talk, long and hostile names, right-to-left text, pastes. */
import type { Chunk, Message, Person, RoomInfo, Row } from '../../../src/page/model/state.js';

const MINUTE_MS = 60_000;
/** 2 March 2026, 09:12 local time. */
const MORNING = new Date(2026, 2, 2, 9, 12, 8).getTime();
/** As long as a name may be. */
export const LONG_NAME = 'Maximiliana-Theodora.von-Hohenzo';

let lastId = 1000;

export function said(from: string, text: string, more: Partial<Message> = {}): Message {
  lastId += 1;
  return {
    key: `m${lastId}`,
    id: lastId,
    at: MORNING + (lastId - 1000) * MINUTE_MS * 0.7,
    from,
    text,
    isAction: false,
    isOwn: from === 'ann',
    isMention: false,
    state: 'stored',
    failure: '',
    isKept: false,
    ...more,
  };
}

/** Puts messages under heads, as the model does. */
function rowsFor(messages: readonly (Message | Row)[]): readonly Row[] {
  let before = '';
  return messages.map((message): Row => {
    if ('kind' in message) {
      before = message.kind === 'paste' ? (message.messages[0]?.from ?? '') : '';
      return message;
    }
    const isFirst = message.from !== before;
    before = message.from;
    return { kind: 'message', key: message.key, message, isFirst };
  });
}

export function chunked(rows: readonly Row[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < rows.length; start += 50)
    chunks.push({ key: `c${start}`, rows: rows.slice(start, start + 50) });
  return chunks;
}

function paste(from: string, lines: readonly string[], isFirst = true): Row {
  const messages = lines.map((line) => said(from, line));
  return { kind: 'paste', key: `p${messages[0]?.key}`, messages, isFirst };
}

const day = (): Row => ({ kind: 'day', key: 'day', at: MORNING });
const presence = (text: string): Row => ({
  kind: 'presence',
  key: `j${text}`,
  at: MORNING + 9 * MINUTE_MS,
  text,
});

export function talk(): readonly Row[] {
  return rowsFor([
    day(),
    said('bob', 'Morning. The build on main is red since last night, the nightly one too.'),
    said('bob', 'https://ci.example.org/job/main/4213/console#L1203'),
    said(
      'carl',
      'Saw it. That is the clock test again: it reads the time twice and expects the same second.',
    ),
    said(
      'dora',
      'I have a branch that injects the clock. Shall I push it, or do we only want `vi.useFakeTimers()` there?',
    ),
    said('ann', 'Push it. Then #ops can stop restarting the job by hand.'),
    said('dora', 'ok, in ten minutes'),
    presence('erik, fatima joined; guest-41 left'),
    paste('carl', [
      'FAIL  test/clock.test.ts > a message has the time of its turn',
      'AssertionError: expected 1772442728000 to be 1772442727000',
      '    at test/clock.test.ts:41:27',
      '',
      '  - Expected  1772442727000',
      '  + Received  1772442728000',
    ]),
    said('carl', 'for the record'),
    said('bob', 'waves', { isAction: true }),
    said('erik', 'ann: could you look at the certificate of chat.example.org as well? It ends on Friday.', {
      isMention: true,
    }),
    said('ann', 'Renewed it yesterday, the server needs a SIGHUP. Doing it now.'),
    said('fatima', 'Thanks! I wrote it down: https://wiki.example.org/runbooks/certificates_(chat)'),
  ]);
}

export function hardCases(): readonly Row[] {
  return rowsFor([
    day(),
    said(
      LONG_NAME,
      'My name is as long as a name may be, and the text goes on for longer than a line, so that it wraps at the end of the column and not below the name.',
    ),
    said('שרה', 'בוקר טוב, האם השרת החדש כבר עובד? הכתובת היא https://example.org/a?b=1 תודה'),
    said('فاطمة', 'نعم، يعمل منذ الأمس. شكرا ann على المساعدة!', { isMention: true }),
    said('bob', 'averyveryverylongwordwithoutanyplacetobreakit'.repeat(6)),
    said('bob', 'https://example.org/' + 'a-long-path/'.repeat(24) + '?q=1'),
    said('mallory', '<img src=x onerror=alert(1)> <b>bold?</b> &amp; javascript:alert(1) http://'),
    said('mallory', `Z${'\u0324\u0331\u0327\u0318'.repeat(12)}a${'\u0324\u0331\u0327\u0318'.repeat(12)}lgo`),
    said('小林', '日本語の文も、途中で折り返されます。絵文字も大丈夫 🎉🧑‍💻👩‍👩‍👧'),
    paste(
      'carl',
      Array.from(
        { length: 60 },
        (_, index) =>
          `${String(index + 1).padStart(3)}  ${'  '.repeat(index % 6)}const value${index} = await read('${'x'.repeat((index * 7) % 60)}');`,
      ),
    ),
    { kind: 'gap', key: 'gap', count: 120, isLoading: false },
    said('dora', 'After the gap.'),
    { kind: 'new', key: 'new' },
    said('dora', 'This one is new.'),
    {
      kind: 'notice',
      key: 'notice',
      at: MORNING,
      text: 'bob is registered\nbob is in lobby, dev\nbob was active 3 minutes ago',
    },
    said('ann', 'This one is on its way.', { state: 'waiting', id: null }),
    said('ann', 'This one was not stored.', {
      state: 'failed',
      id: null,
      failure: 'the server could not store it; try again in a moment',
    }),
  ]);
}

export function many(count: number): readonly Row[] {
  const names = ['ann', 'bob', 'carl', 'dora', 'erik', 'fatima'];
  return rowsFor(
    Array.from({ length: count }, (_, index) =>
      said(names[(index * 7) % 6] ?? 'ann', `line ${index}: the quick brown fox jumps over the lazy dog`),
    ),
  );
}

export function person(name: string, more: Partial<Person> = {}): Person {
  return {
    name,
    isSelf: name === 'ann',
    isHere: true,
    isAway: false,
    awayText: '',
    isIgnored: false,
    ...more,
  };
}

export function room(name: string, more: Partial<RoomInfo> = {}): RoomInfo {
  return {
    place: `#${name}`,
    name,
    members: 6,
    isMine: false,
    isLocked: false,
    topic: '',
    canLeave: name !== 'lobby',
    canManage: false,
    unread: 0,
    hasMoreUnread: false,
    mentions: 0,
    hasDraft: false,
    problem: null,
    ...more,
  };
}
