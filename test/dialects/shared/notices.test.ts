import { expect, it } from 'vitest';
import type { HubEvent } from '../../../src/core/event.js';
import { linesDialect } from '../../../src/dialects/lines/format.js';
import { SOMEONE } from '../../support/roamer.js';
import { gotalk, lines, machat } from '../speakers.js';

const notice: Extract<HubEvent, { kind: 'notice' }> = {
  kind: 'notice',
  at: Date.UTC(2026, 2, 1, 12),
  room: 'dev',
  notice: { kind: 'renamed', from: 'ann', to: 'anna' },
  by: SOMEONE,
};

it('a notice is an INFO line in lines, a line of the system in gotalk, and nothing in machat', () => {
  expect(lines.converse().dialect.format(notice)).toBe('INFO ann is now anna\n');
  expect(gotalk.converse().dialect.format(notice)).toBe('[2026-03-01 12:00:00][system]: ann is now anna\n');
  expect(machat.converse().dialect.format(notice)).toBe('');
});

it('a notice has tags as other INFO lines have, with the room if it is about one', () => {
  const tagged = linesDialect({
    tagged: true,
    interactive: false,
    chatting: false,
    timed: false,
    inTerminal: true,
  });
  expect(tagged.format(notice)).toBe(
    '@time=2026-03-01T12:00:00.000Z;room=dev;event=rename;user=ann;to=anna INFO ann is now anna\n',
  );
  expect(tagged.format({ ...notice, room: null })).toBe(
    '@time=2026-03-01T12:00:00.000Z;event=rename;user=ann;to=anna INFO ann is now anna\n',
  );
});
