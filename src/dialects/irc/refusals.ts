/** Refusals in IRC's words: numerics where RFC 2812 or modern.ircdocs.horse has one, else `FAIL` (standard replies). */
import type { HubEvent } from '../../core/event.js';
import { MAX_WATCHES } from '../../core/limits.js';
import type { Refusal } from '../../core/reasons.js';
import { busyText } from '../shared/refusal-words.js';
import { fail } from './fail.js';
import { letterOf } from './modes.js';
import { markReadRefusal } from './read-marker.js';
import { redactRefusal } from './redaction.js';
import { registerRefusal } from './registration.js';
import type { IrcRequest } from './request.js';

type Refused = Extract<HubEvent, { kind: 'refused' }>;

/** The lines for a refusal; none for a command whose errors are not told. */
export function refusalLines(event: Refused, request: IrcRequest): string {
  if (request.isQuiet) return '';
  return ownRefusal(event, request) ?? LINES[event.reason](request, event);
}

/** In the words of a command that has its own codes. */
function ownRefusal(event: Refused, request: IrcRequest): string | null {
  switch (request.verb) {
    case 'REGISTER':
      return registerRefusal(event, request);
    case 'REDACT':
      return redactRefusal(event, request);
    case 'MARKREAD':
      return markReadRefusal(event, request);
    default:
      return null;
  }
}

const LINES: Record<Refusal, (request: IrcRequest, event: Refused) => string> = {
  'not-logged-in': (request) => request.reply('451', ':You have not registered'),
  'already-logged-in': (request) => request.reply('462', ':You may not reregister'),
  'invalid-handshake': () => '',
  'invalid-username': (request) => request.reply('432', `${request.target || '*'} :Erroneous nickname`),
  'username-taken': (request, { detail }) =>
    request.reply('433', `${detail.about ?? request.target} :Nickname is already in use`),
  'password-required': passwordRequired,
  'wrong-password': wrongPassword,
  'weak-password': (request, { detail }) =>
    fail(
      request,
      'WEAK_PASSWORD',
      `A password has at least ${detail.minLength ?? 8} characters, and is not your name`,
      request.target,
    ),
  'too-many-registrations': (request) =>
    fail(request, 'TEMPORARILY_UNAVAILABLE', 'Too many registrations; try again in an hour', request.target),
  'already-registered': (request) =>
    fail(request, 'ACCOUNT_EXISTS', 'Your account is already registered', request.target),
  'not-registered': (request) => fail(request, 'ACCOUNT_REQUIRED', 'You are not logged in to an account'),
  banned: (request, { atLogin }) =>
    atLogin
      ? request.reply('465', ':You are banned from this server; contact the operator')
      : request.reply('433', `${request.target} :Nickname is banned`),
  'not-permitted': notPermitted,
  muted,
  usage: (request) => request.reply('461', `${request.verb} :Not enough parameters`),
  'unknown-command': (request) => request.reply('421', `${request.verb} :Unknown command`),
  'user-not-found': (request, { detail }) =>
    request.reply('401', `${detail.about ?? (request.target || '*')} :No such nick or channel`),
  'invalid-room': (request) => request.reply('403', `${request.target} :No such channel`),
  'room-not-found': (request) => request.reply('403', `${request.target} :No such channel`),
  'room-banned': (request, event) => cannotJoin(request, event, '474', 'b'),
  'room-invite-only': (request, event) => cannotJoin(request, event, '473', 'i'),
  'room-full': (request, event) => cannotJoin(request, event, '471', 'l'),
  'cannot-speak': (request) =>
    request.verb === 'TOPIC'
      ? request.reply('482', `${request.target} :You are not channel operator`)
      : request.reply('404', `${request.target} :Cannot send to channel`),
  'user-not-in-room': (request, { detail }) =>
    request.reply('441', `${detail.about ?? '*'} ${request.target} :They are not on that channel`),
  'already-in-room': (request, { detail }) =>
    request.reply('443', `${detail.about ?? '*'} ${request.target} :is already on channel`),
  'mask-list-full': (request, { detail: { list } }) =>
    request.reply(
      '478',
      `${request.target} ${list === undefined ? '*' : letterOf(list)} :Channel list is full`,
    ),
  'room-locked': (request, event) => cannotJoin(request, event, '475', 'k'),
  'message-not-found': (request, { detail }) =>
    fail(request, 'UNKNOWN_MSGID', 'This message does not exist', `${request.target} ${detail.about ?? '*'}`),
  'watch-list-full': (request, { detail }) =>
    request.reply('734', `${MAX_WATCHES} ${detail.about ?? '*'} :Monitor list is full`),
  'not-in-room': (request, { detail }) =>
    detail.isAbsent === true
      ? request.reply('403', `${request.target} :No such channel`)
      : SPEECH.has(request.verb)
        ? request.reply('404', `${request.target} :Cannot send to channel`)
        : request.reply('442', `${request.target} :You are not on that channel`),
  'too-many-rooms': (request) => request.reply('405', `${request.target} :You have joined too many channels`),
  'mailbox-full': (request) =>
    fail(request, 'MAILBOX_FULL', 'Not sent: too many messages wait for that user', request.target),
  'not-stored': (request) =>
    fail(request, 'NOT_STORED', 'Nothing was sent or changed: it could not be stored', request.target),
  busy: (request, { detail }) =>
    (request.verb === 'AUTHENTICATE' ? request.reply('904', ':SASL authentication failed') : '') +
    fail(
      request,
      'TEMPORARILY_UNAVAILABLE',
      busyText(detail).replace(/^./, (first) => first.toUpperCase()),
    ),
  'line-too-long': (request) => request.reply('417', ':Input line was too long'),
  'paste-too-long': (request) =>
    fail(request, 'MULTILINE_MAX_BYTES', 'Not sent: at most 16384 bytes', '16384'),
};

