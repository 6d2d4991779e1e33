/** PRESENCE_LIMIT: on a server with many users, logins and disconnects are shown in the rooms of the user only. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationIn } from '../../../src/dialects/index.js';
import { Nodes } from '../../support/nodes.js';
import { type Peer, World } from '../../support/world.js';
import { gotalk, lines, login, machat } from '../../dialects/speakers.js';

/** Reads and discards what each peer received. */
function discard(...peers: readonly (Peer | undefined)[]): void {
  for (const peer of peers) peer?.read();
}

describe('PRESENCE_LIMIT', () => {
  it('below the limit every user sees a disconnect, and at the limit those who share a room do', () => {
    const world = new World({ presenceLimit: 4 });
    const [ann, bob, eve] = world.logins('ann', 'bob', 'eve');
    ann?.send('JOIN dev\n');
    discard(ann, bob, eve);
    world.login('zoe').send('QUIT\n');
    expect(ann?.read()).toBe('');
    expect(bob?.read()).toBe('INFO zoe disconnected\n');
    eve?.vanish();
    expect(ann?.read()).toBe('INFO eve disconnected\n');
    expect(bob?.read()).toBe('INFO eve disconnected\n');
  });

  it('0 is no limit', () => {
    const world = new World({ presenceLimit: 0 });
    const [ann, bob] = world.logins('ann', 'bob');
    ann?.send('JOIN dev\n');
    discard(ann, bob);
    bob?.vanish();
    expect(ann?.read()).toBe('INFO bob disconnected\n');
  });

  it('at the limit a login is announced in the room of the login alone, and the same user’s end too', () => {
    const world = new World({ presenceLimit: 3, announceLogin: true });
    const [ann, bob] = world.logins('ann', 'bob');
    bob?.send('JOIN dev\n');
    discard(ann, bob);
    const zoe = world.login('zoe');
    zoe.vanish();
    expect(ann?.read()).toBe('INFO zoe connected\nINFO zoe disconnected\n');
    expect(bob?.read()).toBe('');
  });

  it('a user in several shared rooms is told of a disconnect once, tagged or not, in order', () => {
    const world = new World({ presenceLimit: 1 });
    const [ann, bob, eve] = world.logins('ann', 'bob', 'eve');
    for (const peer of [ann, bob]) peer?.send('TAGS ON\nFOLLOW dev\nFOLLOW ops\n');
    discard(ann, bob, eve);
    bob?.say('@room=dev MSG bye\nQUIT\n');
    world.login('bob').send('MSG back\n');
    const times = /@(?:id=\d+;)?time=[^; ]+;?/g;
    expect(ann?.read().replaceAll(times, '')).toBe(
      'room=dev MSG bob bye\nevent=quit;user=bob INFO bob disconnected\n' +
        'room=lobby;event=join;user=bob INFO bob joined lobby\nroom=lobby MSG bob back\n',
    );
    expect(eve?.read()).toBe('INFO bob disconnected\nMSG bob back\n');
  });

  it('at the limit interactive sessions, GoTalk’s and MaChat’s users see what they see below it', () => {
    const seenWith = (presenceLimit: number) => {
      const world = new World({ presenceLimit, announceLogin: true, greetingDelayMs: 2000 });
      const person = world.connect();
      world.wait(2500);
      person.send('LOGIN ann\n');
      const gus = login(world, gotalk, 'gus');
      const mina = login(world, machat, 'mina');
      const bob = login(world, lines, 'bob');
      world.wait(2500);
      bob.send('QUIT\n');
      return [person, gus, mina].map((peer) => peer.read());
    };
    const seen = seenWith(1);
    expect(seen).toEqual(seenWith(0));
    expect(seen[0]).toMatch(/INFO bob joined lobby\nINFO bob disconnected\n$/);
    expect(seen[1]).toMatch(/bob has left our chat\.\.\.\n$/);
  });

  it('at the limit a disconnect is written to those who share a room, and to no other client', () => {
    const world = new World({ presenceLimit: 50 });
    const peers = Array.from({ length: 60 }, (_, number) => world.login(`user${number}`));
    for (const [number, peer] of peers.entries()) peer.send(`JOIN room${number % 20}\n`);
    discard(...peers);
    const writes = peers.map((peer) => peer.writes);
    peers[0]?.vanish();
    const written = peers.flatMap((peer, number) => (peer.writes > (writes[number] ?? 0) ? [number] : []));
    expect(written).toEqual([20, 40]);
  });

  it('sessions that end in one turn are not each told of the others, and keep what was said before', () => {
    const world = new World({ presenceLimit: 1 });
    const peers = Array.from({ length: 200 }, (_, number) => world.login(`user${number}`));
    discard(...peers);
    peers[199]?.say('MSG hi\n');
    for (const peer of peers.slice(0, 50)) peer.say('QUIT\n');
    peers[199]?.say('MSG still here\n');
    for (const peer of peers.slice(50, 100)) peer.say('QUIT\n');
    world.settle();
    expect(new Set(peers.slice(0, 50).map((peer) => peer.read()))).toEqual(
      new Set(['MSG user199 hi\nINFO bye\n']),
    );
    for (const peer of peers.slice(50, 100))
      expect(peer.lines().filter((line) => !line.endsWith('disconnected'))).toEqual([
        'MSG user199 hi',
        'MSG user199 still here',
        'INFO bye',
      ]);
    expect(peers[150]?.lines()).toHaveLength(102);
  });

  it('below the limit every client receives the same bytes as without a limit, for any sequence of commands', () => {
    const command = fc.constantFrom(
      'MSG hi',
      'JOIN dev',
      'LEAVE',
      'FOLLOW dev',
      'TAGS ON',
      'NICK zed',
      'QUIT',
      'WHO',
    );
    const step = fc.record({
      index: fc.nat({ max: 5 }),
      line: fc.oneof({ weight: 8, arbitrary: command }, { weight: 1, arbitrary: fc.constant(null) }),
      settles: fc.boolean(),
    });
    const steps = fc.array(step, { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.boolean(), (script, announceLogin) => {
        const received = [0, 7].map((presenceLimit) => {
          const world = new World({ presenceLimit, announceLogin });
          const peers = Array.from({ length: 6 }, (_, number) => world.login(`user${number}`));
          for (const { index, line, settles } of script) {
            if (line === null) peers[index]?.vanish();
            else peers[index]?.say(`${line}\n`);
            if (settles) world.settle();
          }
          world.settle();
          return peers.map((peer) => peer.read());
        });
        expect(received[1]).toEqual(received[0]);
      }),
    );
  });

  it('around the limit every user is told of the end of a session at most once, and users of its rooms exactly once', () => {
    const step = fc.record({
      index: fc.nat({ max: 5 }),
      line: fc.constantFrom('JOIN dev', 'LEAVE', 'FOLLOW dev', 'FOLLOW ops', 'TAGS ON', 'QUIT', null),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat({ max: 7 }), (script, presenceLimit) => {
        const world = new World({ presenceLimit });
        const peers = Array.from({ length: 6 }, (_, number) => world.login(`user${number}`));
        for (const { index, line } of script) {
          const peer = peers[index];
          const client = peer?.client;
          if (peer === undefined || client == null || client.closeReason !== null) continue;
          discard(...peers);
          const rooms = client.rooms;
          const others = peers.filter((other) => other !== peer && other.client?.closeReason === null);
          const isLarge = presenceLimit > 0 && others.length + 1 >= presenceLimit;
          if (line === null) peer.vanish();
          else peer.send(`${line}\n`);
          if (client.closeReason === null) continue;
          for (const other of others) {
            const shares = other.client?.rooms.some((room) => rooms.includes(room)) === true;
            const told = other.lines().filter((one) => one.endsWith(`INFO user${index} disconnected`));
            expect(told).toHaveLength(shares || !isLarge ? 1 : 0);
          }
        }
      }),
    );
  });
});

