/** The two forms of the suite: whole, and shortened by CLUSTER_TESTS=short. */
import { formOf } from '../support/form.js';

export const { isShort, shortened } = formOf('CLUSTER_TESTS');

/** Prints what a test counted, since a proof without numbers may have compared nothing. */
export function report(what: string, counts: Readonly<Record<string, number | string>>): void {
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stderr.write(`${what}: ${words.join(', ')}\n`);
}
