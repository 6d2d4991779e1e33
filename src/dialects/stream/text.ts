/**
 * `text`: a line for each message, for people and for `grep`. A line that begins with `* ` is the server's, since no name
 * begins so.
 */
import type { CursorLost } from '../../core/dialect.js';
import type { Message } from '../../core/message.js';
import { isoTime } from '../shared/iso-time.js';
import { localSecond } from '../shared/local-time.js';
import { topicChange } from '../shared/notices.js';
import type { StreamItem } from './items.js';
import { StreamFormat } from './stream-format.js';

export interface TextStyle {
  /** `1020 2026-03-01T12:00:00.000Z ann hi`, as HISTORY has it, in place of `12:00:00 ann: hi`. */
  readonly isHist: boolean;
  /** Each line names its room: the stream is of several. */
  readonly namesRooms: boolean;
}

export class StreamText extends StreamFormat {
  readonly name = 'text';
  readonly #style: TextStyle;

  constructor(hasPresence: boolean, style: TextStyle) {
    super(hasPresence);
    this.#style = style;
  }

  reset({ reason, first }: CursorLost): string {
    return first === null ? `* reset: ${reason}\n` : `* reset: ${reason}, first ${first}\n`;
  }

  protected write(item: StreamItem): string {
    switch (item.kind) {
      case 'message':
        return this.#message(item.message);
      case 'joined':
      case 'left':
        return `* ${localSecond(item.at)} ${item.name} ${item.kind} ${item.room}\n`;
      case 'topic':
        return `* ${localSecond(item.at)} ${topicChange(item.name, item.room, item.topic)}\n`;
      case 'deleted':
        return deletedLine(item);
      case 'end':
        return `* end: ${item.reason}\n`;
      case 'keepalive':
        // TCP's keep-alive finds a dead peer.
        return '';
      default:
        return item satisfies never;
    }
  }

  #message(message: Message): string {
    const { at, room, from, text } = message;
    const place = this.#style.namesRooms ? `#${room.shown} ` : '';
    return this.#style.isHist ? place + histLine(message) : `${localSecond(at)} ${place}${from}: ${text}\n`;
  }
}

function deletedLine({ at, name, id, lastId, reason }: Extract<StreamItem, { kind: 'deleted' }>): string {
  const ids = id === lastId ? `${id}` : `${id} to ${lastId}`;
  return `* ${localSecond(at)} ${name} deleted ${ids}${reason === '' ? '' : `: ${reason}`}\n`;
}

/** The line of HISTORY without its first word. */
function histLine({ id, at, from, text }: Message): string {
  return `${id} ${isoTime(at)} ${from} ${text}\n`;
}
