/**
 * The command line: defines the commands and their flags, and runs one of them. The flags of settings come from the
 * settings table. An error is one line that says what to do; the exit code is 2 if the caller can correct it.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { parse as parseDotenv } from 'dotenv';
import { addAccountCommands } from './accounts.js';
import { addBanCommands } from './bans.js';
import { addCertCommand } from './cert.js';
import { addClientCommands } from './chat-and-send.js';
import { addHistoryCommands } from './history.js';
import { flagOf, type Setting, settings, usageOf } from '../config/settings.js';
import { ConfigError, isToggleWord, loadConfig, type Values } from '../config/load-config.js';
import { codeOf } from '../util/error-code.js';
import { runServer } from './serve.js';
import { DatabaseError } from '../database/database-error.js';

/** Runs the command in the arguments. Resolves when the command is done, or the server is started. Never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  await commandLine().parseAsync(args.map(withValue), { from: 'user' }).catch(exitWith);
}

function commandLine(): Command {
  const program = new Command('partyline')
    .description('A chat server for people who have only ncat, nc or telnet.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText(
      'afterAll',
      '\nEach setting is also an environment variable, or a line in .env: --idle-timeout is IDLE_TIMEOUT there.',
    )
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const serve = program
    .command('serve', { isDefault: true })
    .description('run the server (the default command)')
    .allowExcessArguments()
    .action(() => {
      const [word] = serve.args;
      if (word !== undefined)
        throw new ConfigError(`partyline: unknown command "${word}"; see partyline --help`);
      const flags = { ...flagsGivenTo(program), ...flagsGivenTo(serve) };
      return runServer(loadConfig({ flags, env: process.env, dotenv: readDotenv() }));
    });
  for (const setting of settings) {
    if (isSecret(setting)) continue;
    program.addOption(optionFor(setting));
    serve.addOption(optionFor(setting));
  }
  addCertCommand(program);
  addClientCommands(program, process.env);
  addHistoryCommands(program, { env: process.env, dotenv: readDotenv });
  addAccountCommands(program, { env: process.env, dotenv: readDotenv });
  addBanCommands(program, { env: process.env, dotenv: readDotenv });
  for (const command of program.commands)
    if (command !== serve)
      command.exitOverride((error) => exitWith(error, `partyline ${command.name()} --help`));
  return program;
}

/** A secret has no flag: other users of the machine can read flags in the list of processes. */
function isSecret({ kind }: Setting): boolean {
  return kind.isSecret ?? false;
}

function optionFor(setting: Setting): Option {
  const help = `${setting.help} (default ${setting.default || 'none'})`;
  return new Option(usageOf(setting), help).helpGroup(`${setting.group}:`);
}

/** The flags on the command line, by the names of the settings, for `loadConfig`. */
function flagsGivenTo(command: Command): Values {
  const given = command.opts<Record<string, unknown>>();
  const flags: Record<string, string> = {};
  for (const setting of settings) {
    const value = given[optionFor(setting).attributeName()];
    if (typeof value === 'string') flags[setting.env] = value;
  }
  return flags;
}

/**
 * Adds the value to a flag without one: `--announce-login` becomes `--announce-login=true`, `--no-log-text` becomes
 * `--log-text=false`. Otherwise `--announce-login serve` would take "serve" for the value.
 */
function withValue(word: string, index: number, words: readonly string[]): string {
  // The words after these commands are their own arguments, such as a text to send.
  if (
    words
      .slice(0, index)
      .some((earlier) => ['--', 'cert', 'chat', 'send', 'user', 'token', 'ban'].includes(earlier))
  )
    return word;
  for (const setting of settings) {
    if (!setting.kind.toggle) continue;
    const flag = flagOf(setting);
    if (word === flag.replace('--', '--no-')) return `${flag}=false`;
    if (word === flag && !isToggleWord(words[index + 1] ?? '')) return `${flag}=true`;
  }
  return word;
}

/** The settings in `.env` of the working directory, if the file exists. A directory of that name is ignored: Python uses it. */
function readDotenv(): Values {
  try {
    return parseDotenv(readFileSync('.env'));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'EISDIR') return {};
    throw new ConfigError(`partyline: cannot read .env: ${code}; make it readable, or move it away`);
  }
}

/** Prints the error as one line and exits: with 2 if the caller can correct it, else with 1. */
function exitWith(error: unknown, help = 'partyline --help'): never {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exit(0); // --help, --version
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    process.stderr.write(`partyline: ${message}; see ${help}\n`);
    process.exit(2);
  }
  if (error instanceof ConfigError || error instanceof DatabaseError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  process.stderr.write(`partyline: cannot start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
