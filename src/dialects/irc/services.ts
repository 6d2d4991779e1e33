/** NickServ, for clients without a command for the registration of names: REGISTER, IDENTIFY, PASSWORD, UNREGISTER. */
import type { HubEvent } from '../../core/event.js';
import type { Answer, ParsedLine } from '../../core/dialect.js';
import { cleanText, parseUserName } from '../../core/text/text.js';
import { passwordRule } from '../shared/password-rule.js';
import { loggedInLines, loggedOutLines } from './account-lines.js';
import type { Asker } from './handler.js';
import { fit, type IrcMessage } from './message.js';
import type { IrcRequest } from './request.js';
import type { LineFormat } from './source.js';

const HELP = [
  'REGISTER <password> registers your nick',
  'IDENTIFY [<account>] <password> logs in to an account',
  'PASSWORD <old> <new> changes your password',
  'UNREGISTER <password> removes your registration',
];

type Done = Extract<HubEvent, { kind: 'done' }>;

/** The verb of a request to NickServ. */
export const NICKSERV = 'NICKSERV';

/** Whether a target of PRIVMSG is NickServ. */
export function isNickServ(target: string): boolean {
  return /^nickserv(?:@.*)?$/i.test(target);
}

/** A command to NickServ. */
export function nickServ(text: string, asker: Asker): ParsedLine {
  const [verb = '', ...words] = text.trim().split(/ +/);
  const [first, second] = words.map((word) => cleanText(word));
  switch (verb.toUpperCase()) {
    case 'REGISTER':
      return first === undefined ? help(asker) : { kind: 'register', password: first };
    case 'IDENTIFY': {
      if (first === undefined) return help(asker);
      const account = second === undefined ? asker.state.name : parseUserName(first);
      // Without a name before it, the word is the password.
      if (account === null) return say(asker.request, 'That account does not exist');
      return { kind: 'authenticate', account, secret: second ?? first };
    }
    case 'PASSWORD':
      if (first === undefined || second === undefined) return help(asker);
      return { kind: 'change-password', old: first, password: second };
    case 'UNREGISTER':
      return first === undefined ? help(asker) : { kind: 'unregister', password: first };
    default:
      return help(asker);
  }
}

/** `NS IDENTIFY secret` is the same as a message to NickServ. */
export function nickServCommand({ params }: IrcMessage, asker: Asker): ParsedLine {
  const request = nickServRequest(asker.request);
  return { kind: 'labelled', label: request, line: nickServ(params.join(' '), asker) };
}

/** The request of a command to NickServ, which answers it. */
export function nickServRequest(request: IrcRequest): IrcRequest {
  return request.about('NickServ', false, NICKSERV);
}

function help({ request }: Asker): Answer {
  return { kind: 'answer', text: HELP.map((line) => noticeOf(request, line)).join('') };
}

function say(request: IrcRequest, text: string): Answer {
  return { kind: 'answer', text: noticeOf(request, text) };
}

/** A line of NickServ. */
function noticeOf({ server, nick }: IrcRequest, text: string): string {
  return fit(`:NickServ!NickServ@${server.name} NOTICE ${nick} :${text}`);
}

/** What NickServ says to the result of a command. */
export function nickServLines(event: HubEvent, request: IrcRequest, dialect: LineFormat): string {
  switch (event.kind) {
    case 'done':
      return noticeOf(request, doneText(event)) + accountLines(event, request, dialect);
    case 'refused':
      return noticeOf(request, refusedText(event));
    default:
      return '';
  }
}

/** Whatever changes the account, clients are told so in its own lines. */
function accountLines(done: Done, request: IrcRequest, dialect: LineFormat): string {
  switch (done.action.kind) {
    case 'register':
    case 'authenticate':
      return loggedInLines(done.action.about, done, request, dialect);
    case 'unregister':
      return loggedOutLines(done, request, dialect);
    default:
      return '';
  }
}

function doneText({ action }: Done): string {
  switch (action.kind) {
    case 'register':
      return `${action.about} is registered; you are logged in to it`;
    case 'authenticate':
      return `You are logged in to ${action.about}`;
    case 'change-password':
      return 'Your password is changed';
    default:
      return `${action.about} is not registered any more`;
  }
}

function refusedText({ reason, detail }: Extract<HubEvent, { kind: 'refused' }>): string {
  switch (reason) {
    case 'wrong-password':
      return 'Wrong password, or no such account';
    case 'weak-password':
      return `Weak password: ${passwordRule(detail)}`;
    case 'already-registered':
      return 'You are logged in to a registered account already';
    case 'not-registered':
      return 'You are not logged in to an account; IDENTIFY <password>';
    case 'username-taken':
      return 'This nick is registered to another user';
    case 'too-many-registrations':
      return 'Too many registrations from your address; try again in an hour';
    case 'busy':
      return 'The server is busy; try again in a moment';
    default:
      return 'Not done: it could not be stored; try again in a moment';
  }
}
