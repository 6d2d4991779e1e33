/**
 * The answers to labelled commands. Each line carries the label, and the last one is OK or ERR, also for commands that
 * have no such line without a label; PONG stands for itself.
 */
import type { Dialect } from '../../core/dialect.js';
import type { HubEvent } from '../../core/event.js';
import { isoTime } from '../shared/iso-time.js';

/** The text of an event under a label. `programs`: how `lines` shows it to programs with TAGS ON. */
export function labelledAnswer(event: HubEvent, label: string, programs: Dialect): string {
  return withLabel(answerText(event, programs), label);
}

function answerText(event: HubEvent, programs: Dialect): string {
  switch (event.kind) {
    case 'stored':
      return storedText(event);
    case 'delivered':
      return `@id=${event.id};time=${isoTime(event.at)}${event.isOffline ? ';kept=1' : ''} OK\n`;
    case 'roster':
      return programs.format(event) + (event.last ? 'OK\n' : '');
    case 'closing':
      return `${programs.format(event)}OK\n`;
    case 'refused': {
      const { suggestion } = event.detail;
      const isTaken = event.reason === 'username-taken' && suggestion !== undefined;
      return (isTaken ? `@try=${suggestion} ` : '') + programs.format(event);
    }
    default:
      return programs.format(event);
  }
}

function storedText({ at, room, ids, isPaste }: Extract<HubEvent, { kind: 'stored' }>): string {
  if (ids === null) return `@room=${room} OK\n`;
  const last = isPaste ? `;last=${ids.last}` : '';
  return `@id=${ids.first}${last};time=${isoTime(at)};room=${room} OK\n`;
}

/** The label is the first tag of each line. */
function withLabel(text: string, label: string): string {
  let labelled = '';
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    const line = text.slice(start, end);
    labelled += line.startsWith('@') ? `@label=${label};${line.slice(1)}` : `@label=${label} ${line}`;
    start = end;
  }
  return labelled;
}
