import { describe, expect, it } from 'vitest';
import { layOutInput } from '../../src/client/input-rows.js';
import { wrap } from '../../src/client/wrap.js';

describe('wrap', () => {
  it.each([
    ['', ['']],
    ['0123456789', ['0123456789']],
    ['one two three', ['one two ', 'three']],
    ['one two345 six', ['one two345', 'six']],
    ['a 0123456789abc', ['a ', '0123456789', 'abc']],
    ['  indented code', ['  indented', 'code']],
    ['日本語日本語', ['日本語日本', '語']],
    ['👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽', ['👍🏽👍🏽👍🏽👍🏽👍🏽', '👍🏽']],
    ['\u001b[31mred word next\u001b[39m', ['\u001b[31mred word \u001b[0m', '\u001b[31mnext\u001b[39m']],
    [
      '\u001b[2m* \u001b[91mann\u001b[39m waits\u001b[22m',
      ['\u001b[2m* \u001b[91mann\u001b[39m \u001b[0m', '\u001b[2mwaits\u001b[22m'],
    ],
  ])('wrap splits %j into rows of ten columns', (line, rows) => {
    expect(wrap(line, 10)).toEqual(rows);
  });
});

describe('the rows of the input line', () => {
  it('the input line puts the cursor behind a full row at the start of the next row', () => {
    expect(layOutInput('> 34567890', '', 10, 5)).toEqual({
      rows: ['> 34567890', ''],
      cursorRow: 1,
      cursorColumn: 0,
    });
  });

  it('the input line shows the rows around the cursor if there is no place for all', () => {
    expect(layOutInput('aaabbbccc', 'dddeee', 3, 2)).toEqual({
      rows: ['ddd', 'eee'],
      cursorRow: 0,
      cursorColumn: 0,
    });
    expect(layOutInput('', 'aaabbbccc', 3, 2)).toEqual({
      rows: ['aaa', 'bbb'],
      cursorRow: 0,
      cursorColumn: 0,
    });
  });
});
