/** `partyline serve`: starts the server and sees to it that the process ends well. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { ConfigError } from '../config/load-config.js';
import { type Config, flagOf, settings } from '../config/settings.js';
import { createLogger, flushLog, type Logger } from '../logging/logger.js';
import { type RunningServer, startServer } from '../server/server.js';
import { plaintextWarning } from '../server/tls-files.js';
import { codeOf } from '../util/error-code.js';

/** Runs a server until a signal or an error ends the process. */
export async function runServer(config: Config): Promise<void> {
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
