/** Stores every delivery time of a run, for exact percentiles. It is cheap enough for some millions of times. */

import type { Values } from './job.js';

export class Latencies {
  #samples = new Float64Array(1 << 16);
  #count = 0;

  add(milliseconds: number): void {
    if (this.#count === this.#samples.length) this.#grow();
    this.#samples[this.#count] = milliseconds;
    this.#count += 1;
  }

  values(): Values {
    if (this.#count === 0) return {};
    const sorted = this.#samples.slice(0, this.#count).sort();
    const at = (share: number) => sorted[Math.min(this.#count - 1, Math.floor(share * this.#count))] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
  }

  #grow(): void {
    const larger = new Float64Array(this.#samples.length * 2);
    larger.set(this.#samples);
    this.#samples = larger;
  }
}
