/** The model of the page follows the events of rooms and people. */
import { describe, expect, it } from 'vitest';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { passwordOf, World } from '../support/world.js';

describe('events', () => {
  it('joins and leaves are one row, and names of a conversation follow a rename', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.join('dev');
    ann.run();
    const [bob, carl] = [world.login('bob'), world.login('carl')];
    bob.send('JOIN dev\n');
    carl.send('JOIN dev\n');
    carl.send('LEAVE\n');
    ann.run();
    expect(ann.rows.filter(({ kind }) => kind === 'presence')).toMatchObject([
      { text: 'bob joined; carl left' },
    ]);
    bob.send('DM ann hi\n');
    ann.run();
    bob.send('NICK robert\n');
    ann.run();
    expect(ann.state.conversations.value.map(({ name }) => name)).toEqual(['robert']);
    expect(ann.state.members.value.map(({ name }) => name)).toEqual(['ann', 'robert']);
    ann.actions.setPreferences({ showsPresence: false });
    expect(ann.run().rows.some(({ kind }) => kind === 'presence')).toBe(false);
  });

  it('who is in a room is known without asking again', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    for (const page of [ann, bob]) {
      page.actions.join('dev');
      page.run();
    }
    ann.run();
    expect(ann.state.room.value).toMatchObject({ name: 'dev', members: 2 });
    expect(ann.state.members.value.map(({ name }) => name)).toEqual(['ann', 'bob']);
    bob.say('/away lunch');
    ann.run();
    expect(ann.state.members.value[1]).toMatchObject({
      isAway: true,
      awayText: 'lunch',
    });
    bob.say('/back');
    bob.actions.leave('dev');
    bob.run();
    ann.run();
    expect(ann.state.room.value).toMatchObject({ members: 1 });
    expect(ann.state.members.value.map(({ name }) => name)).toEqual(['ann']);
    ann.actions.open('#lobby');
    ann.run();
    expect(ann.state.members.value.find(({ name }) => name === 'bob')).toMatchObject({ isAway: false });
    bob.actions.logOut();
    bob.wait(2000);
    ann.run();
    expect(ann.state.members.value.map(({ name }) => name)).toEqual(['ann']);
  });

  it('topics and locks of a room are known to those who may change them', async () => {
    const world = new World();
    world.register('ann');
    const ann = new Visitor(world).start().enter('ann', passwordOf('ann'));
    await ann.hashed();
    ann.actions.join('dev');
    await ann.hashed();
    const bob = visitor(world, 'bob');
    bob.actions.join('dev');
    bob.run();
    expect(ann.run().state.room.value).toMatchObject({
      isMine: true,
      canManage: true,
    });
    expect(bob.state.room.value).toMatchObject({
      isMine: false,
      canManage: false,
    });
    ann.actions.openDialog({ kind: 'topic', room: 'dev' });
    ann.actions.submitDialog({ text: 'release: day 50% <b>' });
    ann.run();
    expect(ann.state.dialog.value).toBeNull();
    ann.actions.openDialog({ kind: 'lock', room: 'dev' });
    ann.actions.submitDialog({ secret: 'key' });
    await ann.hashed();
    for (const page of [ann, bob.run()])
      expect(page.state.room.value).toMatchObject({
        topic: 'release: day 50% <b>',
        isLocked: true,
      });
    bob.actions.openDialog({ kind: 'topic', room: 'dev' });
    bob.actions.submitDialog({ text: 'mine' });
    bob.run();
    expect(bob.state.dialog.value).toMatchObject({
      kind: 'topic',
      isBusy: false,
      error: 'Permission denied.',
    });
    const carl = visitor(world, 'carl');
    expect(carl.state.otherRooms.value).toEqual([]);
  });

  it('a registered name comes back with its token after a reload, and what was read is known elsewhere', async () => {
    const world = new World();
    world.register('ann');
    const browser = new BrowserData();
    const ann = new Visitor(world, browser).start().enter('ann', passwordOf('ann'), true);
    await ann.hashed();
    ann.actions.join('dev');
    ann.run();
    const bob = world.login('bob');
    bob.send('JOIN dev\nMSG one\nMSG two\n');
    ann.run().wait(3000);
    expect(ann.sent.at(-1)).toMatch(/;room=dev READ 2$/);
    // Another tab of this browser after this one was closed, and another device.
    ann.close();
    const next = new Visitor(world, browser).start().wait(500);
    await next.hashed();
    expect(next.state.self.value).toMatchObject({
      name: 'ann',
      isRegistered: true,
    });
    const device = new Visitor(world).start();
    next.close();
    device.enter('ann', passwordOf('ann'));
    await device.hashed();
    device.actions.join('dev');
    device.run();
    expect(device.state.room.value).toMatchObject({ unread: 0 });
    device.actions.logOut();
    device.wait(2000);
    expect(device.state.screen.value).toBe('enter');
  });

  it('a token that has expired asks for the password again, and the rooms are still known then', async () => {
    const world = new World();
    world.register('ann');
    const browser = new BrowserData();
    const ann = new Visitor(world, browser).start().enter('ann', passwordOf('ann'), true);
    await ann.hashed();
    ann.actions.join('dev');
    ann.run().close();
    world.wait(31 * 24 * 3_600_000);
    const next = new Visitor(world, browser).start().wait(500);
    await next.hashed();
    expect(next.state.screen.value).toBe('enter');
    expect(next.state.entry.value).toMatchObject({
      name: 'ann',
      asksPassword: true,
      error: { field: 'password', text: 'You were logged out. Enter the password again.' },
    });
    next.enter('ann', passwordOf('ann'));
    await next.hashed();
    expect(next.state.rooms.value.map(({ name }) => name)).toEqual(['lobby', 'dev']);
  });

  it('a name that is not registered is taken back from its own lost connection', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    // The server does not know yet that the connection is lost.
    ann.keepsConnections = true;
    ann.lose().wait(1000);
    expect(ann.state.connection.value.kind).toBe('online');
    expect(ann.state.self.value.name).toBe('ann');
    ann.say('still me');
    expect(ann.messages).toMatchObject([{ from: 'ann', state: 'stored' }]);
  });
});
