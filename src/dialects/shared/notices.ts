/**
 * The text of events that `lines` shows as an INFO line and GoTalk as a line of the system, so that a new one needs no
 * change to their formatters. MaChat shows none of them.
 */
import type { Notice } from '../../core/event.js';

export function noticeText(notice: Notice): string {
  switch (notice.kind) {
    case 'renamed':
      return `${notice.from} is now ${notice.to}`;
  }
}
