/** The README's two commands with a C++ compiler or a prebuilt binary: every Node.js stores messages on disk. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storesOnDisk } from './chat.js';
import { Clone, type Ended, nodes } from './clone.js';

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

  it(`npm start stores messages on disk on Node.js ${version}`, () => storesOnDisk(clone));
});
