/** The page loses its connection and comes back: what was missed is read, and nothing is sent twice. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/open.js';
import { MemoryHistory } from '../../src/history/memory.js';
import { migrations } from '../../src/server/migrations.js';
import { DiskHistory } from '../support/disk-history.js';
import { temporaryFolder } from '../support/folders.js';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { passwordOf, World } from '../support/world.js';

describe('a lost connection', () => {
  it('a lost connection is tried again after 0.5 s, then with longer delays up to 15 s', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.isOffline = true;
    ann.lose();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const { value } = ann.state.connection;
      if (value.kind !== 'waiting') throw new Error(`not waiting but ${value.kind}`);
      const delay = value.retryAt - world.clock.now();
      delays.push(delay);
      ann.wait(delay);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    ann.isOffline = false;
    ann.wake();
    expect(ann.state.connection.value).toEqual({ kind: 'online', isSlow: false });
  });

  it('what was missed is there after the reconnect, in its order and once', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    bob.send('MSG one\n');
    ann.run();
    ann.lose();
    world.wait(1);
    bob.send('MSG two\n');
    world.wait(1);
    bob.send('MSG three\n');
    ann.wait(1000);
    world.wait(1);
    bob.send('MSG four\n');
    ann.run();
    expect(ann.texts).toEqual(['one', 'two', 'three', 'four']);
    expect(ann.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  it('a message that was stored without an answer is found, and not sent again', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.setDraft('  only\tonce\u0007 ');
    ann.actions.send();
    // It is stored, but the answer is lost.
    world.settle();
    ann.lose().wait(1000);
    expect(ann.messages).toMatchObject([{ id: 1, text: 'only\tonce', state: 'stored' }]);
    expect(ann.sent.filter((line) => line.includes('MSG'))).toHaveLength(1);
  });

  it('a message that never arrived fails, and is not sent again by itself', () => {
    const ann = visitor(new World(), 'ann');
    ann.losesSends = true;
    ann.say('lost');
    ann.losesSends = false;
    ann.lose().wait(60_000);
    expect(ann.messages).toMatchObject([
      { state: 'failed', failure: 'The connection was lost, and the message is not in the history.' },
    ]);
    expect(ann.sent.filter((line) => line.includes('MSG'))).toHaveLength(1);
    ann.actions.retry(ann.messages[0]?.key ?? '');
    expect(ann.run().messages).toMatchObject([{ id: 1, text: 'lost', state: 'stored' }]);
  });

  it('two equal messages without answers are two messages of the history', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    for (const text of ['same', 'same', 'two\nlines']) {
      ann.actions.setDraft(text);
      ann.actions.send();
    }
    world.settle();
    ann.lose().wait(1000);
    expect(ann.texts).toEqual(['same', 'same', 'two', 'lines']);
    expect(ann.messages.map(({ id, state }) => [id, state])).toEqual(
      [1, 2, 3, 4].map((id) => [id, 'stored']),
    );
  });

  it('a direct message without an answer fails: there is no history of them', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.actions.open('@bob');
    ann.actions.setDraft('hi');
    ann.actions.send();
    world.settle();
    ann.lose().wait(1000);
    expect(ann.messages).toMatchObject([
      { state: 'failed', failure: expect.stringMatching(/may have been delivered/) },
    ]);
    expect(bob.run().state.conversations.value).toMatchObject([{ name: 'ann', unread: 1 }]);
  });

  it('a message that is written while offline is sent once the connection is back', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.isOffline = true;
    ann.lose().say('later');
    expect(ann.messages).toMatchObject([{ state: 'waiting' }]);
    ann.isOffline = false;
    ann.wait(20_000);
    expect(ann.messages).toMatchObject([{ id: 1, state: 'stored' }]);
  });

  it('of more than 2,000 missed messages the newest 100 are shown, and a gap that can be loaded', () => {
    const world = new World({ history: longHistory() });
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    const talk = (count: number) => {
      for (let at = 0; at < count; at++) {
        world.wait(1);
        bob.say('MSG line\n');
      }
      world.settle();
    };
    talk(3);
    ann.run().lose();
    talk(2300);
    ann.wait(1000);
    expect(ann.messages).toHaveLength(103);
    const gap = ann.rows.find(({ kind }) => kind === 'gap');
    expect(gap).toMatchObject({ count: 100, isLoading: false });
    ann.actions.loadGap(gap?.key ?? '');
    ann.run();
    expect(ann.messages.map(({ id }) => id).slice(0, 104)).toEqual(
      Array.from({ length: 104 }, (_, at) => (at < 103 ? at + 1 : 2204)),
    );
    for (let page = 0; page < 30; page++) {
      const rest = ann.rows.find(({ kind }) => kind === 'gap');
      if (rest === undefined) break;
      ann.actions.loadGap(rest.key);
      ann.run();
    }
    expect(ann.messages.map(({ id }) => id)).toEqual(Array.from({ length: 2303 }, (_, at) => at + 1));
  });

  it('older messages are loaded to the beginning, and a hit of the search far above is shown in its place', () => {
    const world = new World();
    const bob = world.login('bob');
    for (let at = 1; at <= 400; at++) {
      world.wait(1);
      bob.say(`MSG ${at === 20 ? 'needle' : 'hay'} ${at}\n`);
    }
    world.settle();
    const ann = visitor(world, 'ann');
    expect(ann.messages).toHaveLength(50);
    ann.actions.loadOlder();
    ann.actions.loadOlder();
    ann.run();
    expect(ann.messages).toHaveLength(150);
    ann.actions.openSearch();
    ann.actions.runSearch(' needle ');
    ann.run();
    expect(ann.state.search.value).toMatchObject({ isBusy: false, results: [{ id: 20 }] });
    ann.actions.openHit(20);
    ann.run();
    expect(ann.state.target.value).toEqual({ place: '#lobby', id: 20 });
    expect(ann.messages.map(({ id }) => id).slice(0, 71)).toEqual([
      ...Array.from({ length: 70 }, (_, at) => at + 1),
      251,
    ]);
    expect(ann.rows.filter(({ kind }) => kind === 'gap')).toHaveLength(1);
    expect(ann.state.timeline.value.isAtBeginning).toBe(true);
  });

  it('a search of too many words says how many there may be', () => {
    const ann = visitor(new World(), 'ann');
    ann.actions.openSearch();
    const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
    for (const text of [words(33), 'x'.repeat(5000)]) {
      ann.actions.runSearch(text);
      expect(ann.run().state.search.value).toMatchObject({
        results: null,
        error: 'Use fewer or shorter words, at most 32.',
      });
    }
    ann.actions.runSearch(words(32));
    expect(ann.run().state.search.value).toMatchObject({ results: [], error: null });
  });

  it('a server that began anew is noticed, and the old lines are dropped', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.say('old one').say('old two').say('old three');
    const other = new World({ clock: world.clock, history: new MemoryHistory() });
    ann.moveTo(other);
    other.login('bob').send('MSG new one\n');
    ann.lose().wait(1000);
    expect(ann.texts).toEqual(['new one']);
    expect(ann.rows.map(({ kind }) => kind)).toContain('reset');
  });
});

describe('a long room', () => {
  it('10,000 messages are kept: what one reads stays, and the newest are loaded again on the way down', () => {
    const world = new World({ history: longHistory() });
    const bob = world.login('bob');
    const talk = (count: number) => {
      for (let at = 0; at < count; at++) {
        world.wait(1);
        bob.send('MSG line\n');
      }
    };
    talk(300);
    const ann = visitor(world, 'ann');
    ann.actions.setAtBottom(false);
    ann.actions.loadOlder();
    ann.run();
    const [first] = ann.messages;
    talk(10_500);
    ann.run();
    expect(ann.messages[0]).toBe(first);
    expect(ann.state.timeline.value).toMatchObject({ isDetached: false, newBelow: 10_500 });
    ann.actions.setAtBottom(true);
    talk(1);
    ann.run();
    expect(ann.messages.length).toBeLessThanOrEqual(10_050);
    expect(ann.messages.at(-1)?.id).toBe(10_801);
    ann.actions.setAtBottom(false);
    for (let page = 0; page < 3; page++) {
      ann.actions.loadOlder();
      ann.run();
    }
    expect(ann.state.timeline.value.isDetached).toBe(true);
    talk(5);
    ann.run().say('down here');
    expect(ann.state.timeline.value.isDetached).toBe(false);
    expect(ann.messages.at(-1)).toMatchObject({ id: 10_807, text: 'down here', state: 'stored' });
    expect(ann.messages.at(-2)?.id).toBe(10_806);
  });
});

describe('a session that was ended', () => {
  it.each([
    [1001, 'shutdown', 'restarting'],
    [1008, 'too-slow', 'too-slow'],
    [1008, 'server-full', 'full'],
    [1006, '', 'lost'],
  ] as const)('a close with %i %s is tried again', (code, reason, why) => {
    const ann = visitor(new World(), 'ann');
    ann.lose(code, reason);
    expect(ann.state.connection.value).toMatchObject({ kind: 'waiting', why });
    ann.wait(10_000);
    expect(ann.state.connection.value.kind).toBe('online');
  });

  it.each([
    ['kicked', 'kicked'],
    ['banned', 'banned'],
    ['logged-in-elsewhere', 'elsewhere'],
    ['token-revoked', 'revoked'],
    ['access-revoked', 'revoked'],
  ] as const)('a session that ended as %s does not come back by itself', (reason, why) => {
    const ann = visitor(new World(), 'ann');
    ann.lose(1008, reason);
    expect(ann.state.connection.value).toMatchObject({ kind: 'stopped', why });
    ann.wait(120_000).wake();
    expect(ann.connections).toBe(0);
    ann.actions.reconnect();
    ann.wait(200);
    expect(ann.state.connection.value.kind).toBe('online');
  });

  it('a kick says by whom and why', async () => {
    const world = new World();
    world.register('op');
    world.accounts.users.setOperator('op', true);
    world.accounts.commit();
    const ann = visitor(world, 'ann');
    ann.closing = [1008, 'kicked'];
    const op = await world.loginOwner('op');
    op.send('KICK ann spam\n');
    ann.run();
    expect(ann.state.connection.value).toEqual({
      kind: 'stopped',
      why: 'kicked',
      text: 'disconnected: kicked by op: spam',
    });
  });

  it('an idle session comes back when the page is looked at', () => {
    const ann = visitor(new World(), 'ann');
    ann.isLookedAt = false;
    ann.lose(1008, 'idle').wait(60_000);
    expect(ann.state.connection.value).toEqual({ kind: 'idle' });
    expect(ann.wake().state.connection.value.kind).toBe('online');
  });

  it('a connection on which nothing comes any more is given up, and the message has failed', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.keepsConnections = true;
    ann.losesSends = true;
    ann.say('into the void').wait(3000);
    expect(ann.state.connection.value).toEqual({ kind: 'online', isSlow: true });
    const bob = world.login('bob');
    bob.send('MSG one\n');
    ann.wait(28_000);
    // Something came: the server is only slow.
    expect(ann.state.connection.value).toEqual({ kind: 'online', isSlow: true });
    ann.losesSends = false;
    ann.wait(5000);
    expect(ann.state.connection.value).toEqual({ kind: 'online', isSlow: false });
    expect(ann.messages).toMatchObject([{ text: 'one' }, { text: 'into the void', state: 'failed' }]);
  });

  it('a page that is looked at again finds out whether its connection works', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.wake();
    expect(ann.sent.filter((line) => line.endsWith(' PING'))).toEqual([]);
    ann.wait(60_000);
    ann.keepsConnections = true;
    ann.losesSends = true;
    ann.wake();
    expect(ann.sent.filter((line) => line.endsWith(' PING'))).toHaveLength(1);
    ann.wait(30_600);
    expect(ann.state.connection.value).toMatchObject({ kind: 'waiting', why: 'lost' });
  });

  it('a second tab under the same name says so, and takes over when asked', () => {
    const world = new World();
    const browser = new BrowserData();
    const first = new Visitor(world, browser).start().enter('ann').say('hello');
    const copy = new Visitor(world, browser, first.session).start().wait(500);
    expect(copy.state.connection.value).toMatchObject({ kind: 'stopped', why: 'other-tab' });
    expect(copy.connections).toBe(0);
    copy.actions.reconnect();
    copy.wait(500);
    first.run();
    expect(copy.state.connection.value.kind).toBe('online');
    expect(first.state.connection.value).toMatchObject({ kind: 'stopped', why: 'other-tab' });
    expect(copy.run().texts).toEqual(['hello']);
    const bob = new Visitor(world, browser).start().enter('bob');
    expect(bob.state.connection.value.kind).toBe('online');
  });

  it('the log-out forgets everything but the preferences, and the name is free', async () => {
    const world = new World();
    world.register('ann');
    const browser = new BrowserData();
    const ann = new Visitor(world, browser).start().enter('ann', passwordOf('ann'), true);
    await ann.hashed();
    ann.actions.setDraft('a draft');
    ann.actions.setPreferences({ theme: 'dark' });
    ann.actions.logOut();
    ann.wait(2000);
    expect(ann.state.screen.value).toBe('enter');
    expect([...ann.session.values]).toEqual([]);
    const next = new Visitor(world, browser).start().wait(500);
    expect(next.state.screen.value).toBe('enter');
    expect(next.state.preferences.value.theme).toBe('dark');
    expect(world.login('bob').read()).toBe('');
  });

  it('the log-out is no failure: the first screen has no error, and the next login goes on', () => {
    const world = new World();
    const ann = new Visitor(world).start().enter('ann');
    ann.actions.logOut();
    ann.wait(2000);
    expect(ann.state.entry.value.error).toBeNull();
    ann.actions.enter('ann', '', false);
    ann.run();
    ann.actions.logOut();
    // Before the server has closed the connection of the last login.
    ann.actions.enter('bob', '', false);
    ann.wait(2000);
    expect(ann.state.entry.value.error).toBeNull();
    expect(ann.state.connection.value.kind).toBe('online');
    expect(ann.state.self.value.name).toBe('bob');
  });

  describe('after the log-out nothing comes of what was under way', () => {
    /** Runs something when such a line was sent, before the server answers it. */
    function beforeAnswer(world: World, visitor: Visitor, line: RegExp, run: () => void): void {
      visitor.sent.length = 0;
      const settle = world.settle.bind(world);
      world.settle = () => {
        if (visitor.sent.some((sent) => line.test(sent))) {
          world.settle = settle;
          run();
        }
        settle();
      };
    }

    it('of a connection that is being made', () => {
      const world = new World();
      const ann = new Visitor(world).start().enter('ann');
      ann.lose();
      world.clock.advance(600);
      expect(ann.state.connection.value.kind).toBe('connecting');
      ann.sent.length = 0;
      ann.actions.logOut();
      ann.actions.enter('bob', '', false);
      ann.wait(3000);
      expect(ann.sent.filter((line) => line.includes('LOGIN'))).toHaveLength(1);
      expect(ann.state.connection.value.kind).toBe('online');
      expect(ann.state.self.value.name).toBe('bob');
      expect(ann.connections).toBe(1);
      ann.actions.logOut();
      ann.wait(3000);
      expect(ann.connections).toBe(0);
    });

    it('of a login', () => {
      const world = new World();
      const ann = new Visitor(world).start().enter('ann');
      ann.lose();
      beforeAnswer(world, ann, /LOGIN/, () => ann.actions.logOut());
      ann.wait(3000);
      expect(ann.sent.some((line) => line.includes('LOGIN ann'))).toBe(true);
      expect(ann.state.screen.value).toBe('enter');
      expect(ann.state.connection.value.kind).toBe('none');
      expect([...ann.session.values]).toEqual([]);
      expect(ann.connections).toBe(0);
    });

    it('of a token, which another user does not get', async () => {
      const world = new World();
      world.register('ann');
      const ann = new Visitor(world).start();
      beforeAnswer(world, ann, / SESSION$/, () => {
        ann.actions.logOut();
        ann.actions.enter('bob', '', false);
      });
      ann.actions.enter('ann', passwordOf('ann'), false);
      ann.wait(200);
      await ann.hashed();
      ann.wait(3000);
      expect(
        ann.sent.filter((line) => line.includes('LOGIN bob')).map((line) => line.split('LOGIN ')[1]),
      ).toEqual(['bob']);
      expect(ann.state.self.value.name).toBe('bob');
      expect([...ann.session.values.values()].join()).not.toContain('token":"');
    });
  });
});

/** One that keeps more than 1,000 messages of a room. */
function longHistory(): DiskHistory {
  const store = openDatabase(temporaryFolder(), migrations);
  const history = new DiskHistory(store.database);
  onTestFinished(() => {
    history.close();
    store.close();
  });
  return history;
}
