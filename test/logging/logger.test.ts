import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogger, flushLog, type LogSettings } from '../../src/logging/logger.js';
import { logEvent } from '../../src/logging/log-event.js';
import { BufferedOutput } from '../../src/logging/buffered-output.js';
import { fileTarget, type OutputTarget } from '../../src/logging/output-target.js';

const said = { from: 'Naman', room: 'lobby', text: 'hi everyone!', addr: '127.0.0.1:5', dialect: 'lines' };

describe('an event as JSON', () => {
  it('is a line with level, time, tag, its fields and the tag as message', () => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log, 'MSG', said);

    const { time, ...rest } = JSON.parse(lines.join(''));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'info', tag: 'MSG', ...said, msg: '[MSG]' });
  });

  it('has the shape that pino gives to anything else', () => {
    const { log, lines } = logged({ logFormat: 'json' });
    const fields = { ...said, text: '"a" \\ \n \u{1f600} é', users: 3, full: true, left: undefined };

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
    ['nothing', ''],
  ])('gives back %s', (_what, text) => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log, 'MSG', { text });

    expect(JSON.parse(lines.join('')).text).toBe(text);
  });

  it.each(['json', 'pretty'] as const)(
    'brings no character to a terminal that it would obey (%s)',
    (logFormat) => {
      const { log, lines } = logged({ logFormat });

      logEvent(log, 'MSG', { from: 'a\u001b[31m', text: '\u009b31m \u007f \u202e \u2066 \u2028 \u0007' });

      expect(lines.join('')).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u);
    },
  );
});

describe('the pretty log', () => {
  it('shows at a glance who says what', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    logEvent(log, 'MSG', said);

    expect(lines.join('')).toMatch(/^\d\d:\d\d:\d\d \[MSG\] from=Naman room=lobby text="hi everyone!"\n$/);
  });

  it('shows who comes from where, and quotes what has spaces', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    logEvent(log, 'DISCONNECT', {
      user: undefined,
      why: 'login timeout',
      addr: '127.0.0.1:5',
      dialect: 'lines',
    });

    expect(lines.join('')).toContain('[DISCONNECT] why="login timeout" addr=127.0.0.1:5 dialect=lines\n');
  });

  it('shows a warning in its words and an error with its stack', () => {
    const { log, lines } = logged({ logFormat: 'pretty' });

    log.warn('the line is not encrypted');
    log.error({ tag: 'ERROR', err: new Error('no luck') }, '[ERROR]');

    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN the line is not encrypted\n$/);
    expect(lines[1]).toMatch(/ \[ERROR\]\n {2}Error: no luck\n {6}at /);
  });
});

describe('the level', () => {
  it.each([
    ['info', 2],
    ['warn', 1],
    ['silent', 0],
  ] as const)('%s lets %i of an event and a warning pass', (logLevel, expected) => {
    const { log, lines } = logged({ logFormat: 'json', logLevel });

    logEvent(log, 'MSG', said);
    log.warn('careful');

    expect(lines).toHaveLength(expected);
  });

  it('holds for a child of the logger, which keeps what it is bound to', () => {
    const { log, lines } = logged({ logFormat: 'json' });

    logEvent(log.child({ node: 'a' }), 'JOIN', { user: 'Ann' });

    expect(JSON.parse(lines.join(''))).toMatchObject({ node: 'a', tag: 'JOIN', user: 'Ann', msg: '[JOIN]' });
  });
});

