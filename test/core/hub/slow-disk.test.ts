/** A turn that takes a while to be stored: it delays those who changed something, and nobody else. */
import { describe, expect, it } from 'vitest';
import { Turn } from '../../../src/core/delivery/turn.js';
import type { CommitFailure } from '../../../src/core/ports.js';
import { FragileHistory } from '../../support/fragile-history.js';
import { type Peer, passwordOf, World } from '../../support/world.js';

function newWorld(): { world: World; history: FragileHistory; ann: Peer; bob: Peer; cat: Peer } {
  const history = new FragileHistory();
  const world = new World({ history, storesLater: true, settlesLater: false });
  const [ann, bob, cat] = world.logins('ann', 'bob', 'cat') as [Peer, Peer, Peer];
  cat.send('JOIN dev\n');
  for (const peer of [ann, bob, cat]) peer.read();
  return { world, history, ann, bob, cat };
}

/** Commits take until `release`. */
function hold(world: World): void {
  if (world.disk === null) throw new Error('this world has no slow disk');
  world.disk.isHeld = true;
}

function release(world: World): void {
  world.disk?.release();
  world.settle();
}

describe('while a turn is being stored', () => {
  it('a message is shown to nobody, and commands of other clients are answered at once', () => {
    const { world, ann, bob, cat } = newWorld();
    hold(world);
    ann.send('MSG one\n');
    expect([ann.read(), bob.read()]).toEqual(['', '']);
    expect(cat.client?.unsettled).toBe(null);
    cat.send('PING\nWHO dev\nHISTORY\nFLY\nTAGS ON\n');
    expect(cat.read()).toBe('PONG\nUSER cat\nOK\nERR unknown-cmd\nOK\n');
    bob.send('PING 1\nHISTORY\n');
    expect(bob.read()).toBe('PONG 1\nOK\n');
    release(world);
    expect(bob.read()).toBe('MSG ann one\n');
    expect(ann.read()).toBe('');
  });

  it('replies of the same pass are not delayed by the changes of others', () => {
    const { world, ann, bob, cat } = newWorld();
    hold(world);
    bob.say('PING 1\n');
    ann.say('MSG one\nDM bob two\nPING 2\n');
    bob.say('PING 3\n');
    cat.say('WHO dev\n');
    world.settle();
    expect([ann.read(), bob.read(), cat.read()]).toEqual(['', 'PONG 1\nPONG 3\n', 'USER cat\n']);
    release(world);
    expect(bob.read()).toBe('MSG ann one\nDM ann two\n');
    expect(ann.read()).toBe('PONG 2\n');
  });

  it('PONG and all other answers of a client with a change in it wait, in order', () => {
    const { world, ann, bob } = newWorld();
    hold(world);
    ann.send('TAGS ON\n');
    expect(ann.read()).toBe('OK\n');
    ann.send('@label=a MSG one\n');
    ann.send('PING 1\nDM bob psst\n@label=b MSG two\nPING 2\nWHO lobby\nMSG three\nPING 3\n');
    expect([ann.read(), bob.read()]).toEqual(['', '']);
    release(world);
    expect(ann.read().replaceAll(/;\S+/g, '')).toBe(
      '@label=a OK\nPONG 1\n@label=b OK\nPONG 2\nUSER ann\nUSER bob\nPONG 3\n',
    );
    expect(bob.read()).toBe('MSG ann one\nDM ann psst\nMSG ann two\nMSG ann three\n');
  });

  it('what is proposed meanwhile is one turn', () => {
    const { world, history, ann, bob, cat } = newWorld();
    hold(world);
    ann.send('MSG one\n');
    const commits = history.commits;
    for (const text of ['two', 'three', 'four']) bob.send(`MSG ${text}\n`);
    cat.send('MSG elsewhere\nJOIN lobby\n');
    expect(history.commits).toBe(commits);
    release(world);
    expect(history.commits).toBe(commits + 2);
    expect(ann.lines()).toEqual(['MSG bob two', 'MSG bob three', 'MSG bob four', 'INFO cat joined lobby']);
  });

  it('a login waits, and its commands after it', () => {
    const { world, ann, bob } = newWorld();
    hold(world);
    ann.send('MSG one\n');
    const dan = world.connect();
    dan.send('LOGIN dan\nMSG hi\nPING\n');
    const eve = world.connect();
    eve.send('PING\nJOIN dev\nFLY\n');
    expect(dan.read()).toBe('');
    expect(eve.read()).toBe(`PONG\n${"ERR expected 'LOGIN <username>'\n".repeat(2)}`);
    release(world);
    expect(dan.read()).toBe('OK\nPONG\n');
    expect(bob.read()).toBe('MSG ann one\nMSG dan hi\n');
  });

  it('a client that quits, is lost or is kicked leaves when it settles, and messages before that count', async () => {
    const { world, ann, bob, cat } = newWorld();
    hold(world);
    ann.send('MSG one\n');
    ann.send('MSG two\nQUIT\n');
    cat.vanish();
    expect(ann.closed).toBe(false);
    expect(world.hub.userCount).toBe(3);
    release(world);
    expect(bob.lines()).toEqual([
      'MSG ann one',
      'MSG ann two',
      'INFO cat disconnected',
      'INFO ann disconnected',
    ]);
    expect(ann.read()).toBe('INFO bye\n');
    expect(ann.closed).toBe(true);
    expect(world.hub.userCount).toBe(1);
    expect(world.errors).toEqual([]);
  });

  it('a reader that takes nothing is not read further, and gets all of it later', () => {
    const { world, ann, bob } = newWorld();
    bob.stopReading();
    hold(world);
    ann.send('MSG one\n');
    bob.send('PING\n');
    release(world);
    bob.readOn();
    expect(bob.read()).toBe('PONG\nMSG ann one\n');
  });

  it('a day that begins is told in order with the messages', () => {
    const { world, ann } = newWorld();
    const bob = world.connect();
    bob.send('LOGIN bart\nTIMES ON\n');
    bob.read();
    hold(world);
    ann.send('MSG one\n');
    world.hub.announceDay(world.clock.now());
    world.settle();
    ann.send('MSG two\n');
    expect(bob.read()).toBe('');
    release(world);
    const lines = bob.lines().map((line) => line.replace(/^\[\d\d:\d\d\] /, ''));
    expect(lines[0]).toBe('MSG ann one');
    expect(lines.at(-1)).toBe('MSG ann two');
    expect(lines).toHaveLength(3);
  });
});

