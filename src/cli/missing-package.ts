/** Names the package that could not be loaded. This file imports nothing, so that it can be loaded. */

/** What to print if a package is missing, for instance after `git pull` without `npm ci`; null for another error. */
export function missingPackage(error: unknown): string | null {
  const [, name] = /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : '') ?? [];
  return name === undefined
    ? null
    : `partyline: cannot load the package ${name}; run npm ci in the folder of Partyline`;
}
