/** What a client tells of itself before its login: PASS, NICK, USER, and whether it still negotiates capabilities. */
import type { Answer } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import { unstyledText } from '../../core/text/styles.js';
import { cleanText, parseUserName, type Text, type UserName } from '../../core/text/text.js';
import { fail } from './fail.js';
import { answer, type Asker, type Handled, needMoreParameters, numeric, withRequest } from './handler.js';
import type { IrcMessage } from './message.js';
import type { IrcRequest } from './request.js';

/** Of 32 characters, of which each may be four bytes. */
export const MAX_NICK_BYTES = 128;
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
  nick({ params }: IrcMessage, asker: Asker): Answer | null {
    const typed = cleanText(params[0] ?? '');
    if (typed === '') return numeric(asker, '431', ':No nickname given');
    const name = parseUserName(typed);
    if (name === null) return numeric(asker, '432', `${wordOf(typed)} :Erroneous nickname`);
    this.name = name;
    return null;
  }

  /** Registers the nick as an account, to which the client is then logged in (draft/account-registration). */
  register({ params }: IrcMessage, asker: Asker): Handled {
    const [typed = '', email, password] = params;
    const { request } = asker;
    if (email === undefined || password === undefined) return needMoreParameters(asker);
    const { name, secret } = this;
    if (name === null) return answer(fail(request, 'NEED_NICK', 'Choose a nick with NICK first', '*'));
    const account = typed === '*' ? name : parseUserName(cleanText(typed));
    if (account?.fold !== name.fold) return answer(accountMustBeNick(request, typed));
    return withRequest(request.about(name.shown), {
      kind: 'register-name',
      name,
      password: cleanText(password),
      secret,
    });
  }

  userCommand({ params }: IrcMessage, asker: Asker): Handled {
    const [user = '', , , realname = ''] = params;
    if (user === '' || realname === '') return needMoreParameters(asker);
    this.user = userOf(user);
    this.realname = shortened(unstyledText(realname));
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

export function accountMustBeNick(request: IrcRequest, typed: string): string {
  const account = wordOf(cleanText(typed));
  return fail(request, 'ACCOUNT_NAME_MUST_BE_NICK', 'The account name must be your nick', account);
}

/** A refusal of REGISTER; null for one that has the same words for every command. */
export function registerRefusal(
  { reason }: Extract<HubEvent, { kind: 'refused' }>,
  request: IrcRequest,
): string | null {
  switch (reason) {
    case 'username-taken':
      return fail(request, 'ACCOUNT_EXISTS', 'This nick is registered already', request.target);
    case 'invalid-username':
      return fail(request, 'BAD_ACCOUNT_NAME', 'This nick is in use or reserved', request.target);
    case 'busy':
      return fail(
        request,
        'TEMPORARILY_UNAVAILABLE',
        'The server is busy; try again in a moment',
        request.target,
      );
    default:
      return null;
  }
}

/** What a client typed, as a parameter that does not stand last. */
export function wordOf(typed: string): string {
  return typed.replace(/ .*/s, '').replace(/^:+/, '') || '*';
}
