/** Nodes of several versions: what an older one cannot read is not proposed before it is gone. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cluster/batch.js';
import { MAX_V, versionOf } from '../../src/cluster/versions.js';
import type { Command } from '../../src/core/command.js';
import type { Proposal, SessionKey } from '../../src/core/ports.js';
import { maskOf } from '../../src/core/text/mask.js';
import { cleanText, typedName } from '../../src/core/text/text.js';
import { ircConversationOf } from '../support/irc.js';
import type { Peer } from '../support/world.js';
import { ClusterWorld, LEASE_MS } from './cluster-world.js';
import { RealHub } from './real-hub.js';
import { ToyHub } from './toy-hub.js';

const KEY: SessionKey = { node: 'a', epoch: 1, no: 1 };
const say = (session: SessionKey, text: string): Proposal => ({
  ...{ kind: 'say', session, room: 'lobby', texts: [cleanText(text)], pasted: false },
});

const deleteDirect = (session: SessionKey): Proposal => ({
  ...{ kind: 'delete-direct', session, to: 'bob', id: 1, count: 1, reason: cleanText('') },
});

const exception = (mask: string, silences: boolean): Command => ({
  kind: 'mode',
  room: null,
  changes: [{ kind: 'mask', list: 'exceptions', on: true, mask: maskOf(cleanText(mask)), silences }],
});

describe('the version that a proposal needs', () => {
  const command = (given: Command): Proposal => ({ kind: 'command', session: KEY, command: given });

  it.each<[number, string, Proposal]>([
    [1, 'a message', say(KEY, 'hi')],
    [2, 'the deletion of a direct message', deleteDirect(KEY)],
    [1, 'a ban of the command line', { kind: 'ban-changed', target: 'eve' }],
    [1, 'a kick', command({ kind: 'kick', who: typedName(cleanText('eve')), reason: cleanText('') })],
    [1, 'a description', command({ kind: 'describe', isBot: true, resigns: false })],
    [2, 'a description of an operator who resigns', command({ kind: 'describe', resigns: true })],
    [1, 'an exception from bans', command(exception('eve', false))],
    [2, 'an exception from bans that silence', command(exception('eve', true))],
  ])('it is %i for %s', (version, _, proposal) => {
    expect(versionOf(proposal)).toBe(version);
    expect(version).toBeLessThanOrEqual(MAX_V);
  });
});

/** A live node of version 1 joins. Returns how to stop it. */
async function joinOlder(world: ClusterWorld): Promise<() => Promise<void>> {
  const run = { node: 'old', former: 0, nonce: 'x', base: '', settings: {} };
  world.push({ kind: 'up', ...run, maxV: 1, version: '0.1.0' });
  const epoch = world.log.last;
  await world.pass(500);
  return async () => {
    world.push({ kind: 'down', node: 'old', epoch, n: 1 });
    await world.pass(500);
  };
}

async function live(world: ClusterWorld): Promise<ClusterWorld> {
  world.server('a').start();
  await world.until(() => world.server('a').state === 'live');
  return world;
}

function batches(world: ClusterWorld): { readonly v: number; readonly kinds: readonly string[] }[] {
  return Array.from({ length: world.log.last }, (_, index) => world.log.entry(index + 1)).flatMap((entry) => {
    const read = entry === undefined ? null : decode(entry.bytes, world.seal, world.log.id);
    if (read?.kind !== 'entry' || read.entry.kind !== 'batch') return [];
    return [{ v: read.entry.v, kinds: read.entry.proposals.map(({ kind }) => kind) }];
  });
}

describe('beside a live node of an older version', () => {
  async function chat() {
    const world = await live(
      new ClusterWorld({
        seed: 1,
        names: ['a'],
        make: (saved, clock) => new RealHub({ clock, presenceLimit: 0, saved }),
      }),
    );
    const stopOlder = await joinOlder(world);
    const hub = world.server('a').machine;
    if (!(hub instanceof RealHub)) throw new Error('not a hub');
    const [ann, bob] = [hub.connect('10.0.0.1'), hub.connect('10.0.0.2')];
    const ivy = hub.connect('10.0.0.3', ircConversationOf(hub.world));
    const ask = async (peer: Peer, text: string) => {
      peer.read();
      peer.say(text);
      await world.pass(500);
      return peer.read();
    };
    await ask(ann, 'TAGS ON\nLOGIN ann\n');
    await ask(bob, 'TAGS ON\nLOGIN bob\n');
    await ask(
      ivy,
      'CAP REQ :draft/message-redaction message-tags\r\nCAP END\r\nNICK ivy\r\nUSER ivy 0 * :ivy\r\n',
    );
    return { world, stopOlder, bob, ivy, ask };
  }

  it('a direct message is not deleted, its author is told why, and can do it once that node is gone', async () => {
    const { world, stopOlder, bob, ivy, ask } = await chat();
    // The first messages of all.
    await ask(bob, 'DM ann one\n');
    await ask(ivy, 'PRIVMSG ann :two\r\n');
    expect(await ask(bob, 'DELETE 1\n')).toMatch(/ERR busy\n/);
    expect(await ask(ivy, 'REDACT ann 2\r\n')).toMatch(
      /FAIL REDACT TEMPORARILY_UNAVAILABLE :Another server of the cluster has an older version/,
    );
    expect(new Set(batches(world).map(({ v }) => v))).toEqual(new Set([1]));
    expect(batches(world).flatMap(({ kinds }) => kinds)).not.toContain('delete-direct');
    await stopOlder();
    expect(await ask(bob, 'DELETE 1\n')).not.toContain('ERR');
    expect(batches(world).at(-1)).toEqual({ v: MAX_V, kinds: ['delete-direct'] });
    expect(world.violations).toEqual([]);
  });
});

describe('the batches of a run', () => {
  it('have the version that their proposals need, also if an older node has joined meanwhile', async () => {
    const world = await live(new ClusterWorld({ seed: 1, names: ['a'], make: (saved) => new ToyHub(saved) }));
    const server = world.server('a');
    server.connection.cut('writer');
    // Two batches are on their way, so the third proposal waits.
    for (const text of ['one', 'two']) {
      server.submit((session) => say(session, text));
      await world.pass(50);
    }
    server.submit(deleteDirect);
    await world.pass(50);
    await joinOlder(world);
    server.connection.heal();
    await world.pass(LEASE_MS / 4);
    const written = batches(world);
    expect(written.find(({ kinds }) => kinds.includes('delete-direct'))?.v).toBe(MAX_V);
  });

  it('an older node is refused once the others have written batches that it cannot read', async () => {
    const world = await live(new ClusterWorld({ seed: 1, names: ['a'], make: (saved) => new ToyHub(saved) }));
    world.server('a').submit((session) => say(session, 'one'));
    await world.pass(500);
    await joinOlder(world);
    expect(world.replay(() => {}).node('old')).toBeUndefined();
  });
});
