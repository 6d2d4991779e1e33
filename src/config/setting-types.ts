/** The kinds of settings: how each is written, checked and read. */
import { isIP } from 'node:net';

/** How a setting is written: what a person is told to type, and what becomes of it. */
export interface Kind<Value> {
  /** Completes the sentence "PORT must be …". */
  readonly expects: string;
  /** The same where a program gives the value, and not its text. */
  readonly expectsValue?: string;
  /** How many of what the Config counts make one of what is typed: 1,000 milliseconds a second. */
  readonly scale?: number;
  /** What stands for the value in `--help`: `--port <number>`. */
  readonly unit: string;
  /** The text, trimmed, as a value of the Config; `undefined` if it is none. */
  parse(text: string): Value | undefined;
  /** The flag may stand alone (`--announce-login`) or be denied (`--no-log-text`). */
  readonly toggle?: true;
  /** It is shown nowhere, and no flag takes it: others on the machine can read those in the list of processes. */
  readonly isSecret?: true;
  /** Empty text is a value too, and not the same as leaving the setting out. */
  readonly mayBeEmpty?: true;
}

export function whole(unit: string, min: number, max: number, zero?: string): Kind<number> {
  const expects = `a whole number from ${min} to ${max}${zero ? ` (${zero})` : ''}`;
  return { expects, unit, parse: (text) => within(/^\d+$/.test(text) ? Number(text) : Number.NaN, min, max) };
}

export function rate(): Kind<number> {
  const expects = 'a number of lines a second, 0 or more (0 = no limit)';
  return { expects, unit: 'lines/s', parse: (text) => within(decimal(text), 0, Number.MAX_SAFE_INTEGER) };
}

/** Seconds, parts of them too, as milliseconds. Only 0 itself may become 0, since 0 has a meaning of its own. */
export function seconds(zero: string): Kind<number> {
  const longestMs = 2_000_000_000; // 23 days: a timer set for more than 2^31 ms fires at once
  return {
    expects: `seconds, 0 or more (${zero})`,
    expectsValue: `milliseconds, 0 or more (${zero})`,
    scale: 1000,
    unit: 'seconds',
    parse(text) {
      const ms = within(decimal(text) * 1000, 0, Number.MAX_VALUE);
      if (!ms) return ms;
      return Math.min(Math.max(Math.round(ms), 1), longestMs);
    },
  };
}

/** Bytes, or with a suffix: `64K`, `64KiB`, `1M`, `1MiB` (1 K is 1,024). */
export function bytes(min: number, max: number): Kind<number> {
  return {
    expects: `bytes, ${min} to ${max} (also as 64KiB or 1MiB)`,
    expectsValue: `bytes, ${min} to ${max}`,
    unit: 'bytes',
    parse(text) {
      const [, digits, suffix] = /^(\d+) ?(|[KM](?:iB)?)$/i.exec(text) ?? [];
      const factor = !suffix ? 1 : suffix.toUpperCase().startsWith('K') ? 1024 : 1024 * 1024;
      return within(digits === undefined ? Number.NaN : Number(digits) * factor, min, max);
    },
  };
}

export function toggle(): Kind<boolean> {
  return { expects: 'true or false', unit: 'true/false', toggle: true, parse: toggleWord };
}

export function toggleWord(text: string): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off)$/i.test(text) ? false : undefined;
}

export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  const expects = words.length === 1 ? `${words[0]}, the only choice so far` : `one of ${words.join(', ')}`;
  return { expects, unit: 'word', parse: (text) => words.find((word) => word === text.toLowerCase()) };
}

export function host(): Kind<string> {
  const parse = (text: string) => (/^[\w.:%-]+$/.test(text) ? text.toLowerCase() : undefined);
  return { expects: 'a host name or an address, without brackets', unit: 'address', parse };
}

/** `0.0.0.0`, `::` and what else the system takes for them: every address of this machine. */
export function isEveryAddress(host: string): boolean {
  return /^(?:::ffff:)?(?:0+|0x0+)(?:\.0+){0,3}$|^[0:]*:[0:]*$/.test(host);
}

export function addresses(): Kind<readonly string[]> {
  return {
    expects: 'addresses or CIDR blocks with commas between (or empty = none), such as 127.0.0.0/8,::1',
    expectsValue: "an array of addresses or CIDR blocks, such as ['127.0.0.0/8', '::1']",
    unit: 'list',
    mayBeEmpty: true,
    parse(text) {
      const entries = text === '' ? [] : text.split(',').map((entry) => entry.trim());
      return entries.every(isAddressOrBlock) ? Object.freeze(entries) : undefined;
    },
  };
}

/** Web origins, as browsers write them: `https://chat.example.org`, without a path or the scheme's own port. */
export function origins(): Kind<readonly string[]> {
  return {
    expects: 'origins with commas between (or empty = none), such as https://chat.example.org',
    expectsValue: "an array of origins, such as ['https://chat.example.org']",
    unit: 'list',
    mayBeEmpty: true,
    parse(text) {
      const entries = text === '' ? [] : text.split(',').map((entry) => originOf(entry.trim()));
      return entries.every((entry) => entry !== undefined) ? Object.freeze(entries) : undefined;
    },
  };
}

function originOf(text: string): string | undefined {
  const isOrigin = /^https?:\/\/[^/?#@]+\/?$/i.test(text) && URL.canParse(text);
  return isOrigin ? new URL(text).origin : undefined;
}

function isAddressOrBlock(entry: string): boolean {
  const [, address, bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address ?? '');
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
}

function decimal(text: string): number {
  return /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

/** A port, or null for an empty text. */
export function portOrNone(): Kind<number | null> {
  const { expects, unit, parse } = whole('number', 0, 65_535, '0 = any free port');
  return {
    expects: `${expects}, or empty`,
    unit,
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : parse(text)),
  };
}

/** A path, or null for an empty text. Whether there is such a file is found out when it is opened. */
export function file(): Kind<string | null> {
  return {
    expects: 'a path, or empty',
    expectsValue: 'a path, or null',
    unit: 'file',
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : text),
  };
}

export function path(): Kind<string> {
  return {
    expects: 'the path of a file or folder',
    unit: 'path',
    parse: (text) => (/^\P{Cc}+$/u.test(text) ? text : undefined),
  };
}

/** A password as LOGIN can carry it, or null for an empty text. */
export function passwordOrNone(): Kind<string | null> {
  return {
    expects: 'without spaces and control characters, or empty',
    unit: 'password',
    isSecret: true,
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : /[\s\p{C}]/u.test(text) ? undefined : text),
  };
}
