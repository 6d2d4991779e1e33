/** The server warns of files that other users of the machine can use. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificatePair } from '../support/certificate.js';
import { serve, temporaryFolder } from '../support/process.js';

/** The warnings of a server that has started with these settings. */
async function warningsOf(settings: Record<string, string>): Promise<string[]> {
  const { log, stop } = await serve(settings);
  await stop();
  return log.events.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
}

describe('a data directory', () => {
  it.each([0o777, 0o702, 0o757])(
    'a data directory that others can write is warned of (mode %o)',
    async (mode) => {
      const folder = join(temporaryFolder(), 'data');
      mkdirSync(folder);
      chmodSync(folder, mode);
      expect(await warningsOf({ HISTORY: 'disk', DATA_DIR: folder })).toEqual([
        `DATA_DIR ${JSON.stringify(folder)} can be written by other users (mode ${mode.toString(8)}), ` +
          'who can replace the data file; run chmod 700 on it',
      ]);
    },
  );

  it.each([0o700, 0o755, 0o775])(
    'a data directory that only its owner and its own group can write is not warned of (mode %o)',
    async (mode) => {
      const folder = join(temporaryFolder(), 'data');
      mkdirSync(folder);
      chmodSync(folder, mode);
      expect(await warningsOf({ HISTORY: 'disk', DATA_DIR: folder })).toEqual([]);
    },
  );
});

describe('a key file', () => {
  it('a key file that all users can read is warned of at the start and at each reload', async () => {
    const { keyFile, settings } = await certificatePair();
    expect(await warningsOf(settings)).toEqual([]);
    chmodSync(keyFile, 0o644);
    const { log, reload } = await serve(settings);
    const warning = `TLS_KEY ${JSON.stringify(keyFile)} can be read by all users (mode 644), who can then decrypt and forge connections; run chmod 600 on it`;
    const warnings = () => log.events.filter(({ msg }) => msg === warning).length;
    expect(warnings()).toBe(1);
    reload();
    expect(warnings()).toBe(2);
    chmodSync(keyFile, 0o640);
    reload();
    expect(warnings()).toBe(2);
  });
});
