#!/usr/bin/env node
/**
 * The command line: `partyline [serve]`. It makes a Config of flags, environment and `.env`, starts the server and sees
 * to it that the process ends well. Errors are one line that says what to do, with exit code 2 where the caller can put
 * it right.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError, Option } from 'commander';
import { parse as parseDotenv } from 'dotenv';
import { addAccountCommands } from './cli/accounts.js';
import { addCertCommand } from './cli/cert.js';
import { addClientCommands } from './cli/chat-and-send.js';
import { addHistoryCommands } from './cli/history.js';
import {
  type Config,
  ConfigError,
  flagOf,
  isToggleWord,
  loadConfig,
  type Setting,
  settings,
  usageOf,
  type Values,
} from './config/settings.js';
import { plaintextWarning } from './server/tls-files.js';
import { codeOf } from './util/error-code.js';
import { createLogger, flushLog, type Logger } from './logging/logger.js';
import { type RunningServer, startServer } from './server/server.js';
import { DatabaseError } from './database/database-error.js';

await commandLine().parseAsync(process.argv.slice(2).map(withItsWord), { from: 'user' }).catch(explain);

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
      return run({ ...flagsGivenTo(program), ...flagsGivenTo(serve) });
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

async function run(flags: Values): Promise<void> {
  const config = loadConfig({ flags, env: process.env, dotenv: readDotenv() });
  const log = createLogger(config);
  keepYoungHeapSmall();
  const starting = startServer(config, log);
  endWell(starting, config, log);
  await starting.catch((error: unknown) => {
    throw unusable(error, config) ?? error;
  });
  const warning = plaintextWarning(config);
  if (warning !== null) log.warn(warning);
}

/**
 * V8 lets its heap for new objects grow to 48 MiB, most of it empty. A chat server's objects die within a turn or live as
 * long as their client, and neither kind gains by that room: without it 10,000 idle clients take 4.3 KB each instead
 * of 6.4, and logins are no slower.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
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

/**
 * Sees to the end. The first signal stops the server, which may take its grace; a second one exits at once. After an
 * error that nobody caught the state is unknown: what can be drained is drained, and nothing goes on.
 */
function endWell(starting: Promise<RunningServer>, config: Config, log: Logger): void {
  let endingSince: number | null = null;
  let exitCode = 0;

  const end = async () => {
    endingSince = performance.now();
    const stopping = starting.then((server) => server.stop());
    await Promise.race([stopping, delay(config.shutdownGraceMs + 1000)]).catch(crash);
    await flushLog(log, 1000);
    process.exit(exitCode);
  };
  const crash = (err: unknown) => {
    exitCode = 1;
    log.fatal({ tag: 'ERROR', err }, '[ERROR]');
    if (endingSince === null) void end();
  };
  const hear = (signalledCode: number) => {
    if (endingSince === null) void end();
    // Not a second signal: npm passes on the Ctrl-C that the terminal has sent to us as well.
    else if (performance.now() - endingSince > 100) process.exit(signalledCode);
  };

  process.on('SIGINT', () => hear(130));
  process.on('SIGTERM', () => hear(143));
  // By itself it would end the process. A server that does not start says so elsewhere.
  process.on(
    'SIGHUP',
    () =>
      void starting.then(
        (server) => server.reload(),
        () => {},
      ),
  );
  process.on('uncaughtException', crash); // rejections that nobody handles come here too
}

/** What is wrong with a port or a host that could not be had, if the caller can do something about it. */
function unusable(error: unknown, config: Config): ConfigError | null {
  const { host } = config;
  const port = error instanceof Error && 'port' in error ? error.port : config.port;
  const setting = settings.find(({ key }) => /port$/i.test(key) && config[key] === port);
  const flag = setting === undefined ? '--port' : flagOf(setting);
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ConfigError(
        `partyline: port ${port} of ${host} is in use; stop what uses it, or choose another with ${flag} (0 = any free one)`,
      );
    case 'EACCES':
      return new ConfigError(
        `partyline: not permitted to listen on port ${port}; choose one from 1024 up, such as ${flag} 4000`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new ConfigError(
        `partyline: ${host} is no address of this machine; try --host localhost, or --host 0.0.0.0 for all it has`,
      );
    default:
      return null;
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
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
