/** The log: JSON and pretty lines, levels, and the buffered output with a slow, full or closed target. */
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogger, flushLog, type LogSettings } from '../../src/logging/logger.js';
import { logEvent } from '../../src/logging/log-event.js';
import { BufferedOutput } from '../../src/logging/buffered-output.js';
import { fileTarget, type OutputTarget } from '../../src/logging/output-target.js';

const message = { from: 'Naman', room: 'lobby', text: 'hi everyone!', addr: '127.0.0.1:5', dialect: 'lines' };

describe('an event in JSON', () => {
  it('an event in JSON is one line with level, time, tag, its fields, and the tag as message', () => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log, 'MSG', message);

    const { time, ...rest } = JSON.parse(lines.join(''));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'info', tag: 'MSG', ...message, msg: '[MSG]' });
  });

  it('an event in JSON is the same line that pino writes', () => {
    const { log, lines } = logged({ logFormat: 'json' });
    const fields = { ...message, text: '"a" \\ \n \u{1f600} é', users: 3, full: true, left: undefined };

    logEvent(log, 'MSG', fields);
    log.info({ tag: 'MSG', ...fields }, '[MSG]');

    const [byHand, byPino] = lines.map((line) => line.replace(/"time":"[^"]+"/, ''));
    expect(byHand).toBe(byPino);
  });

  it.each([
    ['quotes', 'say "hi" \\o/'],
    ['line breaks', 'a\nb\r\nc'],
    ['a lone surrogate', 'a\ud800b'],
    ['an emoji', '\u{1f469}\u200d\u{1f680}'],
    ['an empty text', ''],
  ])('an event in JSON contains %s unchanged', (_what, text) => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log, 'MSG', { text });

    expect(JSON.parse(lines.join('')).text).toBe(text);
  });

  it.each(['json', 'pretty'] as const)(
    'an event in JSON contains no character that controls a terminal (%s)',
    (logFormat) => {
      const { log, lines } = logged({ logFormat });

      logEvent(log, 'MSG', { from: 'a\u001b[31m', text: '\u009b31m \u007f \u202e \u2066 \u2028 \u0007' });

      expect(lines.join('')).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u);
    },
  );
});

describe('the pretty log', () => {
  it('the pretty log shows author, room and text of a message, without address and dialect', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    logEvent(log, 'MSG', message);

    expect(lines.join('')).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[MSG\] from=Naman room=lobby text="hi everyone!"\n$/,
    );
  });

  it('the pretty log shows address and dialect of other events, and quotes values with spaces', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    logEvent(log, 'DISCONNECT', {
      user: undefined,
      why: 'login timeout',
      addr: '127.0.0.1:5',
      dialect: 'lines',
    });

    expect(lines.join('')).toContain('[DISCONNECT] why="login timeout" addr=127.0.0.1:5 dialect=lines\n');
  });

  it('the pretty log shows a warning with its level and an error with its stack', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    log.warn('connections are not encrypted');
    log.error({ tag: 'ERROR', err: new Error('no luck') }, '[ERROR]');

    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d WARN connections are not encrypted\n$/);
    expect(lines[1]).toMatch(/ \[ERROR\]\n {2}Error: no luck\n {6}at /);
  });
});

describe('the log level', () => {
  it.each([
    ['info', 2],
    ['warn', 1],
    ['silent', 0],
  ] as const)('the log level %s passes %i of one event and one warning', (logLevel, expected) => {
    const { log, lines } = logged({ logFormat: 'json', logLevel });

    logEvent(log, 'MSG', message);
    log.warn('careful');

    expect(lines).toHaveLength(expected);
  });

  it('the log level applies to a child logger, whose bindings are logged', () => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log.child({ node: 'a' }), 'JOIN', { user: 'Ann' });

    expect(JSON.parse(lines.join(''))).toMatchObject({ node: 'a', tag: 'JOIN', user: 'Ann', msg: '[JOIN]' });
  });
});

