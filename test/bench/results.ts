/** Computes the result of a row: medians over its rounds, ratios within rounds, and whether its claims hold. */

import { type Metric, metrics, type Reply, type Values } from './load/job.js';
import { headingOf, significant, write } from './metrics.js';
import { type Claim, OTHER_NODE, type Row } from './rows.js';

/** The replies of one contender, one per round. */
export interface Series {
  readonly name: string;
  readonly rounds: readonly Reply[];
}

export interface Line {
  readonly name: string;
  /** The median of each number. */
  readonly medians: Values;
  /** The first contender's headline divided by this one's: the median over the rounds; null for the first. */
  readonly ratio: number | null;
  /** Failures and other remarks, each once. */
  readonly remarks: readonly string[];
  readonly failed: boolean;
  readonly rounds: readonly Reply[];
}

/** A claim and the measured value in words, and whether the claim holds. */
interface Verdict {
  readonly claim: string;
  readonly measured: string;
  readonly holds: boolean;
}

export interface Result {
  readonly row: Row;
  readonly lines: readonly Line[];
  readonly verdicts: readonly Verdict[];
}

export function summarize(row: Row, series: readonly Series[]): Result {
  const [tested] = series;
  const lines = series.map(({ name, rounds }, index) => ({
    name,
    medians: mediansOf(rounds),
    ratio: index === 0 || tested === undefined ? null : ratioOf(tested.rounds, rounds, row.headline),
    remarks: [...new Set(rounds.flatMap(remarksOf))],
    failed: rounds.some((reply) => 'failure' in reply),
    rounds,
  }));
  return { row, lines, verdicts: row.claims.flatMap((claim) => judge(claim, row, lines)) };
}

/** No verdict if a number is missing: the peer is not installed, /proc is missing, or a round failed. */
function judge(claim: Claim, { headline }: Row, lines: readonly Line[]): Verdict[] {
  const [tested, ...others] = lines;
  switch (claim.kind) {
    case 'ratio': {
      const { bound, times, to, of } = claim;
      const other = others.find(({ name }) => name === to);
      return subjects(lines, of).flatMap(({ line, prefix }) => {
        const ratio = other === undefined ? null : ratioOf(line.rounds, other.rounds, headline);
        if (ratio === null) return [];
        const holds = bound === 'at least' ? ratio >= times : ratio <= times;
        return [{ claim: `${prefix}${bound} ${times} × ${to}`, measured: `${significant(ratio)} ×`, holds }];
      });
    }
    case 'growth': {
      const { metric, times, to, plus } = claim;
      const value = tested?.medians[metric];
      const other = others.find(({ name }) => name === to)?.medians[metric];
      if (value === undefined || other === undefined) return [];
      const text = `${headingOf(metric)} at most ${times} × '${to}' + ${write(metric, plus)}`;
      return [{ claim: text, measured: write(metric, value), holds: value <= other * times + plus }];
    }
    case 'bound': {
      const { metric, atMost, of } = claim;
      return subjects(lines, of).flatMap(({ line, prefix }) => {
        const value = line.medians[metric];
        if (value === undefined) return [];
        const text = `${prefix}${headingOf(metric)} at most ${write(metric, atMost)}`;
        return [{ claim: text, measured: write(metric, value), holds: value <= atMost }];
      });
    }
    default:
      return claim satisfies never;
  }
}

/** The contenders to which a claim applies: `of`, or else the server under test on each version of Node.js. */
function subjects(lines: readonly Line[], of: string | undefined) {
  return lines
    .filter(({ name }, index) =>
      of === undefined ? index === 0 || name.startsWith(OTHER_NODE) : index > 0 && name === of,
    )
    .map((line) => ({ line, prefix: line === lines[0] ? '' : `${line.name}: ` }));
}

/** The median of the ratios within rounds, since noise affects all of a round; null if no round has both numbers. */
function ratioOf(tested: readonly Reply[], other: readonly Reply[], metric: Metric): number | null {
  const ratios = tested.flatMap((reply, round) => {
    const above = valueIn(reply, metric);
    const below = valueIn(other[round], metric);
    return above === undefined || below === undefined || below === 0 ? [] : [above / below];
  });
  return ratios.length === 0 ? null : median(ratios);
}

function mediansOf(rounds: readonly Reply[]): Values {
  const medians: Values = {};
  for (const metric of metrics) {
    const values = rounds.flatMap((reply) => valueIn(reply, metric) ?? []);
    if (values.length > 0) medians[metric] = median(values);
  }
  return medians;
}

function valueIn(reply: Reply | undefined, metric: Metric): number | undefined {
  return reply === undefined || 'failure' in reply ? undefined : reply.values[metric];
}

function remarksOf(reply: Reply): readonly string[] {
  return 'failure' in reply ? [`FAILED: ${reply.failure}`] : reply.remarks;
}

/** The middle, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
