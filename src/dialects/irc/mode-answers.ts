/** The modes of a room and its lists of masks, as MODE shows them. */
import type { Report } from '../../core/event.js';
import type { MaskEntry, MaskList } from '../../core/modes.js';
import { cutToBytes } from './message.js';
import { shownMask, shownModes } from './modes.js';
import type { IrcRequest } from './request.js';

/** A key that the server does not remember is left out, and so is a time that it does not know. */
export function roomModeLines(
  { room, modes, key, madeAt }: Extract<Report, { kind: 'modes' }>,
  request: IrcRequest,
): string {
  const shown = request.reply('324', `#${room} ${shownModes(modes, key)}`);
  return madeAt === null ? shown : shown + request.reply('329', `#${room} ${Math.floor(madeAt / 1000)}`);
}

interface ListNumerics {
  readonly entry: string;
  readonly end: string;
  readonly name: string;
}

const LISTS: Record<MaskList, ListNumerics> = {
  bans: { entry: '367', end: '368', name: 'ban' },
  exceptions: { entry: '348', end: '349', name: 'exception' },
  'invite-exceptions': { entry: '346', end: '347', name: 'invite exception' },
};

export function maskLines(
  { room, list, entries }: Extract<Report, { kind: 'masks' }>,
  request: IrcRequest,
): string {
  const { entry, end, name } = LISTS[list];
  const lines = entries.map((mask) => maskLine(entry, room, mask, request));
  return lines.join('') + request.reply(end, `#${room} :End of channel ${name} list`);
}

/**
 * The setter and the time are whole: of a mask of an earlier version that is too long the end is left out. They are
 * optional (modern.ircdocs.horse), and left out where the names alone fill the line, which no names in ASCII do.
 */
function maskLine(
  numeric: string,
  room: string,
  { shown, silences, by, at }: MaskEntry,
  request: IrcRequest,
): string {
  const head = `#${room} `;
  const tail = ` ${by} ${Math.floor(at / 1000)}`;
  const mask = shownMask(shown, silences);
  const bytes = request.bytesLeft(numeric, head + tail);
  if (bytes > 0) return request.reply(numeric, head + cutToBytes(mask, bytes) + tail);
  return request.reply(numeric, head + cutToBytes(mask, request.bytesLeft(numeric, head)));
}
