/**
 * The command line: defines the commands and their flags, and runs one of them. The flags of settings come from the
 * settings table. An error is one line that says what to do; the exit code is 2 if the caller can correct it.
 */
import { Command, CommanderError, Option } from 'commander';
import { adviceFor, doubleDashed, preparedArguments } from './arguments.js';
import { missingPackage } from './missing-package.js';
import { printError } from './print-error.js';
import { stdout } from './standard-streams.js';
import { addAccountCommands } from './accounts.js';
import { addBanCommands } from './bans.js';
import { addHookCommands } from './hooks.js';
import { addCertCommand } from './cert.js';
import { addClusterCommands } from './cluster.js';
import { addClientCommands } from './chat-and-send.js';
import type { Environment } from './data-dir.js';
import { addHistoryCommands } from './history.js';
import { addLicensesCommand } from './licenses.js';
import { addProbeCommand } from './probe.js';
import { type Setting, settings, usageOf } from '../config/settings.js';
import { ConfigError, loadConfig, type Values } from '../config/load-config.js';
import { VERSION } from '../util/version.js';
import { takeEarlyHangup } from './early-signals.js';
import { DatabaseError } from '../database/database-error.js';

/** Runs the command in the arguments. Resolves when the command is done, or the server is started. Never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  let isServer = true;
  const program = commandLine((name) => {
    isServer = name === 'serve';
  });
  try {
    await forceDriver(process.env.SQLITE_DRIVER ?? '');
    await program.parseAsync(preparedArguments(args), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help, --version
    exitWith(
      error,
      args.includes('serve') ? 'partyline serve --help' : 'partyline --help',
      program,
      isServer,
    );
  }
}

/** Forces the driver of the database; see there. */
async function forceDriver(name: string): Promise<void> {
  if (name !== '') (await import('../database/driver.js')).forceDriver(name);
}

/** `onRun` is called with the name of the command before it runs. */
function commandLine(onRun: (name: string) => void): Command {
  const program = new Command('partyline')
    .description('A chat server for people who have only ncat, nc or telnet.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', SETTINGS_FOOTER)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout().write(text), outputError: () => {} });
  const serve = program
    .command('serve', { isDefault: true })
    .description('run the server (the default command)')
    .addHelpText('after', SETTINGS_FOOTER)
    .allowExcessArguments()
    .action(async () => {
      const [word] = serve.args;
      if (word !== undefined) {
        const names = program.commands.map((command) => command.name());
        throw new ConfigError(`partyline: unknown command "${word}"; ${adviceFor(word, names)}`);
      }
      const flags = { ...flagsGivenTo(program), ...flagsGivenTo(serve) };
      const { readDotenv } = await import('./dotenv.js');
      const { values: dotenv, warnings } = readDotenv();
      const config = loadConfig({ flags, env: process.env, dotenv });
      const { misspelledVariables } = await import('../config/misspelled-settings.js');
      const { runServer } = await import('./serve.js');
      return runServer(config, [...misspelledVariables(Object.keys(process.env)), ...warnings]);
    });
  for (const setting of settings) {
    if (isSecret(setting)) continue;
    program.addOption(optionFor(setting));
    serve.addOption(optionFor(setting));
  }
  program.hook('preAction', (_program, command) => {
    onRun(command.name());
    // The other commands end at SIGHUP, as they would without a handler.
    if (command !== serve && takeEarlyHangup()) process.kill(process.pid, 'SIGHUP');
    if (command !== serve) passFlags(program, command);
  });
  addCertCommand(program);
  addClientCommands(program, process.env);
  const environment: Environment = {
    env: process.env,
    dotenv: async () => (await import('./dotenv.js')).readDotenvForCommand(),
  };
  addProbeCommand(program, environment);
  addHistoryCommands(program, environment);
  addAccountCommands(program, environment);
  addBanCommands(program, environment);
  addHookCommands(program, environment);
  addClusterCommands(program, environment);
  addLicensesCommand(program);
  program
    .command('help [command...]')
    .description('print the help of a command')
    .action((words: string[]) => helpOn(program, words));
  reportErrors(program, 'partyline');
  return program;
}

const SETTINGS_FOOTER =
  '\nEach setting is also an environment variable, or a line in .env: --idle-timeout is IDLE_TIMEOUT there.';

/** An error in the arguments of a command refers to the help of that command. Those of `serve` are thrown. */
function reportErrors(parent: Command, path: string): void {
  for (const command of parent.commands) {
    if (command.name() === 'serve') continue;
    if (command.commands.length === 0) command.allowExcessArguments(false);
    const name = `${path} ${command.name()}`;
    command.exitOverride((error) => exitWith(error, `${name} --help`, command));
    reportErrors(command, name);
  }
}

function helpOn(program: Command, words: readonly string[]): void {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) {
      const names = program.commands.map((each) => each.name());
      throw new ConfigError(`partyline: unknown command "${words.join(' ')}"; ${adviceFor(word, names)}`);
    }
    command = next;
  }
  command.outputHelp();
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
 * A command takes its flags also in front of its name: `partyline --data-dir /srv/chat token list`. A setting of the server
 * that the command does not have is an error there, as behind its name.
 */
function passFlags(program: Command, command: Command): void {
  const given = program.opts<Record<string, unknown>>();
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (const option of program.options) {
    const name = option.attributeName();
    if (given[name] === undefined) continue;
    if (!own.has(name)) {
      const words = pathOf(command);
      throw new ConfigError(
        `partyline: ${option.long} is a setting of the server, which ${words} does not take; see ${words} --help`,
      );
    }
    if (command.getOptionValueSource(name) !== 'cli')
      command.setOptionValueWithSource(name, given[name], 'cli');
  }
}

/** The words before the arguments of a command: `partyline token list`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Prints the error as one line and exits: with 2 if the caller can correct it, else with 1. */
function exitWith(error: unknown, help: string, command: Command, isServer = false): never {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) throw error; // --help, --version
    const message = error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .replace(/\.$/, '');
    const meant = doubleDashed(message, command);
    printError(`partyline: ${message}; ${meant === null ? `see ${help}` : `use ${meant}`}`);
    process.exit(2);
  }
  if (error instanceof ConfigError || error instanceof DatabaseError) {
    printError(error.message);
    process.exit(2);
  }
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    // A ClusterFailure, whose module is not loaded on a lone server.
    printError(error.message);
    process.exit(error.exitCode);
  }
  const missing = missingPackage(error);
  if (missing !== null) {
    printError(missing);
    process.exit(2);
  }
  const message = error instanceof Error ? error.message : error;
  printError(`partyline: ${isServer ? 'cannot start: ' : ''}${message}`);
  process.exit(1);
}
