/** The text of bans and their durations, in every dialect that shows them. */
import type { Ban } from '../../core/accounts.js';

/** A line of BANS. */
export function banText({ shown, until, by, reason }: Ban): string {
  return `${shown} ${untilText(until)} by ${by}${reason === '' ? '' : `: ${reason}`}`;
}

/** `until` is in milliseconds since 1970; without it, or with Infinity, the duration has no end. */
export function untilText(until = Number.POSITIVE_INFINITY): string {
  return until === Number.POSITIVE_INFINITY ? 'permanently' : `until ${new Date(until).toISOString()}`;
}
