/** Several hubs that settle the same entries: users of all of them chat, and all hubs have the same state. */
import { describe, expect, it } from 'vitest';
import { cleanText, parseUserName } from '../../../src/core/text/text.js';
import { conversationIn } from '../../../src/dialects/index.js';
import { Nodes } from '../../support/nodes.js';
import type { Peer } from '../../support/world.js';

/** How observers see a post without a session. */
const BOT = { id: 0, name: null, peer: '192.0.2.7:1', dialect: 'http', room: '' };

/** Ann and ops on the first node, bob on the second; `opal` is an operator, `reg` and `opal` are registered. */
async function newNodes(count = 2): Promise<{ nodes: Nodes; ann: Peer; bob: Peer; opal: Peer }> {
  const nodes = new Nodes(count);
  nodes.register('opal', 'reg');
  nodes.setOperator('opal');
  const ann = await nodes.login(0, 'ann');
  const bob = await nodes.login(1, 'bob');
  const opal = await nodes.login(count - 1, 'opal');
  for (const peer of [ann, bob, opal]) peer.read();
  return { nodes, ann, bob, opal };
}

describe('users of several nodes', () => {
  it('room messages, pastes and actions reach members on all nodes once', async () => {
    const { nodes, ann, bob } = await newNodes();
    expect(await nodes.ask(ann, 'MSG hi\nME waves\nPASTE\none\ntwo\n.\n')).toBe('OK\n');
    expect(bob.read()).toBe('MSG ann hi\nMSG ann * ann waves\nMSG ann one\nMSG ann two\n');
    await nodes.ask(bob, 'MSG ho\n');
    expect(ann.read()).toBe('MSG bob ho\n');
    expect(await nodes.ask(ann, 'HISTORY\n')).toBe(await nodes.ask(bob, 'HISTORY\n'));
    nodes.check();
  });

  it('direct messages reach a user on another node, and one who is offline', async () => {
    const { nodes, ann, bob } = await newNodes();
    expect(await nodes.ask(ann, 'DM BOB psst\n')).toBe('');
    expect(bob.read()).toBe('DM ann psst\n');
    expect(await nodes.ask(ann, 'DM nobody psst\n')).toBe('ERR user-not-found\n');
    await nodes.ask(bob, 'DM reg for later\n');
    nodes.check();
    const reg = nodes.world(0).connect();
    expect(await nodes.ask(reg, 'LOGIN reg reg-password\n')).toBe('OK\nDM bob for later\n');
    expect(nodes.world(1).accounts.offline.waitingFor('reg')).toEqual([]);
    nodes.check();
  });

  it('a direct message is deleted by its author on any node, for its receiver on another and in the mailbox', async () => {
    const { nodes, ann, bob, opal } = await newNodes();
    await nodes.ask(bob, 'TAGS ON\n');
    await nodes.ask(ann, 'DM bob psst\nDM reg for later\nDM reg and this\n');
    bob.read();
    expect(await nodes.ask(opal, 'DELETE 1\n')).toBe('ERR not-permitted\n');
    expect(await nodes.ask(ann, 'DELETE 1\nDELETE 2\nDELETE 1\n')).toBe('OK\nOK\nERR not-permitted\n');
    expect(bob.read()).toMatch(/^@time=\S+;event=delete;id=1;user=ann INFO ann deleted 1\n$/);
    for (const { accounts } of nodes.worlds)
      expect(accounts.offline.waitingFor('reg')).toMatchObject([{ id: 3, text: 'and this' }]);
    nodes.check();
  });

  it('WHO, ROOMS and WHOIS answer the same on all nodes', async () => {
    const { nodes, ann, bob, opal } = await newNodes();
    await nodes.ask(ann, 'FOLLOW ops\n');
    await nodes.ask(bob, 'JOIN Dev\nAWAY lunch\n');
    await nodes.ask(ann, 'JOIN dev\n');
    const who = await nodes.ask(ann, 'WHO\n');
    expect(who).toBe(await nodes.ask(bob, 'WHO\n'));
    expect(who.match(/\w+/g)).toEqual(expect.arrayContaining(['ann', 'bob', 'opal']));
    expect(await nodes.ask(ann, 'WHO dev\n')).toBe(await nodes.ask(bob, 'WHO dev\n'));
    const rooms = await nodes.ask(ann, 'ROOMS\n');
    expect(rooms).toContain('Dev 2\n');
    expect(await nodes.ask(opal, 'ROOMS\n')).toBe(rooms);
    const whois = await nodes.ask(opal, 'WHOIS ann\n');
    expect(whois).toContain('10.0.0.1');
    expect(whois).toContain('lines');
    expect(await nodes.ask(ann, 'WHOIS bob\n')).toContain('lunch');
    nodes.check();
  });

  it('a room exists while it has members on any node', async () => {
    const { nodes, ann, bob } = await newNodes();
    await nodes.ask(ann, 'JOIN Dev\n');
    await nodes.ask(bob, 'JOIN dev\n');
    await nodes.ask(ann, 'LEAVE\n');
    expect(nodes.worlds.map(({ hub }) => hub.roomCount)).toEqual([2, 2]);
    expect(await nodes.ask(ann, 'ROOMS\n')).toContain('Dev 1');
    await nodes.ask(bob, 'LEAVE\n');
    expect(nodes.worlds.map(({ hub }) => hub.roomCount)).toEqual([1, 1]);
    nodes.check();
  });

  it('joins, renames and the end of a session are told on all nodes', async () => {
    const { nodes, ann, bob } = await newNodes();
    await nodes.ask(ann, 'JOIN dev\nNICK amy\n');
    await nodes.ask(bob, 'JOIN dev\n');
    expect(ann.read()).toBe('INFO bob joined dev\n');
    await nodes.ask(ann, 'NICK ann\n');
    expect(bob.read()).toContain('amy');
    ann.vanish();
    await nodes.settle();
    expect(bob.read()).toBe('INFO ann disconnected\n');
    expect(nodes.worlds.map(({ hub }) => hub.userCount)).toEqual([2, 2]);
    nodes.check();
  });

  it('a name that is in use on another node, or looks like one, is taken', async () => {
    const { nodes } = await newNodes();
    const other = nodes.world(1).connect();
    for (const name of ['ann', 'ANN', 'ɑnn'])
      expect(await nodes.ask(other, `LOGIN ${name}\n`)).toBe('ERR username-taken\n');
    nodes.check();
  });

  it('of two logins with one name on two nodes at once the first has it', async () => {
    const { nodes } = await newNodes();
    const one = nodes.world(0).connect();
    const two = nodes.world(1).connect();
    nodes.hold();
    await nodes.ask(one, 'LOGIN eve\n');
    await nodes.ask(two, 'LOGIN Eve\n');
    expect(one.read() + two.read()).toBe('');
    await nodes.release();
    expect(one.read()).toBe('OK\n');
    expect(two.read()).toBe('ERR username-taken\n');
    nodes.check();
  });

  it('a login of an account ends its session on another node', async () => {
    const { nodes } = await newNodes();
    const first = await nodes.login(0, 'reg');
    const second = await nodes.login(1, 'reg');
    expect(first.read()).toMatch(/^INFO disconnected: /m);
    expect(first.closed).toBe(true);
    expect(second.closed).toBe(false);
    nodes.check();
  });

  it('a login from a connection that is lost before it settles ends at once on all nodes', async () => {
    const { nodes, bob } = await newNodes();
    const eve = nodes.world(0).connect();
    nodes.hold();
    await nodes.ask(eve, 'LOGIN eve\n');
    eve.vanish();
    await nodes.release();
    expect(bob.read()).toBe('INFO eve disconnected\n');
    expect(nodes.worlds.map(({ hub }) => hub.userCount)).toEqual([3, 3]);
    nodes.check();
  });

  it('a connection that never logs in is unknown to the other nodes', async () => {
    const { nodes } = await newNodes();
    const writes = nodes.table(1).writes;
    const eve = nodes.world(0).connect();
    nodes.hold();
    expect(await nodes.ask(eve, 'QUIT\n')).toMatch(/^INFO /);
    expect(eve.closed).toBe(true);
    await nodes.release();
    expect(nodes.table(1).writes).toBe(writes);
    nodes.check();
  });
});

