import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics, type MetricsSources } from '../../src/metrics/metrics.js';

function metrics(more: Partial<MetricsSources> = {}) {
  const it = new Metrics({
    connections: () => new Map(),
    users: () => 0,
    rooms: () => 1,
    ...more,
  });
  onTestFinished(() => it.close());
  return it;
}

/** The page's samples of one name, by their labels. */
async function samples(of: Metrics, name: string): Promise<Record<string, number>> {
  const { body } = await of.page();
  const found = body.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  return Object.fromEntries(
    [...found].filter((sample) => sample[1] === name).map((sample) => [sample[2] ?? '', Number(sample[3])]),
  );
}

describe('metrics', () => {
  it('connections are counted by dialect, and a dialect that nobody speaks any more is 0', async () => {
    let connections = new Map([
      ['lines', 2],
      ['machat', 1],
    ]);
    const all = metrics({ connections: () => connections });
    const name = 'partyline_connections';
    expect(await samples(all, name)).toEqual({ 'dialect="lines"': 2, 'dialect="machat"': 1 });
    connections = new Map([
      ['gotalk', 1],
      ['lines', 1],
    ]);
    expect(await samples(all, name)).toEqual({
      'dialect="lines"': 1,
      'dialect="machat"': 0,
      'dialect="gotalk"': 1,
    });
  });

  it('users and rooms are asked for when somebody looks', async () => {
    let users = 3;
    const all = metrics({ users: () => users, rooms: () => 2 });
    expect(await samples(all, 'partyline_users')).toEqual({ '': 3 });
    users = 4;
    expect(await samples(all, 'partyline_users')).toEqual({ '': 4 });
    expect(await samples(all, 'partyline_rooms')).toEqual({ '': 2 });
  });

  it('turns add up', async () => {
    const all = metrics();
    all.onTurn({ messages: 2, deliveries: 198, bytes: 5_000, commitMs: 0.2 });
    all.onTurn({ messages: 0, deliveries: 0, bytes: 5, commitMs: null });
    all.onTurn({ messages: 1, deliveries: 1, bytes: 10, commitMs: 40 });
    all.onReceived(70);
    all.onReceived(7);
    expect(await samples(all, 'partyline_messages_total')).toEqual({ '': 3 });
    expect(await samples(all, 'partyline_deliveries_total')).toEqual({ '': 199 });
    // Looked at twice, it is counted once.
    expect(await samples(all, 'partyline_deliveries_total')).toEqual({ '': 199 });
    expect(await samples(all, 'partyline_sent_bytes_total')).toEqual({ '': 5_015 });
    expect(await samples(all, 'partyline_received_bytes_total')).toEqual({ '': 77 });
    expect(await samples(all, 'partyline_commit_seconds_count')).toEqual({ '': 2 });
    expect((await samples(all, 'partyline_commit_seconds_sum'))['']).toBeCloseTo(0.0402);
    expect(await samples(all, 'partyline_commit_seconds_bucket')).toMatchObject({
      'le="0.0001"': 0,
      'le="0.00025"': 1,
      'le="0.05"': 2,
      'le="+Inf"': 2,
    });
  });

  it('evictions are counted by reason, each at 0 from the start; a client that leaves is not evicted', async () => {
    const all = metrics();
    const evictions = await samples(all, 'partyline_evictions_total');
    expect(Object.keys(evictions)).toHaveLength(16);
    expect(new Set(Object.values(evictions))).toEqual(new Set([0]));
    for (const why of ['idle', 'too-slow', 'idle', 'quit', 'left', 'lost', 'shutdown'] as const)
      all.onConnectionEnd(why);
    expect(await samples(all, 'partyline_evictions_total')).toEqual({
      ...evictions,
      'reason="idle"': 2,
      'reason="too-slow"': 1,
    });
  });

  it('a busy event loop shows in its delay, until somebody has looked', async () => {
    const all = metrics();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const until = performance.now() + 200;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const name = 'partyline_event_loop_delay_seconds';
    const { 'quantile="1"': worst = 0, 'quantile="0.5"': median = 1 } = await samples(all, name);
    expect(worst).toBeGreaterThan(0.1);
    expect(worst).toBeLessThan(5);
    expect(median).toBeLessThan(worst);
    expect((await samples(all, name))['quantile="1"']).toBeLessThan(worst);
  });

  it('the process is there under its usual names', async () => {
    const all = metrics();
    const { contentType, body } = await all.page();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await samples(all, 'process_resident_memory_bytes'))['']).toBeGreaterThan(1e7);
    expect((await samples(all, 'process_cpu_seconds_total'))['']).toBeGreaterThan(0);
    expect(body.endsWith('\n')).toBe(true);
    for (const name of body.matchAll(/^([a-z_]+)/gm))
      expect(body).toContain(`# HELP ${name[1]?.replace(/_(bucket|sum|count)$/, '')}`);
  });

  it('who asks while a page is being made gets that page: a flood of askers costs one', async () => {
    let looks = 0;
    const all = metrics({ users: () => ++looks });
    const pages = await Promise.all(Array.from({ length: 100 }, () => all.page()));
    expect(looks).toBe(1);
    expect(new Set(pages).size).toBe(1);
    await all.page();
    expect(looks).toBe(2);
  });

  it('two of them in one process do not mix', async () => {
    const one = metrics({ users: () => 1 });
    const other = metrics({ users: () => 2 });
    expect(await samples(one, 'partyline_users')).toEqual({ '': 1 });
    expect(await samples(other, 'partyline_users')).toEqual({ '': 2 });
  });
});