describe('a server that is lost, on a large server', () => {
  /** Five users on the first node, of whom two follow dev; bob, eve and a person are on the second. */
  async function newNodes(presenceLimit: number) {
    const nodes = new Nodes(2, { presenceLimit });
    const lost: Peer[] = [];
    for (let number = 0; number < 5; number++) lost.push(await nodes.login(0, `user${number}`));
    const [bob, eve] = [await nodes.login(1, 'bob'), await nodes.login(1, 'eve')];
    const gus = nodes.world(1).connect('10.0.0.9', () => conversationIn('gotalk', { maxLineBytes: 4096 }));
    await nodes.ask(gus, 'gus\n');
    for (const peer of [bob, lost[0], lost[1]])
      await nodes.ask(peer as Peer, 'TAGS ON\nFOLLOW dev\nTAGS OFF\n');
    await nodes.ask(eve, 'JOIN den\n');
    await nodes.ask(lost[4] as Peer, 'JOIN ops\n');
    for (const peer of [bob, eve, gus, ...lost]) peer.read();
    return { nodes, lost, bob, eve, gus };
  }

  it('each room is told once at the limit, whatever the number of its users', async () => {
    const { nodes, lost, bob, eve, gus } = await newNodes(4);
    await nodes.endNode(0);
    expect(bob.read()).toBe(
      'INFO 4 users of lobby disconnected: their server was lost\n' +
        'INFO 2 users of dev disconnected: their server was lost\n',
    );
    expect(eve.read()).toBe('');
    expect(gus.lines()).toEqual([expect.stringMatching(/\[system\]: 4 users have left our chat\.\.\.$/)]);
    for (const peer of lost) expect(peer.read()).toMatch(/INFO disconnected: server cut off\n$/);
    expect(await nodes.ask(bob, 'WHO\n')).toBe('USER bob\nUSER eve\nUSER gus\n');
    nodes.check();
  });

  it('sessions with TAGS ON are told of each of them, with the name in a tag', async () => {
    const { nodes, bob } = await newNodes(4);
    await nodes.ask(bob, 'TAGS ON\n');
    await nodes.endNode(0);
    const users = bob.lines().map((line) => /;event=quit;user=(\S+) INFO \1 disconnected$/.exec(line)?.[1]);
    expect(new Set(users)).toEqual(new Set(['user0', 'user1', 'user2', 'user3']));
  });

  it('clients of IRC, which keep a list of the members, are told of each user once, in whatever rooms', async () => {
    const { nodes, lost } = await newNodes(4);
    const ida = nodes.world(1).connect('10.0.0.8', () => conversationIn('irc', { maxLineBytes: 4096 }));
    await nodes.ask(ida, 'NICK ida\r\nUSER ida 0 * :Ida\r\n');
    await nodes.ask(ida, 'JOIN #dev,#lobby\r\n');
    await nodes.endNode(0);
    const parts = ida.lines().filter((line) => / (?:PART|QUIT) /.test(line));
    expect(parts.map((line) => line.replace(/^:(\w+)!\S+/, '$1').trimEnd()).sort()).toEqual(
      [0, 1, 2, 3].map((number) => `user${number} QUIT :Connection lost`),
    );
    expect(lost).toHaveLength(5);
  });

  it('clients that watch users of the server are told of each', async () => {
    const { nodes } = await newNodes(4);
    const ida = nodes.world(1).connect('10.0.0.8', () => conversationIn('irc', { maxLineBytes: 4096 }));
    await nodes.ask(ida, 'NICK ida\r\nUSER ida 0 * :Ida\r\n');
    await nodes.ask(ida, 'MONITOR + user0,user4,bob\r\n');
    await nodes.endNode(0);
    const offline = ida.lines().filter((line) => / 731 /.test(line));
    expect(offline.map((line) => line.trimEnd().replace(/^.*:/, '')).sort()).toEqual(['user0', 'user4']);
  });

  it('a single user of a room is named', async () => {
    const { nodes, bob } = await newNodes(4);
    await nodes.ask(bob, 'JOIN ops\n');
    bob.read();
    await nodes.endNode(0);
    expect(bob.lines()).toContain('INFO user4 disconnected');
  });

  it('below the limit everyone is told of each user', async () => {
    const { nodes, bob, eve } = await newNodes(100);
    await nodes.endNode(0);
    const lines = Array.from({ length: 5 }, (_, number) => `INFO user${number} disconnected`);
    expect(bob.lines().sort()).toEqual(lines);
    expect(eve.lines().sort()).toEqual(lines);
  });
});
