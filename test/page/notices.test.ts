/** What the page tells outside of its list: the live region, notifications, the title; and what it stores. */
import { describe, expect, it } from 'vitest';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { World } from '../support/world.js';

describe('notices', () => {
  it('new messages of the open room are announced, many as a number, own ones not', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    const texts = () => ann.state.announcements.value.map(({ text }) => text);
    bob.send('MSG one\n');
    ann.run().say('mine').wait(3000);
    expect(texts()).toEqual(['bob: one']);
    for (let at = 0; at < 9; at++) bob.say(`MSG burst ${at}\n`);
    bob.send('ME waves\n');
    ann.run();
    expect(texts()).toEqual(['bob: one', 'bob: burst 0', 'bob: burst 1', 'bob: burst 2']);
    ann.wait(2000);
    expect(texts().at(-1)).toBe('7 new messages');
    for (let at = 0; at < 40; at++) {
      bob.send(`MSG slowly ${at}\n`);
      ann.wait(5000);
    }
    expect(texts()).toHaveLength(20);
  });

  it('notifications are off until the user asks, and tell of direct messages and mentions that are not seen', async () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    ann.isLookedAt = false;
    bob.send('DM ann psst\n');
    ann.run();
    expect(ann.notified).toEqual([]);
    ann.actions.setPreferences({ notifies: true, words: ['deploy'] });
    await Promise.resolve();
    await Promise.resolve();
    expect(ann.state.notifying.value).toBe('on');
    bob.send('DM ann again\nMSG hello all\nMSG ann?\nMSG time to deploy\n');
    ann.run();
    expect(ann.notified).toEqual(['bob: again', 'bob in #lobby: ann?', 'bob in #lobby: time to deploy']);
    ann.wake();
    bob.send('MSG ann!\n');
    ann.run();
    expect(ann.notified).toHaveLength(3);
    ann.actions.setPreferences({ notifies: false });
    expect(ann.state.notifying.value).toBe('off');
  });

  it.each(['insecure', 'denied', 'unsupported'] as const)(
    'the setting says why there are no notifications: %s',
    (why) => {
      const world = new World();
      const ann = new Visitor(world);
      ann.permission = why;
      ann.start().enter('ann');
      ann.actions.setPreferences({ notifies: true });
      expect(ann.state.notifying.value).toBe(why);
    },
  );

  it('the title counts what is unread, and the sound is a preference of its own', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.setPreferences({ sound: true });
    const bob = world.login('bob');
    ann.isLookedAt = false;
    for (let at = 0; at < 120; at++) bob.say('MSG ann\n');
    world.settle();
    ann.run();
    expect(ann.title).toBe('(99+) #lobby – Partyline');
    expect(ann.notified).toHaveLength(120);
    expect(ann.wake().title).toBe('#lobby – Partyline');
  });

  it('drafts are kept for each room, and not where they may hold a password', () => {
    const world = new World();
    const browser = new BrowserData();
    const ann = new Visitor(world, browser).start().enter('ann');
    ann.actions.join('dev');
    ann.run();
    ann.actions.setDraft('half a thought');
    ann.actions.open('#lobby');
    expect(ann.state.composer.value.draft).toBe('');
    ann.actions.setDraft('/register correct-horse');
    ann.actions.open('#dev');
    ann.actions.setDraft('half a thought');
    expect(JSON.stringify([...ann.session.values])).not.toContain('correct-horse');
    const again = ann.reload().wait(500);
    again.actions.open('#dev');
    expect(again.state.composer.value.draft).toBe('half a thought');
    expect(again.run().state.rooms.value.find(({ name }) => name === 'dev')).toMatchObject({
      hasDraft: true,
    });
  });

  it('a page of another version is offered to be loaded, and the words of the administrator are shown', async () => {
    const page = new Visitor(new World());
    page.about = {
      version: '2.0.0',
      maxLineBytes: 1000,
      pasteLines: 10,
      motd: 'Welcome',
      historyDays: 30,
      needsPassword: true,
    };
    page.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(page.state.isOutdated.value).toBe(true);
    expect(page.state.about.value).toMatchObject({
      maxLineBytes: 1000,
      pasteLines: 10,
      motd: 'Welcome',
      historyDays: 30,
      needsPassword: true,
    });
  });

  it('what is stored and cannot be read is as if it was not there', () => {
    const browser = new BrowserData();
    browser.local.set(
      'partyline',
      '{"preferences":{"theme":"purple","words":[1,"x"],"showsPresence":"no"},"rooms":7,"lastName":{}}',
    );
    const page = new Visitor(new World(), browser);
    page.session.set('partyline.session', 'not json');
    page.session.set('partyline.drafts', '[1]');
    page.session.set('partyline.direct', '{"bob":{"messages":[{"text":1},null]}}');
    page.start().enter('ann');
    expect(page.state.screen.value).toBe('chat');
    expect(page.state.preferences.value).toMatchObject({ theme: 'system', words: ['x'] });
  });
});
