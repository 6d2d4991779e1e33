/**
 * A histogram in Prometheus' text format, for what is measured at every turn: prom-client's own takes a microsecond an
 * observation, a hundredth of all that a busy server does.
 */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  /** Observations within each bound and above the one before it; the last is beyond all. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds the buckets' upper ends, growing */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** The metric as a part of a page, its last line ended. */
  text(): string {
    const name = this.#name;
    let count = 0;
    const buckets = this.#counts.map((within, index) => {
      count += within;
      return `${name}_bucket{le="${this.#bounds[index] ?? '+Inf'}"} ${count}\n`;
    });
    const samples = `${buckets.join('')}${name}_sum ${this.#sum}\n${name}_count ${count}\n`;
    return `# HELP ${name} ${this.#help}\n# TYPE ${name} histogram\n${samples}`;
  }
}