describe('moderation on several nodes', () => {
  it('KICK, BAN of a name and BAN of an address end sessions on other nodes', async () => {
    const { nodes, ann, opal } = await newNodes();
    expect(await nodes.ask(opal, 'KICK Ann bye\n')).toContain('OK\n');
    expect(ann.read()).toBe('INFO disconnected: kicked by opal: bye\n');
    const eve = await nodes.login(0, 'eve');
    await nodes.ask(opal, 'BAN eve 5 spam\n');
    expect(eve.closed).toBe(true);
    expect(await nodes.ask(nodes.world(1).connect(), 'LOGIN eve\n')).toMatch(/^ERR banned\n/);
    const dan = await nodes.login(0, 'dan');
    expect(await nodes.ask(opal, 'BAN 10.0.0.1\n')).toContain('OK\n');
    expect(dan.closed).toBe(true);
    expect(await nodes.ask(opal, 'BAN 10.0.0.2\n')).toContain('ERR not-permitted\n');
    nodes.check();
    await nodes.ask(opal, 'UNBAN 10.0.0.1\nUNBAN EVE\n');
    await nodes.login(0, 'eve');
    expect(nodes.worlds.map(({ hub }) => hub.userCount)).toEqual([3, 3]);
    nodes.check();
  });

  it('MUTE, UNMUTE and IGNORE of a user on another node count', async () => {
    const { nodes, ann, bob, opal } = await newNodes();
    await nodes.ask(opal, 'MUTE ANN 5\n');
    expect(await nodes.ask(ann, 'MSG hi\n')).toBe('ERR not-permitted\n');
    nodes.check();
    await nodes.ask(opal, 'UNMUTE ann\n');
    await nodes.ask(bob, 'IGNORE ann\n');
    bob.read();
    expect(await nodes.ask(ann, 'MSG hi\nDM bob psst\n')).toBe('');
    expect(bob.read()).toBe('');
    expect(opal.read()).toContain('MSG ann hi\n');
    nodes.check();
    await nodes.ask(bob, 'UNIGNORE ann\nIGNORE opal\nREGISTER bob-password\n');
    expect(nodes.worlds.map(({ accounts }) => [...(accounts.users.account('bob')?.ignores ?? [])])).toEqual([
      ['opal'],
      ['opal'],
    ]);
    nodes.check();
  });

  it('an announcement reaches users on all nodes', async () => {
    const { nodes, ann, bob, opal } = await newNodes();
    await nodes.ask(opal, 'SAY restart at noon\n');
    expect(ann.read()).toContain('restart at noon');
    expect(bob.read()).toContain('restart at noon');
    nodes.check();
  });

  it('an account or a ban that another program changed ends sessions on all nodes', async () => {
    const { nodes, ann } = await newNodes();
    const reg = await nodes.login(1, 'reg');
    nodes.world(0).hub.accountChanged('reg', true, nodes.clock.now());
    await nodes.settle();
    expect(reg.closed).toBe(true);
    for (const { accounts } of nodes.worlds)
      accounts.bans.add({
        kind: 'banned-address',
        target: '10.0.0.1',
        shown: '',
        until: Infinity,
        by: 'x',
        reason: '',
      });
    nodes.world(1).hub.banChanged('10.0.0.1', nodes.clock.now());
    await nodes.settle();
    expect(ann.closed).toBe(true);
    nodes.check();
  });
});

