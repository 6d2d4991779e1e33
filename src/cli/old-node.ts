/** Recognises a Node.js that cannot run the program. This file imports nothing, so that every Node.js can load it. */

/** Versions of this line before `engines` in package.json are untested, but not refused: npm warns of them. */
const OLDEST_MAJOR = 20;

/** What to print on a Node.js that is too old, such as the 18 of Debian 12; null for another one. */
export function oldNode(version: string): string | null {
  return Number(version.split('.')[0]) >= OLDEST_MAJOR
    ? null
    : `partyline: Node.js ${version} is too old; use Node.js 24 or later`;
}
