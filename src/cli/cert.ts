/** `partyline cert`: creates a self-signed certificate and its key. */
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import type { Command } from 'commander';
import { ConfigError } from '../config/load-config.js';
import { beginsWithHome, NO_HOME } from '../config/setting-types.js';
import { codeOf, codeOrWords } from '../util/error-code.js';
import { stdout } from './standard-streams.js';

interface CertOptions {
  readonly out: string;
  readonly name?: readonly string[];
}

/** The names by which every machine reaches itself. */
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'] as const;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`);

export function addCertCommand(program: Command): void {
  program
    .command('cert')
    .description('create a self-signed certificate and its key for encrypted connections')
    .option('--out <folder>', 'folder for cert.pem and key.pem; existing files are not overwritten', '.')
    .option('--name <host...>', 'host names or addresses of this server, in addition to its own')
    .action((options: CertOptions) => makeCertificate(options));
}

async function makeCertificate({ out, name = [] }: CertOptions): Promise<void> {
  if (beginsWithHome(out)) throw new ConfigError(`partyline: invalid --out ${out}: ${NO_HOME}`);
  // The given names come first: the first name becomes the subject of the certificate.
  const names = [...new Set([...name.map(asHost), ...ownName(), ...LOCAL_NAMES])];
  const { selfSigned } = await import('./self-signed.js');
  const made = await selfSigned(names, Date.now());
  const certFile = join(out, 'cert.pem');
  const keyFile = join(out, 'key.pem');
  writePair([keyFile, made.key, 0o600], [certFile, made.cert, 0o644], out);
  const until = made.validUntil.toISOString().slice(0, 10);
  stdout().write(
    `${certFile} and ${keyFile}: valid until ${until}, for ${names.join(', ')}\n` +
      `sha256 Fingerprint=${made.fingerprint}\n` +
      `Start the server with TLS_CERT=${certFile} TLS_KEY=${keyFile}. Give clients a copy of cert.pem, never key.pem.\n`,
  );
}

type File = readonly [path: string, text: string, mode: number];

/** Writes both files, or none. */
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
      ? `partyline: cannot write ${path}: the file exists; move it away, or choose another folder with --out`
      : `partyline: cannot write ${path}: ${code}; choose another folder with --out`,
  );
}

/** The host in the form that certificates use: an address, or a name in ASCII. */
function asHost(typed: string): string {
  const host = isIP(typed) === 0 ? domainToASCII(typed) : typed;
  if (isIP(host) !== 0 || isHostName(host)) return host;
  throw new ConfigError(
    `partyline: invalid --name ${JSON.stringify(typed)}; give host names or addresses, such as chat.example.org or 10.0.0.7`,
  );
}

/** The host name of this machine, if it is valid in a certificate. */
function ownName(): string[] {
  const name = hostname().toLowerCase();
  return isHostName(name) ? [name] : [];
}

function isHostName(host: string): boolean {
  return host.length <= 253 && HOST_NAME.test(host);
}
