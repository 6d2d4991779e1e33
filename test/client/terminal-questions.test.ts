/** The questions of the terminal client, which come while the user types or answers another one. */
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { setImmediate as nextPass } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TerminalScreen } from '../../src/client/terminal-screen.js';
import { WindowList } from '../../src/client/windows.js';
import { systemClock } from '../../src/util/clock.js';

/** A screen on a terminal that marks pastes. `read` types, and returns what the client was given for it. */
function open() {
  const input = Object.assign(new PassThrough(), { setRawMode() {} }) as unknown as ReadStream & PassThrough;
  const output = Object.assign(new PassThrough(), { columns: 80, rows: 24 }) as unknown as WriteStream &
    PassThrough;
  output.resume();
  let given: string[] = [];
  const handler = {
    onLine: (line: string) => given.push(`line ${line}`),
    onPaste: (lines: readonly string[]) => given.push(`paste ${lines.length}`),
    onWindow() {},
    onEnd() {},
  };
  const window = new WindowList('lobby').shown;
  const screen = new TerminalScreen(input, output, systemClock, handler, () => [[], ''], window, true);
  onTestFinished(() => screen.close());
  const read = async (text: string) => {
    input.write(text);
    await nextPass();
    await nextPass();
    const all = given;
    given = [];
    return all;
  };
  const ask = (name: string) => screen.askSecret(`${name}: `, (secret) => given.push(`${name} ${secret}`));
  return { read, ask };
}

describe('a question for a secret', () => {
  it('waits for the answer to another question', async () => {
    const { read, ask } = open();
    expect(await read(`\u001b[200~${'a\n'.repeat(7)}b\u001b[201~`)).toEqual([]);
    ask('key');
    ask('other key');
    expect(await read('y')).toEqual(['paste 8']);
    expect(await read('one\r')).toEqual(['key one']);
    expect(await read('two\r')).toEqual(['other key two']);
    expect(await read('hello\r')).toEqual(['line hello']);
  });

  it('keeps the line that was being typed', async () => {
    const { read, ask } = open();
    expect(await read('hel')).toEqual([]);
    ask('key');
    expect(await read('one\r')).toEqual(['key one']);
    expect(await read('lo\r')).toEqual(['line hello']);
  });
});
