/**
 * The dialects of the load's clients: what a client sends to enter a room and to speak, and what each line that it
 * receives means. A voice is data and pure functions; talker.ts has the connection.
 */

/** The meaning of a received line. */
export type Meaning =
  /** A message of the room, also the client's own where the dialect shows it. The id is null where it is not shown. */
  | { readonly kind: 'seen'; readonly id: number | null; readonly from: string; readonly text: string }
  /** The fence behind the message with this number has come back. */
  | { readonly kind: 'fenced'; readonly number: number; readonly id: number | null }
  /** The oldest message without an answer, or the one with this number, was refused with this code. */
  | { readonly kind: 'refused'; readonly number: number | null; readonly code: string }
  /** A user's session has ended. */
  | { readonly kind: 'gone'; readonly name: string }
  /** The server says why it closes this connection. */
  | { readonly kind: 'farewell'; readonly why: string }
  | { readonly kind: 'other' };

export interface Voice {
  readonly name: string;
  readonly transport: 'tcp' | 'gotalk' | '/ws' | '/mychat';
  /** The first bytes; for gotalk they follow the prompt. machat's end with a first message, which is its fence. */
  enter(name: string, room: string, first: string): string;
  /** A message, and the fence behind it where the dialect has one. */
  say(name: string, text: string, number: number, room: string): string;
  /** The fence behind the message with this number, where a server that is cut off refuses the fence too. */
  fenceAgain?(name: string, number: number): string;
  meaningOf(line: string, name: string): Meaning;
}

const OTHER: Meaning = { kind: 'other' };
const TAGGED_MESSAGE = /^@(?:label=\d+;)?id=(\d+);time=[^;]*;room=\S+ MSG (\S+) (.*)$/;
const FAREWELL = /^INFO (disconnected(?:: | due to ).*|server shutting down|bye)$/;

/** TAGS ON: each message with its id. A PING follows each message. */
export const lines: Voice = {
  name: 'lines',
  transport: 'tcp',
  enter: (name, room) => `LOGIN ${name}\nTAGS ON\nJOIN ${room}\nPING 0\n`,
  say: (_, text, number) => `MSG ${text}\nPING ${number}\n`,
  meaningOf: (line) => linesMeaning(line),
};

/** The same with a label on each message, whose OK has the id and takes the place of PONG. */
export const labels: Voice = {
  ...lines,
  name: 'labels',
  say: (_, text, number) => `@label=${number} MSG ${text}\n`,
};

/** `lines` as Windows telnet sends it: negotiation, CR LF, no tags. */
const telnet: Voice = {
  name: 'telnet',
  transport: 'tcp',
  enter: (name, room) => `\xff\xfd\x03\xff\xfb\x18LOGIN ${name}\r\nJOIN ${room}\r\nPING 0\r\n`,
  say: (_, text, number) => `MSG ${text}\r\nPING ${number}\r\n`,
  meaningOf: (line) => linesMeaning(line),
};

const webSocketLines: Voice = { ...lines, name: 'web', transport: '/ws' };

/** A machat user sees its own messages, which are its fence. */
const machat: Voice = {
  name: 'machat',
  transport: 'tcp',
  enter: (name, room, first) => `${JSON.stringify({ name, room })}\n${first}\n`,
  say: (_, text) => `${text}\n`,
  meaningOf(line) {
    if (line.startsWith('* ')) {
      const code = line.slice(2);
      if (code === 'server shutting down' || code.startsWith('disconnected'))
        return { kind: 'farewell', why: code };
      return /^[\w-]+$/.test(code) ? { kind: 'refused', number: null, code } : OTHER;
    }
    const at = line.indexOf(':');
    if (at <= 0) return OTHER;
    return { kind: 'seen', id: null, from: line.slice(0, at), text: line.slice(at + 1) };
  },
};

/** MaChat's own path. */
const mychat: Voice = { ...machat, name: 'mychat', transport: '/mychat' };