const SPEECH: ReadonlySet<string> = new Set(['PRIVMSG', 'NOTICE', 'TAGMSG', 'BATCH', '*']);

/** Of the room that JOIN names, or that every user enters at its login. */
function cannotJoin(request: IrcRequest, { detail }: Refused, code: string, mode: string): string {
  const channel = request.verb === 'JOIN' ? request.target : `#${detail.about ?? ''}`;
  return request.reply(code, `${channel} :Cannot join channel (+${mode})`);
}

/** Of a registered name, or of the server. */
function passwordRequired(request: IrcRequest, { final, detail }: Refused): string {
  if (final) return request.reply('464', ':Password required: PASS <password>');
  const nick = detail.about ?? request.target;
  // PASS is for clients that are not logged in.
  const way = request.nick === '*' ? 'SASL or PASS <password>' : `/msg NickServ IDENTIFY ${nick} <password>`;
  return (
    request.reply('433', `${nick} :Nickname is registered`) +
    request.reply('NOTICE', `:${nick} is registered: log in with ${way}, or choose another nick`)
  );
}

function wrongPassword(request: IrcRequest): string {
  if (request.verb === 'AUTHENTICATE') return request.reply('904', ':SASL authentication failed');
  return request.reply('464', ':Password incorrect');
}

function notPermitted(request: IrcRequest, { detail }: Refused): string {
  switch (detail.denial) {
    case 'operators-only':
    case 'yourself':
    case 'own-address':
      return request.reply('481', ':Permission denied: you are not an IRC operator');
    default:
      return SPEECH.has(request.verb)
        ? request.reply('404', `${request.target} :Cannot send to channel`)
        : request.reply('482', `${request.target} :You are not channel operator`);
  }
}

function muted(request: IrcRequest): string {
  switch (request.verb) {
    case 'NICK':
      return request.reply('447', ':Cannot change nickname: you are muted');
    case 'TOPIC':
      return request.reply('482', `${request.target} :You are muted`);
    case 'SETNAME':
      return fail(request, 'CANNOT_CHANGE_REALNAME', 'Cannot change realname: you are muted');
    default:
      // AWAY and MODE are about the user itself.
      return request.reply('404', `${request.target || request.nick} :Cannot send: you are muted`);
  }
}
