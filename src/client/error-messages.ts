/** What went wrong, in a sentence that says what to do next: for the clients' messages. */
import { cleanText } from '../core/text/text.js';
import type { ServerAddress } from './url.js';

/** The server's codes; those it may add later are shown as they are. */
const REFUSALS = new Map(
  Object.entries({
    'invalid-username':
      'that is no name here: 1 to 32 letters or digits, and _ - . after the first; choose another with --name',
    'username-taken': 'the name is in use, or looks like one that is; choose another with --name',
    'password-required': 'the name is registered; give its password with --password or PARTYLINE_PASSWORD',
    'wrong-password': 'wrong password; check --password or PARTYLINE_PASSWORD',
    'too-many-attempts': 'too many wrong passwords; wait some minutes, then try again',
    'user-not-found': 'there is no such user here; check the name',
    'invalid-room': 'that is no room: 1 to 64 letters or digits, and _ - . after the first; try another name',
    'room-not-found': 'there is no such room; /rooms shows those there are',
    'room-locked': 'the room is locked; ask for its key, then /join <room> <key> in partyline chat',
    'not-permitted': 'you are not permitted to do that; ask an operator',
    'not-stored': 'the server could not store it, and nobody saw it; try again in a moment',
    'mailbox-full': 'too many messages wait for that user already; try again later',
    busy: 'the server could not do it just now; try again in a moment',
    'line-too-long':
      'a line is too long for the server (4096 bytes, unless it is set otherwise); send it in parts',
    'paste-too-long': 'it is too long for the server; send it in parts',
    'server-full': 'the server is full; try again later',
    'too-many-connections': 'too many connections from this address; close some, then try again',
    'login-timeout': 'the login took too long; try again',
    'tls-required': 'the server takes encrypted connections only; use tls:// or wss:// in its address',
    'unknown-cmd': 'there is no such command; /help shows those there are',
    banned: 'you are banned here; ask an operator',
  }),
);

export function refusalAdvice(code: string): string {
  return REFUSALS.get(code) ?? `the server says: ${code}`;
}

/** Why there is no connection, as {@link connectTo} names it. */
export function problemAdvice(problem: string | null, { shown, host, transport }: ServerAddress): string {
  const isSecure = transport === 'tls' || transport === 'wss';
  if (isSecure && problem !== null && /^(?:ECONNRESET|EPROTO|ERR_SSL_.*)$/.test(problem))
    return `${shown} does not encrypt, or not as we do (${problem}); a server without a certificate has tcp:// or ws://`;
  switch (problem) {
    case null:
      return `${shown} closed the connection; check that it is a Partyline server, then try again`;
    case 'ECONNREFUSED':
      return `nobody listens at ${shown}; start the server there, or give the address of another`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host "${host}", or the name cannot be looked up now; check the address`;
    case 'timeout':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no answer from ${shown}; check the address and the network, then try again`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate of ${shown} is signed by nobody known; if it is yours, give its cert.pem with --ca`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${shown} is for another name; use the name that it is for`;
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${shown} has expired; the server needs a new one`;
    case 'endless-line':
    case 'too-many-replies':
      return `what ${shown} sends is no chat; check the address`;
    case 'http-403':
      return `${shown} lets nobody in; if it takes encrypted connections only, use wss:// in its address`;
    case 'http-503':
      return `${shown} takes nobody now: it is about to stop; try again in a moment`;
    case 'http-404':
      return `there is no WebSocket at ${shown}; a Partyline server has it at /ws`;
    default:
      return `cannot talk to ${shown} (${cleanText(problem)}); check the address, then try again`;
  }
}