/** A direct message to oneself is the fence: it takes its place in the same order. */
const gotalk: Voice = {
  name: 'gotalk',
  transport: 'gotalk',
  enter: (name, room) => `${name}\n/join ${room}\n/dm ${name} fence-0\n`,
  say: (name, text, number) => `${text}\n/dm ${name} fence-${number}\n`,
  fenceAgain: (name, number) => `/dm ${name} fence-${number}\n`,
  meaningOf(line, name) {
    const [, from = '', text = ''] =
      /^(?:\[ENTER YOUR NAME\]: )?\[[^\]]+\]\[([^\]]+)\]: (.*)$/.exec(line) ?? [];
    if (from === '') return OTHER;
    if (from === `${name} -> you`) {
      const number = Number(/^fence-(\d+)$/.exec(text)?.[1] ?? -1);
      return { kind: 'fenced', number, id: null };
    }
    if (from !== 'system') return { kind: 'seen', id: null, from, text };
    const [, gone] = /^(\S+) has left our chat\.\.\.$/.exec(text) ?? [];
    if (gone !== undefined) return { kind: 'gone', name: gone };
    if (text === 'server shutting down' || text.startsWith('disconnected'))
      return { kind: 'farewell', why: text };
    if (text.includes('could not store it')) return { kind: 'refused', number: null, code: 'not-stored' };
    if (text.includes('the server is busy')) return { kind: 'refused', number: null, code: 'busy' };
    return OTHER;
  },
};

/** An IRC client that names the room in each line. Its msgid is the id of the message. */
const irc: Voice = {
  name: 'irc',
  transport: 'tcp',
  enter: (name, room) =>
    `CAP REQ :message-tags server-time batch\r\nNICK ${name}\r\nUSER ${name} 0 * :${name}\r\nCAP END\r\n` +
    `JOIN #${room}\r\nPING 0\r\n`,
  say: (_, text, number, room) => `PRIVMSG #${room} :${text}\r\nPING ${number}\r\n`,
  meaningOf(line) {
    const [, tags = '', source = '', verb = '', rest = ''] =
      /^(?:@(\S+) )?(?::([^ !]+)\S* )?(\S+) ?(.*)$/.exec(line) ?? [];
    const last = /(?:^| ):?([^ ]*)$/.exec(rest)?.[1] ?? '';
    switch (verb) {
      case 'PRIVMSG': {
        const id = /(?:^|;)msgid=(\d+)/.exec(tags)?.[1];
        const text = rest.slice(rest.indexOf(' :') + 2);
        return { kind: 'seen', id: id === undefined ? null : Number(id), from: source, text };
      }
      case 'PONG':
        return { kind: 'fenced', number: Number(last), id: null };
      case 'QUIT':
        return { kind: 'gone', name: source };
      case 'FAIL':
        if (rest.includes(' NOT_STORED ')) return { kind: 'refused', number: null, code: 'not-stored' };
        if (rest.includes(' TEMPORARILY_UNAVAILABLE '))
          return { kind: 'refused', number: null, code: 'busy' };
        return OTHER;
      case 'ERROR':
        return { kind: 'farewell', why: (/\((.*)\)$/.exec(rest)?.[1] ?? rest).toLowerCase() };
      default:
        return OTHER;
    }
  },
};

export const VOICES: readonly Voice[] = [lines, labels, telnet, webSocketLines, machat, mychat, gotalk, irc];

function linesMeaning(received: string): Meaning {
  const tagged = TAGGED_MESSAGE.exec(received);
  if (tagged !== null) {
    const [, id, from = '', text = ''] = tagged;
    return { kind: 'seen', id: Number(id), from, text };
  }
  const [, tags = '', line = received] = /^@(\S*) (.*)$/.exec(received) ?? [];
  const label = /(?:^|;)label=(\d+)/.exec(tags)?.[1];
  const number = label === undefined ? null : Number(label);
  if (line.startsWith('PONG ')) return { kind: 'fenced', number: Number(line.slice(5)), id: null };
  if (line === 'OK' && number !== null) {
    const id = /(?:^|;)id=(\d+)/.exec(tags)?.[1];
    return { kind: 'fenced', number, id: id === undefined ? null : Number(id) };
  }
  if (line.startsWith('ERR ')) return { kind: 'refused', number, code: line.slice(4) };
  const plain = /^MSG (\S+) (.*)$/.exec(line);
  if (plain !== null) return { kind: 'seen', id: null, from: plain[1] ?? '', text: plain[2] ?? '' };
  const farewell = FAREWELL.exec(line);
  if (farewell !== null) return { kind: 'farewell', why: farewell[1] ?? '' };
  const [, gone] = /^INFO (\S+) disconnected$/.exec(line) ?? [];
  return gone === undefined ? OTHER : { kind: 'gone', name: gone };
}