describe('the sink', () => {
  it('writes all lines to a file in their order', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'partyline-')), 'log');
    const descriptor = openSync(path, 'w');
    const log = createLogger(
      { logLevel: 'info', logFormat: 'json' },
      new BufferedOutput(fileTarget(descriptor)),
    );

    for (let n = 0; n < 5000; n += 1) logEvent(log, 'MSG', { n, text: 'é'.repeat(50) });
    await flushLog(log, 10_000);
    closeSync(descriptor);

    const written = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  });

  it('gathers lines until there is a chunk of them, and carries one chunk at a time', () => {
    const carrier = new SlowCarrier();
    const sink = new BufferedOutput(carrier);

    for (let n = 0; n < 200; n += 1) sink.write(`${'x'.repeat(999)}\n`);
    expect(carrier.carried).toHaveLength(1);
    expect(carrier.carried[0]).toHaveLength(66_000);

    carrier.take();
    expect(carrier.carried).toHaveLength(2);
  });

  it('flushed, calls back when all is taken', () => {
    const carrier = new SlowCarrier();
    const sink = new BufferedOutput(carrier);
    let flushed = false;

    sink.write('a line\n');
    sink.flush(() => {
      flushed = true;
    });
    expect(flushed).toBe(false);

    carrier.take();
    expect(flushed).toBe(true);
    expect(carrier.text()).toBe('a line\n');
  });

  it('drops lines when it is too far behind, and says how many when it has caught up', () => {
    const carrier = new SlowCarrier();
    const sink = new BufferedOutput(carrier, 100_000);
    const dropped: number[] = [];
    sink.onDropped = (lines) => dropped.push(lines);
    const line = `${'x'.repeat(999)}\n`;

    for (let n = 0; n < 1000; n += 1) sink.write(line);
    expect(dropped).toEqual([]);

    carrier.takeAll();
    const kept = carrier.text().length / line.length;
    expect(dropped).toEqual([1000 - kept]);
    expect(kept).toBe(132);

    sink.write('live again\n');
    sink.flush(() => {});
    expect(carrier.text().endsWith('live again\n')).toBe(true);
  });

  it('forgets everything, quietly, when the far end is gone', () => {
    const carrier = new SlowCarrier();
    const sink = new BufferedOutput(carrier);
    let flushed = false;
    sink.write('a line\n');
    sink.flush(() => {
      flushed = true;
    });

    carrier.take(new Error('EPIPE'));
    sink.write('another\n');
    sink.flush(() => {});

    expect(flushed).toBe(true);
    expect(carrier.carried).toHaveLength(1);
  });

  it('at the end of the process writes at once what is not yet on its way', () => {
    const carrier = new SlowCarrier();
    const sink = new BufferedOutput(carrier);
    sink.write('on its way\n');
    sink.flush(() => {});
    sink.write('last words\n');

    sink.flushNow();

    expect(carrier.atOnce).toBe('last words\n');
  });

  it('does not throw at the end of the process when nothing can be written', () => {
    const sink = new BufferedOutput({
      writeAll: () => {},
      writeAllSync() {
        throw new Error('EAGAIN');
      },
    });
    sink.write('last words\n');

    expect(() => sink.flushNow()).not.toThrow();
  });

  it('makes nobody wait for a log that is stuck', async () => {
    const log = createLogger({ logLevel: 'info', logFormat: 'json' }, new BufferedOutput(new SlowCarrier()));
    logEvent(log, 'MSG', said);

    await flushLog(log, 1);
  });
});

/** A far end that takes a chunk only when told to. */
class SlowCarrier implements OutputTarget {
  readonly carried: Buffer[] = [];
  atOnce = '';
  #done: ((error?: Error) => void) | null = null;

  writeAll(bytes: Buffer, done: (error?: Error) => void): void {
    this.carried.push(bytes);
    this.#done = done;
  }

  writeAllSync(bytes: Buffer): void {
    this.atOnce += bytes.toString();
  }

  take(error?: Error): void {
    const done = this.#done;
    this.#done = null;
    done?.(error);
  }

  takeAll(): void {
    while (this.#done) this.take();
  }

  text(): string {
    return Buffer.concat(this.carried).toString();
  }
}

function logged(settings: Partial<LogSettings>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ logLevel: 'info', logFormat: 'auto', ...settings }, destination) };
}
