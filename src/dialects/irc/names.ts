/** The members of a room, as NAMES lists them. */
import type { HubEvent } from '../../core/event.js';
import { LINE_END, MAX_LINE_BYTES } from './message.js';
import type { IrcRequest } from './request.js';

export function nameLines(
  { users, room, last }: Extract<HubEvent, { kind: 'roster' }>,
  request: IrcRequest,
): string {
  const channel = room === null ? '*' : `#${room}`;
  let lines = '';
  for (const names of inLines(
    users.map(({ name }) => name),
    MAX_LINE_BYTES - Buffer.byteLength(request.reply('353', `= ${channel} :`)) - LINE_END.length,
  ))
    lines += request.reply('353', `= ${channel} :${names}`);
  return last ? lines + request.reply('366', `${channel} :End of NAMES list`) : lines;
}

/** Words in as few lines of at most this many bytes as possible. */
export function inLines(words: readonly string[], bytes: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  for (const word of words) {
    const size = Buffer.byteLength(word);
    if (line !== '' && length + 1 + size > bytes) {
      lines.push(line);
      line = '';
      length = 0;
    }
    length += (line === '' ? 0 : 1) + size;
    line += (line === '' ? '' : ' ') + word;
  }
  if (line !== '') lines.push(line);
  return lines;
}
