/** The two forms of a suite that takes minutes: whole, and shortened by a variable of the environment. */

/** The form that a variable such as CLUSTER_TESTS chooses: `short`, or the whole one without it. */
export function formOf(variable: string) {
  const isShort = process.env[variable] === 'short';
  /** The first value in the shortened form, the second in the whole one. */
  const shortened = <Value>(short: Value, whole: Value): Value => (isShort ? short : whole);
  return { isShort, shortened };
}
