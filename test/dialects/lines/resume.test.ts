/** Taking back an unregistered name: section "Logging in" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { Nodes } from '../../support/nodes.js';
import { passwordOf, type Peer, World } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';
const OK = /^@resume=([\w-]{22}) OK$/;

/** The value of `@resume` in the only line that was received. */
function valueIn(text: string): string {
  const [line = '', ...more] = text.split('\n').slice(0, -1);
  expect(more).toEqual([]);
  expect(line).toMatch(OK);
  return OK.exec(line)?.[1] ?? '';
}

function withTags(world: World): Peer {
  const peer = world.connect();
  peer.send('TAGS ON\n');
  peer.read();
  return peer;
}

async function login(world: World, name: string): Promise<{ readonly peer: Peer; readonly value: string }> {
  const peer = withTags(world);
  return { peer, value: valueIn(await peer.ask(`LOGIN ${name}\n`)) };
}

describe('LOGIN with TAGS ON', () => {
  it('LOGIN of an unregistered name is answered with a value of 22 characters, a new one each time', async () => {
    const world = new World();
    const values = [await login(world, 'ann'), await login(world, 'bob')].map(({ value }) => value);
    expect(new Set(values).size).toBe(2);
  });

  it('LOGIN under a label has the label in front of the value', async () => {
    expect(await withTags(new World()).ask('@label=7 LOGIN ann\n')).toMatch(
      /^@label=7;resume=[\w-]{22} OK\n$/,
    );
  });

  it('LOGIN without TAGS ON, or of a registered name, is answered OK alone', async () => {
    const world = new World();
    world.register('ann');
    expect(await withTags(world).ask(`LOGIN ann ${passwordOf('ann')}\n`)).toBe('OK\n');
    expect(await world.connect().ask('LOGIN bob\n')).toBe('OK\n');
    expect(await world.connect().ask('TAGS ON\nTAGS OFF\nLOGIN cat\n')).toBe('OK\nOK\nOK\n');
  });

  it('the value is shown to no observer, and is not in what is proposed', async () => {
    const world = new World();
    const { value } = await login(world, 'ann');
    expect(JSON.stringify(world.seen.map(({ event }) => event))).not.toContain(value);
    expect(JSON.stringify(world.hub.state())).not.toContain(value);
  });
});

