/**
 * Corrects and checks arguments before commander parses them, and suggests a correction of a wrong word. Frequent
 * errors are the options of other programs: `-port 4001` as in Go, `partyline 2525` as in GoTalk.
 */
import type { Command } from 'commander';
import { ConfigError, isToggleWord } from '../config/load-config.js';
import { flagOf, settings } from '../config/settings.js';
import { nearest } from '../core/text/did-you-mean.js';

/** The words after these commands are their own arguments, such as a text to send. */
const COMMANDS = new Set([
  '--',
  'cert',
  'chat',
  'send',
  'probe',
  'export',
  'backup',
  'user',
  'token',
  'hook',
  'ban',
  'cluster',
  'licenses',
  'help',
]);

/** Words that a mistyped value of such a flag may be meant for. */
const TOGGLE_WORDS = ['true', 'false', 'yes', 'no', 'on', 'off'];
const COMMAND_NAMES = ['serve', ...COMMANDS];

/**
 * Adds the value to a flag without one: `--announce-login` becomes `--announce-login=true`, `--no-log-text` becomes
 * `--log-text=false`. Otherwise `--announce-login serve` would take "serve" for the value.
 *
 * @throws ConfigError for a setting with one dash: commander would take `-host` for `-h`.
 */
export function preparedArguments(args: readonly string[]): string[] {
  const end = args.findIndex((word) => COMMANDS.has(word));
  return args.map((word, index) => (end !== -1 && index > end ? word : prepared(word, args[index + 1])));
}

function prepared(word: string, next: string | undefined): string {
  for (const setting of settings) {
    const flag = flagOf(setting);
    if (`-${word.split('=')[0]}` === flag)
      throw new ConfigError(`partyline: unknown option ${JSON.stringify(word)}; use ${flag}`);
    if (!setting.kind.toggle) continue;
    if (word === flag.replace('--', '--no-')) return `${flag}=false`;
    if (word === flag && !isValue(next)) return `${flag}=true`;
  }
  return word;
}

/** Whether the word after a flag that may stand alone is its value, even an invalid one: `--tls-only maybe`. */
function isValue(word: string | undefined): boolean {
  if (word === undefined || word.startsWith('-')) return false;
  if (isToggleWord(word)) return true;
  const meant = nearest(word, [...COMMAND_NAMES, ...TOGGLE_WORDS]);
  return meant === null || TOGGLE_WORDS.includes(meant);
}

/** The advice for a word in place of a command. `commands` are the names of the commands. */
export function adviceFor(word: string, commands: readonly string[]): string {
  const [, host, port] = /^(?:([\w.-]+|\[[\da-f:.]+\]):)?(\d+)$/i.exec(word) ?? [];
  if (host !== undefined) return `use --host ${host.replace(/[[\]]/g, '')} --port ${port}`;
  if (port !== undefined) return `use --port ${port}`;
  if (word === 'version') return 'use partyline --version';
  const meant = nearest(word, commands);
  return meant === null ? 'see partyline --help' : `did you mean partyline ${meant}?`;
}

/** The option that was typed with one dash, if this command has it with two: `-name` for `--name`. */
export function doubleDashed(message: string, command: Command): string | null {
  const [, word] = /unknown option '-([a-z][\w-]+)/.exec(message) ?? [];
  const option = command.options.find(({ long }) => long === `--${word}`);
  return option?.long ?? null;
}
