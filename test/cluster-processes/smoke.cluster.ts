/** Three servers are one chat: names, rooms, messages, accounts and moderation, with clients of every dialect. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { launch, run, temporaryFolder } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { Cluster, describeCluster, level, loggedIn } from './cluster.js';
import { report } from './form.js';
import type { Node } from './node.js';
import { copyOf, tableFaults, tablesOf } from './tables.js';

type Three = readonly [Node, Node, Node];

function three({ nodes: [one, two, other] }: Cluster): Three {
  if (one === undefined || two === undefined || other === undefined) throw new Error('not three nodes');
  return [one, two, other];
}

/** The answer to commands, without the PONG behind them. */
async function answer(client: SocketClient, ...commands: readonly string[]): Promise<string> {
  await client.fence();
  client.send(commands.map((command) => `${command}\n`).join(''));
  return client.fence();
}

/** Stops all nodes, one after the other, and compares all of their tables. */
async function expectEqualTables(nodes: readonly Node[]): Promise<void> {
  await level(nodes);
  for (const node of nodes) expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null });
  // A node that stops first does not read the ends of the others: it does when it starts again.
  for (const node of nodes) await node.start();
  await level(nodes);
  await Promise.all(nodes.map((node) => node.end('SIGKILL')));
  expect(sharedTableFaults(nodes)).toEqual([]);
}

/** Rows that say which servers and sessions live are ahead on one and behind on another at any moment. */
function sharedTableFaults(nodes: readonly Node[]): string[] {
  return tableFaults(nodes).filter(
    (fault) => !/^(?:cluster|nodes|position|sessions|departures|replica)/.test(fault),
  );
}