describe('rooms and accounts on several nodes', () => {
  it('the sole member of a new room founds it on all nodes, and a locked room is locked on all', async () => {
    const { nodes, ann } = await newNodes();
    const reg = await nodes.login(1, 'reg');
    await nodes.ask(reg, 'JOIN dev\nTOPIC ours\nLOCK our-key\n');
    expect(nodes.worlds.map(({ accounts }) => accounts.rooms.room('dev')?.founder)).toEqual(['reg', 'reg']);
    expect(await nodes.ask(ann, 'JOIN dev\n')).toBe('ERR room-locked\n');
    expect(await nodes.ask(ann, 'ROOMS\n')).not.toContain('dev');
    expect(await nodes.ask(ann, 'JOIN dev our-key\n')).toContain('OK\n');
    expect(await nodes.ask(ann, 'UNLOCK\n')).toBe('ERR not-permitted\n');
    nodes.check();
  });

  it('a room with a member on another node gets no founder', async () => {
    const { nodes, ann } = await newNodes();
    const reg = await nodes.login(1, 'reg');
    await nodes.ask(ann, 'JOIN dev\n');
    await nodes.ask(reg, 'JOIN dev\n');
    expect(nodes.worlds.map(({ accounts }) => accounts.rooms.room('dev'))).toEqual([undefined, undefined]);
    nodes.check();
  });

  it('a room with a message gets no founder, even if it was empty before the turn has ended', async () => {
    const { nodes, ann } = await newNodes();
    const reg = await nodes.login(1, 'reg');
    await nodes.ask(ann, 'JOIN dev\n');
    ann.say('MSG mine\nLEAVE\n');
    // Only the turn of the first node has not ended.
    nodes.world(1).settle();
    reg.say('JOIN dev\n');
    await nodes.settle();
    expect(nodes.worlds.map(({ accounts }) => accounts.rooms.room('dev'))).toEqual([undefined, undefined]);
    nodes.check();
  });

  it('REGISTER, PASSWORD and UNREGISTER count on all nodes, and a room passes on in the order of entry', async () => {
    const { nodes, ann, bob } = await newNodes(3);
    await nodes.ask(ann, 'REGISTER ann-password\n');
    expect(nodes.world(1).accounts.users.account('ann')).toBeDefined();
    await nodes.ask(ann, 'JOIN dev\n');
    const reg = await nodes.login(2, 'reg');
    await nodes.ask(reg, 'JOIN dev\n');
    await nodes.ask(bob, 'JOIN dev\nREGISTER bob-password\n');
    await nodes.ask(reg, 'NICK red\n');
    await nodes.ask(ann, 'PASSWORD ann-password other-password\nUNREGISTER other-password\n');
    expect(nodes.worlds.map(({ accounts }) => accounts.rooms.room('dev')?.founder)).toEqual([
      'reg',
      'reg',
      'reg',
    ]);
    nodes.check();
  });

  it('FOUND gives a room to a member on another node', async () => {
    const { nodes, ann, opal } = await newNodes();
    const reg = await nodes.login(0, 'reg');
    for (const peer of [ann, reg, opal]) await nodes.ask(peer, 'JOIN dev\n');
    expect(await nodes.ask(opal, 'FOUND REG\n')).toContain('OK\n');
    expect(nodes.worlds.map(({ accounts }) => accounts.rooms.room('dev')?.founder)).toEqual(['reg', 'reg']);
    nodes.check();
  });

  it('a login is announced by its own node, and settles on all', async () => {
    const { nodes } = await newNodes();
    await nodes.login(0, 'eve');
    const unannounced = () =>
      nodes.worlds.map(({ hub }) =>
        hub
          .state()
          .sessions.map(({ unannouncedRoom }) => unannouncedRoom)
          .at(-1),
      );
    expect(unannounced()).toEqual(['lobby', 'lobby']);
    await nodes.wait(5000);
    nodes.check();
  });
});

