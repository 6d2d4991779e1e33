/** What the server says about itself, and whether it serves a newer page. */
import type { Platform } from './ports.js';
import type { Signals } from './store.js';

/** Pages stay open for days. */
const CHECK_MS = 10 * 60_000;

export function readAbout(platform: Platform, signals: Signals): void {
  platform.fetchAbout().then(
    (about) => {
      if (about !== null) take(about, platform, signals);
    },
    () => {},
  );
  platform.clock.after(CHECK_MS, () => readAbout(platform, signals));
}

function take(about: Readonly<Record<string, unknown>>, platform: Platform, signals: Signals): void {
  const before = signals.about.value;
  const { version, needsPassword, maxLineBytes, pasteLines, pasteBytes } = about;
  const { minPasswordLength, historyDays, motd } = about;
  signals.about.value = {
    ...before,
    version: typeof version === 'string' ? version : before.version,
    needsPassword: needsPassword === true,
    maxLineBytes: numberOr(maxLineBytes, before.maxLineBytes),
    pasteLines: numberOr(pasteLines, before.pasteLines),
    pasteBytes: numberOr(pasteBytes, before.pasteBytes),
    minPasswordLength: numberOr(minPasswordLength, before.minPasswordLength),
    historyDays: typeof historyDays === 'number' && historyDays > 0 ? historyDays : null,
    motd: typeof motd === 'string' ? motd : '',
  };
  if (typeof version === 'string' && platform.version !== null && version !== platform.version)
    signals.isOutdated.value = true;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}