describeCluster('three servers with one log', () => {
  it('three servers are one chat for clients of every dialect', async () => {
    const cluster = await Cluster.start();
    const [one, two, other] = three(cluster);
    const ann = await loggedIn(one, 'ann');
    const bob = await loggedIn(two, 'bob');
    const tel = await SocketClient.connect(other.port);
    tel.send(Buffer.from('\xff\xfb\x18LOGIN tel\r\n', 'latin1'));
    await tel.until('OK\n');
    const gus = await SocketClient.connect(other.gotalkPort);
    await gus.until('[ENTER YOUR NAME]: ');
    gus.send('gus\n');
    const mina = await WebSocketClient.connect(two.port, '/mychat');
    mina.send('{"name":"mina","room":"lobby"}');
    const mac = await SocketClient.connect(one.port);
    mac.send('{"name":"mac"}\n');
    mac.send('hello of mac\n');
    await mac.until('mac:hello of mac\n');
    await bob.until('MSG mac hello of mac\n');
    mina.send('hello of mina');
    await ann.until('MSG mina hello of mina\n');
    await tel.until('MSG mina hello of mina\n');

    // A name that is in use on one server is in use on all.
    const impostor = await SocketClient.connect(other.port);
    impostor.send('LOGIN ann\nLOGIN Bob\n');
    expect(await impostor.until(/taken\n.*taken\n/s)).toBe('ERR username-taken\nERR username-taken\n');
    impostor.leave();

    ann.send('MSG hello of ann\n');
    await bob.until('MSG ann hello of ann\n');
    await tel.until('MSG ann hello of ann\n');
    await mina.until('ann:hello of ann\n');
    await mac.until('ann:hello of ann\n');
    await gus.until(/\[ann\]: hello of ann\n/);
    gus.send('hello of gus\n');
    await ann.until('MSG gus hello of gus\n');
    await mina.until('gus:hello of gus\n');

    // Everybody is listed, in the same way, on every server.
    await level([one, two, other]);
    const who = await answer(ann, 'WHO');
    const names = ['ann', 'bob', 'gus', 'mac', 'mina', 'tel'];
    expect(who.match(/^USER \S+$/gm)?.sort()).toEqual(names.map((name) => `USER ${name}`));
    for (const client of [bob, tel]) {
      const same = (await answer(client, 'WHO')).match(/^USER \S+$/gm)?.sort();
      expect(same).toEqual(names.map((name) => `USER ${name}`));
    }

    // Direct messages reach the one user, wherever it is.
    ann.send('DM bob to bob\nDM gus to gus\nDM mina to mina\nDM nobody to nobody\n');
    // The client that waited for the marker may be leaving still.
    expect(await ann.until(/^ERR .*\n/m)).toMatch(
      /^(?:INFO marker-\d+ disconnected\n)?ERR user-not-found\n$/,
    );
    await bob.until('DM ann to bob\n');
    await gus.until(/\[ann -> you\]: to gus\n/);
    await mina.until('* ann (private): to mina\n');

    // Rooms.
    expect(await answer(bob, 'JOIN dev')).toContain('OK\n');
    expect(await answer(tel, 'JOIN dev')).toContain('OK\n');
    await bob.until('INFO tel joined dev\n');
    await ann.until('INFO bob left lobby\n');
    ann.send('JOIN dev\n');
    await bob.until('INFO ann joined dev\n');
    tel.send('PASTE\r\n1st\r\n2nd\r\n.\r\n');
    expect(await ann.until(/2nd\n/)).toContain('MSG tel 1st\nMSG tel 2nd\n');
    await level([one, two, other]);
    for (const client of [ann, bob, tel]) {
      expect(await answer(client, 'ROOMS')).toContain('ROOM dev 3\n');
      expect((await answer(client, 'WHO dev')).match(/^USER/gm)).toHaveLength(3);
    }

    // The same history everywhere, also in search.
    const histories = await Promise.all([ann, bob, tel].map((client) => answer(client, 'HISTORY 500')));
    expect(histories[0]?.match(/^HIST /gm)).toHaveLength(2);
    expect(new Set(histories).size).toBe(1);
    const found = await Promise.all([ann, bob, tel].map((client) => answer(client, 'LEAVE', 'SEARCH hello')));
    expect(found[0]?.match(/^HIST /gm)).toHaveLength(4);
    expect(new Set(found.map((text) => text.match(/^HIST .*$/gm)?.join())).size).toBe(1);

    // An end is told once, everywhere.
    ann.send('QUIT\n');
    expect((await bob.until('INFO ann disconnected\n')).match(/ann disconnected/g)).toHaveLength(1);
    await tel.until('INFO ann disconnected\n');
    const again = await loggedIn(other, 'ann');
    again.leave();

    const exported = await Promise.all(
      [one, two, other].map(({ folder }) => run(['export', '--format', 'json', '--data-dir', folder])),
    );
    expect(exported[0]?.stdout.split('\n').length).toBeGreaterThan(6);
    expect(new Set(exported.map(({ stdout }) => stdout)).size).toBe(1);
    await expectEqualTables([one, two, other]);
    report('smoke', { messages: copyOf(one).messages.length, tables: tablesOf(one.folder).size });
  });

  it('accounts, mail, topics and locks of one server hold on the others', async () => {
    const cluster = await Cluster.start();
    const [one, two, other] = three(cluster);
    const ann = await loggedIn(one, 'ann');
    expect(await answer(ann, 'REGISTER sesame')).toBe('OK\n');
    const stranger = await SocketClient.connect(two.port);
    stranger.send('LOGIN ann\nLOGIN ann wrong\n');
    expect(await stranger.until(/wrong-password\n/)).toBe('ERR password-required\nERR wrong-password\n');
    stranger.leave();

    // Logging in with the password ends the older session, wherever that is.
    const second = await loggedIn(two, 'ann', 'sesame');
    expect((await ann.toEnd()).text).toContain('INFO disconnected: logged in elsewhere\n');
    const third = await loggedIn(other, 'Ann', 'sesame');
    expect((await second.toEnd()).text).toContain('INFO disconnected: logged in elsewhere\n');

    // A room founded on one server.
    const bob = await loggedIn(two, 'bob');
    expect(await answer(third, 'JOIN den', 'TOPIC the den', 'LOCK mellon')).toMatch(/OK\n(?:.*\n)*OK\n/);
    expect(await answer(bob, 'JOIN den')).toContain('ERR room-locked\n');
    expect(await answer(bob, 'JOIN den mellon', 'TOPIC')).toContain('INFO the topic of den: the den\n');
    expect(await answer(bob, 'TOPIC mine')).toContain('ERR not-permitted\n');

    // Stored for a user who is offline, and delivered once, on another server.
    const eve = await loggedIn(one, 'eve');
    expect(await answer(third, 'IGNORE eve', 'QUIT').catch(() => 'closed')).toBe('closed');
    await bob.until('INFO Ann disconnected\n');
    bob.send('DM ann while you were away\n');
    await bob.fence();
    const back = await loggedIn(one, 'ann', 'sesame');
    await back.until('DM bob while you were away\n');
    expect(await answer(eve, 'DM ann ignored')).toBe('');
    expect(await answer(back, 'IGNORE')).toContain('INFO eve\n');
    expect(await back.fence()).not.toContain('ignored\n');
    back.leave();
    await bob.until('INFO ann disconnected\n');
    const once = await loggedIn(two, 'ann', 'sesame');
    expect(await once.fence()).not.toContain('while you were away');
    expect(await answer(once, 'PASSWORD sesame barley')).toBe('OK\n');
    once.leave();
    await bob.until('INFO ann disconnected\n');
    const changed = await SocketClient.connect(other.port);
    changed.send('LOGIN ann sesame\nLOGIN ann barley\n');
    expect(await changed.until(/^OK\n/m)).toContain('ERR wrong-password\n');
    expect(await answer(changed, 'UNREGISTER barley')).toContain('OK\n');
    await expectEqualTables([one, two, other]);
  });

  it('a folder brought in by the first server and copied to the others has its operators on all', async () => {
    const cluster = await Cluster.prepare();
    const [one, two, other] = three(cluster);
    const lone = await launch({ env: { DATA_DIR: one.folder, MIN_PASSWORD_LENGTH: '4' } });
    const before = await SocketClient.login(lone.port, 'op');
    before.send('REGISTER sesame\nMSG before the cluster\n');
    await before.fence();
    lone.signal('SIGTERM');
    await lone.exited;
    expect((await run(['user', 'grant', 'op', '--data-dir', one.folder])).code).toBe(0);
    await one.start();
    for (const node of [two, other]) {
      const copy = join(temporaryFolder(), 'backup.db');
      expect((await run(['backup', copy, '--data-dir', one.folder])).code).toBe(0);
      mkdirSync(node.folder, { recursive: true });
      cpSync(copy, join(node.folder, 'partyline.db'));
    }
    for (const node of [two, other]) await node.start();

    const op = await loggedIn(one, 'op', 'sesame');
    for (const node of [two, other]) {
      const reader = await loggedIn(node, `reader-${node.name}`);
      expect(await answer(reader, 'HISTORY')).toMatch(/^HIST 1 \S+ op before the cluster\nOK\n$/m);
    }
    const ted = await loggedIn(two, 'ted');
    op.send('KICK ted enough\n');
    expect((await ted.toEnd()).text).toContain('INFO disconnected: kicked by op: enough\n');
    const again = await loggedIn(other, 'ted');
    expect(await answer(op, 'MUTE ted')).toContain('OK\n');
    expect(await answer(again, 'MSG muted')).toContain('ERR not-permitted\n');
    op.send('SAY to all\n');
    await again.until('INFO op: to all\n');
    op.send('BAN ted 60 enough\n');
    expect((await again.toEnd()).text).toContain('INFO disconnected: banned by op: enough\n');
    for (const node of [one, two, other]) {
      const banned = await SocketClient.connect(node.port);
      banned.send('LOGIN ted\n');
      expect((await banned.toEnd()).text).toContain('ERR banned\n');
    }
    expect(await answer(op, 'UNBAN ted', 'UNMUTE ted')).toContain('OK\n');
    const free = await loggedIn(two, 'ted');
    expect(await answer(free, 'MSG free again')).toBe('');
    expect(copyOf(two).messages.map(({ text }) => text)).toEqual(['before the cluster', 'free again']);
    await expectEqualTables([one, two, other]);
  });

  it('a resume value, a token and a read marker of one server hold on the others, also after kill -9', async () => {
    const cluster = await Cluster.start();
    const [one, two, other] = three(cluster);
    const taggedAt = async (node: Node, login: string) => {
      const client = await SocketClient.connect(node.port);
      client.send(`TAGS ON\n${login}\n`);
      return { client, reply: await client.until(/\n.*(?:OK|taken|password)\n/) };
    };
    const valueIn = (reply: string, key: string) => new RegExp(`@${key}=([\\w-]+)`).exec(reply)?.[1] ?? '';

    const guest = await taggedAt(one, 'LOGIN guest');
    const resumed = await taggedAt(two, `@resume=${valueIn(guest.reply, 'resume')} LOGIN guest`);
    expect(resumed.reply).toMatch(/^OK\n@resume=[\w-]{22} OK\n$/);
    expect((await guest.client.toEnd()).text).toContain('logged in elsewhere');
    const stranger = await taggedAt(other, `@resume=${valueIn(guest.reply, 'resume')} LOGIN guest`);
    expect(stranger.reply).toBe('OK\nERR username-taken\n');

    const ann = await taggedAt(one, 'LOGIN ann');
    expect(await answer(ann.client, 'REGISTER red-horse', 'JOIN dev', 'MSG one')).toContain('OK\n');
    const token = valueIn(await answer(ann.client, 'SESSION'), 'token');
    expect(await answer(ann.client, '@label=r READ 1')).toContain('@label=r OK\n');
    await level([one, two, other]);
    await one.end('SIGKILL');
    const back = await taggedAt(two, `LOGIN ann ${token}`);
    expect(back.reply).toBe('OK\nOK\n');
    expect(await answer(back.client, 'ROOMS ALL')).toContain('@last=1;mine=1;read=1 ROOM dev 0\n');
    expect(await answer(back.client, 'SESSION END')).toContain('OK\n');
    await level([two, other]);
    const late = await taggedAt(other, `LOGIN ann ${token}`);
    expect(late.reply).toContain('ERR wrong-password\n');
    await one.start();
    await level([one, two, other]);
    // Ids are reserved ahead, on a server that was killed from an earlier one on.
    const faults = sharedTableFaults([one, two, other]).filter((fault) => !fault.startsWith('numbering'));
    expect(faults).toEqual([]);
  });

  it('the command line changes accounts and bans on all servers', async () => {
    const cluster = await Cluster.start();
    const [one, two, other] = three(cluster);
    const op = await loggedIn(two, 'op');
    expect(await answer(op, 'REGISTER sesame')).toBe('OK\n');
    const env = {
      CLUSTER: cluster.nats.map(({ url }) => url).join(','),
      CLUSTER_REPLICAS: '3',
      NODE_NAME: one.name,
    };
    const command = (...flags: readonly string[]) => run([...flags, '--data-dir', one.folder], { env });
    expect(await command('user', 'grant', 'op')).toMatchObject({ code: 0, stderr: '' });
    const ted = await loggedIn(other, 'ted');
    await level([one, two, other]);
    expect(await answer(op, 'KICK ted')).toContain('OK\n');
    await ted.toEnd();
    expect(await command('ban', 'add', 'ted')).toMatchObject({ code: 0, stderr: '' });
    await level([one, two, other]);
    for (const node of [one, two, other]) {
      const banned = await SocketClient.connect(node.port);
      banned.send('LOGIN ted\n');
      expect((await banned.toEnd()).text).toContain('ERR banned\n');
    }
    await expectEqualTables([one, two, other]);
  });
});
