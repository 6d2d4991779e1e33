/** Reads numbers in the query of a request. */

/**
 * A whole number; null without one, undefined if it is invalid. A larger number than can be exact is read as the largest
 * exact one, which no id reaches.
 */
export function numberIn(text: string | null): number | null | undefined {
  if (text === null) return null;
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined;
}
