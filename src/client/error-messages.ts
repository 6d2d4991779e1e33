/** Error messages of the clients: what failed, the cause, and what to do. */
import { cleanText } from '../core/text/text.js';
import type { ServerAddress } from './url.js';

/** By the codes of the server. A code of a later server version is shown as it is. */
const REFUSALS = new Map(
  Object.entries({
    'invalid-username':
      'invalid user name: use 1 to 32 letters or digits of one script, and _ - . after the first; choose another with --name',
    'username-taken': 'the name is in use, or looks like a name in use; choose another with --name',
    'already-registered': 'your name is registered already; /password changes its password',
    'not-registered': 'the name is not registered; /register <password> registers your own',
    'weak-password':
      'the password is too weak: it needs at least 8 characters, no spaces, and not your name; try another',
    'password-required': 'the name is registered; give its password with --password or PARTYLINE_PASSWORD',
    'wrong-password': 'wrong password; check --password or PARTYLINE_PASSWORD',
    'too-many-attempts': 'too many wrong passwords or registrations from this address; wait, then try again',
    'user-not-found': 'user not found; check the name',
    'invalid-room':
      'invalid room name: use 1 to 64 letters or digits of one script, and _ - . after the first; try another',
    'room-not-found': 'room not found; /rooms lists the rooms',
    'room-locked': 'the room is locked; ask for its key, then use /join <room> <key> in partyline chat',
    'not-in-room': 'you are not in that room; /join <room> enters it',
    'too-many-rooms': 'you are in as many rooms as the server allows; /leave one, then try again',
    'one-room': 'the server now allows one room at a time; /join <room> moves there',
    'not-permitted': 'permission denied; ask an operator',
    'not-stored': 'the server could not store the message, and has not delivered it; try again in a moment',
    'mailbox-full': 'too many messages are saved for that user; try again later',
    busy: 'the server is busy; try again in a moment',
    'line-too-long': 'a line is longer than the server accepts (4096 bytes by default); send it in parts',
    'paste-too-long': 'the text is longer than the server accepts; send it in parts',
    'server-full': 'the server is full; try again later',
    'too-many-connections': 'too many connections from this address; close some, then try again',
    'login-timeout': 'the login took too long; try again',
    'tls-required': 'the server accepts encrypted connections only; use tls:// or wss:// in its address',
    'unknown-cmd': 'unknown command; /help lists the commands',
    banned: 'you are banned; contact an operator',
  }),
);

/** By the codes of a command in a chat, where no flag helps. */
const IN_CHAT = new Map(
  Object.entries({
    'invalid-username':
      'invalid user name: use 1 to 32 letters or digits of one script, and _ - . after the first; try another',
    'username-taken': 'the name is in use, or looks like a name in use; try another',
    'password-required': 'the name is registered; give its password, as in /nick <name> <password>',
    'wrong-password': 'wrong password; try again with the right one',
  }),
);

/** By the codes of a login, on a server with a password of its own. */
const WITH_SERVER_PASSWORD = new Map(
  Object.entries({
    'password-required':
      'the server requires a password: its own, or yours if the name is registered; give it with --password or PARTYLINE_PASSWORD',
    'wrong-password':
      'wrong password: the server requires its own, or yours if the name is registered; check --password or PARTYLINE_PASSWORD',
  }),
);

const OWN_PASSWORD =
  'that is the password of the server, but the name is registered: give its own with --password or PARTYLINE_PASSWORD';

export function refusalAdvice(
  code: string,
  { hasServerPassword = false, isServerPassword = false } = {},
): string {
  if (isServerPassword) return OWN_PASSWORD;
  const special = hasServerPassword ? WITH_SERVER_PASSWORD.get(code) : undefined;
  return special ?? REFUSALS.get(code) ?? `the server replied: ${code}`;
}

/** For a line that the user typed into a chat. */
export function chatAdvice(code: string): string {
  const usage = /^usage: (.*)$/.exec(code)?.[1];
  if (usage === undefined) return IN_CHAT.get(code) ?? refusalAdvice(code);
  return `type it as ${usage.replace(/(^|\| )([A-Z]+)/g, (_, before, verb) => `${before}/${verb.toLowerCase()}`)}`;
}

/** The last notice of the server before it closed the connection, as a sentence. */
export function partingText(notice: string): string {
  if (notice === 'server shutting down') return 'the server is shutting down';
  if (notice === 'disconnected due to inactivity') return 'disconnected for inactivity';
  return notice;
}

/** The message for a problem that {@link connectTo} or a channel reports. */
export function problemAdvice(
  problem: string | null,
  { shown, host, transport }: Pick<ServerAddress, 'shown' | 'host' | 'transport'>,
): string {
  const isSecure = transport === 'tls' || transport === 'wss';
  if (isSecure && problem !== null && /^(?:ECONNRESET|EPROTO|ERR_SSL_.*)$/.test(problem))
    return `no encrypted connection to ${shown} (${problem}); for a server without a certificate use tcp:// or ws://`;
  switch (problem) {
    case null:
      return `${shown} closed the connection; check that it is a Partyline server, then try again`;
    case 'ECONNREFUSED':
      return `no server listens at ${shown}; start the server, or give another address`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `host "${host}" not found; check the address and the network`;
    case 'timeout':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no answer from ${shown}; check the address and the network, then try again`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate of ${shown} is not trusted; if it is your own, give its cert.pem with --ca`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${shown} is for another name; use the name in the certificate`;
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${shown} has expired; renew it on the server`;
    case 'server shutting down':
      return `${shown} is shutting down; try again in a moment`;
    case 'endless-line':
    case 'too-many-replies':
      return `${shown} is not a Partyline server, or is defective; check the address`;
    case 'http-403':
      return `${shown} refused the connection; if it accepts encrypted connections only, use wss:// in its address`;
    case 'http-503':
      return `${shown} is shutting down; try again in a moment`;
    case 'http-404':
      return `${shown} has no WebSocket at this path; a Partyline server has it at /ws`;
    default:
      return `connection to ${shown} failed (${cleanText(problem)}); check the address, then try again`;
  }
}
