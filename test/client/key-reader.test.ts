import { describe, expect, it } from 'vitest';
import { KeyReader, type TerminalInput } from '../../src/client/key-reader.js';
import { LineEditor } from '../../src/client/line-editor.js';
import { ManualClock } from '../support/manual-clock.js';

/** The bytes of a terminal, read in one or more chunks. */
function read(...chunks: readonly string[]): TerminalInput[] {
  return readOn(false, ...chunks);
}

function readOn(marksPastes: boolean, ...chunks: readonly string[]): TerminalInput[] {
  const clock = new ManualClock();
  const inputs: TerminalInput[] = [];
  const reader = new KeyReader(clock, marksPastes, (input) => inputs.push(input));
  for (const chunk of chunks) reader.push(chunk);
  clock.advance(1000);
  return inputs;
}

const text = (typed: string) => ({ kind: 'text', text: typed });
const key = (name: string) => ({ kind: 'key', key: name });
const paste = (pasted: string) => ({ kind: 'paste', text: pasted, isMarked: true });
const burst = (lines: string) => ({ kind: 'paste', text: lines, isMarked: false });

describe('the key reader', () => {
  it.each([
    ['text and a key after it', ['hi\u001b[D'], [text('hi'), key('left')]],
    ['a key that comes in two reads', ['\u001b', '[1;5', 'Cx'], [key('ctrl-right'), text('x')]],
    ['keys of a keypad', ['\u001bOA\u001b[5~\u001b[F'], [key('up'), key('page-up'), key('end')]],
    [
      'control and alt keys',
      ['\u0001\u001bb\u001b\u007f'],
      [key('ctrl-a'), key('alt-b'), key('alt-backspace')],
    ],
    ['one line end', ['hello\r'], [text('hello'), key('enter')]],
    ['a line and the start of the next', ['/who\rhe'], [text('/who'), key('enter'), text('he')]],
    ['a tab as a key', ['/jo\t'], [text('/jo'), key('tab')]],
    ['a tab in a text', ['a\tb'], [text('a'), text('\t'), text('b')]],
    ['an unknown sequence', ['\u001b[99;9ux'], [text('x')]],
  ])('the key reader reads %s', (_, chunks, expected) => {
    expect(read(...chunks)).toEqual(expected);
  });

  it.each([
    ['a bracketed paste', ['\u001b[200~a\r\r b\u001b[201~x'], [paste('a\n\n b'), text('x')]],
    ['a bracketed paste in many reads', ['\u001b[20', '0~a\r', 'b\u001b[20', '1~'], [paste('a\nb')]],
    ['escape sequences in a bracketed paste', ['\u001b[200~a\u001b[Ab\u001b[201~'], [paste('a\u001b[Ab')]],
    ['a burst of lines', ['/a\rb\r'], [burst('/a\nb\n')]],
    ['a burst of lines in many reads', ['a\rb', 'c\r', 'd'], [burst('a\nbc\n'), text('d')]],
  ])('the key reader reads %s as a paste', (_, chunks, expected) => {
    expect(read(...chunks)).toEqual(expected);
  });
});

it('the key reader takes lines without marks for typed ones on a terminal that marks what is pasted', () => {
  const typed = [text('/a'), key('enter'), text('b'), key('enter')];
  expect(readOn(true, '/a\rb\r')).toEqual(typed);
  // The first mark tells it.
  expect(read('\u001b[200~x\u001b[201~', '/a\r', 'b\r')).toEqual([paste('x'), ...typed]);
  expect(read('\u001b[200~x\u001b[201~', '/a\rb\r')).toEqual([paste('x'), ...typed]);
});

describe('the line editor', () => {
  /** The line, with | for the cursor, after this input in one read. */
  function edited(typed: string): string {
    const editor = new LineEditor();
    for (const input of read(typed)) {
      if (input.kind === 'text') editor.insert(input.text);
      else if (input.kind === 'key' && input.key === 'enter') editor.take();
      else if (input.kind === 'key') editor.press(input.key);
    }
    return `${editor.beforeCursor}|${editor.afterCursor}`;
  }

  it.each([
    ['hello world\u001b[D\u001b[D\u001b[D\u001b[D\u001b[DSTART ', 'hello START |world'],
    ['abc\u001b[Hx\u001b[Fy', 'xabcy|'],
    ['ab\u007fc\u001b[D\u001b[3~', 'a|'],
    ['one two-three\u001b[1;5D\u001b[1;5D_', 'one _|two-three'],
    ['one two  \u0017x', 'one x|'],
    ['one two\u0001\u000b\u0019\u0019', 'one twoone two|'],
    ['e\u0301👍🏽\u007f', 'e\u0301|'],
    ['e\u0301\u007fx', 'x|'],
    ['\u0007\u0002\u007f\u001b[D', '|'],
    ['one\r\u001b[A', 'one|'],
    ['draft\u001b[A', 'draft|'],
  ])('the line editor edits %j', (typed, expected) => {
    expect(edited(typed)).toBe(expected);
  });
});