describe('the end and the restart of a node', () => {
  it('the sessions of a node that is lost end on the others, each seen once', async () => {
    const { nodes, ann, bob, opal } = await newNodes(3);
    const eve = await nodes.login(1, 'eve');
    await nodes.ask(eve, 'JOIN dev\n');
    ann.read();
    await nodes.endNode(1);
    expect(ann.read()).toBe('INFO bob disconnected\nINFO eve disconnected\n');
    expect(await nodes.ask(opal, 'WHO\nROOMS\n')).not.toMatch(/bob|eve|dev/);
    expect(bob.isEnding).toBe(true);
    nodes.check();
    await nodes.login(2, 'bob');
    nodes.check();
  });

  it('clients of a node whose run is over are told and closed, logged in or not', async () => {
    const { nodes, ann } = await newNodes();
    const eve = nodes.world(0).connect();
    const { node, epoch } = nodes.key(0);
    nodes.world(0).hub.endNode(node, epoch, nodes.clock.now());
    await nodes.settle();
    for (const peer of [ann, eve]) {
      expect(peer.read()).toMatch(/INFO disconnected: server cut off\n$/);
      expect(peer.closed).toBe(true);
    }
  });

  it('a node that restarts has the sessions of the others, in the same order', async () => {
    const { nodes, ann, bob, opal } = await newNodes(3);
    await nodes.ask(bob, 'FOLLOW ops\nJOIN Dev\nAWAY lunch\n');
    await nodes.ask(ann, 'JOIN dev\nNICK amy\n');
    await nodes.ask(opal, 'FOLLOW OPS\nMUTE bob\nMUTE amy 5\n');
    await nodes.ask(bob, 'IGNORE amy\nDM amy hi\n');
    const before = nodes.world(1).hub.state();
    await nodes.restart(0, false);
    expect(nodes.world(0).hub.state()).toEqual(before);
    nodes.check();
    await nodes.restart(1);
    nodes.check();
    expect(await nodes.ask(opal, 'WHO\n')).not.toContain('bob');
    const eve = await nodes.login(1, 'eve');
    await nodes.ask(eve, 'JOIN dev\nMSG hi\n');
    await nodes.ask(opal, 'JOIN dev\n');
    nodes.check();
  });

  it('a node that restarts knows who has left, as the others do', async () => {
    const { nodes, ann } = await newNodes();
    await nodes.ask(ann, 'NICK amy\nQUIT\n');
    await nodes.restart(1);
    const late = await nodes.login(1, 'late');
    const asker = await nodes.login(0, 'asker');
    for (const command of ['SEEN amy\n', 'SEEN ann\n', 'SEEN bob\n', 'WHOIS amy\n', 'WHOIS bob\n']) {
      const asOnOther = await nodes.ask(asker, command);
      expect([command, await nodes.ask(late, command)]).toEqual([command, asOnOther]);
    }
    expect(await nodes.ask(late, 'SEEN amy\n')).toMatch(/^INFO amy was last here \d/);
    nodes.check();
  });

  it('a session is written at most once for an entry', async () => {
    const { nodes, ann } = await newNodes();
    const { writes } = nodes.table(1);
    await nodes.ask(ann, 'JOIN dev\n');
    expect(nodes.table(1).writes).toBe(writes + 1);
    await nodes.ask(ann, 'MSG hi\nDM bob psst\nWHO\n');
    expect(nodes.table(1).writes).toBe(writes + 1);
  });
});

