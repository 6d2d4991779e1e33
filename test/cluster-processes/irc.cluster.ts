/** IRC on three servers: rooms, modes and users of other servers are as those of the own one. */
import { expect, it } from 'vitest';
import { run } from '../support/process.js';
import { SocketClient } from '../support/socket-client.js';
import { Cluster, describeCluster, FENCE_MS, level, loggedIn, SLACK_MS } from './cluster.js';
import { Irc } from './irc.js';
import type { Node } from './node.js';
import { copyOf, tableFaults } from './tables.js';

type Three = readonly [Node, Node, Node];

async function three(): Promise<Three> {
  const { nodes } = await Cluster.start();
  const [one, two, other] = nodes;
  if (one === undefined || two === undefined || other === undefined) throw new Error('not three nodes');
  return [one, two, other];
}

/** All that these clients were sent, once everything that was sent before has settled on their servers. */
async function seenBy(nodes: readonly Node[], ...clients: readonly Irc[]): Promise<string[][]> {
  await level(nodes);
  return Promise.all(clients.map((client) => client.ask()));
}

/** Those of the lines with one of these verbs. */
const only = (lines: readonly string[], ...verbs: readonly string[]) =>
  lines.filter((line) => verbs.includes(line.replace(/^@\S+ /, '').split(' ')[1] ?? ''));

/** Registers a name on a server, and leaves. */
async function register(node: Node, name: string): Promise<void> {
  const client = await loggedIn(node, name);
  client.send('REGISTER sesame\n');
  expect(await client.fence()).toBe('OK\n');
  client.leave();
}

