/** The lines of a paste as they are shown. */
import { describe, expect, it } from 'vitest';
import { withoutFence } from '../../src/page/ui/paste-lines.js';

const shown = (...lines: string[]) => withoutFence(lines.map((text) => ({ text }))).map(({ text }) => text);

describe('a paste', () => {
  it('between fences is shown without them', () => {
    expect(shown('```ts', 'const a = 1;', '```')).toEqual(['const a = 1;']);
  });

  it('with a fence at one end alone is shown whole', () => {
    expect(shown('```', 'a')).toEqual(['```', 'a']);
    expect(shown('a', '```')).toEqual(['a', '```']);
  });

  it('of two fences and nothing between them is shown whole', () => {
    expect(shown('```', '```')).toEqual(['```', '```']);
  });
});
