/** The accessible name of a room in the list. */
import { describe, expect, it } from 'vitest';
import { roomLabel, shownCount } from '../../src/page/ui/room-label.js';
import { room } from './gallery/messages.js';

describe('the accessible name of a room', () => {
  it.each([
    [{}, 'dev'],
    [{ unread: 3 }, 'dev, 3 unread'],
    [{ unread: 3, mentions: 1 }, 'dev, 3 unread, 1 mention'],
    [{ unread: 300, mentions: 2 }, 'dev, 99+ unread, 2 mentions'],
    [{ isLocked: true }, 'dev, locked'],
    [{ problem: 'the room is locked' }, 'dev, the room is locked'],
  ])('of %o is "%s"', (more, label) => {
    expect(roomLabel(room('dev', more))).toBe(label);
  });
});

describe('a count', () => {
  it.each([
    [1, false, '1'],
    [99, false, '99'],
    [100, false, '99+'],
    [50, true, '50+'],
  ])('%i, with more: %o, is shown as %s', (count, hasMore, shown) => {
    expect(shownCount(count, hasMore)).toBe(shown);
  });
});
