/** The two forms of the suite: whole, and shortened by CLUSTER_TESTS=short. */

export const isShort = process.env.CLUSTER_TESTS === 'short';

/** The first value in the shortened form, the second in the whole one. */
export function shortened<Value>(short: Value, whole: Value): Value {
  return isShort ? short : whole;
}

/** Prints what a test counted, since a proof without numbers may have compared nothing. */
export function report(what: string, counts: Readonly<Record<string, number | string>>): void {
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stderr.write(`${what}: ${words.join(', ')}\n`);
}
