/** `partyline serve`: runs the server, and stops it cleanly after a signal or an error. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { ConfigError } from '../config/load-config.js';
import { type Config, flagOf, settings } from '../config/settings.js';
import { settingWarnings } from '../config/setting-warnings.js';
import { createLogger, flushLog, type Logger } from '../logging/logger.js';
import type { ClusterFailure } from '../server/cluster.js';
import { type RunningServer, startServer } from '../server/server.js';
import { plaintextWarning } from '../server/tls-files.js';
import { hasTerminal, takeEarlyHangup } from './early-signals.js';
import { codeOf } from '../util/error-code.js';

/** Runs a server until a signal or an error ends the process. The warnings about settings are logged. */
export async function runServer(config: Config, warnings: readonly string[]): Promise<void> {
  const log = createLogger(config);
  keepYoungHeapSmall();
  const ending = new AbortController();
  let fail: (failure: ClusterFailure) => void = () => {};
  const starting = startServer(config, log, { onFailure: (failure) => fail(failure), signal: ending.signal });
  fail = handleSignals(starting, ending, config, log);
  await starting.catch((error: unknown) => {
    // The process is about to exit.
    if (ending.signal.aborted) return new Promise(() => {});
    throw listenError(error, config) ?? error;
  });
  for (const warning of [...warnings, ...settingWarnings(config), plaintextWarning(config)])
    if (warning !== null) log.warn(warning);
}

/**
 * Keeps V8's heap for new objects small. By default it grows to 48 MiB, most of it empty. A chat server's objects die
 * within a turn or live as long as their client, and neither kind benefits from a larger heap: with the small one,
 * 10,000 idle clients take 4.3 KB each instead of 6.4, and logins are as fast.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Installs the handlers of signals and of uncaught errors. The first signal stops the server, which may take
 * SHUTDOWN_GRACE; a second one exits immediately. After an uncaught error the state is unknown: the server drains what
 * it can and stops. Returns what stops a server that cannot go on in its cluster.
 */
function handleSignals(
  starting: Promise<RunningServer>,
  ending: AbortController,
  config: Config,
  log: Logger,
): (failure: ClusterFailure) => void {
  let stoppingSince: number | null = null;
  let exitCode = 0;

  const stop = async (signal?: NodeJS.Signals) => {
    stoppingSince = performance.now();
    ending.abort();
    // A failed start is reported by `runServer`.
    const stopping = starting.then(
      (server) => server.stop(signal),
      () => {},
    );
    await Promise.race([stopping, delay(config.shutdownGraceMs + 1000)]).catch(crash);
    await flushLog(log, 1000);
    process.exit(exitCode);
  };
  const crash = (err: unknown) => {
    exitCode = 1;
    log.fatal({ tag: 'ERROR', err }, '[ERROR]');
    if (stoppingSince === null) void stop();
  };
  const onSignal = (signal: NodeJS.Signals, signalExitCode: number) => {
    if (stoppingSince === null) void stop(signal);
    // Ignores a copy of the first signal: npm forwards the Ctrl-C that the terminal also sends to this process.
    else if (performance.now() - stoppingSince > 100) process.exit(signalExitCode);
  };

  const reload = () => {
    // A failed start is reported by `runServer`.
    void starting.then((server) => log.info(reloadReport(server.reload(), config))).catch(() => {});
  };
  // A terminal sends SIGHUP when it is closed. Without one, an administrator sends it for a reload.
  const onHangup = hasTerminal ? () => onSignal('SIGHUP', 129) : reload;

  process.on('SIGINT', () => onSignal('SIGINT', 130));
  process.on('SIGTERM', () => onSignal('SIGTERM', 143));
  process.on('SIGHUP', onHangup);
  if (takeEarlyHangup()) onHangup();
  process.on('uncaughtException', crash); // also for unhandled rejections
  return (failure) => {
    if (stoppingSince !== null) return;
    exitCode = failure.exitCode;
    log.fatal(failure.message.replace(/^partyline: /, ''));
    void stop();
  };
}

function reloadReport(reloaded: readonly string[], { tlsCert, transcriptFile }: Config): string {
  if (reloaded.length > 0) return `reloaded after SIGHUP: ${reloaded.join(', ')}`;
  return tlsCert !== null || transcriptFile !== null
    ? 'SIGHUP: nothing was reloaded, because of the error above; correct it and send SIGHUP again'
    : 'SIGHUP: nothing was reloaded; it reloads TLS_CERT, TLS_KEY and TRANSCRIPT_FILE, and SIGTERM stops the server';
}

const HOST_ADVICE = 'use --host localhost, or --host 0.0.0.0 for all addresses';

/** An error with the remedy for the port or the host; null if the start failed for another reason. */
function listenError(error: unknown, config: Config): ConfigError | null {
  const { host } = config;
  const port = error instanceof Error && 'port' in error ? error.port : config.port;
  const setting = settings.find(({ key }) => /port$/i.test(key) && config[key] === port);
  const flag = setting === undefined ? '--port' : flagOf(setting);
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ConfigError(
        `partyline: cannot listen on ${host}: port ${port} is in use; stop the other program, or choose another port with ${flag} (0 = any free port)`,
      );
    case 'EACCES':
      return new ConfigError(
        `partyline: cannot listen on port ${port}: permission denied; choose a port from 1024 up, such as ${flag} 4000`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(`partyline: cannot listen on ${host}: unknown host name; ${HOST_ADVICE}`);
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new ConfigError(
        `partyline: cannot listen on ${host}: not an address of this machine; ${HOST_ADVICE}`,
      );
    default:
      return null;
  }
}
