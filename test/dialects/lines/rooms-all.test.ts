/** ROOMS ALL: section "Rooms and users" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { Nodes } from '../../support/nodes.js';
import { passwordOf, type Peer, World } from '../../support/world.js';

async function tagged(world: World, name: string, secret = ''): Promise<Peer> {
  const peer = world.connect();
  await peer.ask(`TAGS ON\nLOGIN ${name} ${secret}\n`);
  return peer;
}

/** Fay has founded dev, which has a topic and a lock, and ops, which has nothing else; old holds a message alone. */
async function withRooms() {
  const world = new World();
  world.register('fay', 'opal');
  world.accounts.users.setOperator('opal', true);
  const fay = await tagged(world, 'fay', passwordOf('fay'));
  await fay.ask(
    'JOIN dev\nTOPIC 100% done; see #ops\nMSG one\nMSG two\nLOCK our-key\nFOLLOW ops\nUNFOLLOW ops\n',
  );
  await fay.ask('LEAVE\nFOLLOW dev our-key\n');
  const bob = world.login('bob');
  await bob.ask('JOIN old\nMSG three\nLEAVE\nJOIN gone\nLEAVE\n');
  fay.read();
  return { world, fay, bob };
}

const DEV = '@last=2;topic=100%25%20done%3B%20see%20%23ops;locked=1';

describe('ROOMS ALL', () => {
  it('ROOMS ALL without TAGS ON is an unknown command, and not in HELP', () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('ROOMS ALL\nrooms all\nHELP ROOMS\nHELP MORE\nCHAT\n/rooms all\n');
    const lines = ann.lines();
    expect(lines.slice(0, 2)).toEqual(['ERR unknown-cmd', 'ERR unknown-cmd']);
    expect(lines.join()).not.toContain('ROOMS ALL');
    expect(lines.at(-1)).toBe('ERR unknown-cmd');
    const guest = world.connect();
    guest.send('ROOMS ALL\nTAGS ON\nROOMS ALL\n');
    const refused = "ERR expected 'LOGIN <username>'";
    expect(guest.lines()).toEqual([refused, 'OK', refused]);
  });

  it('ROOMS without ALL has no tags, and rooms with members alone', async () => {
    const { fay } = await withRooms();
    expect(await fay.ask('ROOMS\n')).toBe('ROOM lobby 2\nROOM dev 1\nOK\n');
  });

  it('ROOMS ALL lists rooms with messages or a founder too, with the details that a founder may see', async () => {
    const { fay } = await withRooms();
    expect(await fay.ask('rooms all\n')).toBe(
      `ROOM lobby 2\n${DEV};mine=1 ROOM dev 1\n@last=3 ROOM old 0\n@mine=1 ROOM ops 0\nOK\n`,
    );
  });

  it('ROOMS ALL under a label has the label on each line, before the other tags', async () => {
    const { fay } = await withRooms();
    expect(await fay.ask('@label=7 ROOMS ALL\n')).toBe(
      [
        '@label=7 ROOM lobby 2',
        `@label=7;${DEV.slice(1)};mine=1 ROOM dev 1`,
        '@label=7;last=3 ROOM old 0',
        '@label=7;mine=1 ROOM ops 0',
        '@label=7 OK\n',
      ].join('\n'),
    );
  });

  it('ROOMS ALL hides a locked room from those outside, also from its founder, and shows it to an operator', async () => {
    const { world, fay } = await withRooms();
    const ann = await tagged(world, 'ann');
    expect(await ann.ask('ROOMS ALL\n')).toBe('ROOM lobby 3\n@last=3 ROOM old 0\nROOM ops 0\nOK\n');
    await fay.ask('UNFOLLOW dev\n');
    expect(await fay.ask('ROOMS ALL\n')).not.toContain('ROOM dev');
    const opal = await tagged(world, 'opal', passwordOf('opal'));
    expect(await opal.ask('ROOMS ALL\n')).toContain(`${DEV} ROOM dev 0\n`);
  });

  it('ROOMS ALL names the newest message that the same client has just sent', async () => {
    const { fay } = await withRooms();
    expect(await fay.ask('MSG hi\nROOMS ALL\n')).toContain('@last=4 ROOM lobby 2\n');
  });

  it('ROOMS ALL shows the spelling of a room as it was last entered', async () => {
    const world = new World();
    world.login('bob').send('JOIN Dev\nMSG hi\nLEAVE\n');
    const ann = await tagged(world, 'ann');
    expect(await ann.ask('ROOMS ALL\n')).toContain('@last=1 ROOM Dev 0\n');
  });

  it('ROOMS ALL lists thousands of rooms, each once', async () => {
    const world = new World({ writeQueueBytes: 20_000 });
    const bob = world.login('bob');
    const rooms = Array.from({ length: 1000 }, (_, number) => `room${number}`);
    for (const room of rooms) bob.send(`JOIN ${room}\nMSG hi\n`);
    const ann = await tagged(world, 'ann');
    const lines = (await ann.ask('ROOMS ALL\nPING\n')).split('\n').slice(0, -1);
    expect(lines.slice(-2)).toEqual(['OK', 'PONG']);
    const names = lines.slice(0, -2).map((line) => /ROOM (\S+)/.exec(line)?.[1]);
    expect(names.toSorted()).toEqual(['lobby', ...rooms].toSorted());
  });

  it('ROOMS ALL is refused as busy where the history cannot be read', async () => {
    const history = new FragileHistory();
    const world = new World({ history });
    const ann = await tagged(world, 'ann');
    history.unreadable = true;
    expect(await ann.ask('@label=1 ROOMS ALL\nPING\n')).toBe('@label=1 ERR busy\nPONG\n');
  });

  it('ROOMS ALL is the same on each node of a cluster', async () => {
    const nodes = new Nodes(2);
    nodes.register('fay');
    const fay = await nodes.login(0, 'fay');
    await nodes.ask(fay, 'JOIN dev\nTOPIC hi\nMSG one\nLEAVE\n');
    const ann = nodes.world(1).connect();
    await nodes.ask(ann, 'TAGS ON\nLOGIN ann\n');
    expect(await nodes.ask(ann, 'ROOMS ALL\n')).toBe('ROOM lobby 2\n@last=1;topic=hi ROOM dev 0\nOK\n');
    nodes.check();
  });
});
