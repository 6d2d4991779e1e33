/** Tests the windows of `partyline chat`, and which of them show an event. */
import { describe, expect, it } from 'vitest';
import { routeEvent } from '../../src/client/event-router.js';
import { presenceChangeIn } from '../../src/client/presence.js';
import type { SessionEvent } from '../../src/client/session-event.js';
import { windowChoice } from '../../src/client/window-keys.js';
import { WindowList } from '../../src/client/windows.js';
import { cleanText } from '../../src/core/text/text.js';

const NOTICE = { kind: 'info', at: 0, room: null, event: null, user: null, to: null } as const;
const [BOB, EVE, HI] = [cleanText('bob'), cleanText('eve'), cleanText('hi')];

function said(room: string, past = false): SessionEvent {
  return { kind: 'said', room, message: { id: 1, at: 0, from: BOB, text: HI }, past };
}

function info(text: string, room: string | null = null): SessionEvent {
  const change = presenceChangeIn({ ...NOTICE, text: cleanText(text) });
  return { kind: 'info', room, text: cleanText(text), at: 0, change, isRepeated: false };
}

/** Windows of the rooms lobby, dev and ops; the lobby is shown. */
class TestWindows {
  readonly list = new WindowList('lobby');

  constructor() {
    this.route({ kind: 'online', rooms: ['lobby', 'dev', 'ops'], again: false });
  }

  /** The names of the windows that show the event. */
  route(event: SessionEvent, isForUser = false): readonly string[] {
    return routeEvent(this.list, event, isForUser).map(({ name }) => name);
  }

  show(name: string): void {
    const window = this.list.search(name);
    if (window === null) throw new Error(`no window ${name}`);
    this.list.show(window);
  }

  states(): readonly string[] {
    return this.list.all.map((window) => {
      const { name, isQuery, unread, isMentioned, state } = window;
      const marks = `${unread === 0 ? '' : unread}${isMentioned ? '!' : ''}${!isQuery && state !== 'joined' ? state : ''}`;
      const shown = window === this.list.shown ? '*' : '';
      return `${shown}${isQuery ? '@' : ''}${name}${marks}`;
    });
  }
}

describe('windows of partyline chat', () => {
  it('windows of partyline chat count the messages of rooms that are not shown, until they are shown', () => {
    const windows = new TestWindows();
    windows.route(said('lobby'), true);
    windows.route(said('dev'));
    windows.route(said('dev'), true);
    windows.route(said('dev'));
    windows.route(said('ops', true));
    expect(windows.states()).toEqual(['*lobby', 'dev3!', 'ops']);
    windows.show('2');
    expect(windows.states()).toEqual(['lobby', '*dev', 'ops']);
  });

  it('windows of partyline chat are found by number, by name, and by the start of a name', () => {
    const { list } = new TestWindows();
    const query = list.open('query', 'dev');
    const found = (target: string) => {
      const window = list.search(target);
      return window === null ? null : list.numberOf(window);
    };
    expect(['1', 'DEV', '#dev', '@dev', 'op', '@d', '9', 'x'].map(found)).toEqual([
      ...[1, 2, 2, 4, 3, 4, null, null],
    ]);
    expect(list.numberOf(query)).toBe(4);
  });

  it('windows of partyline chat are shown in turn, in both directions, and those with a mention before other unread ones', () => {
    const windows = new TestWindows();
    windows.list.step(-1);
    expect(windows.list.shown.name).toBe('ops');
    windows.list.step(1);
    windows.list.step(1);
    expect(windows.list.shown.name).toBe('dev');
    windows.show('lobby');
    windows.route(said('dev'));
    windows.route(said('ops'), true);
    windows.list.showUnread();
    expect(windows.list.shown.name).toBe('ops');
    windows.list.showUnread();
    windows.list.showUnread();
    expect(windows.list.shown.name).toBe('dev');
  });

  it('windows of partyline chat return to the window that was shown before when one is closed; the last one stays', () => {
    const windows = new TestWindows();
    windows.show('dev');
    windows.show('ops');
    windows.show('lobby');
    windows.list.close(windows.list.shown);
    expect(windows.states()).toEqual(['dev', '*ops']);
    windows.list.close(windows.list.shown);
    windows.list.close(windows.list.shown);
    expect(windows.states()).toEqual(['*dev']);
  });
});

