/** The model of the page forgets what is gone: deleted messages, users of a server that was lost, rooms that were left. */
import { describe, expect, it } from 'vitest';
import { ircLogin } from '../support/irc.js';
import { Nodes } from '../support/nodes.js';
import { BrowserData, Visitor, visitor } from '../support/visitor.js';
import { passwordOf, World } from '../support/world.js';

describe('what is gone', () => {
  it('a message that was deleted elsewhere is not shown, and not counted', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    ann.actions.join('dev');
    ann.run().actions.open('#lobby');
    bob.send('MSG one\nMSG two\nMSG three\nJOIN dev\nMSG ann, look\n');
    ann.run();
    const irc = ircLogin(world, 'ida', { rooms: ['#lobby', '#dev'] });
    irc.send('PRIVMSG #lobby :four');
    ann.run();
    expect(ann.state.rooms.value).toMatchObject([{}, { name: 'dev', unread: 1, mentions: 1 }]);
    bob.send('DELETE 4\nLEAVE\nDELETE 2\n');
    ann.run();
    expect(ann.texts).toEqual(['one', 'three', 'four']);
    expect(ann.state.rooms.value).toMatchObject([{}, { name: 'dev', unread: 0, mentions: 0 }]);
    bob.send('MSG five\n');
    expect(ann.run().texts).toEqual(['one', 'three', 'four', 'five']);
  });

  it('a paste that was deleted is gone with all of its lines, and a message of the same moment stays', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = world.login('bob');
    bob.send('PASTE\none\ntwo\nthree\n.\nMSG four\n');
    expect(ann.run().texts).toEqual(['one', 'two', 'three', 'four']);
    bob.send('DELETE 1\n');
    expect(ann.run().texts).toEqual(['four']);
  });

  it('one deletes with a command, of which only the others are told', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.say('one').say('two\nthree').say('four');
    bob.run();
    ann.say('/delete 2');
    for (const page of [ann, bob.run()]) expect(page.texts).toEqual(['one', 'four']);
    bob.say('/delete 1');
    expect(bob.texts).toEqual(['one', 'four']);
  });

  it('a direct message that its author deleted is gone for both', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    const bob = visitor(world, 'bob');
    ann.actions.open('@bob');
    ann.say('one').say('two');
    bob.run().actions.open('@ann');
    expect(bob.texts).toEqual(['one', 'two']);
    ann.say('/delete 1');
    expect(ann.texts).toEqual(['two']);
    expect(bob.run().texts).toEqual(['two']);
  });

  it('the users of a lost server are gone from the rooms and the conversations, in one row', async () => {
    const nodes = new Nodes(2, { presenceLimit: 3 });
    const lost = [await nodes.login(0, 'lea'), await nodes.login(0, 'leo')];
    const ann = new Visitor(nodes.world(1)).start();
    ann.actions.enter('ann', '', false);
    ann.wait(200);
    await nodes.settle();
    ann.run();
    await nodes.settle();
    await nodes.ask(await nodes.login(0, 'max'), 'DM ann hello\n');
    ann.run();
    const names = () => ann.state.members.value.map(({ name }) => name);
    expect(names()).toEqual(['ann', 'lea', 'leo', 'max']);
    expect(ann.state.conversations.value).toMatchObject([{ name: 'max', isHere: true }]);
    await nodes.endNode(0);
    ann.run();
    expect(names()).toEqual(['ann']);
    expect(ann.state.conversations.value).toMatchObject([{ name: 'max', isHere: false }]);
    expect(ann.rows.at(-1)).toMatchObject({
      kind: 'presence',
      text: 'max, lea, leo left',
    });
    expect(lost.every((peer) => peer.closed)).toBe(true);
  });

  it('an invitation is said, and its room can be entered', () => {
    const world = new World();
    const ida = ircLogin(world, 'ida', { rooms: ['#den'] });
    ida.send('MODE #den +is');
    const ann = visitor(world, 'ann');
    expect(ann.state.otherRooms.value).toEqual([]);
    ida.send('INVITE ann #den');
    ann.run();
    expect(ann.state.notice.value).toEqual({ text: 'ida invites you to #den.', room: 'den' });
    expect(ann.state.announcements.value.at(-1)?.text).toBe('ida invites you to #den.');
    ann.actions.join('den');
    expect(ann.run().state.place.value).toBe('#den');
  });

  it('the alert of a wrong room goes with the next success or letter, and the address names what is open', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    world.login('bob');
    for (const hash of ['a b', '%zz', '@', '@a b']) {
      ann.goTo(hash);
      expect(ann.state.alert.value).toContain('Not a valid');
      expect(ann.hash).toBe('lobby');
      ann.actions.setDraft('x');
      expect(ann.state.alert.value).toBeNull();
    }
    ann.goTo('');
    expect(ann.hash).toBe('lobby');
    for (const place of ['#good', '@bob', '#lobby'] as const) {
      ann.goTo('a b');
      expect(ann.state.alert.value).not.toBeNull();
      if (place === '#good') ann.actions.join('good');
      else ann.actions.open(place);
      expect(ann.run().state.alert.value).toBeNull();
      expect(ann.hash).toBe(place.replace('#', ''));
    }
    ann.goTo('a b').actions.logOut();
    expect(ann.wait(2000).state.alert.value).toBeNull();
    for (const hash of ['a b', '@', '@a b']) {
      const other = new Visitor(world, new BrowserData(), undefined, hash).start().enter('eve');
      expect(other.state.alert.value).toContain('Not a valid');
      expect(other.hash).toBe('lobby');
      other.close();
      world.settle();
    }
  });

  it('the address names what is open while the key of a locked room is asked for', async () => {
    const world = new World();
    world.register('ann');
    const ann = world.login(`ann ${passwordOf('ann')}`);
    await world.hashed();
    ann.send('JOIN den\nLOCK sesame\n');
    await world.hashed();
    const bob = visitor(world, 'bob').goTo('den');
    await bob.hashed();
    expect(bob.state.dialog.value).toMatchObject({ kind: 'room-key', room: 'den' });
    expect(bob.hash).toBe('lobby');
    bob.actions.submitDialog({ secret: 'sesame' });
    await bob.hashed();
    expect(bob.hash).toBe('den');
  });

  it('"Back" to a room that was left does not enter it, and a link does', () => {
    const world = new World();
    const ann = visitor(world, 'ann');
    ann.actions.join('dev');
    ann.run().actions.leave('dev');
    ann.run().isOwnHash = true;
    ann.goTo('dev');
    expect(ann.state.place.value).toBe('#lobby');
    expect(ann.hash).toBe('lobby');
    ann.isOwnHash = false;
    ann.goTo('dev');
    expect(ann.state.place.value).toBe('#dev');
  });
});
