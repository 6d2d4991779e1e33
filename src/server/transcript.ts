/** Writes what was said, and who came and went, as GoTalk's chat log has it: for people who read files. */
import type { HubEvent } from '../core/event.js';
import type { EventObserver } from '../core/ports.js';
import { localTimes, transcriptLine } from './transcript-line.js';

export class Transcript implements EventObserver {
  readonly #write: (line: string) => void;
  readonly #timeOf = localTimes();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  onEvent(event: HubEvent): void {
    switch (event.kind) {
      case 'said': {
        const { at, room, from, text } = event.message;
        this.#add(at, room.shown, from, text);
        return;
      }
      case 'logged-in':
      case 'joined':
        this.#add(event.at, event.room, 'system', `${event.name} joined the chat`);
        return;
      case 'left':
        this.#add(event.at, event.room, 'system', `${event.name} has left our chat...`);
        return;
      default:
        return;
    }
  }

  #add(at: number, room: string, who: string, text: string): void {
    this.#write(transcriptLine(this.#timeOf(at), room, who, text));
  }
}