describe('the buffered output', () => {
  it('the buffered output writes all lines to a file in their order', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'partyline-')), 'log');
    const descriptor = openSync(path, 'w');
    const log = createLogger(
      { logLevel: 'info', logFormat: 'json' },
      new BufferedOutput(fileTarget(descriptor)),
    );

    for (let n = 0; n < 5000; n += 1) logEvent(log, 'MSG', { n, text: 'é'.repeat(50) });
    await flushLog(log, 10_000);
    closeSync(descriptor);

    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  });

  it('the buffered output collects lines into chunks and writes one chunk at a time', () => {
    const target = new SlowTarget();
    const output = new BufferedOutput(target);

    for (let n = 0; n < 200; n += 1) output.write(`${'x'.repeat(999)}\n`);
    expect(target.chunks).toHaveLength(1);
    expect(target.chunks[0]).toHaveLength(66_000);

    target.finish();
    expect(target.chunks).toHaveLength(2);
  });

  it('the buffered output calls the callback of a flush when all lines are written', () => {
    const target = new SlowTarget();
    const output = new BufferedOutput(target);
    let flushed = false;

    output.write('a line\n');
    output.flush(() => {
      flushed = true;
    });
    expect(flushed).toBe(false);

    target.finish();
    expect(flushed).toBe(true);
    expect(target.text()).toBe('a line\n');
  });

  it('the buffered output drops lines when its buffer is full, and reports their number when it has space', () => {
    const target = new SlowTarget();
    const output = new BufferedOutput(target, 100_000);
    const dropped: number[] = [];
    output.onDropped = (lines) => dropped.push(lines);
    const line = `${'x'.repeat(999)}\n`;

    for (let n = 0; n < 1000; n += 1) output.write(line);
    expect(dropped).toEqual([]);

    target.finishAll();
    const written = target.text().length / line.length;
    expect(dropped).toEqual([1000 - written]);
    expect(written).toBe(132);

    output.write('live again\n');
    output.flush(() => {});
    expect(target.text().endsWith('live again\n')).toBe(true);
  });

  it('the buffered output discards all lines after the target is closed', () => {
    const target = new SlowTarget();
    const output = new BufferedOutput(target);
    let flushed = false;
    output.write('a line\n');
    output.flush(() => {
      flushed = true;
    });

    target.finish(new Error('EPIPE'));
    output.write('another\n');
    output.flush(() => {});

    expect(flushed).toBe(true);
    expect(target.chunks).toHaveLength(1);
  });

  it('the buffered output writes pending lines synchronously at the exit of the process, except those being written', () => {
    const target = new SlowTarget();
    const output = new BufferedOutput(target);
    output.write('being written\n');
    output.flush(() => {});
    output.write('last line\n');

    output.flushNow();

    expect(target.writtenSync).toBe('last line\n');
  });

  it('the buffered output does not throw at the exit of the process if the target is blocked', () => {
    const output = new BufferedOutput({
      writeAll: () => {},
      writeAllSync() {
        throw new Error('EAGAIN');
      },
    });
    output.write('last line\n');

    expect(() => output.flushNow()).not.toThrow();
  });

  it('the buffered output delays a flush of a blocked log no longer than its time limit', async () => {
    const log = createLogger({ logLevel: 'info', logFormat: 'json' }, new BufferedOutput(new SlowTarget()));
    logEvent(log, 'MSG', message);

    await flushLog(log, 1);
  });
});

/** A target that completes a write only when `finish` is called. */
class SlowTarget implements OutputTarget {
  readonly chunks: Buffer[] = [];
  writtenSync = '';
  #done: ((error?: Error) => void) | null = null;

  writeAll(bytes: Buffer, done: (error?: Error) => void): void {
    this.chunks.push(bytes);
    this.#done = done;
  }

  writeAllSync(bytes: Buffer): void {
    this.writtenSync += bytes.toString();
  }

  finish(error?: Error): void {
    const done = this.#done;
    this.#done = null;
    done?.(error);
  }

  finishAll(): void {
    while (this.#done) this.finish();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

function logged(settings: Partial<LogSettings>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ logLevel: 'info', logFormat: 'auto', ...settings }, destination) };
}
