/** The README's two commands without a C++ compiler, Python, `make` and prebuilt binaries. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servesFromMemory, storesOnDisk } from './chat.js';
import { Clone, type Ended, hasSqlite, nodes } from './clone.js';

describe.each(nodes)('without a C++ compiler, on Node.js $version,', ({ node, version }) => {
  let clone: Clone;
  let installed: Ended;

  beforeAll(async () => {
    clone = new Clone(node, { compiler: false });
    installed = await clone.install();
  });
  afterAll(() => clone.remove());

  it(`npm ci succeeds without a C++ compiler on Node.js ${version}`, () => {
    expect(installed).toMatchObject({ code: 0 });
  });

  // Not `skipIf`: a test that does not apply to this Node.js is no skipped test.
  if (hasSqlite(version)) {
    it(`npm start stores messages on disk with the SQLite of Node.js ${version}`, () => storesOnDisk(clone));
  } else {
    it(`npm start prints one line with the remedy and exits with 2 on Node.js ${version}`, async () => {
      const { code, stderr } = await clone.run('npm start');
      expect([code, stderr]).toEqual([
        2,
        `partyline: cannot open the database: Node.js ${version} has no SQLite with full-text search, and ` +
          'better-sqlite3 is not installed; use Node.js 24 or later, or start the server with HISTORY=memory\n',
      ]);
    });
  }

  it(`HISTORY=memory npm start serves without a C++ compiler on Node.js ${version}`, () =>
    servesFromMemory(clone));
});
