/** The types of settings: how a value is written in text, checked and parsed. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parseRoomName } from '../core/text/spelling.js';

/** A type of setting: its parser, and its description in help and errors. */
export interface Kind<Value> {
  /** Completes the error "PORT must be …". */
  readonly expects: string;
  /** The same for a program that passes the value itself instead of a text. */
  readonly expectsValue?: string;
  /** The factor from the unit of the text to the unit of the Config: 1,000 for seconds in milliseconds. */
  readonly scale?: number;
  /** The placeholder of the value in `--help`: `--port <number>`. */
  readonly unit: string;
  /** Parses a trimmed text; `undefined` if it is invalid. */
  parse(text: string): Value | undefined;
  /** The flag needs no value (`--announce-login`) and can be negated (`--no-log-text`). */
  readonly toggle?: true;
  /** Never shown, and without a flag: other users of the machine can read flags in the list of processes. */
  readonly isSecret?: true;
  /** An empty text is a value, different from a missing setting. */
  readonly mayBeEmpty?: true;
}

export function whole(unit: string, min: number, max: number, zero?: string): Kind<number> {
  const expects = `a whole number from ${min} to ${max}${zero ? ` (${zero})` : ''}`;
  return { expects, unit, parse: (text) => within(/^\d+$/.test(text) ? Number(text) : Number.NaN, min, max) };
}

/** A whole number, or the word `all`. */
export function countOrAll(unit: string, max: number, zero: string): Kind<number | 'all'> {
  const count = whole(unit, 0, max, zero);
  return {
    expects: `${count.expects}, or all`,
    unit,
    parse: (text) => (text.toLowerCase() === 'all' ? 'all' : count.parse(text)),
  };
}

export function rate(): Kind<number> {
  const expects = 'lines per second, 0 or more (0 = no limit)';
  return { expects, unit: 'lines/s', parse: (text) => within(decimal(text), 0, Number.MAX_SAFE_INTEGER) };
}

/** 23 days: Node fires a timer of more than 2^31 ms immediately. */
const MAX_TIMER_MS = 2_000_000_000;

/** Seconds with decimals, parsed to milliseconds. Only 0 becomes 0, because 0 has a special meaning. */
export function seconds(zero: string): Kind<number> {
  return {
    expects: `a number of seconds from 0 to ${MAX_TIMER_MS / 1000} (${zero})`,
    expectsValue: `a number of milliseconds from 0 to ${MAX_TIMER_MS} (${zero})`,
    scale: 1000,
    unit: 'seconds',
    parse(text) {
      const ms = within(decimal(text) * 1000, 0, MAX_TIMER_MS);
      return ms && Math.max(Math.round(ms), 1);
    },
  };
}

/** Seconds with decimals within bounds, parsed to milliseconds. */
export function boundedSeconds(min: number, max: number): Kind<number> {
  return {
    expects: `a number of seconds from ${min} to ${max}`,
    scale: 1000,
    unit: 'seconds',
    parse: (text) => within(Math.round(decimal(text) * 1000), min * 1000, max * 1000),
  };
}

/** Seconds with a special 0, or null for an empty text. */
export function secondsOrNone(zero: string, empty: string): Kind<number | null> {
  const { expects, expectsValue = expects, parse, ...rest } = seconds(zero);
  return {
    ...rest,
    expects: `${expects}, or empty (${empty})`,
    expectsValue: `${expectsValue}, or null (${empty})`,
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : parse(text)),
  };
}

