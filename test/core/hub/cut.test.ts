/** What a server answers while it has lost the others of its cluster: nothing can be put in order. */
import { describe, expect, it } from 'vitest';
import type { Peer } from '../../support/world.js';
import { World } from '../../support/world.js';

describe('a server that has lost the others', () => {
  it.each(['MSG hi', 'ME waves', 'PASTE\none\ntwo\n.'])(
    'a server that has lost the others stores no message and says so: %s',
    (line) => {
      const world = new World();
      const [ann, bob] = world.logins('ann', 'bob') as [Peer, Peer];
      bob.read();
      world.cut();
      ann.send(`${line}\n`);
      expect(ann.read()).toBe('ERR not-stored\n');
      expect(bob.read()).toBe('');
      world.cut(false);
      ann.send('MSG later\n');
      expect(bob.read()).toBe('MSG ann later\n');
    },
  );

  it.each(['DM bob hi', 'JOIN dev', 'LEAVE', 'NICK anna', 'AWAY lunch', 'IGNORE bob', 'TOPIC x'])(
    'a server that has lost the others is busy for whatever changes what is shared: %s',
    async (line) => {
      const world = new World();
      const [ann] = world.logins('ann', 'bob') as [Peer, Peer];
      ann.send('JOIN own\n');
      ann.read();
      world.cut();
      ann.send(`${line}\n`);
      expect(ann.read()).toMatch(line === 'TOPIC x' ? /^ERR (?:busy|not-permitted)\n$/ : /^ERR busy\n$/);
    },
  );

  it('a server that has lost the others refuses logins and answers questions', async () => {
    const world = new World();
    const ann = world.login('ann');
    ann.send('MSG before\n');
    world.cut();
    const late = world.connect();
    expect(await late.ask('LOGIN late\n')).toBe('ERR busy\n');
    expect(await ann.ask('WHO\n')).toContain('ann');
    expect(await ann.ask('HISTORY\n')).toContain('before');
    expect(await ann.ask('PING 7\n')).toContain('PONG 7');
    world.cut(false);
    expect(await late.ask('LOGIN late\n')).toContain('OK\n');
  });

  it('a client that leaves a server that has lost the others is let go', () => {
    const world = new World();
    const ann = world.login('ann');
    world.cut();
    ann.send('QUIT\n');
    expect(ann.read()).toBe('INFO bye\n');
    expect(ann.closed).toBe(true);
  });
});
