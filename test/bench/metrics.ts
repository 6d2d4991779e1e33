/** The heading and the format of each number. */

import type { Metric } from './load/job.js';

interface Style {
  readonly heading: string;
  readonly write: (value: number) => string;
}

const milliseconds = (value: number) => `${significant(value)} ms`;

const styles: Record<Metric, Style> = {
  perCpuSecond: { heading: 'per server-CPU-s', write: withPrefix },
  perSecond: { heading: 'per second', write: withPrefix },
  messagesPerSecond: { heading: 'messages per second', write: withPrefix },
  serverCpu: { heading: 'server CPU', write: percent },
  engineCpu: { heading: 'log CPU', write: percent },
  loadCpu: { heading: 'load CPU', write: percent },
  p50Ms: { heading: 'p50', write: milliseconds },
  p99Ms: { heading: 'p99', write: milliseconds },
  p999Ms: { heading: 'p99.9', write: milliseconds },
  longestMs: { heading: 'longest', write: milliseconds },
  bytesPerClient: { heading: 'memory per client', write: (value) => `${significant(value / 1024)} KB` },
  rssGrowthBytes: { heading: 'memory growth', write: (value) => `${significant(value / 1024 / 1024)} MiB` },
  evictedAfterMs: { heading: 'all evicted after', write: (value) => `${significant(value / 1000)} s` },
};

export function headingOf(metric: Metric): string {
  return styles[metric].heading;
}

/** Formats a number; `n/a` if it could not be measured. */
export function write(metric: Metric, value: number | undefined): string {
  return value === undefined ? 'n/a' : styles[metric].write(value);
}

/** Formats three significant digits without an exponent. */
export function significant(value: number): string {
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.min(3, Math.max(0, 3 - digits)));
}

function withPrefix(value: number): string {
  if (value >= 1e6) return `${significant(value / 1e6)} M`;
  return value >= 1e3 ? `${significant(value / 1e3)} k` : significant(value);
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}
