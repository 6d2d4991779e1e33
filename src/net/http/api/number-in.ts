/** Reads numbers in the query of a request. */

/**
 * A whole number; null without one, undefined if it is invalid. One above the largest exact number is as that, which no
 * id and no limit reaches.
 */
export function numberIn(text: string | null): number | null | undefined {
  if (text === null) return null;
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined;
}