describe('@resume', () => {
  it('@resume takes the name back from the connection, which is told why, and gives a new value', async () => {
    const world = new World();
    const bob = world.login('bob');
    const old = await login(world, 'ann');
    const again = withTags(world);
    const value = valueIn(await again.ask(`@resume=${old.value} LOGIN ann\n`));
    expect(value).not.toBe(old.value);
    expect(old.peer.lines()).toEqual([
      `@time=${TIME};event=logged-in-elsewhere;user=ann INFO disconnected: logged in elsewhere`,
    ]);
    expect(old.peer.closed).toBe(true);
    expect(bob.read()).toBe('INFO ann disconnected\n');
    bob.send('DM ann hi\n');
    expect(again.lines()).toEqual([`@id=1;time=${TIME} DM bob hi`]);
    expect(await withTags(world).ask(`@resume=${old.value} LOGIN ann\n`)).toBe('ERR username-taken\n');
    valueIn(await withTags(world).ask(`@resume=${value} LOGIN ann\n`));
  });

  it('@resume takes the name back from a connection that does not read any more', async () => {
    const world = new World();
    const old = await login(world, 'ann');
    old.peer.stopReading();
    valueIn(await withTags(world).ask(`@resume=${old.value} LOGIN ann\n`));
  });

  it('@resume of a session that has ended is an ordinary login', async () => {
    const world = new World();
    const old = await login(world, 'ann');
    old.peer.vanish();
    valueIn(await withTags(world).ask(`@resume=${old.value} LOGIN ann\n`));
  });

  it('@resume takes no name from another user who has it now', async () => {
    const world = new World();
    const old = await login(world, 'ann');
    old.peer.vanish();
    const other = world.login('ann');
    expect(await withTags(world).ask(`@label=1;resume=${old.value} LOGIN ann\n`)).toBe(
      '@label=1;try=ann2 ERR username-taken\n',
    );
    expect(other.closed).toBe(false);
  });

  it.each(['', 'x', 'x'.repeat(22), '%00', 'a=b'])('@resume=%s is as if there were none', async (value) => {
    const world = new World();
    await login(world, 'ann');
    expect(await withTags(world).ask(`@resume=${value} LOGIN ann\n`)).toBe('ERR username-taken\n');
    valueIn(await withTags(world).ask(`@resume=${value} LOGIN bob\n`));
  });

  it('@resume follows a session to its new name, and leaves the old name', async () => {
    const world = new World();
    const old = await login(world, 'ann');
    old.peer.send('NICK anna\n');
    const ann = withTags(world);
    expect(await ann.ask(`@resume=${old.value} LOGIN ann\n`)).toMatch(/^@resume=\S+ OK\n$/);
    expect(old.peer.closed).toBe(false);
    valueIn(await withTags(world).ask(`@resume=${old.value} LOGIN anna\n`));
    expect(old.peer.closed).toBe(true);
    expect(ann.closed).toBe(false);
  });

  it('@resume is not enough for a name that was registered meanwhile', async () => {
    const world = new World();
    const old = await login(world, 'ann');
    await old.peer.ask('REGISTER correct-horse\n');
    const again = withTags(world);
    expect(await again.ask(`@resume=${old.value} LOGIN ann\n`)).toBe('ERR password-required\n');
    expect(old.peer.closed).toBe(false);
    expect(await again.ask(`@resume=${old.value} LOGIN ann correct-horse\n`)).toBe('OK\n');
  });

  it('@resume ends no session of a name that cannot be taken because another one like it is registered', async () => {
    const world = new World();
    const old = await login(world, 'ann-1');
    world.register('ann_1');
    expect(await withTags(world).ask(`@resume=${old.value} LOGIN ann-1\n`)).toBe('ERR username-taken\n');
    expect(old.peer.closed).toBe(false);
  });

  it('@resume does not pass a ban, and not the password of the server', async () => {
    const world = new World({ serverPassword: 'letmein' });
    const peer = withTags(world);
    const value = valueIn(await peer.ask('LOGIN ann letmein\n'));
    expect(await withTags(world).ask(`@resume=${value} LOGIN ann\n`)).toBe('ERR password-required\n');
    const ban = { by: 'server', reason: '', until: Number.POSITIVE_INFINITY };
    world.accounts.bans.add({ kind: 'banned-name', target: 'ann', shown: 'ann', ...ban });
    expect(await withTags(world).ask(`@resume=${value} LOGIN ann letmein\n`)).toBe('ERR banned\n');
  });

  it('@resume in front of another command, and after the login, has no effect', async () => {
    const world = new World();
    const { peer, value } = await login(world, 'ann');
    expect(await peer.ask(`@resume=${value} PING\n@resume=${value} LOGIN ann\n`)).toBe(
      'PONG\nERR already-logged-in\n',
    );
    expect(peer.closed).toBe(false);
  });

  it('@resume works on another node of a cluster', async () => {
    const nodes = new Nodes(2);
    const old = nodes.world(0).connect();
    const value = valueIn((await nodes.ask(old, 'TAGS ON\nLOGIN ann\n')).replace('OK\n', ''));
    await nodes.ask(old, 'JOIN dev\n');
    const again = nodes.world(1).connect();
    await nodes.ask(again, 'TAGS ON\n');
    expect(await nodes.ask(again, `@resume=${'x'.repeat(22)} LOGIN ann\n`)).toBe('ERR username-taken\n');
    old.read();
    valueIn(await nodes.ask(again, `@resume=${value} LOGIN ann\n`));
    expect(old.closed).toBe(true);
    nodes.check();
  });
});
