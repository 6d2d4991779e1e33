/**
 * The README's two commands with a C++ compiler or a prebuilt binary: every Node.js stores messages on disk. A Node.js
 * without a complete SQLite needs better-sqlite3, of which the binary, or the headers to compile it, are downloaded.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storesOnDisk } from './chat.js';
import { Clone, type Ended, hasSqlite, nodes, unreachableHeaders } from './clone.js';

describe.each(nodes)('with a C++ compiler, on Node.js $version,', ({ node, version }) => {
  let clone: Clone;
  let installed: Ended;

  beforeAll(async () => {
    clone = new Clone(node, { compiler: true });
    installed = await clone.install();
  });
  afterAll(() => clone.remove());

  it(`npm ci succeeds with a C++ compiler on Node.js ${version}`, () => {
    expect(installed).toMatchObject({ code: 0 });
  });

  it(`npm start stores messages on disk on Node.js ${version}`, async ({ skip }) => {
    if (!hasSqlite(version) && !(await clone.hasAddon())) skip(...(await unreachableHeaders(version)));
    await storesOnDisk(clone);
  });
});
