/** The output of MaChat's protocol: messages as `<name>:<text>`; a line that begins with `* ` is the server's. */
import type { Dialect } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import type { CloseReason, Refusal } from '../../core/reasons.js';
import { ROOM_NAME_RULE, USER_NAME_RULE } from '../shared/name-rules.js';
import { statusMessage } from '../shared/notices.js';
import { REFUSAL_WORDS } from '../shared/refusal-words.js';

/** One object for all clients, so that they share their output buffers. */
export const machatDialect: Dialect = {
  name: 'machat',
  echoesOwnMessages: true,
  recapMessages: 0,
  interactive: false,
  confirmsDelivery: false,

  format(event: HubEvent): string {
    switch (event.kind) {
      case 'said':
        return `${event.message.from}:${event.message.text}\n`;
      case 'told':
        return told(event);
      case 'mail':
        return event.mail.map(told).join('');
      case 'refused':
        return `* ${REFUSALS[event.reason]}\n`;
      case 'announced':
        return `* ${event.name}: ${event.text}\n`;
      case 'closing':
        return closing(event);
      case 'answered':
        return event.text;
      case 'signal': {
        const message = statusMessage(event);
        return message === null ? '' : `* ${event.by.name} (to ${message.whom}): ${message.text}\n`;
      }
      // MaChat shows no joins, leaves and notices.
      case 'joined':
      case 'left':
      case 'gone':
      case 'departed':
      case 'server-lost':
      case 'split':
      case 'changed':
      case 'moded':
      case 'invited':
      case 'put-out':
      case 'notice':
      case 'connected':
      case 'disconnected':
      case 'logged-in':
      case 'recap':
      // Replies to commands that MaChat does not have.
      case 'entered':
      case 'delivered':
      case 'exited':
      case 'marked':
      case 'page-token':
      case 'read':
      case 'stored':
      case 'done':
      case 'bans':
      case 'report':
      case 'arrived':
      case 'roster':
      case 'members':
      case 'watched':
      case 'deleted':
      case 'direct-deleted':
      case 'rooms':
      case 'history':
      case 'found':
      case 'pong':
      // Clients may be silent.
      case 'heartbeat':
      case 'idle-soon':
      case 'new-day':
      case 'wallops':
      case 'attached':
      case 'detached':
        return '';
      default:
        return event satisfies never;
    }
  },
};

function told({ from, text }: { readonly from: string; readonly text: string }): string {
  return `* ${from} (private): ${text}\n`;
}

function closing({ why, by, reason }: Extract<HubEvent, { kind: 'closing' }>): string {
  const text = CLOSINGS[why];
  if (why === 'put-out') return `* ${text}\n`;
  return text === '' ? '' : `* ${text}${by}${reason === '' ? '' : `: ${reason}`}\n`;
}

const REFUSALS: Record<Refusal, string> = {
  ...REFUSAL_WORDS,
  'not-logged-in': 'invalid-handshake',
  'invalid-username': `invalid-username ${USER_NAME_RULE}`,
  'invalid-room': `invalid-room ${ROOM_NAME_RULE}`,
  usage: 'usage',
};

const CLOSINGS: Record<CloseReason, string> = {
  quit: '',
  left: '',
  lost: '',
  idle: 'disconnected due to inactivity',
  'login-timeout': 'login-timeout',
  'login-refused': '',
  'login-banned': '',
  'too-many-attempts': 'too-many-attempts',
  'logged-in-elsewhere': 'disconnected: logged in elsewhere',
  'token-revoked': 'disconnected: token revoked',
  'access-revoked': 'disconnected: access revoked',
  kicked: 'disconnected: kicked by ',
  'put-out': 'kicked',
  banned: 'disconnected: banned by ',
  barred: 'banned',
  'too-slow': 'disconnected: reading too slowly',
  'endless-line': '',
  'bad-frame': '',
  'not-utf8': '',
  'message-too-long': '',
  'http-request': '',
  'server-full': 'server-full',
  'too-many-connections': 'too-many-connections',
  'tls-required': 'tls-required',
  locked: '',
  shutdown: 'server shutting down',
  'cut-off': 'disconnected: server cut off',
  'internal-error': 'disconnected: internal error',
};
