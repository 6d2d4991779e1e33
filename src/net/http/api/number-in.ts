/** Reads numbers in the query of a request. */

/** A whole number; null without one, undefined if it is invalid. */
export function numberIn(text: string | null): number | null | undefined {
  if (text === null) return null;
  const number = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}
