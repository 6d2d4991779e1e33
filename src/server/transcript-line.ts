/** A line of a transcript, as GoTalk's chat log has it: `[2024-10-12 15:13:02][Bob]: hi`, the room in between if it is not the lobby. */
import { localTime } from '../dialects/gotalk/format.js';

const LOBBY = 'lobby';

export function transcriptLine(time: string, room: string, who: string, text: string): string {
  return room === LOBBY ? `[${time}][${who}]: ${text}\n` : `[${time}][#${room}][${who}]: ${text}\n`;
}

/** The server's local time, remembered for a second: the messages of a turn mostly share theirs. */
export function localTimes(): (at: number) => string {
  let second = Number.NaN;
  let shown = '';
  return (at) => {
    if (Math.floor(at / 1000) === second) return shown;
    second = Math.floor(at / 1000);
    shown = localTime(at);
    return shown;
  };
}
