/** SESSION and SESSION END: section "Tokens of a session" of docs/protocol.md, byte for byte. */
import { describe, expect, it } from 'vitest';
import { FragileHistory } from '../../support/fragile-history.js';
import { Nodes } from '../../support/nodes.js';
import { passwordOf, type Peer, World, type WorldOptions } from '../../support/world.js';

const TIME = '2026-03-01T12:00:00.000Z';
const DAY_MS = 24 * 3_600_000;
const TOKEN = /^(?:@label=7;|@)token=([\w-]{43});expires=(\S+) OK\n$/;

function tokenIn(text: string): string {
  expect(text).toMatch(TOKEN);
  return TOKEN.exec(text)?.[1] ?? '';
}

async function login(world: World, secret = passwordOf('ann')): Promise<Peer> {
  const peer = world.connect();
  expect(await peer.ask(`TAGS ON\nLOGIN ann ${secret}\n`)).toBe('OK\nOK\n');
  return peer;
}

/** A world with the registered name ann, and her session. */
async function ann(options: WorldOptions = {}): Promise<{ readonly world: World; readonly peer: Peer }> {
  const world = new World(options);
  world.register('ann');
  return { world, peer: await login(world) };
}

describe('SESSION', () => {
  it('SESSION gives a token that is good for 30 days, and works in place of the password', async () => {
    const { world, peer } = await ann();
    const answer = await peer.ask('@label=7 SESSION\n');
    const token = tokenIn(answer);
    expect(answer).toBe(`@label=7;token=${token};expires=2026-03-31T12:00:00.000Z OK\n`);
    expect(tokenIn(await peer.ask('SESSION\n'))).not.toBe(token);
    const again = await login(world, token);
    expect(peer.lines()).toEqual([
      `@time=${TIME};event=logged-in-elsewhere;user=ann INFO disconnected: logged in elsewhere`,
    ]);
    expect(await again.ask('PASSWORD x correct-horse\n')).toBe('ERR wrong-password\n');
  });

  it('SESSION gives a token that each login renews, and that expires without one', async () => {
    const { world, peer } = await ann();
    const token = tokenIn(await peer.ask('SESSION\n'));
    for (let count = 0; count < 3; count++) {
      world.wait(29 * DAY_MS);
      await login(world, token);
    }
    world.wait(30 * DAY_MS);
    const late = world.connect();
    expect(await late.ask(`LOGIN ann ${token}\n`)).toBe('ERR wrong-password\n');
  });

  it('SESSION gives a name at most 10 tokens; the one that was used longest ago goes', async () => {
    const { world, peer } = await ann();
    const tokens: string[] = [];
    for (let count = 0; count < 10; count++) tokens.push(tokenIn(await peer.ask('SESSION\n')));
    const [first = '', second = '', third = ''] = tokens;
    world.wait(1000);
    const again = await login(world, first);
    tokenIn(await again.ask('SESSION\n'));
    expect(world.accounts.users.tokens()).toHaveLength(10);
    const other = world.connect();
    expect(await other.ask(`LOGIN ann ${second}\n`)).toBe('ERR wrong-password\n');
    expect(await other.ask(`LOGIN ann ${third}\n`)).toBe('OK\n');
  });

  it('SESSION does not count the tokens of the command line, and does not revoke them', async () => {
    const { world, peer } = await ann();
    const token = world.accounts.users.createToken('ann', world.clock.now(), null);
    for (let count = 0; count < 12; count++) await peer.ask('SESSION\n');
    expect(world.accounts.users.tokens()).toHaveLength(11);
    await login(world, token);
  });

  it('SESSION may revoke the token of the session itself, which goes on', async () => {
    const { world, peer } = await ann();
    const token = tokenIn(await peer.ask('SESSION\n'));
    const again = await login(world, token);
    for (let count = 0; count < 10; count++) tokenIn(await again.ask('SESSION\n'));
    expect(await again.ask('PING\n')).toBe('PONG\n');
    world.hub.accountChanged('ann', false, world.clock.now());
    world.settle();
    expect(again.closed).toBe(false);
  });

  it('SESSION and SESSION END need a registered name, and TAGS ON', async () => {
    const world = new World();
    const bob = world.connect();
    await bob.ask('TAGS ON\nLOGIN bob\n');
    expect(await bob.ask('@label=1 SESSION\nSESSION END\n')).toBe(
      '@label=1 ERR not-registered\nERR not-registered\n',
    );
    expect(await bob.ask('SESSION x\nSESSION END x\n')).toBe('ERR usage: SESSION | SESSION END\n'.repeat(2));
    expect(await bob.ask('TAGS OFF\nSESSION\nSESSION END\n')).toBe('OK\nERR unknown-cmd\nERR unknown-cmd\n');
    const guest = world.connect();
    expect(await guest.ask('TAGS ON\nSESSION\n')).toBe("OK\nERR expected 'LOGIN <username>'\n");
  });

  it('SESSION that cannot be stored is answered not-stored, and its token does not work', async () => {
    const history = new FragileHistory();
    const { world, peer } = await ann({ history });
    await peer.ask('MSG hi\n');
    history.broken = true;
    expect(await peer.ask('@label=7 SESSION\n')).toBe('@label=7 ERR not-stored\n');
    expect(world.accounts.users.tokens()).toEqual([]);
    history.broken = false;
    expect(await peer.ask('SESSION END\n')).toBe('OK\n');
  });

  it('the token is shown to no observer; that one was made is', async () => {
    const { world, peer } = await ann();
    const token = tokenIn(await peer.ask('SESSION\n'));
    const seen = JSON.stringify(world.seen.map(({ event }) => event));
    expect(seen).not.toContain(token);
    expect(seen).toContain('"action":{"kind":"open-session","about":"ann"}');
  });
});

