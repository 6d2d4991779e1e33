/** The metrics page: its samples, its text format, and what an unreadable metric costs. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics, type MetricsOptions } from '../../src/metrics/metrics.js';

function createMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  const metrics = new Metrics({
    cluster: null,
    connections: () => new Map(),
    users: () => 0,
    rooms: () => 1,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => metrics.close());
  return metrics;
}

/** The page's samples of one name, by their labels. */
async function samples(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const { body } = await metrics.page();
  const found = body.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  return Object.fromEntries(
    [...found].filter((sample) => sample[1] === name).map((sample) => [sample[2] ?? '', Number(sample[3])]),
  );
}

describe('the metrics page', () => {
  it('the metrics page counts connections by dialect, and a dialect without connections goes back to 0', async () => {
    let connections = new Map([
      ['lines', 2],
      ['machat', 1],
    ]);
    const metrics = createMetrics({ connections: () => connections });
    const name = 'partyline_connections';
    expect(await samples(metrics, name)).toEqual({ 'dialect="lines"': 2, 'dialect="machat"': 1 });
    connections = new Map([
      ['gotalk', 1],
      ['lines', 1],
    ]);
    expect(await samples(metrics, name)).toEqual({
      'dialect="lines"': 1,
      'dialect="machat"': 0,
      'dialect="gotalk"': 1,
    });
  });

  it('the metrics page reads the number of users and rooms when it is made', async () => {
    let users = 3;
    const metrics = createMetrics({ users: () => users, rooms: () => 2 });
    expect(await samples(metrics, 'partyline_users')).toEqual({ '': 3 });
    users = 4;
    expect(await samples(metrics, 'partyline_users')).toEqual({ '': 4 });
    expect(await samples(metrics, 'partyline_rooms')).toEqual({ '': 2 });
  });

  it('the metrics page adds up the turns, and reading it changes no counter', async () => {
    const metrics = createMetrics();
    metrics.onTurn({ messages: 2, deliveries: 198, bytes: 5_000, commitMs: 0.2 });
    metrics.onTurn({ messages: 0, deliveries: 0, bytes: 5, commitMs: null });
    metrics.onTurn({ messages: 1, deliveries: 1, bytes: 10, commitMs: 40 });
    metrics.onReceived(70);
    metrics.onReceived(7);
    expect(await samples(metrics, 'partyline_messages_total')).toEqual({ '': 3 });
    expect(await samples(metrics, 'partyline_deliveries_total')).toEqual({ '': 199 });
    expect(await samples(metrics, 'partyline_deliveries_total')).toEqual({ '': 199 });
    expect(await samples(metrics, 'partyline_sent_bytes_total')).toEqual({ '': 5_015 });
    expect(await samples(metrics, 'partyline_received_bytes_total')).toEqual({ '': 77 });
    expect(await samples(metrics, 'partyline_commit_seconds_count')).toEqual({ '': 2 });
    expect((await samples(metrics, 'partyline_commit_seconds_sum'))['']).toBeCloseTo(0.0402);
    expect(await samples(metrics, 'partyline_commit_seconds_bucket')).toMatchObject({
      'le="0.0001"': 0,
      'le="0.00025"': 1,
      'le="0.05"': 2,
      'le="+Inf"': 2,
    });
  });

  it('the metrics page has every counter at 0 from the start, with all of its labels', async () => {
    const metrics = createMetrics();
    for (const name of ['messages', 'deliveries', 'sent_bytes', 'received_bytes'])
      expect(await samples(metrics, `partyline_${name}_total`)).toEqual({ '': 0 });
    const evictions = await samples(metrics, 'partyline_evictions_total');
    expect(Object.keys(evictions)).toHaveLength(22);
    expect(new Set(Object.values(evictions))).toEqual(new Set([0]));
    const buckets = await samples(metrics, 'partyline_commit_seconds_bucket');
    expect(Object.keys(buckets)).toHaveLength(13);
    expect(new Set(Object.values(buckets))).toEqual(new Set([0]));
  });

  it('the metrics page counts evictions by reason; a client that leaves is not evicted', async () => {
    const metrics = createMetrics();
    const before = await samples(metrics, 'partyline_evictions_total');
    for (const why of ['idle', 'too-slow', 'idle', 'quit', 'left', 'lost', 'shutdown'] as const)
      metrics.onConnectionEnd(why);
    expect(await samples(metrics, 'partyline_evictions_total')).toEqual({
      ...before,
      'reason="idle"': 2,
      'reason="too-slow"': 1,
    });
  });

  it('the metrics page shows the delay of a busy event loop once', async () => {
    const metrics = createMetrics();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const until = performance.now() + 200;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const name = (which: string) => `partyline_event_loop_delay_${which}_seconds`;
    const { body } = await metrics.page();
    const valueOf = (which: string) =>
      Number(new RegExp(`^${name(which)} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN);
    const worst = valueOf('max');
    const median = valueOf('p50');
    expect(valueOf('p99')).toBeGreaterThanOrEqual(median);
    expect(worst).toBeGreaterThan(0.1);
    expect(worst).toBeLessThan(5);
    expect(median).toBeLessThan(worst);
    expect((await samples(metrics, name('max')))['']).toBeLessThan(worst);
  });

  it('the metrics page has the process under its usual names, and a HELP line for each metric', async () => {
    const metrics = createMetrics();
    const { contentType, body } = await metrics.page();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect((await samples(metrics, 'process_resident_memory_bytes'))['']).toBeGreaterThan(1e7);
    expect((await samples(metrics, 'process_cpu_seconds_total'))['']).toBeGreaterThan(0);
    expect(body.endsWith('\n')).toBe(true);
    for (const name of body.matchAll(/^([a-z_]+)/gm))
      expect(body).toContain(`# HELP ${name[1]?.replace(/_(bucket|sum|count)$/, '')}`);
  });

  it('the metrics page lacks only the metric that cannot be read, and the error is reported', async () => {
    const broken = new Error('no rooms');
    const errors: unknown[] = [];
    const failing = createMetrics({
      rooms: () => {
        throw broken;
      },
      onError: (error) => errors.push(error),
    });
    const whole = await createMetrics().page();
    const page = await failing.page();
    expect(errors).toEqual([broken]);
    expect(page.body).not.toContain('partyline_rooms');
    const names = (body: string) => Array.from(body.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
    expect(names(page.body)).toEqual(names(whole.body).filter((name) => name !== 'partyline_rooms'));
    expect(page.body).toContain('\n\n# HELP partyline_event_loop_delay_p50_seconds ');
  });

  it('the metrics page is made once for requests that come while it is being made', async () => {
    let reads = 0;
    const metrics = createMetrics({ users: () => ++reads });
    const pages = await Promise.all(Array.from({ length: 100 }, () => metrics.page()));
    expect(reads).toBe(1);
    expect(new Set(pages).size).toBe(1);
    await metrics.page();
    expect(reads).toBe(2);
  });

  it('the metrics page is separate for each of two instances in one process', async () => {
    const one = createMetrics({ users: () => 1 });
    const other = createMetrics({ users: () => 2 });
    expect(await samples(one, 'partyline_users')).toEqual({ '': 1 });
    expect(await samples(other, 'partyline_users')).toEqual({ '': 2 });
  });
});

describe('the metrics of a cluster', () => {
  it('the metrics page of a lone server has none of them', async () => {
    expect((await createMetrics().page()).body).not.toContain('cluster');
  });

  it('the metrics page of a server of a cluster shows where it stands in the log', async () => {
    const numbers = { position: 7, logLast: 9, unsettled: 3, nodes: 2, fenced: 1, resent: 4 };
    const metrics = createMetrics({ cluster: () => numbers });
    metrics.onRoundtrip(1.9);
    expect(await samples(metrics, 'partyline_cluster_position')).toEqual({ '': 7 });
    expect(await samples(metrics, 'partyline_cluster_log_last')).toEqual({ '': 9 });
    expect(await samples(metrics, 'partyline_cluster_lag_entries')).toEqual({ '': 2 });
    expect(await samples(metrics, 'partyline_cluster_unsettled')).toEqual({ '': 3 });
    expect(await samples(metrics, 'partyline_cluster_nodes')).toEqual({ '': 2 });
    expect(await samples(metrics, 'partyline_cluster_fenced_total')).toEqual({ '': 1 });
    expect(await samples(metrics, 'partyline_cluster_resent_total')).toEqual({ '': 4 });
    expect(await samples(metrics, 'partyline_cluster_roundtrip_seconds_count')).toEqual({ '': 1 });
    expect(await samples(metrics, 'partyline_cluster_roundtrip_seconds_sum')).toEqual({ '': 0.0019 });
  });
});