/** Bytes, also with a suffix: `64K`, `64KiB`, `1M`, `1MiB` (1 K is 1,024). */
export function bytes(min: number, max: number): Kind<number> {
  return {
    expects: `${min} to ${max} bytes (also written as 64KiB or 1MiB)`,
    expectsValue: `${min} to ${max} bytes`,
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
  const expects = words.length === 1 ? `${words[0]}, the only choice` : `one of ${words.join(', ')}`;
  return { expects, unit: 'word', parse: (text) => words.find((word) => word === text.toLowerCase()) };
}

export function host(): Kind<string> {
  const parse = (text: string) => (/^[\w.:%-]+$/.test(text) ? text.toLowerCase() : undefined);
  return { expects: 'a host name or an address, without brackets', unit: 'address', parse };
}

/** Whether the system listens on every address of the machine for this host: `0.0.0.0`, `::` and their other forms. */
export function isEveryAddress(host: string): boolean {
  return /^(?:::ffff:)?(?:0+|0x0+)(?:\.0+){0,3}$|^[0:]*:[0:]*$/.test(host);
}

export function addresses(): Kind<readonly string[]> {
  return {
    expects: 'addresses or CIDR blocks, separated by commas, such as 127.0.0.0/8,::1 (empty = none)',
    expectsValue: "an array of addresses or CIDR blocks, such as ['127.0.0.0/8', '::1']",
    unit: 'list',
    mayBeEmpty: true,
    parse(text) {
      const entries = text === '' ? [] : text.split(',').map((entry) => entry.trim());
      return entries.every(isAddressOrBlock) ? Object.freeze(entries) : undefined;
    },
  };
}

/**
 * Web origins as browsers send them: `https://chat.example.org`, without a path or the default port. Pages from files
 * and sandboxed frames have the origin `null`.
 */
export function origins(): Kind<readonly string[]> {
  return {
    expects:
      'origins without wildcards, separated by commas, such as https://chat.example.org, or null (empty = none)',
    expectsValue: "an array of origins without wildcards, such as ['https://chat.example.org']",
    unit: 'list',
    mayBeEmpty: true,
    parse: (text) => listOf(text, originOf),
  };
}

function originOf(text: string): string | undefined {
  if (/^null$/i.test(text)) return 'null';
  const isOrigin = /^https?:\/\/[^/?#@*]+\/?$/i.test(text) && URL.canParse(text);
  return isOrigin ? new URL(text).origin : undefined;
}

/** Names for the `Host` header, in lower case: `chat.example.org`, `.example.org` for it and all below, `*` for any. */
export function hostNames(): Kind<readonly string[]> {
  return {
    expects:
      'host names without scheme and port, separated by commas, such as chat.example.org,.example.net, or * (empty = none)',
    expectsValue: "an array of host names without scheme and port, such as ['chat.example.org']",
    unit: 'list',
    mayBeEmpty: true,
    parse: (text) => listOf(text, hostNameOf),
  };
}

function hostNameOf(text: string): string | undefined {
  if (text === '*') return text;
  const [, dot = '', name = ''] = /^(\.?)([^.].*?)\.?$/.exec(text) ?? [];
  const ascii = /^[\p{L}\p{M}\p{N}._-]+$/u.test(name) ? domainToASCII(name.replaceAll('_', '-')) : '';
  if (ascii === '' || !/^[a-z\d-]+(?:\.[a-z\d-]+)*$/.test(ascii)) return undefined;
  // Names with an underscore are not host names, but Docker and Windows use them.
  return dot + (name.includes('_') ? name.toLowerCase() : ascii);
}

/** Names of rooms, without `#`. */
export function roomNames(): Kind<readonly string[]> {
  return {
    expects: 'names of rooms, separated by commas, such as lobby,help (empty = none)',
    expectsValue: "an array of names of rooms, such as ['lobby']",
    unit: 'list',
    mayBeEmpty: true,
    parse: (text) => listOf(text, (entry) => parseRoomName(entry)?.shown),
  };
}

/** The name of a server in IRC's lines, which a dot tells from the name of a user. */
export function serverName(): Kind<string> {
  return {
    expects: 'a name of at most 63 letters, digits, hyphens and dots, with a dot, such as irc.example.org',
    unit: 'name',
    parse: (text) => (/^(?=.{1,63}$)[a-z\d-]+(?:\.[a-z\d-]+)+$/i.test(text) ? text : undefined),
  };
}

/** The entries of a list; undefined if one of them is invalid. */
function listOf<Entry>(
  text: string,
  parse: (entry: string) => Entry | undefined,
): readonly Entry[] | undefined {
  const entries = text === '' ? [] : text.split(',').map((entry) => parse(entry.trim()));
  return entries.every((entry) => entry !== undefined) ? Object.freeze(entries) : undefined;
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

export const NO_HOME = '~ is not expanded here, so write the whole path';

/** `~/x` and `~ann/x`: the shell expands them only at the start of a word, so not in `--data-dir=~/x`. */
export function beginsWithHome(path: string): boolean {
  return /^~[\w.-]*(?:\/|$)/.test(path);
}

/** A path, or null for an empty text. Opening the file shows whether it exists. */
export function file(): Kind<string | null> {
  return {
    expects: `a path, or empty; ${NO_HOME}`,
    expectsValue: 'a path, or null',
    unit: 'file',
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : beginsWithHome(text) ? undefined : text),
  };
}

export function path(): Kind<string> {
  return {
    expects: `a path without control characters; ${NO_HOME}`,
    unit: 'path',
    parse: (text) => (/^\P{Cc}+$/u.test(text) && !beginsWithHome(text) ? text : undefined),
  };
}

/** A password that LOGIN can contain, or null for an empty text. */
export function passwordOrNone(): Kind<string | null> {
  return {
    expects: 'a password without spaces and control characters, or empty',
    unit: 'password',
    isSecret: true,
    mayBeEmpty: true,
    parse: (text) => (text === '' ? null : /[\s\p{C}]/u.test(text) ? undefined : text),
  };
}
