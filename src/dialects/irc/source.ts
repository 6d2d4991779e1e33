/** How users are named in front of their lines, and the form of those lines. */
import type { HubEvent, Who } from '../../core/event.js';
import type { Message } from '../../core/message.js';

/** Of the host of a user, which stands for an address. */
export const HOST_BYTES = '0123456789.partyline'.length;

export function sourceOf({ name, user, host }: Who): string {
  return `${name}!${user}@${host}`;
}

/** The author of a message that was stored, of whom only the name is known. */
export function unknownWho(name: string, serverName: string): Who {
  return { name, user: 'user', host: serverName, account: null, isBot: false, realname: name };
}

/** Formats lines for the capabilities of a client. */
export interface LineFormat {
  format(event: HubEvent): string;
  /** A line of a user. */
  line(at: number, by: Who, rest: string): string;
  /** A message of a room, as one line or several. */
  message(message: Message, by: Who): string;
  /** JOIN as all members of the room see it, the one who joined included. */
  joinOf(at: number, by: Who, room: string): string;
}