describe('SESSION END', () => {
  it('SESSION END revokes the token that the session logged in with, and the session goes on', async () => {
    const { world, peer } = await ann();
    const token = tokenIn(await peer.ask('SESSION\n'));
    const again = await login(world, token);
    expect(await again.ask('@label=1 SESSION END\n')).toBe('@label=1 OK\n');
    expect(await world.connect().ask(`LOGIN ann ${token}\n`)).toBe('ERR wrong-password\n');
    world.hub.accountChanged('ann', false, world.clock.now());
    world.settle();
    expect(await again.ask('PING\nSESSION END\n')).toBe('PONG\nOK\n');
  });

  it('SESSION END revokes the token that the session was given last', async () => {
    const { world, peer } = await ann();
    const first = tokenIn(await peer.ask('SESSION\n'));
    const second = tokenIn(await peer.ask('SESSION\n'));
    expect(await peer.ask('SESSION END\n')).toBe('OK\n');
    const other = world.connect();
    expect(await other.ask(`LOGIN ann ${second}\n`)).toBe('ERR wrong-password\n');
    expect(await other.ask(`LOGIN ann ${first}\n`)).toBe('OK\n');
  });

  it('SESSION END of a session without a token is answered OK', async () => {
    const { peer } = await ann();
    expect(await peer.ask('SESSION END\n')).toBe('OK\n');
  });

  it('SESSION END ends the other sessions that logged in with the token', async () => {
    const { world, peer } = await ann();
    const token = tokenIn(await peer.ask('SESSION\n'));
    const phone = await login(world, token);
    await phone.ask('NICK ann-phone\n');
    const desk = await login(world, token);
    phone.read();
    expect(await desk.ask('SESSION END\n')).toBe(
      `@time=${TIME};event=quit;user=ann-phone INFO ann-phone disconnected\nOK\n`,
    );
    expect(phone.lines()).toEqual([
      `@time=${TIME};event=revoked;user=ann-phone INFO disconnected: token revoked`,
    ]);
    expect(desk.closed).toBe(false);
  });

  it('SESSION END that cannot be stored is answered not-stored, and the token works still', async () => {
    const history = new FragileHistory();
    const { world, peer } = await ann({ history });
    const token = tokenIn(await peer.ask('SESSION\n'));
    history.broken = true;
    expect(await peer.ask('MSG hi\nSESSION END\n')).toBe('ERR not-stored\nERR not-stored\n');
    history.broken = false;
    await login(world, token);
  });
});

describe('in a cluster', () => {
  it('a token of SESSION works on each node, and SESSION END on one node revokes it on all', async () => {
    const nodes = new Nodes(2);
    nodes.register('ann');
    const peer = nodes.world(0).connect();
    await nodes.ask(peer, `TAGS ON\nLOGIN ann ${passwordOf('ann')}\n`);
    const token = tokenIn(await nodes.ask(peer, 'SESSION\n'));
    const other = nodes.world(1).connect();
    expect(await nodes.ask(other, `TAGS ON\nLOGIN ann ${token}\n`)).toBe('OK\nOK\n');
    nodes.check();
    expect(await nodes.ask(other, 'SESSION END\n')).toBe('OK\n');
    const late = nodes.world(0).connect();
    expect(await nodes.ask(late, `LOGIN ann ${token}\n`)).toBe('ERR wrong-password\n');
    nodes.check();
  });
});
