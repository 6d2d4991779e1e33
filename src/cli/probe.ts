/** `partyline probe`: tells by its exit code whether a server is ready, for health checks without `curl`. */
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ConfigError, loadConfig } from '../config/load-config.js';
import { isEveryAddress } from '../config/setting-types.js';
import { certificateOf, millisecondsOf, usage } from './client-options.js';
import type { Environment } from './data-dir.js';
import { printError } from './print-error.js';
import { stdout } from './standard-streams.js';

interface ProbeOptions {
  readonly ca?: string;
  readonly timeout?: string;
  readonly wait?: string;
}

/** Between two attempts of `--wait`. A server starts in some hundred milliseconds. */
const RETRY_MS = 100;
const READINESS_PATH = '/readyz';
const ADVICE = 'give http:// or https://, such as http://127.0.0.1:4000';

/** Adds `probe`. Without a URL, `env` and `.env` name the port and the address of the server. */
export function addProbeCommand(program: Command, environment: Environment): void {
  program
    .command('probe [url]')
    .description('check that a server is ready and exit: 0 if it is, 1 if it is not, 2 for invalid arguments')
    .option(
      '--ca <file>',
      'additional trusted certificate (PEM) for https://, such as the cert.pem of the server',
    )
    .option('--timeout <seconds>', 'total time from connecting to the end of the reply (default 5)')
    .option('--wait <seconds>', 'time to try again until the server is ready (default: one attempt)')
    .addHelpText('after', URLS)
    .action((url: string | undefined, options: ProbeOptions) => runProbe(url, options, environment));
}

const URLS =
  '\nThe URL is http:// or https://; its default path is /readyz. Without a URL, the server of this machine is probed, at' +
  '\nthe PORT and HOST of the environment and .env, over https:// if it is TLS_ONLY. Its certificate is then not verified.';

async function runProbe(
  given: string | undefined,
  options: ProbeOptions,
  environment: Environment,
): Promise<void> {
  const { probe } = await import('../client/readiness.js');
  const limits = { ca: certificateOf(options), timeoutMs: millisecondsOf(options.timeout ?? '5') };
  const waitMs = options.wait === undefined ? 0 : millisecondsOf(options.wait, '--wait');
  const ask = (url: URL) => probe({ ...limits, url, verifies: given !== undefined });
  const [url, encrypted] = given === undefined ? await urlsOfOwnServer(environment) : [urlOf(given), null];
  const attempt = async (): Promise<Result> => {
    const failed = await ask(url);
    if (failed?.isEncryptedOnly && encrypted !== null)
      return { url: encrypted, failed: await ask(encrypted) };
    return { url, failed };
  };
  report(await repeated(attempt, waitMs));
}

interface Result {
  readonly url: URL;
  /** Null if the server is ready. */
  readonly failed: { readonly failure: string } | null;
}

/** The result of the last attempt: the first one that succeeds, or the first one that ends after the time. */
async function repeated(attempt: () => Promise<Result>, waitMs: number): Promise<Result> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const result = await attempt();
    const leftMs = deadline - performance.now();
    if (result.failed === null || leftMs <= 0) return result;
    await delay(Math.min(RETRY_MS, leftMs));
  }
}

function report({ url, failed }: Result): void {
  if (failed === null) stdout().write(`${url.href} is ready\n`);
  else printError(`partyline: ${failed.failure}`);
  process.exitCode = failed === null ? 0 : 1;
}

/**
 * The URL of the server that the settings describe, and the one to use if that server accepts encrypted connections
 * only. The server is on this machine, so its name is not in question.
 */
async function urlsOfOwnServer({ env, dotenv }: Environment): Promise<readonly [URL, URL | null]> {
  const { port, host, tlsOnly } = loadConfig({ env, dotenv: await dotenv() });
  if (port === 0)
    throw usage('PORT is 0, any free port; give the URL of the server, with the port in its log');
  const urlWith = (scheme: string) => {
    const text = `${scheme}://${reachable(host)}:${port}${READINESS_PATH}`;
    if (!URL.canParse(text)) throw usage(`cannot probe HOST ${host}; give the URL of the server`);
    return new URL(text);
  };
  return tlsOnly ? [urlWith('https'), null] : [urlWith('http'), urlWith('https')];
}

/** The host of a URL for the address that a server listens on. */
function reachable(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  if (!isEveryAddress(host)) return isIPv6(host) ? `[${host}]` : host;
  return isIPv6(host) && !host.includes('.') ? '[::1]' : '127.0.0.1';
}

/** @throws ConfigError for anything that is not the URL of an HTTP server */
function urlOf(typed: string): URL {
  const text = /^[\w.-]+:\d+$|^\[[\da-f:.]+\]:\d+$/i.test(typed) ? `http://${typed}` : typed;
  if (!/^[a-z][\w+.-]*:/i.test(text)) throw invalid(typed, 'not a URL');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw invalid(typed, 'invalid URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(typed, `the scheme is ${url.protocol}//`);
  if (url.username !== '' || url.password !== '') throw invalid('', 'it contains a name or a password');
  if (url.pathname === '/') url.pathname = READINESS_PATH;
  return url;
}

function invalid(typed: string, problem: string): ConfigError {
  return usage(`cannot probe ${typed === '' ? 'this URL' : typed}: ${problem}; ${ADVICE}`);
}
