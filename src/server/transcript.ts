/** The transcript: room messages, joins and leaves as lines of text, in the format of GoTalk's chat log. */
import type { HubEvent } from '../core/event.js';
import type { EventObserver } from '../core/ports.js';
import { localTime } from '../dialects/gotalk/format.js';
import { noticeText } from '../dialects/shared/notices.js';

const LOBBY = 'lobby';
const SYSTEM = 'system';

export class Transcript implements EventObserver {
  readonly #write: (line: string) => void;
  readonly #format = transcriptFormatter();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  onEvent(event: HubEvent): void {
    switch (event.kind) {
      case 'said': {
        const { at, room, from, text } = event.message;
        this.#write(this.#format(at, room.shown, from, text));
        return;
      }
      case 'logged-in':
      case 'joined':
        // A roamer may be in no room at its login.
        if (event.room === '') return;
        this.#write(this.#format(event.at, event.room, SYSTEM, `${event.name} joined the chat`));
        return;
      case 'left':
        this.#write(this.#format(event.at, event.room, SYSTEM, `${event.name} has left our chat...`));
        return;
      case 'notice':
        if (event.notice.kind !== 'renamed' || event.room === null) return;
        this.#write(this.#format(event.at, event.room, SYSTEM, noticeText(event.notice)));
        return;
      default:
        return;
    }
  }
}

/**
 * Formats one line: `[2024-10-12 15:13:02][Bob]: hi`, with `[#room]` before the name except in the lobby. Times are
 * local to the server; the last second is cached, because most messages of a turn share it.
 */
export function transcriptFormatter(): (at: number, room: string, name: string, text: string) => string {
  let second = Number.NaN;
  let time = '';
  return (at, room, name, text) => {
    if (Math.floor(at / 1000) !== second) {
      second = Math.floor(at / 1000);
      time = localTime(at);
    }
    const place = room === LOBBY ? '' : `[#${room}]`;
    return `[${time}]${place}[${name}]: ${text}\n`;
  };
}