describeCluster('IRC on three servers', () => {
  it('modes, status, bans, topic and invitations of a room hold on all servers, and after a restart', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    await register(one, 'ann');
    const ann = await Irc.login(one, 'ann', { account: ['ann', 'sesame'], rooms: ['#den'] });
    const bob = await Irc.login(two, 'bob', { rooms: ['#den'] });
    const eve = await Irc.login(other, 'eve', { rooms: ['#den'], caps: 'invite-notify multi-prefix' });
    await seenBy(nodes, ann, bob, eve);

    await ann.ask(
      'MODE #den +vm bob',
      'TOPIC #den :\x02the\x02 den',
      'MODE #den +b mal!*@*',
      'MODE #den +l 3',
    );
    const [, ofBob = [], ofEve = []] = await seenBy(nodes, ann, bob, eve);
    const changes = [
      ':ann!ann@host MODE #den +vm bob',
      ':ann!ann@host TOPIC #den :\x02the\x02 den',
      ':ann!ann@host MODE #den +b mal!*@*',
      ':ann!ann@host MODE #den +l 3',
    ];
    expect(only(ofBob, 'MODE', 'TOPIC')).toEqual(changes);
    expect(only(ofEve, 'MODE', 'TOPIC')).toEqual(changes);
    // +m: who has a status speaks, on whichever server.
    expect(await eve.ask('PRIVMSG #den :hush')).toEqual([expect.stringContaining(' 404 eve #den ')]);
    expect(await bob.ask('PRIVMSG #den :may speak')).toEqual([]);
    expect(await eve.until(/may speak/)).toEqual([
      expect.stringMatching(/^@msgid=\d+ :bob!bob@host PRIVMSG #den :may speak$/),
    ]);
    const mal = await Irc.login(other, 'mal');
    expect(await mal.ask('JOIN #den')).toEqual([expect.stringContaining(' 474 mal #den ')]);
    const late = await Irc.login(two, 'late');
    expect(await late.ask('JOIN #den')).toEqual([expect.stringContaining(' 471 late #den ')]);
    expect(await bob.ask('INVITE late #den')).toEqual([expect.stringContaining(' 341 bob late #den')]);
    await late.until(/INVITE late #den/);
    await eve.until(/:bob!\S+ INVITE late #den/);
    expect((await late.ask('JOIN #den')).join('\n')).toContain(' 366 late #den ');
    // A client of another dialect has no way in either.
    const line = await loggedIn(one, 'mal-two');
    await ann.ask('MODE #den +b mal-two');
    line.send('JOIN den\n');
    expect(await line.fence()).toBe('ERR room-locked\n');

    // The same answers everywhere, also from a server that was started again.
    await two.end('SIGTERM');
    await two.start();
    await level(nodes);
    const asked = await Promise.all(
      nodes.map(async (node, index) => {
        const asker = await Irc.login(node, `asker${index}`, { caps: 'multi-prefix' });
        const commands = ['MODE #den', 'MODE #den +b', 'TOPIC #den', 'NAMES #den', 'WHOIS ann', 'WHOIS eve'];
        // Late was a user of the server that was started again.
        const lines = await asker.ask(
          ...commands,
          'WHOWAS late',
          'WHO #den %cuhnfar',
          'LIST #den',
          'MODE #den +e',
        );
        asker.send('QUIT');
        // Idle times differ: a server knows of its own clients what does not change shared state, too.
        return lines.map((text) =>
          text.replaceAll(`asker${index}`, 'asker').replace(/(317 asker \w+) \d+/, '$1 N'),
        );
      }),
    );
    expect(asked[0]?.join('\n')).toMatch(/ 367 asker #den mal!\*@\* ann \d+\n/);
    expect(asked[0]?.join('\n')).toMatch(/ 353 asker = #den :.*@ann/);
    expect(asked[0]?.join('\n')).toContain(' 330 asker ann ann ');
    expect(asked[0]?.join('\n')).toContain(' 314 asker late late host * :');
    // Those that were on the server that stopped have left, with their status.
    expect(asked[0]?.join('\n')).not.toContain('bob');
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[2]).toEqual(asked[0]);
  });

  it('a rename, an end and a kick are seen once by each user who shares rooms, on all servers', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const rooms = ['#dev', '#ops', '#art'];
    const ann = await Irc.login(one, 'ann', { rooms });
    const bob = await Irc.login(two, 'bob', {
      rooms,
      caps: 'away-notify setname account-notify extended-join',
    });
    const eve = await Irc.login(other, 'eve', { rooms });
    const lone = await Irc.login(other, 'lone');
    await lone.ask('MONITOR + ann,anna,ted');
    const line = await loggedIn(other, 'line');
    await seenBy(nodes, ann, bob, eve, lone);

    await ann.ask('NICK anna', 'AWAY :tea', 'SETNAME :Anna A.', 'AWAY');
    const [, ofBob = [], ofEve = [], ofLone = []] = await seenBy(nodes, ann, bob, eve, lone);
    expect(ofBob).toEqual([
      ':ann!ann@host NICK anna',
      ':anna!ann@host AWAY :tea',
      ':anna!ann@host SETNAME :Anna A.',
      ':anna!ann@host AWAY',
    ]);
    expect(ofEve).toEqual([':ann!ann@host NICK anna']);
    expect(ofLone).toEqual([':partyline.local 731 * :ann', ':partyline.local 730 * :anna!ann@host']);
    // The former name is free, and the new one taken, on all servers.
    const impostor = await SocketClient.connect(two.port);
    impostor.send('LOGIN anna\nLOGIN ann\n');
    expect(await impostor.until(/^OK\n/m)).toBe('ERR username-taken\nOK\n');
    expect((await lone.ask('WHOWAS ann')).join('\n')).toContain(' 314 lone ann ann host * :');
    expect((await lone.ask('WHOIS anna')).join('\n')).toContain(' 311 lone anna ann host * :Anna A.');
    expect(await line.fence()).not.toMatch(/anna?\b/);

    await eve.ask('KICK #art anna :out');
    expect(only(await ann.ask(), 'KICK')).toEqual([]);
    const made = await Irc.login(one, 'maker', { rooms: ['#own'] });
    await bob.ask('JOIN #own');
    await made.ask('KICK #own bob :enough');
    expect(only(await bob.until(/ KICK /), 'KICK')).toEqual([':maker!maker@host KICK #own bob :enough']);

    await seenBy(nodes, ann, bob, eve, lone);
    ann.send('QUIT :tea');
    for (const [client, name] of [
      [bob, 'bob'],
      [eve, 'eve'],
    ] as const) {
      const seen = await client.until(/ QUIT /);
      seen.push(...(await seenBy(nodes, client)).flat());
      expect([name, ...only(seen, 'QUIT', 'PART')]).toEqual([name, ':anna!ann@host QUIT :Quit: tea']);
    }
    expect(await lone.until(/ 731 /)).toEqual([':partyline.local 731 * :anna']);
  });

  it('the users of a killed server leave with one QUIT each, and are OFFLINE for those that watch them', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const rooms = ['#dev', '#ops'];
    await register(one, 'reg');
    const dead = [
      await Irc.login(one, 'ann', { rooms }),
      await Irc.login(one, 'reg-phone', { rooms, account: ['reg', 'sesame'] }),
    ];
    await Irc.login(two, 'reg-tablet', { rooms, account: ['reg', 'sesame'] });
    const bob = await Irc.login(two, 'bob', { rooms });
    const eve = await Irc.login(other, 'eve', { rooms: ['#ops'] });
    await eve.ask('MONITOR + ann,reg-phone,reg-tablet');
    await seenBy(nodes, bob, eve, ...dead);
    const before = (await bob.ask('LUSERS')).join('\n');
    expect(before).toMatch(/ 266 bob 5 5 :/);
    const killedAt = performance.now();
    await one.end('SIGKILL');
    for (const client of [bob, eve]) {
      const seen = [
        ...(await client.until(/:(?:ann|reg-phone)!.* QUIT /)),
        ...(await client.until(/:(?:ann|reg-phone)!.* QUIT /)),
      ];
      expect(performance.now() - killedAt).toBeLessThan(FENCE_MS + SLACK_MS);
      seen.push(...(await seenBy([two, other], client)).flat());
      expect(only(seen, 'QUIT', 'PART').sort()).toEqual([
        ':ann!ann@host QUIT :Connection lost',
        ':reg-phone!reg-phone@host QUIT :Connection lost',
      ]);
      if (client === eve)
        expect(
          only(seen, '731')
            .map((line) => line.replace(/^.*:/, ''))
            .sort(),
        ).toEqual(['ann', 'reg-phone']);
    }
    expect((await bob.ask('LUSERS')).join('\n')).toMatch(/ 266 bob 3 5 :/);
    // Nothing more is told when it comes back.
    await one.start();
    const [ofBob = []] = await seenBy(nodes, bob);
    expect(only(ofBob, 'QUIT', 'PART')).toEqual([]);
  });

  it('an account with sessions on several servers has its rights and restraints in all of them', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    for (const name of ['ann', 'op']) await register(one, name);
    const env = { ...one.env, NODE_NAME: one.name };
    expect((await run(['user', 'grant', 'op', '--data-dir', one.folder], { env })).code).toBe(0);
    const phone = await Irc.login(one, 'ann-phone', { account: ['ann', 'sesame'], rooms: ['#home'] });
    const desk = await Irc.login(two, 'desk', {
      account: ['ann', 'sesame'],
      rooms: ['#home'],
      caps: 'draft/message-redaction',
    });
    const op = await Irc.login(other, 'oper', { caps: 'draft/message-redaction', rooms: ['#home'] });
    // The founder is @ with each of its sessions.
    expect((await op.ask('NAMES #home')).join('\n')).toMatch(/353 oper = #home :(?=.*@ann-phone)(?=.*@desk)/);
    expect((await op.ask('OPER op sesame')).join('\n')).toContain(' 381 oper ');
    expect((await phone.ask('WHOIS oper')).join('\n')).toContain(' 313 ann-phone oper ');
    expect((await phone.ask('LUSERS')).join('\n')).toContain(' 252 ann-phone 1 ');

    // What one session of the account has said, another one may delete, on another server.
    expect(await phone.ask('PRIVMSG #home :secret', 'PRIVMSG #home :fine')).toEqual([]);
    await level(nodes);
    const { id } = copyOf(two).messages.find(({ text }) => text === 'secret') ?? { id: 0 };
    expect(only(await op.until(/secret/), 'PRIVMSG')).toEqual([
      `@msgid=${id} :ann-phone!ann-phone@host PRIVMSG #home :secret`,
    ]);
    expect(only(await desk.ask(`REDACT #home ${id} :oops`), 'FAIL')).toEqual([]);
    await op.until(new RegExp(` REDACT #home ${id} :oops`));
    await level(nodes);
    for (const node of nodes) expect(copyOf(node).messages.map(({ text }) => text)).not.toContain('secret');

    // WALLOPS reaches +w on all servers; a mute and a ban hold for each session of the account.
    await desk.ask('MODE desk +w');
    await op.ask('WALLOPS :to all');
    await desk.until(/ WALLOPS :to all/);
    expect(only(await phone.ask(), 'WALLOPS')).toEqual([]);
    const lineOp = await loggedIn(two, 'op', 'sesame');
    lineOp.send('MUTE ann\n');
    expect(await lineOp.fence()).toContain('OK\n');
    await level(nodes);
    for (const client of [phone, desk])
      expect(await client.ask('PRIVMSG #home :hi')).toEqual([expect.stringMatching(/ 404 \S+ #home /)]);
    lineOp.send('BAN ann 5 enough\n');
    for (const client of [phone, desk])
      expect((await client.socket.toEnd()).text).toMatch(/ERROR :Closing Link: \S+ \(Banned by op: enough\)/);
  });

  it('chat history has the same ids, times and texts on all servers', async () => {
    const nodes = await three();
    const [one, two, other] = nodes;
    const caps = 'draft/chathistory draft/multiline';
    const clients = [
      await Irc.login(one, 'ann', { caps, rooms: ['#dev'] }),
      await Irc.login(two, 'bob', { caps, rooms: ['#dev'] }),
      await Irc.login(other, 'eve', { caps, rooms: ['#dev'] }),
    ];
    const line = await loggedIn(two, 'line');
    line.send('JOIN dev\nMSG of lines\nME waves\nPASTE\none\n\ntwo\n.\n');
    await line.fence();
    for (const [index, client] of clients.entries())
      await client.ask(
        `PRIVMSG #dev :plain ${index}`,
        `PRIVMSG #dev :\x01ACTION waves ${index}\x01`,
        `NOTICE #dev :notice ${index}`,
        `BATCH +m${index} draft/multiline #dev`,
        `@batch=m${index} PRIVMSG #dev :first ${index}`,
        `@batch=m${index} PRIVMSG #dev :second ${index}`,
        `BATCH -m${index}`,
      );
    // What they were sent live comes before.
    await seenBy(nodes, ...clients);
    const histories = await Promise.all(
      clients.map(async ({ socket }) => {
        socket.send('CHATHISTORY LATEST #dev * 100\r\nPING history-end\r\n');
        const text = await socket.until(/history-end\r\n/);
        const lines = text
          .split('\r\n')
          .filter((each) => each.includes('time=') && / (?:PRIVMSG|NOTICE) #dev /.test(each));
        // The reference of the batch is a client's own.
        return lines.map((each) => each.replace(/batch=[^; ]+;?/, ''));
      }),
    );
    const ids = (lines: readonly string[] = []) =>
      lines.slice(-12).map((each) => /msgid=(\d+)/.exec(each)?.[1]);
    expect(histories[0]?.length).toBeGreaterThan(12);
    expect(ids(histories[1])).toEqual(ids(histories[0]));
    expect(histories[1]).toEqual(histories[0]);
    expect(histories[2]).toEqual(histories[0]);
    expect(tableFaults(nodes).filter((fault) => /^(?:messages|rooms|kept_rooms|cloak)/.test(fault))).toEqual(
      [],
    );
  });
});
