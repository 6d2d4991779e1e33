/** `partyline cert`: a certificate and its key for a network of one's own. */
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import type { Command } from 'commander';
import { ConfigError } from '../config/load-config.js';
import { codeOf, codeOrWords } from '../util/error-code.js';

interface CertOptions {
  readonly out: string;
  readonly name?: readonly string[];
}

/** What this machine is called by itself. */
const OWN_NAMES = ['localhost', '127.0.0.1', '::1'] as const;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`);

export function addCertCommand(program: Command): void {
  program
    .command('cert')
    .description('make a certificate and its key for encrypted connections in a network of your own')
    .option('--out <folder>', 'where cert.pem and key.pem are put; nothing is overwritten', '.')
    .option('--name <host...>', 'names or addresses that clients know this server by, besides its own')
    .action((options: CertOptions) => makeCertificate(options));
}

async function makeCertificate({ out, name = [] }: CertOptions): Promise<void> {
  // Names that are given come first: the certificate is called by the first.
  const names = [...new Set([...name.map(asHost), ...ownName(), ...OWN_NAMES])];
  const { selfSigned } = await import('./self-signed.js');
  const made = await selfSigned(names, Date.now());
  const certFile = join(out, 'cert.pem');
  const keyFile = join(out, 'key.pem');
  writePair([keyFile, made.key, 0o600], [certFile, made.cert, 0o644], out);
  const until = made.validUntil.toISOString().slice(0, 10);
  process.stdout.write(
    `${certFile} and ${keyFile}: valid until ${until}, for ${names.join(', ')}\n` +
      `sha256 Fingerprint=${made.fingerprint}\n` +
      `To use them: TLS_CERT=${certFile} TLS_KEY=${keyFile}; clients trust a copy of cert.pem, and never need key.pem.\n`,
  );
}

type File = readonly [path: string, text: string, mode: number];

/** Both, or none. */
function writePair(first: File, second: File, folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(folder, error);
  }
  write(first);
  try {
    write(second);
  } catch (error) {
    rmSync(first[0]);
    throw error;
  }
}

function write([path, text, mode]: File): void {
  let file: number;
  try {
    file = openSync(path, 'wx', mode);
  } catch (error) {
    throw unwritable(path, error);
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    rmSync(path);
    throw unwritable(path, error);
  } finally {
    closeSync(file);
  }
}

function unwritable(path: string, error: unknown): ConfigError {
  const code = codeOrWords(error);
  return new ConfigError(
    code === 'EEXIST'
      ? `partyline: ${path} is there already, and nothing is overwritten; move it away, or choose a folder with --out`
      : `partyline: ${path} cannot be written (${code}); choose a folder with --out`,
  );
}

/** As it stands in a certificate. */
function asHost(typed: string): string {
  const host = isIP(typed) === 0 ? domainToASCII(typed) : typed;
  if (isIP(host) !== 0 || isHostName(host)) return host;
  throw new ConfigError(
    `partyline: --name ${JSON.stringify(typed)} is no host; give names or addresses, such as chat.example.org or 10.0.0.7`,
  );
}

/** The machine's, if it has one that can stand in a certificate. */
function ownName(): string[] {
  const name = hostname().toLowerCase();
  return isHostName(name) ? [name] : [];
}

function isHostName(host: string): boolean {
  return host.length <= 253 && HOST_NAME.test(host);
}
