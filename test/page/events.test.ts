/** The model of the page follows the events of rooms and people. */
import { describe, expect, it } from 'vitest';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { passwordOf, World } from '../support/world.js';

describe('events', () => {
  it('a name that differs in case alone keeps the draft as it is', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('Bob');
    ann.run().actions.open('@bob');
    ann.actions.setDraft('half a sentence');
    bob.send('NICK bob\nNICK Bob\nNICK bob\n');
    ann.run();
    expect(ann.state.composer.value.draft).toBe('half a sentence');
  });

  it('of conversations that are joined by a rename only what was unread stays unread', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    bob.send('DM ann one\nDM ann two\nDM ann three\n');
    ann.run().actions.open('@bob');
    ann.run().actions.open('#lobby');
    const rob = world.login('rob');
    rob.send('DM ann new\nQUIT\n');
    ann.run();
    bob.send('NICK rob\n');
    ann.run();
    expect(ann.state.conversations.value).toMatchObject([{ name: 'rob', unread: 1 }]);
  });

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

  it('an open conversation follows the new name of its user, with its address, its draft and what waits in it', () => {
    const world = new World();
    const paul = visitor(world, 'paul');
    const quin = visitor(world, 'quin');
    paul.say('/msg quin psst');
    quin.run().actions.open('@paul');
    quin.run().say('yes?');
    paul.run().actions.setDraft('half a');
    quin.say('/nick quinx');
    paul.run();
    expect(paul.state.place.value).toBe('@quinx');
    expect(paul.hash).toBe('@quinx');
    expect(paul.state.conversation.value).toMatchObject({ name: 'quinx', isHere: true, unread: 0 });
    expect(paul.state.composer.value.draft).toBe('half a');
    expect(paul.rows.at(-1)).toMatchObject({ kind: 'notice', text: 'quin is now quinx' });
    paul.say('half a loaf');
    quin.run().say('thanks');
    expect(paul.run().texts).toEqual(['psst', 'yes?', 'half a loaf', 'thanks']);
    expect(quin.texts).toEqual(['psst', 'yes?', 'half a loaf', 'thanks']);
    expect(paul.state.conversations.value).toMatchObject([{ name: 'quinx', unread: 0 }]);
    // A name that differs in case alone.
    quin.say('/nick QuinX');
    expect(paul.run().state.conversation.value).toMatchObject({ name: 'QuinX' });
    expect(paul.hash).toBe('@QuinX');
  });

  it('the former name of a user does not come back by a reload or by "Back"', () => {
    const world = new World();
    const paul = visitor(world, 'paul');
    const quin = world.login('quin');
    paul.say('/msg quin psst').wait(1000);
    quin.send('NICK quinx\n');
    const again = paul.run().reload().wait(200);
    expect(again.state.place.value).toBe('@quinx');
    expect(again.state.conversations.value.map(({ name }) => name)).toEqual(['quinx']);
    expect(again.texts).toEqual(['psst']);
    again.isOwnHash = true;
    again.goTo('@quin');
    expect(again.state.conversations.value.map(({ name }) => name)).toEqual(['quinx']);
    expect(again.hash).toBe('@quinx');
  });

  it('a conversation that has the new name of a user already is joined to the other one', () => {
    const world = new World();
    const paul = visitor(world, 'paul');
    const quin = world.login('quin');
    const rita = world.login('rita');
    rita.send('DM paul one\n');
    quin.send('DM paul two\n');
    rita.send('DM paul three\n');
    paul.run().actions.open('@rita');
    world.cut();
    paul.run().say('not stored');
    world.cut(false);
    paul.actions.setDraft('to rita');
    paul.actions.open('@quin');
    paul.run().actions.setDraft('to quin');
    rita.send('QUIT\n');
    quin.send('NICK rita\n');
    paul.run();
    expect(paul.state.place.value).toBe('@rita');
    expect(paul.state.conversations.value).toMatchObject([{ name: 'rita', isHere: true, unread: 0 }]);
    expect(paul.texts).toEqual(['one', 'two', 'three', 'not stored']);
    expect(paul.state.composer.value.draft).toBe('to rita\nto quin');
    paul.actions.retry(paul.messages.at(-1)?.key ?? '');
    paul.run();
    expect(quin.read()).toContain('DM paul not stored\n');
    expect(paul.messages.at(-1)).toMatchObject({ text: 'not stored', state: 'stored' });
    // Below the open one, too: the user reads on in the same conversation.
    const sam = world.login('sam');
    sam.send('DM paul from sam\nNICK samx\n');
    paul.run();
    expect(paul.state.place.value).toBe('@rita');
    expect(paul.state.conversations.value.find(({ name }) => name === 'samx')).toMatchObject({ unread: 1 });
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