describe('the events for observers', () => {
  it('are those of the own clients of each node', async () => {
    const { nodes, ann, bob } = await newNodes();
    await nodes.ask(ann, 'MSG hi\nDM bob psst\n');
    await nodes.ask(bob, 'JOIN dev\nQUIT\n');
    const seen = nodes.worlds.map((world) =>
      world.seen.flatMap(({ event, by }) =>
        by.name?.shown === 'ann' || by.name?.shown === 'bob' ? [event.kind] : [],
      ),
    );
    expect(seen[0]).toEqual(['attached', 'logged-in', 'said', 'told']);
    expect(seen[1]?.slice(0, 2)).toEqual(['attached', 'logged-in']);
    expect(seen[1]).toContain('detached');
    expect(seen[1]).not.toContain('said');
  });
});

describe('webhooks on several nodes', () => {
  it('a hook that is made on one node posts on any, keeps its name on all, and ends on all', async () => {
    const { nodes, ann, bob } = await newNodes();
    const room = { shown: 'lobby', fold: 'lobby' };
    const from = parseUserName('grafana');
    if (from === null) throw new Error('the name must be valid');
    const { secret, row } = nodes.world(0).accounts.hooks.newHook(room, from, nodes.clock.now());
    const results: unknown[] = [];
    nodes
      .world(0)
      .hub.administer({ kind: 'add-hook', hook: row }, nodes.clock.now(), (result) => results.push(result));
    await nodes.settle();
    const { hub, accounts } = nodes.world(1);
    expect(accounts.hooks.hookFor(secret)).toEqual(row);
    const post = () =>
      hub.post(
        {
          ...{ room, from, texts: [cleanText('alert')], once: null, seenAs: BOT },
          by: { kind: 'hook', id: row.id, address: '192.0.2.7' },
          onResult: (result) => results.push(result),
        },
        nodes.clock.now(),
      );
    post();
    await nodes.settle();
    expect([ann.read(), bob.read()]).toEqual(['MSG grafana alert\n', 'MSG grafana alert\n']);
    const visitor = nodes.world(1).connect();
    expect(await nodes.ask(visitor, 'LOGIN Grafana\n')).toBe('ERR username-taken\n');
    nodes.check();
    nodes.world(1).hub.administer({ kind: 'revoke-hook', id: row.id }, nodes.clock.now(), () => {});
    await nodes.settle();
    post();
    await nodes.settle();
    expect(results).toEqual([null, expect.objectContaining({ name: 'grafana' }), 'wrong-password']);
    expect(ann.read()).toBe('');
    nodes.check();
  });
});

describe('invitations on several nodes', () => {
  it('an invitation to a room that is over is void on all nodes, also on one that was started again', async () => {
    const nodes = new Nodes(2);
    const irc = async (index: number, nick: string, ...lines: readonly string[]) => {
      const conversation = () => conversationIn('irc', { maxLineBytes: 4096 });
      const peer = nodes.world(index).connect(`10.0.0.${index + 1}`, conversation);
      await nodes.ask(peer, `NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
      for (const line of lines) await nodes.ask(peer, `${line}\r\n`);
      return peer;
    };
    const bob = await irc(0, 'bob');
    const ann = await irc(0, 'ann', 'JOIN #den', 'INVITE bob #den', 'PART #den');
    await nodes.restart(1, false);
    for (const line of ['JOIN #den', 'MODE #den +i']) await nodes.ask(ann, `${line}\r\n`);
    expect(await nodes.ask(bob, 'JOIN #den\r\n')).toContain(' 473 bob #den ');
    nodes.check();
  });
});
