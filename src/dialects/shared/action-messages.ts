/** What was done, for the person who did it: behind the `OK` of `lines`, and as GoTalk's answer. */
import type { Ban } from '../../core/accounts.js';
import type { Action } from '../../core/action.js';

export function actionMessage({ kind, about, until = 0 }: Action): string {
  switch (kind) {
    case 'register':
      return `${about} is yours: nobody comes in by that name without your password`;
    case 'change-password':
      return 'from now on it is the new password';
    case 'unregister':
      return `${about} is anybody's as soon as you leave`;
    case 'kick':
      return `${about} is sent away`;
    case 'ban':
      return `${about} is shut out ${howLong(until)}`;
    case 'unban':
      return `${about} may come in`;
    case 'mute':
      return `${about} is silenced ${howLong(until)}`;
    case 'unmute':
      return `${about} may speak`;
    case 'announce':
      return 'said to everyone';
    case 'ignore':
      return `you hear no more of ${about}`;
    case 'unignore':
      return `you hear ${about} again`;
    case 'lock':
      return `${about} is locked: whoever comes needs the key`;
    case 'unlock':
      return `${about} is open to everyone`;
    case 'topic':
      return `the topic of ${about} is set`;
    default:
      return '';
  }
}

/** A line of BANS. */
export function describeBan({ shown, until, by, reason }: Ban): string {
  return `${shown} ${howLong(until)} by ${by}${reason === '' ? '' : `: ${reason}`}`;
}

function howLong(until: number): string {
  return until === Number.POSITIVE_INFINITY ? 'for ever' : `until ${new Date(until).toISOString()}`;
}
