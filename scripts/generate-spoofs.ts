/**
 * Writes test/core/text/spoofs.txt from Unicode's confusables.txt (https://www.unicode.org/Public/security/latest/):
 * `npx tsx scripts/generate-spoofs.ts confusables.txt`. Each line has a name and a look-alike of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';

const NAMES = [
  ...['admin_ops', 'naman', 'wendy.whitlow', 'moderator-1', 'jack_fox', 'Quiz-Bot', 'vxyz_kg', 'barbarella'],
  // Words that other scripts can spell throughout.
  ...['pope', 'cop', 'sophia', 'house', 'ATOM', 'BOHEMIA', 'TAXI', 'noon', 'jessy', 'SALLY', 'hun', 'ghost'],
];
const TABLE_SIZE = 500;
const SCRIPTS = [
  'Cyrillic',
  'Greek',
  'Armenian',
  'Cherokee',
  'Lisu',
  'Georgian',
  'Tifinagh',
  'Canadian_Aboriginal',
];
const MARKS = /[\u0300-\u036f]/g;
const ASCII = /^[a-z0-9]+$/i;

interface Confusable {
  readonly letter: string;
  /** The letter that it looks like, without its marks. */
  readonly plain: string;
}

const [, , source = 'confusables.txt'] = argv;
const confusables = readFileSync(source, 'utf8')
  .split('\n')
  .map(parseRow)
  .filter((row) => row !== null);
const isLetterOf = (script: string) => new RegExp(`^\\p{Script=${script}}$`, 'u');
const latin = confusables.filter(({ letter }) => isLetterOf('Latin').test(letter));
const others = confusables.filter(({ letter }) => !isLetterOf('Latin').test(letter));
const rows = new Set([...typedOnAKeyboard(), ...inOneScript(), ...latin.flatMap(inOneName)]);
const rest = others.flatMap(inOneName).filter((row) => !rows.has(row));
const missing = Math.max(TABLE_SIZE - rows.size, 0);
for (let index = 0; index < missing; index++)
  rows.add(rest[Math.floor((index * rest.length) / missing)] ?? '');
writeFileSync('test/core/text/spoofs.txt', `${[...rows].slice(0, TABLE_SIZE).join('\n')}\n`);

function parseRow(line: string): Confusable | null {
  const [, letter, prototype] = /^([0-9A-F]+) ;\t([0-9A-F ]+) ;/.exec(line) ?? [];
  if (letter === undefined || prototype === undefined) return null;
  const row = { letter: textOf(letter), plain: textOf(prototype).normalize('NFD').replace(MARKS, '') };
  return ASCII.test(row.plain) && !ASCII.test(row.letter) && /\p{L}/u.test(row.letter) ? row : null;
}

function textOf(codes: string): string {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

/** One letter of the first name that has what the letter looks like. */
function inOneName({ letter, plain }: Confusable): readonly string[] {
  const name = NAMES.find((each) => each.toLowerCase().includes(plain.toLowerCase()));
  if (name === undefined) return [];
  const start = name.toLowerCase().indexOf(plain.toLowerCase());
  return [`${name} ${name.slice(0, start)}${letter}${name.slice(start + plain.length)}`];
}

/** Each name throughout in letters of another script, where these have all of its letters. */
function inOneScript(): readonly string[] {
  return SCRIPTS.flatMap((script) => {
    const letters = others.filter(({ letter }) => isLetterOf(script).test(letter));
    return NAMES.flatMap((name) => {
      const spelled = [...name].map((char) => letters.find(({ plain }) => plain === char)?.letter ?? char);
      return spelled.some((char) => /[a-z]/i.test(char)) ? [] : [`${name} ${spelled.join('')}`];
    });
  });
}

/** Variants without other scripts: one letter for another, two for one, another separator, capitals. */
function typedOnAKeyboard(): readonly string[] {
  const swaps = [
    ...['i l', 'i I', 'i 1', 'l 1', 'l I', 'l i', '1 l', '1 i', '1 I', 'o 0', 'O 0', 'I l', 'I 1', 'L 1'],
    ...['m rn', 'M RN', 'w vv', 'W VV', '_ -', '_ .', '- _', '- .', '. _', '. -'],
  ].map((swap) => swap.split(' '));
  return NAMES.flatMap((name) => {
    const single = swaps.map(([from = '', to = '']) => name.replaceAll(from, to));
    const twice = single.flatMap((one) => swaps.map(([from = '', to = '']) => one.replace(from, to)));
    const spoofs = [...single, ...twice.filter((_, index) => index % 5 === 0), name.toUpperCase()];
    return [...new Set(spoofs)].filter((spoof) => spoof !== name).map((spoof) => `${name} ${spoof}`);
  });
}
