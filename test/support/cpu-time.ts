/** Time that a test may measure: other processes of a busy machine do not affect it. */

/** The CPU time of this process in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
