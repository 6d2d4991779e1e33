import { describe, expect, it } from 'vitest';
import { layOutStatus, type WindowStatus } from '../../src/client/status-line.js';
import { graphemesOf, widthOf } from '../../src/client/text-width.js';

function window(name: string, state: Partial<WindowStatus> = {}): WindowStatus {
  return { name, isShown: false, hasLeft: false, unread: 0, isMentioned: false, ...state };
}

const LOBBY = window('lobby', { isShown: true });

describe('the status line', () => {
  it('the status line shows each window with its number and its unread messages, and then the notes', () => {
    const windows = [
      LOBBY,
      window('dev', { unread: 3 }),
      window('ops', { unread: 1, isMentioned: true }),
      window('@bob'),
      window('old', { hasLeft: true }),
      window('older', { hasLeft: true, unread: 2 }),
    ];
    expect(layOutStatus({ windows, notes: ['ann at host'] }, 79).trimEnd()).toBe(
      ' [1:lobby] 2:dev(3) 3:ops(1!) 4:@bob 5:old(left) 6:older(left 2) · ann at host',
    );
  });

  it('the status line leaves out notes that do not fit, the last ones first', () => {
    const status = { windows: [LOBBY], notes: ['offline', 'ann at a-server-with-a-long-name'] };
    expect(layOutStatus(status, 40).trimEnd()).toBe(' [1:lobby] · offline');
  });

  it('the status line leaves out windows without unread messages first, then unread ones, and says how many', () => {
    const windows = [
      LOBBY,
      ...['alpha', 'beta', 'gamma'].map((name) => window(name)),
      window('delta', { unread: 12 }),
      window('epsilon', { unread: 1, isMentioned: true }),
    ];
    const rowOf = (columns: number) => layOutStatus({ windows, notes: [] }, columns).trimEnd();
    expect(rowOf(79)).toBe(' [1:lobby] 2:alpha 3:beta 4:gamma 5:delta(12) 6:epsilon(1!)');
    expect(rowOf(40)).toBe(' [1:lobby] 5:delta(12) 6:epsilon(1!) +3');
    expect(rowOf(30)).toBe(' [1:lobby] 6:epsilon(1!) +4');
    expect(rowOf(16)).toBe(' [1:lobby] +5');
  });

  it('the status line shortens a name that would take more than a third of the row, unless it is alone', () => {
    const name = 'a-room-with-a-name-of-48-characters-or-a-few-more';
    expect(layOutStatus({ windows: [LOBBY, window(name)], notes: [] }, 40).trimEnd()).toBe(
      ' [1:lobby] 2:a-room-with-…',
    );
    expect(layOutStatus({ windows: [window(name, { isShown: true })], notes: [] }, 79).trimEnd()).toBe(
      ` [1:${name}]`,
    );
  });

  it.each([1, 5, 10, 40, 79, 200])(
    'the status line fills exactly %i columns, also with wide characters',
    (columns) => {
      const windows = [window('日本語の部屋', { isShown: true, unread: 3 }), window('dev', { unread: 100 })];
      const row = layOutStatus({ windows, notes: ['绑 at host'] }, columns);
      expect(graphemesOf(row).reduce((sum, one) => sum + widthOf(one), 0)).toBe(columns);
    },
  );
});
