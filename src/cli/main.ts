/**
 * The command line: every command and its flags, made from the settings table where they are settings. An error is one
 * line that says what to do, with exit code 2 where the caller can correct it.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { parse as parseDotenv } from 'dotenv';
import { addAccountCommands } from './accounts.js';
import { addCertCommand } from './cert.js';
import { addClientCommands } from './chat-and-send.js';
import { addHistoryCommands } from './history.js';
import { flagOf, type Setting, settings, usageOf } from '../config/settings.js';
import { ConfigError, isToggleWord, loadConfig, type Values } from '../config/load-config.js';
import { codeOf } from '../util/error-code.js';
import { runServer } from './serve.js';
import { DatabaseError } from '../database/database-error.js';

/** Runs the command that the arguments name, and settles when it is done; a server goes on. Never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  await commandLine().parseAsync(args.map(withItsWord), { from: 'user' }).catch(explain);
}

function commandLine(): Command {
  const program = new Command('partyline')
    .description('A chat server for people who have ncat, nc, telnet or a browser, and nothing else.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText(
      'afterAll',
      '\nA setting may also be a variable of the environment or a line of .env: --idle-timeout is IDLE_TIMEOUT there.',
    )
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const serve = program
    .command('serve', { isDefault: true })
    .description('run the server; this is what partyline does when told nothing else')
    .allowExcessArguments()
    .action(() => {
      const [spare] = serve.args;
      if (spare !== undefined)
        throw new ConfigError(`partyline: there is no "${spare}" to do; see partyline --help`);
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
  for (const command of program.commands)
    if (command !== serve)
      command.exitOverride((error) => explain(error, `partyline ${command.name()} --help`));
  return program;
}

/** Others on this machine can read flags in the list of processes. */
function isSecret({ kind }: Setting): boolean {
  return kind.isSecret ?? false;
}

function optionFor(setting: Setting): Option {
  const help = `${setting.help} (default ${setting.default || 'none'})`;
  return new Option(usageOf(setting), help).helpGroup(`${setting.group}:`);
}

/** What was given, by the settings' names, as `loadConfig` wants it. */
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
 * Gives a flag that stands alone its word: `--announce-login` is `--announce-login=true`, `--no-log-text` is
 * `--log-text=false`. Otherwise `--announce-login serve` would take "serve" for the word.
 */
function withItsWord(word: string, index: number, words: readonly string[]): string {
  // What is sent, or said to another command, is not ours to complete.
  if (
    words.slice(0, index).some((earlier) => ['--', 'cert', 'chat', 'send', 'user', 'token'].includes(earlier))
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

/** The `.env` of the working directory, if there is one (a directory of that name is a Python habit, and not ours). */
function readDotenv(): Values {
  try {
    return parseDotenv(readFileSync('.env'));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'EISDIR') return {};
    throw new ConfigError(`partyline: .env cannot be read (${code}); make it readable, or move it away`);
  }
}

/** Says in one line what is wrong, and exits: with 2 if the caller can put it right, else with 1. */
function explain(error: unknown, help = 'partyline --help'): never {
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
