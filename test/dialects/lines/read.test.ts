/** READ: section "Read markers" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { Nodes } from '../../support/nodes.js';
import { passwordOf, type Peer, World, type WorldOptions } from '../../support/world.js';

async function tagged(world: World, name: string): Promise<Peer> {
  const peer = world.connect();
  await peer.ask(`TAGS ON\nLOGIN ${name} ${passwordOf(name)}\n`);
  return peer;
}

/** Two sessions of ann, the first of them under another name, in dev; and messages 1 to 4. */
async function twoSessions(options: WorldOptions = {}) {
  const world = new World(options);
  world.register('ann', 'bob');
  const phone = await tagged(world, 'ann');
  await phone.ask('NICK ann-phone\nFOLLOW dev\nMSG one\n');
  const desk = await tagged(world, 'ann');
  await desk.ask('FOLLOW dev\n@room=dev MSG two\n@room=dev MSG three\nMSG four\n');
  const bob = await tagged(world, 'bob');
  await bob.ask('FOLLOW dev\n');
  for (const peer of [phone, desk]) peer.read();
  return { world, phone, desk, bob };
}

describe('READ', () => {
  it('READ is answered OK, and the other sessions of the account are told, and no other user', async () => {
    const { phone, desk, bob } = await twoSessions();
    expect(await desk.ask('@room=dev READ 2\n')).toBe('OK\n');
    expect(phone.read()).toBe('@room=dev;event=read;id=2 INFO read\n');
    expect(await phone.ask('@label=7;room=dev READ 3\n')).toBe('@label=7 OK\n');
    expect(desk.read()).toBe('@room=dev;event=read;id=3 INFO read\n');
    expect(await desk.ask('READ 4\n')).toBe('OK\n');
    expect(phone.read()).toBe('@room=lobby;event=read;id=4 INFO read\n');
    expect(bob.read()).toBe('');
  });

  it('READ is shown by ROOMS ALL to the same account alone', async () => {
    const { desk, bob } = await twoSessions();
    await desk.ask('@room=dev READ 2\n');
    expect(await desk.ask('ROOMS ALL\n')).toContain('@last=3;mine=1;read=2 ROOM dev 3\n');
    expect(await bob.ask('ROOMS ALL\n')).toContain('@last=3 ROOM dev 3\n');
  });

  it('READ never goes back, and tells nobody of what was known', async () => {
    const { phone, desk } = await twoSessions();
    await desk.ask('@room=dev READ 3\n');
    phone.read();
    expect(await desk.ask('@room=dev READ 2\n@room=dev READ 3\n@label=1;room=dev READ 0\n')).toBe(
      'OK\nOK\n@label=1 OK\n',
    );
    expect(phone.read()).toBe('');
    expect(await desk.ask('ROOMS ALL\n')).toContain(';read=3 ROOM dev');
  });

  it('READ of an id beyond the newest message stands for the newest', async () => {
    const { phone, desk } = await twoSessions();
    await desk.ask('READ 99999999999999999999\n');
    expect(phone.read()).toBe('@room=lobby;event=read;id=4 INFO read\n');
  });

  it('READ stores the time of the message as well', async () => {
    const { world, desk } = await twoSessions();
    world.wait(60_000);
    await desk.ask('@room=dev READ 3\n');
    const at = Date.parse('2026-03-01T12:00:00.000Z');
    expect(world.accounts.readPositions.of('ann', 'dev')).toEqual({ id: 3, at });
  });

  it.each(['READ', 'READ x', 'READ -1', 'READ 1 2', 'READ 1.5'])('%s is refused', async (line) => {
    const { desk } = await twoSessions();
    expect(await desk.ask(`${line}\n`)).toBe('ERR usage: READ <id>\n');
  });

  it('READ needs a registered name, a room that one is in, and TAGS ON', async () => {
    const world = new World();
    world.register('ann');
    const guest = world.connect();
    await guest.ask('TAGS ON\nLOGIN guest\n');
    expect(await guest.ask('@label=1 READ 1\nHELP READ\n')).toMatch(/^@label=1 ERR not-registered\n.*READ/);
    const ann = await tagged(world, 'ann');
    expect(await ann.ask('@room=dev READ 1\n')).toBe('ERR not-in-room\n');
    expect(await ann.ask('TAGS OFF\nREAD 1\n')).toBe('OK\nERR unknown-cmd\n');
  });

  it('READ is told to no session without TAGS ON', async () => {
    const { phone, desk } = await twoSessions();
    await phone.ask('TAGS OFF\n');
    await desk.ask('@room=dev READ 3\n');
    expect(phone.read()).toBe('');
  });

  it('READ that cannot be stored is answered not-stored, tells nobody and is undone', async () => {
    const history = new FragileHistory();
    const { world, phone, desk } = await twoSessions({ history });
    history.broken = true;
    expect(await desk.ask('@room=dev READ 3\n')).toBe('ERR not-stored\n');
    expect(phone.read()).toBe('');
    expect(world.accounts.readPositions.of('ann', 'dev')).toBeUndefined();
  });

  it('READ while the history cannot be read is refused as busy', async () => {
    const history = new FragileHistory();
    const { desk } = await twoSessions({ history });
    history.unreadable = true;
    expect(await desk.ask('@label=1;room=dev READ 3\n')).toBe('@label=1 ERR busy\n');
  });

  it('READ of more than 500 rooms forgets the room that was read longest ago', async () => {
    const world = new World();
    world.register('ann');
    const { readPositions } = world.accounts;
    for (let id = 1; id <= 501; id++) readPositions.advance('ann', `room${id}`, { id, at: id });
    expect(readPositions.of('ann', 'room1')).toBeUndefined();
    expect(readPositions.of('ann', 'room2')).toEqual({ id: 2, at: 2 });
    expect(readPositions.of('ann', 'room501')).toEqual({ id: 501, at: 501 });
  });

  it('READ on one node of a cluster is told and known on the others', async () => {
    const nodes = new Nodes(2);
    nodes.register('ann');
    const phone = nodes.world(0).connect();
    await nodes.ask(phone, `TAGS ON\nLOGIN ann ${passwordOf('ann')}\n`);
    await nodes.ask(phone, 'NICK ann-phone\nFOLLOW dev\n@room=dev MSG one\n');
    const desk = nodes.world(1).connect();
    await nodes.ask(desk, `TAGS ON\nLOGIN ann ${passwordOf('ann')}\nFOLLOW dev\n`);
    phone.read();
    expect(await nodes.ask(desk, '@room=dev READ 1\n')).toBe('OK\n');
    expect(phone.read()).toBe('@room=dev;event=read;id=1 INFO read\n');
    expect(await nodes.ask(phone, 'ROOMS ALL\n')).toContain('read=1 ROOM dev');
    nodes.check();
  });
});