describe('a turn that could not be stored after a while', () => {
  it('is refused, and what was proposed meanwhile is stored', () => {
    const { world, history, ann, bob } = newWorld();
    hold(world);
    history.broken = true;
    ann.send('MSG lost\nPING 1\n');
    ann.send('MSG kept\nPING 2\n');
    bob.send('PASTE\nmine\n.\n');
    world.disk?.release();
    world.pass();
    history.broken = false;
    world.settle();
    expect(ann.read()).toBe('ERR not-stored\nPONG 1\nPONG 2\nMSG bob mine\n');
    expect(bob.read()).toBe('MSG ann kept\nOK\n');
  });

  it('undoes the changes of accounts before the next ones settle', async () => {
    const { world, history, ann } = newWorld();
    world.register('reg');
    hold(world);
    history.broken = true;
    await ann.ask('REGISTER correct-horse\n');
    const answer = ann.ask(`REGISTER correct-horse\n`);
    expect(world.accounts.users.account('ann')).not.toBe(undefined);
    world.disk?.release();
    world.pass();
    expect(world.accounts.users.account('ann')).toBe(undefined);
    history.broken = false;
    world.settle();
    await answer;
    world.settle();
    await world.hashed();
    expect(ann.read()).toBe('');
    expect(await answer).toBe('ERR not-stored\nOK\n');
    expect(await world.connect().ask(`LOGIN reg ${passwordOf('reg')}\n`)).toBe('OK\n');
  });
});

