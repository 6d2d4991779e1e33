/** The model of the page chats with a server in memory. */
import { describe, expect, it } from 'vitest';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { passwordOf, World } from '../support/world.js';

describe('the first screen', () => {
  it('a free name is all that is needed', () => {
    const world = new World();
    const page = new Visitor(world).start();
    expect(page.state.screen.value).toBe('enter');
    expect(page.connections).toBe(0);
    page.enter('ann');
    expect(page.state.screen.value).toBe('chat');
    expect(page.state.self.value).toMatchObject({ name: 'ann', isRegistered: false });
    expect(page.state.connection.value).toEqual({ kind: 'online', isSlow: false });
    expect(page.state.rooms.value.map(({ name }) => name)).toEqual(['lobby']);
    expect(page.state.members.value.map(({ name }) => name)).toEqual(['ann']);
    expect(page.title).toBe('#lobby – Partyline');
  });

  it('a name whose letters are of two scripts is refused with the rule, and so is a room', () => {
    const ann = new Visitor(new World()).start().enter('\u0430nn');
    expect(ann.state.entry.value.error?.text).toContain('letters of one script');
    ann.enter('ann').actions.join('\u0430nn');
    expect(ann.run().state.alert.value).toContain('letters of one script');
  });

  it('a name in use is refused beside its field, with a free one', () => {
    const world = new World();
    world.login('ann');
    const page = new Visitor(world).start().enter('ann');
    expect(page.state.screen.value).toBe('enter');
    expect(page.state.entry.value).toEqual({
      name: 'ann',
      asksPassword: false,
      isBusy: false,
      error: { field: 'name', text: 'This name is in use. Choose another one.', suggestion: 'ann2' },
    });
    page.enter('ann2');
    expect(page.state.screen.value).toBe('chat');
  });

  it.each([
    ['', 'name'],
    ['two words', 'name'],
    ['!', 'name'],
  ])('the name %j is refused', (name, field) => {
    const page = new Visitor(new World()).start().enter(name);
    expect(page.state.entry.value.error).toMatchObject({ field });
    expect(page.state.entry.value.isBusy).toBe(false);
    page.actions.changeName('ann');
    expect(page.state.entry.value.error).toBeNull();
  });

  it('a registered name is asked for its password, which is kept nowhere', async () => {
    const world = new World();
    world.register('ann');
    const browser = new BrowserData();
    const page = new Visitor(world, browser).start().enter('ann');
    expect(page.state.entry.value).toMatchObject({ asksPassword: true, isBusy: false, error: null });
    page.enter('ann', 'wrong-password-1');
    await page.hashed();
    expect(page.state.entry.value.error).toMatchObject({ field: 'password' });
    page.enter('ann', passwordOf('ann'));
    await page.hashed();
    expect(page.state.screen.value).toBe('chat');
    expect(page.state.self.value.isRegistered).toBe(true);
    const stored = JSON.stringify([...page.session.values, ...browser.local.values]);
    expect(stored).not.toContain('password-1');
    expect(stored).not.toContain(passwordOf('ann'));
  });

  it('a server that cannot be reached is said on the first screen', () => {
    const page = new Visitor(new World()).start();
    page.isOffline = true;
    page.enter('ann');
    expect(page.state.entry.value.error?.text).toMatch(/cannot be reached/);
    page.isOffline = false;
    page.enter('ann');
    expect(page.state.screen.value).toBe('chat');
  });
});

