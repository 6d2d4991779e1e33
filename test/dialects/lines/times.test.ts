/** TIMES: local times in front of messages, for people. */
import { describe, expect, it } from 'vitest';
import { passwordOf, type Peer, World } from '../../support/world.js';

const DAY_MS = 86_400_000;

/** The time of the world's clock, as people read it. */
function shown(world: World): { readonly date: string; readonly minute: string } {
  const time = new Date(world.clock.now());
  const two = (part: number) => String(part).padStart(2, '0');
  return {
    date: `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
    minute: `${two(time.getHours())}:${two(time.getMinutes())}`,
  };
}

function timed(world: World, name: string): Peer {
  const peer = world.login(name);
  peer.send('TIMES ON\n');
  expect(peer.read()).toBe('OK\n');
  return peer;
}

describe('lines: TIMES', () => {
  it('lines: TIMES ON puts the local time before MSG, DM and HIST, which has no time of its own then', () => {
    const world = new World();
    const [ann, bob] = [timed(world, 'ann'), world.login('bob')];
    bob.send('MSG hi\nDM ann psst\n');
    ann.send('HISTORY\nSEARCH hi\nPING\nWHO\nJOIN dev\n');
    const { minute } = shown(world);
    expect(ann.lines()).toEqual([
      `[${minute}] MSG bob hi`,
      `[${minute}] DM bob psst`,
      `[${minute}] HIST 1 bob hi`,
      'OK',
      `[${minute}] HIST 1 bob hi`,
      'OK',
      'PONG',
      'USER ann',
      'USER bob',
      'OK',
    ]);
  });

  it('lines: TIMES OFF ends the times, and other sessions never see them', () => {
    const world = new World();
    const [ann, bob] = [timed(world, 'ann'), world.login('bob')];
    ann.send('TIMES OFF\nTIMES\nTIMES MAYBE\n');
    expect(ann.lines()).toEqual(['OK', 'ERR usage: TIMES ON | TIMES OFF', 'ERR usage: TIMES ON | TIMES OFF']);
    bob.send('MSG hi\n');
    expect(ann.read()).toBe('MSG bob hi\n');
  });

  it('lines: CHAT turns times on in any session, and /lines off', () => {
    const world = new World();
    const [ann, bob] = [world.login('ann'), world.login('bob')];
    ann.send('CHAT\n');
    bob.send('MSG one\n');
    expect(ann.read()).toBe(`OK\n[${shown(world).minute}] MSG bob one\n`);
    ann.send('/lines\n');
    bob.send('MSG two\n');
    expect(ann.read()).toBe('OK\nMSG bob two\n');
  });

  it('lines: TIMES has no effect with TAGS ON, and is unknown before the login', () => {
    const world = new World();
    const guest = world.connect();
    guest.send('TIMES ON\n');
    expect(guest.read()).toBe("ERR expected 'LOGIN <username>'\n");
    const [ann, bob] = [timed(world, 'ann'), world.login('bob')];
    ann.send('TAGS ON\n');
    bob.send('MSG hi\n');
    expect(ann.read()).toBe('OK\n@id=1;time=2026-03-01T12:00:00.000Z;room=lobby MSG bob hi\n');
    world.wait(DAY_MS);
    expect(ann.read()).toBe('');
    ann.send('TAGS OFF\n');
    bob.send('MSG again\n');
    expect(ann.read()).toBe(`OK\n[${shown(world).minute}] MSG bob again\n`);
  });

  it('lines: a new day is announced at midnight, to sessions with times alone', () => {
    const world = new World();
    const [ann, bob] = [timed(world, 'ann'), world.login('bob')];
    world.wait(DAY_MS);
    expect(ann.read()).toBe(`INFO ---- ${shown(world).date}\n`);
    expect(bob.read()).toBe('');
    world.wait(2 * DAY_MS);
    expect(ann.lines()).toHaveLength(2);
  });

  it('lines: history has a line with the date before messages of another day, and before what follows it', () => {
    const world = new World();
    const bob = world.login('bob');
    const first = shown(world);
    bob.send('MSG one\nMSG two\n');
    world.wait(DAY_MS);
    const second = shown(world);
    bob.send('MSG three\n');
    const ann = timed(world, 'ann');
    ann.send('HISTORY\n');
    expect(ann.lines()).toEqual([
      `INFO ---- ${first.date}`,
      `[${first.minute}] HIST 1 bob one`,
      `[${first.minute}] HIST 2 bob two`,
      `INFO ---- ${second.date}`,
      `[${second.minute}] HIST 3 bob three`,
      'OK',
    ]);
    ann.send('HISTORY BEFORE 3\n');
    expect(ann.lines()).toEqual([
      `INFO ---- ${first.date}`,
      `[${first.minute}] HIST 1 bob one`,
      `[${first.minute}] HIST 2 bob two`,
      `INFO ---- ${second.date}`,
      'OK',
    ]);
  });

  it('lines: history in pages has each date once', () => {
    const world = new World({ writeQueueBytes: 4096 });
    const bob = world.login('bob');
    for (let day = 0; day < 3; day++) {
      bob.send('MSG some text\n'.repeat(20));
      world.wait(DAY_MS);
    }
    const ann = timed(world, 'ann');
    ann.send('HISTORY 60\n');
    const lines = ann.lines();
    expect(lines.filter((line) => line.includes(' HIST '))).toHaveLength(60);
    expect(lines.filter((line) => line.startsWith('INFO ---- '))).toHaveLength(4);
  });
});

describe('lines: stored messages', () => {
  it('lines: stored messages are shown to a person with their number and their times, and to a script as DM lines', async () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.register('ann', 'eve');
    const sentAt = shown(world);
    const bob = world.login('bob');
    bob.send('DM ann one\nDM ann two\nDM eve three\n');
    world.wait(DAY_MS);
    const login = async (name: string, isPerson: boolean) => {
      const peer = world.connect();
      if (isPerson) world.wait(2100);
      peer.read();
      return peer.ask(`LOGIN ${name} ${passwordOf(name)}\n`);
    };
    const time = `[${sentAt.date} ${sentAt.minute}]`;
    expect(await login('ann', true)).toContain(
      `OK\nINFO 2 messages while you were away:\n${time} DM bob one\n${time} DM bob two\nINFO you are`,
    );
    expect(await login('eve', false)).toBe('OK\nDM bob three\n');
  });

  it('lines: one stored message is announced in the singular', async () => {
    const world = new World({ greetingDelayMs: 2000 });
    world.register('ann');
    const { date, minute } = shown(world);
    world.login('bob').send('DM ann one\n');
    const ann = world.connect();
    world.wait(2100);
    ann.read();
    expect(await ann.ask(`LOGIN ann ${passwordOf('ann')}\n`)).toContain(
      `OK\nINFO 1 message while you were away:\n[${date} ${minute}] DM bob one\n`,
    );
  });
});