describe('connections that end while a turn is being stored', () => {
  it('a connection without a login is closed, at once or with the turn', () => {
    const { world, ann } = newWorld();
    const [quitter, leaver] = [world.connect(), world.connect()];
    hold(world);
    ann.send('MSG one\n');
    quitter.send('QUIT\n');
    leaver.send('x'.repeat(70_000));
    release(world);
    expect([quitter.closed, leaver.closed]).toEqual([true, true]);
  });

  it('clients of a server that is cut off are told and closed', () => {
    const { world, ann, bob } = newWorld();
    hold(world);
    ann.send('MSG one\n');
    world.hub.cutOff(world.clock.now());
    release(world);
    for (const peer of [ann, bob]) {
      expect(peer.read()).toContain('INFO disconnected: server cut off\n');
      expect(peer.closed).toBe(true);
    }
  });
});

describe('what is asked for while a turn is being stored', () => {
  /** A turn whose commits end when the test says so. */
  function slowTurn() {
    const commits: ((failure: CommitFailure | null) => void)[] = [];
    let deferred: (() => void)[] = [];
    const turn = new Turn({
      history: new FragileHistory(),
      store: { isAsync: true, hasChanges: true, commit: (onEnd) => void commits.push(onEnd) },
      observers: [],
      defer: (run) => void deferred.push(run),
      elapsed: () => 0,
      maxUnreadBytes: 1000,
      onTooSlow() {},
      onBroken() {},
      onError() {},
      isShared: () => false,
      meter: null,
    });
    const pass = () => {
      const runs = deferred;
      deferred = [];
      for (const run of runs) run();
    };
    const end = (failure: CommitFailure | null) => commits.shift()?.(failure);
    return { turn, pass, end, commits };
  }

  it.each([
    [{ error: new Error('disk full') }, null, ['undo 1', 'stored true']],
    [null, { error: new Error('disk full') }, ['undo 2', 'stored false']],
    [null, null, ['stored true']],
  ])('a change depends on the next commit alone: %o, then %o', (first, second, expected) => {
    const { turn, pass, end, commits } = slowTurn();
    const happened: string[] = [];
    turn.onUndo(() => happened.push('undo 1'));
    turn.scheduleCommit();
    pass();
    turn.onUndo(() => happened.push('undo 2'));
    turn.afterCommit((isStored) => happened.push(`stored ${isStored}`));
    pass();
    end(first);
    expect(happened).not.toContainEqual(expect.stringMatching(/^stored|undo 2/));
    pass();
    expect(commits).toHaveLength(1);
    end(second);
    expect(happened).toEqual(expected);
  });

  it('the hub calls back with the result of the next commit, also if nothing else happens', () => {
    const { world, history, ann } = newWorld();
    const results: boolean[] = [];
    hold(world);
    history.broken = true;
    ann.send('MSG lost\n');
    world.hub.afterCommit((isStored) => results.push(isStored));
    world.settle();
    expect(results).toEqual([]);
    release(world);
    expect(ann.read()).toBe('ERR not-stored\n');
    expect(results).toEqual([true]);
  });

  it('messages that the cluster forgets may be deleted once that is stored', () => {
    const { world, history, ann } = newWorld();
    const times: number[] = [];
    const forget = (before: number): void => {
      world.hub.inOrder(() => world.hub.forgetMessages(before, () => times.push(before)));
      ann.send('MSG hi\n');
    };
    hold(world);
    forget(10);
    expect(times).toEqual([]);
    release(world);
    expect(times).toEqual([10]);
    history.broken = true;
    forget(20);
    release(world);
    expect(times).toEqual([10]);
  });
});