describe('an event of a session', () => {
  it('an event of a session is shown in the window of its room, and without a room in the one that the user sees', () => {
    const windows = new TestWindows();
    windows.show('ops');
    expect(windows.route(info('eve joined dev', 'dev'))).toEqual(['dev']);
    expect(windows.route(info('eve disconnected'))).toEqual(['ops']);
    expect(windows.route({ kind: 'refused', room: 'dev', code: 'busy', about: 'hi', to: null })).toEqual([
      'dev',
    ]);
    expect(windows.route({ kind: 'gap', room: 'dev' })).toEqual(['dev']);
    expect(windows.route({ kind: 'resent', count: 1 })).toEqual(['ops']);
    const offline = { kind: 'offline', problem: null, retryInMs: 1 } as const;
    expect(windows.route({ ...offline, isRetry: false })).toEqual(['lobby', 'dev', 'ops']);
    expect(windows.route({ ...offline, isRetry: true })).toEqual(['ops']);
    expect(windows.route({ kind: 'progress' })).toEqual([]);
  });

  it('an event of a session opens a window for a direct message, whose user keeps it under another name', () => {
    const windows = new TestWindows();
    expect(windows.route({ kind: 'told', from: BOB, text: HI, at: 0 })).toEqual(['bob']);
    expect(windows.states()).toEqual(['*lobby', 'dev', 'ops', '@bob1!']);
    expect(windows.route({ kind: 'own', room: null, to: BOB, text: HI, waiting: false })).toEqual([
      'bob',
      'lobby',
    ]);
    windows.route(info('Bob is now robert'));
    expect(windows.states().at(-1)).toBe('@robert1!');
  });

  it('an event of a session closes the window of a user who does not exist, but not one with messages', () => {
    const windows = new TestWindows();
    const refused = (to: string): SessionEvent => ({
      ...{ kind: 'refused', room: null, code: 'user-not-found', about: 'hi', to },
    });
    windows.route({ kind: 'told', from: BOB, text: HI, at: 0 });
    windows.route({ kind: 'own', room: null, to: EVE, text: HI, waiting: false });
    expect(windows.route(refused('eve'))).toEqual(['lobby']);
    expect(windows.route(refused('bob'))).toEqual(['bob', 'lobby']);
    expect(windows.states()).toEqual(['*lobby', 'dev', 'ops', '@bob1!']);
  });

  it('an event of a session closes the window of a room that was refused at once, and keeps one that the user has been in', () => {
    const windows = new TestWindows();
    windows.show('dev');
    windows.list.show(windows.list.open('room', 'secret'));
    expect(windows.route({ kind: 'barred', room: 'secret', code: 'room-locked' })).toEqual(['dev']);
    expect(windows.route({ kind: 'barred', room: 'ops', code: 'room-locked' })).toEqual(['ops', 'dev']);
    const putOut = { kind: 'put-out', room: 'dev', text: HI, at: 0 } as const;
    expect(windows.route(putOut)).toEqual(['dev']);
    expect(windows.states()).toEqual(['lobby', '*devleft', 'opsleft']);
    expect(windows.route({ kind: 'entered', room: 'dev' })).toEqual(['dev']);
    expect(windows.states()).toEqual(['lobby', '*dev', 'opsleft']);
  });

  it('an event of a session takes the window of the room along on a server with one room at a time', () => {
    const windows = new TestWindows();
    windows.route({ kind: 'barred', room: 'dev', code: 'one-room' });
    expect(windows.route({ kind: 'moved', from: 'lobby', room: 'new' })).toEqual(['new']);
    expect(windows.states()).toEqual(['*new', 'devleft', 'ops']);
    expect(windows.route({ kind: 'moved', from: 'new', room: 'dev' })).toEqual(['dev']);
    expect(windows.states()).toEqual(['newleft', '*dev', 'ops']);
  });
});

describe('a key in partyline chat', () => {
  it.each([
    ['alt-1', 1],
    ['alt-9', 9],
    ['alt-0', 10],
    ['alt-a', 'unread'],
    ['ctrl-n', 'next'],
    ['ctrl-p', 'previous'],
    ['alt-b', null],
    ['up', null],
  ])('the key %s shows the window %s', (key, choice) => {
    expect(windowChoice(key)).toBe(choice);
  });
});