describe('messages', () => {
  it('a message waits until it is stored, and the others see it', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.actions.setDraft('hello');
    ann.actions.send();
    expect(ann.state.composer.value.draft).toBe('');
    ann.run();
    bob.run();
    expect(ann.messages).toMatchObject([{ id: 1, from: 'ann', text: 'hello', state: 'stored', isOwn: true }]);
    expect(bob.messages).toMatchObject([
      { id: 1, from: 'ann', text: 'hello', state: 'stored', isOwn: false },
    ]);
  });

  it('a message is shown as waiting before the server has answered', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    world.hold();
    ann.say('hello');
    expect(ann.messages).toMatchObject([{ id: null, text: 'hello', state: 'waiting' }]);
    const [{ key } = { key: '' }] = ann.messages;
    world.release();
    ann.run();
    expect(ann.messages).toMatchObject([{ id: 1, key, state: 'stored' }]);
  });

  it('lines that are sent at once are one paste for everyone, and nothing comes between', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.actions.setDraft('one\n  two\n..\n.\n\nsix');
    expect(ann.state.composer.value.notice).toEqual({ kind: 'paste', lines: 6 });
    ann.say('one\n  two\n..\n.\n\nsix');
    for (const page of [ann, bob.run()]) {
      expect(page.rows.map(({ kind }) => kind).filter((kind) => kind !== 'presence')).toEqual([
        'day',
        'paste',
      ]);
      expect(page.texts).toEqual(['one', '  two', '..', '.', '', 'six']);
      expect(page.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it('a paste that is too long is refused before it is sent, with the numbers', () => {
    const ann = visitor(new World(), 'ann');
    const sent = ann.sent.length;
    ann.say('x\n'.repeat(200) + 'x');
    expect(ann.state.composer.value.notice).toEqual({
      kind: 'too-long',
      text: '201 lines; a paste has at most 200.',
    });
    ann.say(`${'y'.repeat(4000)}\n`.repeat(5));
    expect(ann.state.composer.value.notice).toMatchObject({ kind: 'too-long' });
    ann.say('é'.repeat(2100));
    expect(ann.state.composer.value.notice).toMatchObject({ kind: 'too-long' });
    expect(ann.sent.length).toBe(sent);
    ann.actions.setDraft('é'.repeat(2000));
    expect(ann.state.composer.value.notice).toMatchObject({ kind: 'near-limit' });
    ann.actions.send();
    ann.run();
    expect(ann.messages).toMatchObject([{ state: 'stored' }]);
  });

  it('a command that is too long for the server is answered, and the connection stays', () => {
    const ann = visitor(new World(), 'ann');
    ann.actions.openDialog({ kind: 'kick', user: 'bob' });
    ann.actions.submitDialog({ reason: 'x'.repeat(5000) });
    expect(ann.run().state.dialog.value).toMatchObject({
      isBusy: false,
      error: 'Not sent: the line is too long. Send it in parts.',
    });
    expect(ann.wait(60_000).state.connection.value).toEqual({ kind: 'online', isSlow: false });
  });

  it('a command that is too long is not taken for another one that is open', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.openDialog({ kind: 'kick', user: 'bob' });
    ann.actions.submitDialog({ reason: 'я'.repeat(2500) });
    ann.actions.setDraft('x'.repeat(3900));
    ann.actions.send();
    ann.run();
    ann.wait(1000);
    expect(ann.messages).toMatchObject([{ state: 'stored' }]);
    expect(ann.messages).toHaveLength(1);
  });

  it('a text with a line end inside cannot become a command', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.say('/me waves\nQUIT');
    expect(ann.state.connection.value.kind).toBe('online');
    expect(ann.messages).toMatchObject([{ text: 'waves QUIT', isAction: true }]);
  });

  it('a link of another page cannot make the page send a command', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    for (const hash of ['@bob\nMSG owned', '@\n', 'dev\nMSG owned', 'dev;label=x', '@bob x']) {
      ann.goTo(hash);
      ann.say('hello');
    }
    expect(bob.read()).not.toContain('owned');
    expect(ann.sent.join('\n')).not.toMatch(/^MSG owned/m);
    expect(new Visitor(world, new BrowserData(), ann.session, '@x\nMSG owned').start().sent).toEqual([]);
  });

  it('direct messages make a conversation, and are there after a reload', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.say('/msg bob are you there?');
    expect(ann.state.place.value).toBe('@bob');
    expect(ann.messages).toMatchObject([{ text: 'are you there?', state: 'stored' }]);
    bob.run();
    expect(bob.state.conversations.value).toMatchObject([{ name: 'ann', unread: 1, isHere: true }]);
    expect(bob.title).toBe('(1) #lobby – Partyline');
    bob.actions.open('@ann');
    bob.run();
    expect(bob.state.conversations.value).toMatchObject([{ name: 'ann', unread: 0 }]);
    bob.say('yes').wait(1000);
    expect(bob.texts).toEqual(['are you there?', 'yes']);
    const again = bob.reload().wait(1000);
    expect(again.state.self.value.name).toBe('bob');
    again.actions.open('@ann');
    expect(again.run().texts).toEqual(['are you there?', 'yes']);
  });

  it('a direct message to nobody fails with its reason, and can be discarded', () => {
    const ann = visitor(new World(), 'ann');
    ann.say('/msg ghost boo');
    expect(ann.messages).toMatchObject([{ state: 'failed', failure: 'There is no such user.' }]);
    ann.actions.discard(ann.messages[0]?.key ?? '');
    expect(ann.run().messages).toEqual([]);
  });

  it('a message that was not stored fails, and is sent again only when the user asks', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    world.cut();
    ann.say('hello');
    expect(ann.messages).toMatchObject([{ state: 'failed' }]);
    world.cut(false);
    ann.wait(60_000);
    expect(ann.messages).toMatchObject([{ state: 'failed' }]);
    ann.actions.retry(ann.messages[0]?.key ?? '');
    ann.run();
    expect(ann.messages).toMatchObject([{ id: 1, state: 'stored' }]);
  });
});

