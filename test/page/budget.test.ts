/** The size of the page: every visitor loads it, also over a slow line. */
import { describe, expect, it } from 'vitest';
import { files } from '../support/page-files.js';

describe('the page', () => {
  it.each([
    ['.js', 45 * 1024],
    ['.css', 8 * 1024],
    ['.html', 2 * 1024],
  ])('has %s files of at most %i bytes, compressed with gzip', (ending, budget) => {
    const sizes = files().flatMap(({ path, gz }) => (path.endsWith(ending) ? [gz.length] : []));
    expect(sizes).not.toEqual([]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(budget);
  });

  it('loads one script and one style', () => {
    const html =
      files()
        .find(({ path }) => path === '/index.html')
        ?.plain.toString() ?? '';
    expect(html.match(/<script|rel="stylesheet"/g)).toHaveLength(2);
  });
});
