/** What a client tells of itself before its login: PASS, NICK, USER, and whether it still negotiates capabilities. */
import { cleanText, parseUserName, type Text, type UserName } from '../../core/text/text.js';
import { type Asker, type Handled, needMoreParameters, numeric } from './handler.js';
import type { IrcMessage } from './message.js';

/** In characters. */
export const MAX_USER = 10;
/** In characters. */
export const MAX_REALNAME = 128;

export class Registration {
  name: UserName | null = null;
  user: string | null = null;
  realname: Text = cleanText('');
  secret: string | null = null;
  /** CAP LS or CAP REQ came, and CAP END has not. */
  isNegotiating = false;

  /** Whether all is there that a login needs. */
  get isComplete(): boolean {
    return this.name !== null && this.user !== null && !this.isNegotiating;
  }

  pass({ params }: IrcMessage, asker: Asker): Handled {
    const [secret = ''] = params;
    if (secret === '') return needMoreParameters(asker);
    this.secret = cleanText(secret);
    return null;
  }

  /** Null if the name is taken over. */
  nick({ params }: IrcMessage, asker: Asker): Handled {
    const typed = cleanText(params[0] ?? '');
    if (typed === '') return numeric(asker, '431', ':No nickname given');
    const name = parseUserName(typed);
    if (name === null) return numeric(asker, '432', `${wordOf(typed)} :Erroneous nickname`);
    this.name = name;
    return null;
  }

  userCommand({ params }: IrcMessage, asker: Asker): Handled {
    const [user = '', , , realname = ''] = params;
    if (user === '' || realname === '') return needMoreParameters(asker);
    this.user = userOf(user);
    this.realname = shortened(cleanText(realname));
    return null;
  }
}

/** The user part of `nick!user@host`, of what USER says. */
function userOf(typed: string): string {
  return typed.replace(/[^A-Za-z0-9._-]/g, '').slice(0, MAX_USER) || 'user';
}

function shortened(text: Text): Text {
  const characters = [...text];
  return characters.length <= MAX_REALNAME ? text : cleanText(characters.slice(0, MAX_REALNAME).join(''));
}

/** What a client typed, as a parameter that does not stand last. */
export function wordOf(typed: string): string {
  return typed.replace(/ .*/s, '').replace(/^:+/, '') || '*';
}