describe('rooms', () => {
  it('a room is joined beside the others, and its unread messages are counted', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    for (const page of [ann, bob]) {
      page.actions.join('dev');
      page.run();
      expect(page.state.place.value).toBe('#dev');
    }
    ann.actions.open('#lobby');
    bob.say('one').say('ann, two').say('annual three');
    ann.run();
    const dev = ann.state.rooms.value.find(({ name }) => name === 'dev');
    expect(dev).toMatchObject({ unread: 3, mentions: 1, canLeave: true });
    ann.actions.open('#dev');
    ann.run();
    expect(ann.state.room.value).toMatchObject({ unread: 0, mentions: 0 });
    expect(ann.hash).toBe('dev');
  });

  it('a locked room asks for its key, says when it is wrong, and opens with it', async () => {
    const world = new World();
    world.register('op');
    const owner = await world.loginOwner('op');
    owner.send('JOIN vault\n');
    expect(await owner.ask('LOCK secret\n')).toContain('OK');
    const ann = visitor(world, 'ann');
    ann.actions.join('vault');
    await ann.hashed();
    expect(ann.state.dialog.value).toEqual({ kind: 'room-key', room: 'vault', isBusy: false, error: null });
    ann.actions.submitDialog({ secret: 'wrong' });
    await ann.hashed();
    expect(ann.state.dialog.value).toMatchObject({ kind: 'room-key', error: expect.stringMatching(/wrong/) });
    ann.actions.submitDialog({ secret: 'secret' });
    await ann.hashed();
    expect(ann.state.dialog.value).toBeNull();
    expect(ann.state.place.value).toBe('#vault');
    expect(JSON.stringify([...ann.session.values])).not.toContain('secret');
  });

  it('a locked room whose key is not known any more asks for it when it is opened', async () => {
    const world = new World();
    world.register('op');
    const owner = await world.loginOwner('op');
    owner.send('JOIN vault\n');
    const ann = visitor(world, 'ann');
    ann.actions.join('vault');
    ann.run();
    await owner.ask('LOCK secret\n');
    const again = ann.reload().wait(500);
    await again.hashed();
    expect(again.state.rooms.value).toMatchObject([
      { name: 'lobby', problem: null },
      { name: 'vault', problem: expect.stringMatching(/locked/) },
    ]);
    again.actions.open('#vault');
    await again.hashed();
    expect(again.state.dialog.value).toMatchObject({ kind: 'room-key', room: 'vault' });
    again.actions.submitDialog({ secret: 'secret' });
    await again.hashed();
    expect(again.state.room.value).toMatchObject({ name: 'vault', problem: null });
  });

  it('rooms are there again after a reload, with what was not read', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.join('dev');
    ann.run().say('before').wait(3000);
    const bob = world.login('bob');
    bob.send('JOIN dev\n');
    ann.lose();
    bob.send('MSG while you were away\n');
    const again = ann.reload().wait(1000);
    expect(again.state.rooms.value.map(({ name }) => name)).toEqual(['lobby', 'dev']);
    again.actions.open('#dev');
    again.run();
    expect(again.texts).toEqual(['before', 'while you were away']);
    expect(again.rows.map(({ kind }) => kind).filter((kind) => kind !== 'presence')).toEqual([
      'day',
      'message',
      'new',
      'message',
    ]);
  });

  it('the rule of new messages is before the first that was not read, until the room is left', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    bob.send('MSG one\n');
    ann.run();
    ann.isLookedAt = false;
    world.wait(1);
    bob.send('MSG two\n');
    world.wait(1);
    bob.send('MSG three\n');
    ann.run();
    const kinds = () =>
      ann.rows
        .filter(({ kind }) => kind !== 'presence')
        .map((row) => (row.kind === 'message' ? row.message.text : row.kind));
    expect(kinds()).toEqual(['day', 'one', 'new', 'two', 'three']);
    ann.wake();
    world.wait(1);
    bob.send('MSG four\n');
    ann.run();
    expect(kinds()).toEqual(['day', 'one', 'new', 'two', 'three', 'four']);
    ann.actions.join('dev');
    ann.run();
    ann.actions.open('#lobby');
    ann.run();
    expect(kinds()).toEqual(['day', 'one', 'two', 'three', 'four']);
  });
});
