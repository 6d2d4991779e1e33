/** CAP: lists the capabilities, and changes those of a client (IRCv3 capability negotiation). */
import { cleanText } from '../../core/text/text.js';
import { CAP_NOTIFY, type CapName, type Caps, capNamed, has, namesOf, VERSION_302 } from './caps.js';
import { type Asker, numeric } from './handler.js';
import { MULTILINE_VALUE } from './multiline.js';
import { inLines } from './names.js';

/** A capability may have a value, which only clients that support version 302 are shown. */
const VALUES: Readonly<Partial<Record<CapName, string>>> = {
  sasl: 'PLAIN',
  'draft/account-registration': 'before-connect',
  'draft/multiline': MULTILINE_VALUE,
};

const VERSION_WITH_VALUES = 302;

export interface CapResult {
  /** The lines to answer with. */
  readonly text: string;
  readonly caps: Caps;
  /** Whether the client negotiates now; null = as before. */
  readonly isNegotiating: boolean | null;
}

/** What the server has for a client. */
export interface Offer {
  readonly caps: Caps;
  /** Tells that TLS is to be used, and can only be shown with this value (IRCv3 sts). */
  readonly sts: string | undefined;
}

/** Handles CAP. */
export function negotiate(params: readonly string[], asker: Asker, caps: Caps, offer: Offer): CapResult {
  const { caps: offered, sts } = offer;
  const [typed = '', argument = ''] = params;
  const same = { text: '', caps, isNegotiating: null };
  switch (typed.toUpperCase()) {
    case 'LS': {
      const hasValues = Number(argument) >= VERSION_WITH_VALUES;
      const known = namesOf(offered).map((name) => (hasValues ? withValue(name) : name));
      const names = hasValues && sts !== undefined ? [...known, `sts=${sts}`] : known;
      const text = listLines(asker, 'LS', names, hasValues);
      return { text, caps: hasValues ? caps | CAP_NOTIFY | VERSION_302 : caps, isNegotiating: true };
    }
    case 'LIST':
      return { ...same, text: listLines(asker, 'LIST', namesOf(caps), true) };
    case 'REQ': {
      const words = wordsOf(cleanText(params.slice(1).join(' ')));
      const wanted = wantedCaps(words, caps, offered);
      return {
        text: resultLines(asker, wanted === null ? 'NAK' : 'ACK', words),
        caps: wanted ?? caps,
        isNegotiating: true,
      };
    }
    case 'END':
      return { ...same, isNegotiating: false };
    default: {
      const command = cleanText(typed).replace(/ .*/, '') || '*';
      return { ...same, text: numeric(asker, '410', `${command} :Invalid CAP command`).text };
    }
  }
}

/** The capabilities after a request, which is granted as a whole or not at all: null. */
function wantedCaps(request: readonly string[], caps: Caps, offered: Caps): Caps | null {
  let wanted = caps;
  for (const word of request) {
    const isRemoved = word.startsWith('-');
    const bit = capNamed(isRemoved ? word.slice(1) : word);
    if (bit === null || !has(offered, bit)) return null;
    if (isRemoved && bit === CAP_NOTIFY && has(caps, VERSION_302)) return null;
    wanted = isRemoved ? wanted & ~bit : wanted | bit;
  }
  return wanted;
}

/** Names in as many lines as they need; all but the last have a `*`, which clients before version 302 do not know. */
function listLines({ request }: Asker, verb: string, names: readonly string[], mayContinue: boolean): string {
  const lines = mayContinue ? inLines(names, request.bytesLeft('CAP', `${verb} * :`)) : [names.join(' ')];
  if (lines.length === 0) return request.reply('CAP', `${verb} :`);
  return lines
    .map((line, index) => request.reply('CAP', `${verb} ${index < lines.length - 1 ? '* ' : ''}:${line}`))
    .join('');
}

/** What was asked for, in as many lines as it needs: with the server's name in front it is longer than it was. */
function resultLines({ request }: Asker, verb: string, words: readonly string[]): string {
  const lines = inLines(words, request.bytesLeft('CAP', `${verb} :`));
  return (lines.length === 0 ? [''] : lines).map((line) => request.reply('CAP', `${verb} :${line}`)).join('');
}

function wordsOf(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

function withValue(name: CapName): string {
  const value = VALUES[name];
  return value === undefined ? name : `${name}=${value}`;
}
