/** Why a command is not permitted, and what to do. */
import type { RefusalDetail } from '../../core/event.js';

/** `write` shows a command as the dialect has it: `REGISTER` or `/register`. */
export function deniedText(
  { denial, about = '' }: RefusalDetail,
  write: (command: string) => string,
): string {
  switch (denial) {
    case 'operators-only':
      return 'permission denied: only operators can; contact the operator of the server';
    case 'founder-only':
      return `permission denied: only the founder can; ${write('REGISTER')}, then be first to ${write('JOIN')} a room`;
    case 'lobby':
      return `the lobby has no founder; ${write('REGISTER')}, then be first to ${write('JOIN')} another room`;
    case 'operators-in-lobby':
      return 'permission denied: only operators can delete messages of others in the lobby';
    case 'has-founder':
      return 'not possible: the room already has a founder, or is the lobby; go to a room without a founder';
    case 'yourself':
      return 'not possible with your own name; give the name of another user';
    case 'own-address':
      return `${about} holds your own address or loopback; to ban it anyway, begin the reason with FORCE`;
    case 'current-room':
      return `messages go to ${about}; ${write('JOIN')} another room first`;
    case undefined:
      return 'permission denied; contact an operator';
    default:
      return denial satisfies never;
  }
}

/** Why another user is not made the founder of a room. */
export function unregisteredText(user: string, write: (command: string) => string): string {
  return `${user} must be registered to be a founder; ask ${user} to type ${write('REGISTER')} <password>`;
}
